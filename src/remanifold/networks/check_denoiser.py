"""Is this adaptor right? A denoiser must beat the trivial one on its training data; if not, say what is mistaken."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.memory import bytes_of
from remanifold._core.seeds import normals
from remanifold.data import Points, PointsLike, open_points
from remanifold.networks.network_denoiser import NetworkDenoiser
from remanifold.networks.suspects import Suspect, as_network, double_suspects, single_suspects
from remanifold.scores.denoiser import Denoiser

Array = NDArray[np.float64]
LEAST_ROWS = 8
"""Fewest training rows that a network is checked on."""
_SIGMAS = (0.1, 0.2, 0.4, 0.8, 1.6)  # of the default levels, in standard deviations of the data
_WORSE = 1.05  # times the trivial loss: with 3 standard errors, what no right denoiser has at any level
_CLEAR = 0.9  # of the present loss, geometric mean over the levels: what another reading must reach to be named
_FLOOR = 1e-2  # of the trivial loss: below, as memorizers lie, no reading is better than another
_ENOUGH = 64  # rows: below, a right denoiser may fail to beat shrinkage by chance
_MOMENT_ROWS = 4096
_COPIES = 8  # of a row in work: it, its noise, what goes into a network and comes out, an error
_LEAST_PIECE = 2  # rows: whether an answer depends on the rows beside shows with two


class Untrained(InvalidInput):
    """A denoiser does not beat the trivial one, and no other reading of its network does."""


@dataclass(frozen=True)
class DenoiserCheck:
    """How a denoiser that passed compares with the trivial one on training rows.

    Attributes:
        levels: Noise variances that were tried.
        loss: E|m(x, t) - xi|^2/N at these levels, with its error over rows.
        trivial_loss: Of shrinkage towards the data mean, mean + v/(v+t) (x - mean), v the variance per coordinate.
        n_rows: Training rows tried at each level.
        evaluations: Rows that went through the network for this, other readings among them.
    """

    levels: tuple[float, ...]
    loss: tuple[Estimate, ...]
    trivial_loss: tuple[float, ...]
    n_rows: int
    evaluations: int


@dataclass(frozen=True, eq=False)
class _Trial:
    """Rows under noise, a piece at a time so that wide ones fit a budget, and what the trivial denoiser makes of them.

    Attributes:
        points, chosen: The data, and the numbers of the rows that are tried.
        labels: Of these; or None.
        levels: Noise variances.
        seed: Of the noise.
        piece: Rows at a time.
        trivial: Loss of the trivial denoiser, (levels, rows).
        whole: All rows and their noised states, where one piece holds them.
    """

    points: Points
    chosen: NDArray[np.int64]
    labels: Any
    levels: Array
    seed: int
    piece: int
    trivial: Array
    whole: tuple[Array, list[Array]] | None

    def some(self) -> Array:
        """Rows of the first piece, (n, N): they tell the scale of the data."""
        return self.points.take(self.chosen[: self.piece]) if self.whole is None else self.whole[0]

    def losses(self, mean_of: Callable[[Array, float, Any], Any]) -> Array:
        """Squared error per coordinate of ``mean_of`` at every level and row: (levels, rows)."""
        found = np.empty((len(self.levels), len(self.chosen)))
        for start in range(0, len(self.chosen), self.piece):
            part = slice(start, min(start + self.piece, len(self.chosen)))
            labels = None if self.labels is None else self.labels[part]
            rows = self.points.take(self.chosen[part]) if self.whole is None else self.whole[0]
            for k, t in enumerate(self.levels):
                x = _noised(rows, self.seed, k, float(t), start) if self.whole is None else self.whole[1][k]
                found[k, part] = self._loss(mean_of, rows, x, float(t), labels)
        return found

    def _loss(self, mean_of: Callable[[Array, float, Any], Any], rows: Array, x: Array, t: float, labels: Any) -> Array:
        shape = (len(rows), *self.points.shape)
        mean = np.asarray(mean_of(x.reshape(shape), t, labels))
        if mean.shape != shape:
            need = f"a denoiser must answer in the shape of its rows, {shape}"
            raise refusal(need, mean.shape, "check what it returns")
        error = mean.reshape(len(rows), -1) - rows
        error *= error
        return error.mean(axis=1)

    def levelled(self, losses: Array) -> Array:
        """Mean losses (levels,), not below a floor."""
        return np.maximum(losses.mean(1), _FLOOR * self.trivial.mean(1))


def check_denoiser(
    denoiser: Denoiser,
    training_rows: PointsLike,
    levels: Iterable[float] | None = None,
    *,
    class_labels: ArrayLike | None = None,
    n_rows: int = 64,
    seed: int = 0,
    memory: str | float = "1GB",
) -> DenoiserCheck:
    """Refuse an adaptor that mistakes what its network predicts, its clock, or the scale of its data.

    At every level the denoiser's squared error on noised training rows is held against shrinkage towards the data
    mean, with the same noise. It must be lower by 2 standard errors at half of the levels at least, or in the mean
    over levels, and nowhere higher by 5 % and 3 standard errors; and no other reading of the network may have a 10
    % lower error (geometric mean over levels) without a higher one at any level. Data that are white noise
    themselves cannot be told from an untrained network: there nothing beats shrinkage, and every denoiser is
    refused.

    Args:
        denoiser: Any; other readings of it are tried whether or not it passes.
        training_rows: The data, as `open_points` takes them, in the denoiser's units (latents for a latent model).
        levels: Noise variances; by default 0.1, 0.2, 0.4, 0.8 and 1.6 standard deviations of the data, squared. Those
            outside the trained range are left out.
        class_labels: One a training row, for a class-conditional network.
        n_rows: Rows tried at each level, evenly spaced in the data.
        seed: Of the noise.
        memory: Budget of the rows in work, such as "1GB".

    Raises:
        InvalidInput: if the denoiser fails; the sentence names the reading that works, with its loss; `Untrained` where
            none does.
    """
    trial, reason = _trial(denoiser, training_rows, levels, class_labels, n_rows, seed, bytes_of(memory))
    network = as_network(denoiser)
    before = network.evaluations
    own = np.full_like(trial.trivial, math.inf)
    if reason is None:
        try:
            call: Callable[..., Any] = denoiser
            own = trial.losses(lambda x, t, labels: call(x, t) if labels is None else call(x, t, labels))
        except InvalidInput as error:  # perhaps because it is read wrongly
            reason = error
    failed = reason is not None or not _beats_trivial(own, trial.trivial)
    best = _best(trial, own, single_suspects(network, trial.some()))
    if failed and best is None:
        best = _best(trial, own, double_suspects(network, trial.some()))
    if best is not None:
        raise InvalidInput(_named(trial, own, reason, *best))
    if failed and network.encoder is not None:
        raise InvalidInput(_not_latents(trial)) from reason
    if reason is not None:
        raise reason
    if failed:
        raise Untrained(_unnamed(trial, own))
    used = network.evaluations - before if network is denoiser else network.evaluations + own.size
    levels, trivial = (tuple(values.tolist()) for values in (trial.levels, trial.trivial.mean(1)))
    return DenoiserCheck(levels, tuple(map(mean_estimate, own)), trivial, n_rows=own.shape[1], evaluations=used)


def _trial(
    denoiser: Denoiser, training_rows: Any, levels: Any, class_labels: Any, n_rows: int, seed: int, memory: int
) -> tuple[_Trial, InvalidInput | None]:
    """The rows and their noise; and why no level is one of the denoiser's, where none is."""
    whole("`n_rows`", n_rows, least=LEAST_ROWS, example=64)
    points = open_points(training_rows)
    if len(points) < 8:
        raise refusal("a check needs 8 training rows at least", len(points), "pass more")
    wide = 8 * points.ambient_dim
    mean, variance = _moments(points, _evenly(len(points), _MOMENT_ROWS), max(1, memory // (4 * wide)))
    require(variance > 0, "the training rows must differ", "rows that are all alike", "pass the training data")
    chosen = _evenly(len(points), n_rows)
    labels = None if class_labels is None else np.asarray(class_labels)
    if labels is not None and len(labels) != len(points):
        raise refusal(f"class_labels must be one a training row, {len(points)}", len(labels), "match them")
    wanted = [variance * s * s for s in _SIGMAS] if levels is None else [float(t) for t in levels]
    positive = len(wanted) > 0 and all(0 < t < math.inf for t in wanted)
    require(positive, "levels must be positive noise variances", wanted, "pass e.g. levels=[0.01, 0.1]")
    kept, outside = _snapped(denoiser, wanted)
    at_once = (_COPIES + len(kept)) * len(chosen) * wide <= memory
    piece = len(chosen) if at_once else min(len(chosen), max(_LEAST_PIECE, memory // (2 * _COPIES * wide)))
    kept_rows = None
    if at_once:
        rows = points.take(chosen)
        kept_rows = rows, [_noised(rows, seed, k, t, 0) for k, t in enumerate(kept)]
    chosen_labels = None if labels is None else labels[chosen]
    none = np.zeros((len(kept), len(chosen)))
    trial = _Trial(points, chosen, chosen_labels, np.array(kept), seed, piece, none, kept_rows)

    def shrunk(x: Array, t: float, _: Any) -> Array:
        flat = x.reshape(len(x), -1)
        return (mean + variance / (variance + t) * (flat - mean)).reshape(x.shape)

    return replace(trial, trivial=trial.losses(shrunk)), outside


def _noised(rows: Array, seed: int, k: int, t: float, first: int) -> Array:
    """``rows``, the first of them number ``first`` of those tried, with the noise of level ``k``."""
    noise = normals(seed, f"check_denoiser/{k}", first, first + len(rows), rows.shape[1])
    noise *= math.sqrt(t)
    noise += rows
    return noise


def _moments(points: Points, chosen: NDArray[np.int64], piece: int) -> tuple[Array, float]:
    """Mean of these rows (N,), and their variance per coordinate; ``piece`` rows at a time."""
    if len(chosen) <= piece:
        some = points.take(chosen)
        return some.mean(0), float(some.var(0).mean())
    parts = [chosen[start : start + piece] for start in range(0, len(chosen), piece)]
    mean = np.zeros(points.ambient_dim)
    for part in parts:
        mean += points.take(part).sum(0) / len(chosen)
    return mean, sum(float(((points.take(part) - mean) ** 2).mean(1).sum()) for part in parts) / len(chosen)


def _evenly(count: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def _snapped(denoiser: Denoiser, wanted: list[float]) -> tuple[list[float], InvalidInput | None]:
    """The trained levels nearest to those wanted; all wanted ones, with the reason, where none is in range."""
    if not isinstance(denoiser, NetworkDenoiser):
        return wanted, None
    kept, reason = [], None
    for t in wanted:
        try:
            kept.append(denoiser.snapped(t))
        except InvalidInput as error:
            reason = error
    return (kept, None) if kept else (wanted, reason)


def _beats_trivial(own: Array, trivial: Array) -> bool:
    excess = own - trivial
    stderr = excess.std(1, ddof=1) / math.sqrt(excess.shape[1])
    worse = (excess.mean(1) > 3 * stderr) & (own.mean(1) > _WORSE * trivial.mean(1))
    better = excess.mean(1) < -2 * stderr
    each = (excess / trivial.mean(1)[:, None]).mean(0)  # of a row, all levels alike
    in_all = each.mean() < -2 * each.std(ddof=1) / math.sqrt(len(each))
    return not worse.any() and (2 * int(better.sum()) >= len(own) or bool(in_all))


def _is_better(trial: _Trial, other: Array, own: Array) -> bool:
    if not np.isfinite(own).all():
        return True
    excess = other - own
    stderr = excess.std(1, ddof=1) / math.sqrt(excess.shape[1])
    gain = np.log(trial.levelled(other) / trial.levelled(own)).mean()
    slack = np.maximum(2 * stderr, _FLOOR * trial.trivial.mean(1))
    return bool(gain < math.log(_CLEAR) and (excess.mean(1) <= slack).all())


def _best(trial: _Trial, own: Array, suspects: Iterable[Suspect]) -> tuple[Suspect, Array] | None:
    """The reading with the least loss, if it beats the trivial one and is clearly better than the present one."""
    best, best_score = None, math.inf
    for suspect in suspects:
        try:
            with np.errstate(all="ignore"):  # a wrong reading may overflow
                losses = trial.losses(suspect)
        except InvalidInput:  # its network cannot be read so
            continue
        score = float(np.log(trial.levelled(losses)).mean())
        if score < best_score and _is_better(trial, losses, own) and _beats_trivial(losses, trial.trivial):
            best, best_score = (suspect, losses), score
    return best


def _named(trial: _Trial, own: Array, reason: InvalidInput | None, suspect: Suspect, losses: Array) -> str:
    level = int(np.argmax(trial.levelled(own) / trial.levelled(losses)))
    got, other, trivial = (float(values[level].mean()) for values in (own, losses, trial.trivial))
    at = f"t = {trial.levels[level]:.4g}"
    why = "" if reason is None else f" ({str(reason).partition(';')[0].rstrip('.')})"
    came = f"loss {got:.3g} at {at}" if math.isfinite(got) else f"no answer at {at}{why}"
    return (
        f"a denoiser must beat shrinkage towards the mean (loss {trivial:.3g}) and every other reading of its network "
        f"on the training data, but got {came}; the likely cause is {suspect.cause}: with {suspect.reading} the "
        f"loss is {other:.3g}."
    )


def _not_latents(trial: _Trial) -> str:
    return (
        f"a latent model must be audited on its latents, but got rows of shape {trial.points.shape}, on which it "
        "does not beat shrinkage towards the mean; if these are the data, pass what denoiser.encode(rows) gives, and "
        "if they are latents, check their scale and that the model is trained on them."
    )


def _unnamed(trial: _Trial, own: Array) -> str:
    level = int(np.argmax(own.mean(1) / trial.trivial.mean(1)))
    got, trivial = float(own[level].mean()), float(trial.trivial[level].mean())
    excess, n_rows = own - trial.trivial, own.shape[1]
    if n_rows < _ENOUGH and (excess.mean(1) < 2 * excess.std(1, ddof=1) / math.sqrt(n_rows)).all():
        return (
            "a denoiser must beat shrinkage towards the mean on its training data by more than chance, but got losses "
            f"that {n_rows} rows do not tell apart ({got:.3g} and {trivial:.3g} at t = {trial.levels[level]:.4g}); it "
            "may be right: pass more rows, or check that the model is trained, and on these data."
        )
    return (
        f"a denoiser must beat shrinkage towards the mean on its training data (loss {trivial:.3g} at t = "
        f"{trial.levels[level]:.4g}), but got {got:.3g}; no other prediction type, clock or scale works either, so "
        "check that the model is trained, and on these data."
    )
