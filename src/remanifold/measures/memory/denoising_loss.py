"""Denoising loss of a network on training and hold-out rows, row by row and level by level, under fixed noise."""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import require
from remanifold._core.kept.part_file import PartFile, is_table
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import normals_at
from remanifold._core.types import Floats, Integers
from remanifold._core.version import __version__
from remanifold.data import Points, PointsLike
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.memory.audited_rows import AuditedRows, audited_rows
from remanifold.measures.memory.probing import PROBES, probed
from remanifold.measures.memory.row_classes import RowConditions
from remanifold.measures.profile.checkpoint import rows_digest
from remanifold.noise import NoiseLevels, noise_variances
from remanifold.sampling.means import LabelledMeans, digest_of
from remanifold.scores.denoiser import DenoiserLike

Errors = Callable[[Floats, Floats, Floats], Floats]
"""``errors(clean, noise, t)``: squared errors over N of rows under noise, (n, N) both, at every level: (n, levels)."""
_COPIES = 8  # of a row in work: it, its noise, what goes into a network and comes out, an error


@dataclass(frozen=True, eq=False)
class DenoisingLosses:
    """|m(x_t) - xi|^2 / N of every row at every level, mean over its noise draws.

    Attributes:
        t: Noise variances, ascending, (levels,).
        training: Losses of training rows, squared data units, (n, levels).
        holdout: Of hold-out rows, (m, levels).
        training_rows: Row numbers, (n,).
        holdout_rows: Row numbers, (m,).
        draws: Noise draws a row; the same w at all levels, and for every denoiser.
        seed: Of the noise.
        evaluations: Rows that the denoiser was asked about in all.
        persons: Of these rows, where rows belong together: errors and tests count persons then.
    """

    t: Floats
    training: Floats
    holdout: Floats
    training_rows: Integers
    holdout_rows: Integers
    draws: int
    seed: int
    evaluations: int
    persons: Persons | None = None

    @property
    def training_mean(self) -> Series:
        """Mean over training rows, with its error over rows."""
        return series_of(self.training, persons=None if self.persons is None else self.persons.training)

    @property
    def holdout_mean(self) -> Series:
        """Mean over hold-out rows."""
        return series_of(self.holdout, persons=None if self.persons is None else self.persons.holdout)

    @property
    def gap(self) -> Series:
        """Hold-out minus training loss: 0 where the network does not know one from the other."""
        training, holdout = self.training_mean, self.holdout_mean
        error = np.hypot(training.stderr, holdout.stderr)
        return Series(holdout.value - training.value, error, training.n + holdout.n)


class LossWork(TypedDict, total=False):
    """How the losses are worked out, whatever they are."""

    batch: int
    memory: int | None
    part_file: str | Path | None
    progress: Progress


class LossOptions(LossWork, total=False):
    """Keywords of `denoising_losses`."""

    draws: int
    seed: int
    evaluations: int | None
    device: str | None


def denoising_losses(
    denoiser: DenoiserLike,
    training: PointsLike,
    holdout: PointsLike,
    levels: NoiseLevels,
    **options: Unpack[LossOptions],
) -> DenoisingLosses:
    """Measure the losses of ``denoiser`` on both sides.

    Args:
        denoiser: m(x, t).
        training: What it was trained on, whatever `open_points` takes. Rows of one content count once.
        holdout: Rows of the same source that it was not trained on.
        levels: Noise variances.
        draws: Noise draws a row, 4 by default.
        seed: Of the noise, which belongs to the side, the content of the row and the draw, and of the choice of rows.
        evaluations: Most rows that the denoiser may be asked about; fewer rows are looked at where all are too many.
        batch: Rows at a time, 256 by default.
        memory: Budget of the rows in work, bytes: fewer of them at a time where they are wide.
        device: Hand the denoiser float64 torch tensors on this device instead of numpy arrays.
        part_file: Keeps finished batches: the same call goes on from there, bit for bit. Deleted at the end.
        progress: Told the evaluations done.

    Raises:
        InvalidInput: see `audited_rows` and `probed`, or for bad levels or counts, or a budget too small.
    """
    return losses_on(denoiser, audited_rows(training, holdout), levels, **options)


def losses_on(
    denoiser: DenoiserLike,
    rows: AuditedRows,
    levels: NoiseLevels,
    *,
    draws: int = 4,
    seed: int = 0,
    evaluations: int | None = None,
    batch: int = 256,
    memory: int | None = None,
    device: str | None = None,
    part_file: str | Path | None = None,
    keep_parts: bool = False,
    classes: RowConditions | None = None,
    errors: Errors | None = None,
    progress: Progress = silent,
) -> DenoisingLosses:
    """`denoising_losses` on rows that are checked already.

    ``keep_parts`` leaves ``part_file`` where it is; with ``classes`` (of all rows of both sides) the denoiser takes
    labels (x, t, labels), and is asked with each row's own. ``errors`` gives what the denoiser would, at all levels at
    once.
    """
    t = loss_levels(levels)
    draws, batch = whole("`draws`", draws, least=1, example=4), whole("`batch`", batch, least=1, example=256)
    if memory is not None:
        batch = max(1, min(batch, memory // (2 * _COPIES * 8 * rows.training.ambient_dim)))
    chosen = rows.within(None if evaluations is None else evaluations - PROBES, draws * len(t), seed)
    probe = probed(denoiser, rows.shape, t, device, None if classes is None else classes.training)
    work = list(_pieces(chosen, draws, batch))
    parameters = {"levels": t.tolist(), "draws": draws, "seed": seed, "batch": batch, "probe": probe}

    def fits(k: int, losses: Any) -> bool:
        return is_table(losses, (len(work[k][3]), len(t)))

    parts = None if part_file is None else PartFile(Path(part_file), _stamp(chosen, classes, parameters), fits)
    sums = {name: np.zeros((len(numbers), len(t))) for name, _, numbers in chosen.sides()}
    known = {} if parts is None else parts.pieces
    for k, (name, points, start, part, draw) in enumerate(work):
        if k not in known:
            means = LabelledMeans(denoiser, None if classes is None else classes.of(name)[part], device)
            asked = errors or partial(squared_errors, means, points.shape)
            known[k] = _block(asked, points, part, t, seed, f"losses/{name}/{draw}").tolist()
            if parts is not None:
                parts.add(k, known[k])
        sums[name][start : start + len(part)] += np.array(known[k])
        progress("denoising losses", k + 1, len(work))
    if parts is not None and not keep_parts:
        parts.remove()
    spent = PROBES + draws * len(t) * sum(len(values) for values in sums.values())
    of_training, of_holdout = sums["training"] / draws, sums["holdout"] / draws
    looked_at = chosen.training_rows, chosen.holdout_rows
    persons = None if chosen.persons is None else chosen.persons.at(*looked_at)
    return DenoisingLosses(t, of_training, of_holdout, *looked_at, draws, seed, spent, persons)


def loss_levels(levels: NoiseLevels) -> Floats:
    """Noise variances, ascending.

    Raises:
        InvalidInput: unless they are positive and finite.
    """
    t = np.unique(noise_variances(levels, None))
    require(t[0] > 0, "noise levels must be positive noise variances", levels, "pass e.g. [0.1, 0.5]")
    return t


def _pieces(rows: AuditedRows, draws: int, batch: int) -> Iterator[tuple[str, Points, int, Integers, int]]:
    """(side, points, place of the first row, row numbers, draw) of every piece of work."""
    for name, points, numbers in rows.sides():
        for start in range(0, len(numbers), batch):
            for draw in range(draws):
                yield name, points, start, numbers[start : start + batch], draw


def _block(errors: Errors, points: Points, rows: Integers, t: Floats, seed: int, stream: str) -> Floats:
    """Losses of these rows under one draw, (rows, levels)."""
    clean = points.take(rows)
    return errors(clean, noise_of_content(seed, stream, clean), t)


def noise_of_content(seed: int, stream: str, clean: Floats) -> Floats:
    """Noise of the rows ``clean`` (n, N), (n, N): a row's belongs to its numbers, not to its place in the data.

    Were it that of the place, one seed would favour the same side on all data sets of one size, and a test whose rate
    of false alarms is right over seeds would not be so at the default one.
    """
    digests = (hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest() for row in clean)
    places = np.array([int.from_bytes(digest, "little") >> 1 for digest in digests], dtype=np.int64)
    return normals_at(seed, stream, places, clean.shape[1])


def squared_errors(means: LabelledMeans, shape: tuple[int, ...], clean: Floats, noise: Floats, t: Floats) -> Floats:
    """|m(x_t) - xi|^2 / N of the rows ``clean`` under ``noise``, (n, N) both, at every level: (n, levels)."""
    out = np.empty((len(clean), len(t)))
    for k, level in enumerate(t):
        x = (clean + math.sqrt(level) * noise).reshape(len(clean), *shape)
        error = means(x, float(level)).reshape(len(clean), -1) - clean
        out[:, k] = (error * error).mean(axis=1)
    return out


def _stamp(rows: AuditedRows, classes: RowConditions | None, parameters: dict[str, Any]) -> dict[str, Any]:
    digests = [rows_digest(points, numbers) for _, points, numbers in rows.sides()]
    names = None if classes is None else [digest_of(classes.of(side)[numbers]) for side, _, numbers in rows.sides()]
    stamp = {"kind": "denoising losses", "version": __version__, "rows": digests, "classes": names}
    return stamp | parameters
