"""Posterior weights, cross entropy and divergence at finite size, at any noise levels."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.noise.given import NoiseLevels
from remanifold.theory.finite.curves.estimated import EstimatedCurve
from remanifold.theory.finite.curves.gaussian_points import (
    GaussianPoints,
    annealed,
    cross_entropy_shift,
    gaussian_points,
)
from remanifold.theory.finite.curves.looked import Looked, asked_of, looked
from remanifold.theory.finite.curves.subject import Subject, ambient_dim_of, family_of, known_spectrum, noise_levels
from remanifold.theory.finite.log_sum import mean_log_sum
from remanifold.theory.finite.majority import own_majority
from remanifold.theory.finite.own_sums import OwnSums, own_sums
from remanifold.theory.finite.sampled.views import Views
from remanifold.theory.finite.sampled.weight_sums import weight_sum

NAMES = (
    "own_weight",
    "own_weight_slope",
    "participation",
    "entropy",
    "cross_entropy",
    "kl",
    "majority",
    "clean_majority",
)
_FEWEST_VIEWS, _EXACT_VIEWS, _SAMPLED_VIEWS = 16, 1024, 256
_NEAR = 0.3  # log t that the samples seen at one noise serve
_STENCIL = ((-0.2, 1.0), (-0.1, -8.0), (0.1, 8.0), (0.2, -1.0))  # of log t, in units of 12 steps of 0.1


@dataclass(frozen=True, eq=False, repr=False)
class FiniteSizeCurves:
    """What an experiment with P points in N dimensions measures on average at each noise level.

    Posterior weights w_mu over all P points are seen from noisy training points xi + sqrt(t) w, and their own is one
    of them; ``clean_majority`` from xi itself. Cross entropy and divergence are those of fresh points.

    Attributes:
        t: Noise variances, (levels,), squared unit of the data.
        own_weight: E w_own: probability that the noisy point is taken back to its own.
        own_weight_slope: Its derivative by log t.
        participation: E sum of w^2.
        entropy: -E sum of w log w, nats.
        cross_entropy: -E log p_t^emp of fresh clean points, over N, nats.
        kl: KL(p_t || p_t^emp) over N, nats.
        majority: Probability that w_own > 1/2: share of noisy points that are in the trap of their own.
        clean_majority: The same at delta = 0, seen from xi at noise t: share of traps that are open.
        n_points: P.
        ambient_dim: N.
        latent_dim: D.
    """

    t: Floats
    own_weight: EstimatedCurve
    own_weight_slope: EstimatedCurve
    participation: EstimatedCurve
    entropy: EstimatedCurve
    cross_entropy: EstimatedCurve
    kl: EstimatedCurve
    majority: EstimatedCurve
    clean_majority: EstimatedCurve
    n_points: int
    ambient_dim: int
    latent_dim: int

    def to_table(self) -> dict[str, list[float]]:
        """Columns t, and value and error of each curve, such as own_weight and own_weight_stderr."""
        columns = {"t": self.t.tolist()}
        for name in NAMES:
            curve: EstimatedCurve = getattr(self, name)
            columns |= {name: curve.value.tolist(), f"{name}_stderr": curve.stderr.tolist()}
        return columns

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers: sizes, "t", and for each curve {"value", "stderr", "effort_shift"} of lists."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in ("n_points", "ambient_dim", "latent_dim")}
        plain["t"] = self.t.tolist()
        for name in NAMES:
            curve: EstimatedCurve = getattr(self, name)
            plain[name] = {part: getattr(curve, part).tolist() for part in ("value", "stderr", "effort_shift")}
        return plain

    def __repr__(self) -> str:
        sizes = f"P={self.n_points}, N={self.ambient_dim}, D={self.latent_dim}"
        ends = f"t {self.t.min():.4g} to {self.t.max():.4g}" if len(self.t) else "none"
        return f"FiniteSizeCurves({sizes}; {len(self.t)} levels, {ends})"


def finite_size_curves(
    subject: Subject,
    n_points: int,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    latent_dim: int | None = None,
    n_views: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> FiniteSizeCurves:
    """Own weight and its share above 1/2, participation, entropies and divergence of P points, without drawing them.

    For linear maps of fixed spectrum (one manifold; isometric or power-law draws) the law of the energies is exact and
    the only error is that of the mean over points x; for all others it is sampled, every eighth point a second time
    with twice the effort, and what that moves is in the error. Times of interest lie beside `phases` and
    `finite_size_of_generator`: E w_own has its steepest fall near t_collapse, cross entropy its least value at
    t_generalization.

    Args:
        subject: `remanifold.HiddenManifold`, a function of latents (n, D) that returns points (n, ...), a torch module,
            or a `HiddenFamily`: the mean over draws of F.
        n_points: P, at least 3.
        t: Noise variances; or give ``sigma``.
        sigma: Their square roots.
        latent_dim: D; for functions and modules only.
        n_views: Points x, at least 16; by default 1024 with the exact law, else 256. Errors fall with its square root.
        seed: Of the points x and of the sampling.
        progress: Called with the stage, how many of its parts are done, and how many there are.

    Raises:
        InvalidInput: if the map, a size or a level cannot be used.
        NotConverged: if an integral or a ladder does not end, as for t far below that of the best generalization.

    Source: docs/explanation/finite-size.md (2), (3); finite-size-curves.md (14) to (17), (22).

    >>> from remanifold import HiddenManifold
    >>> from remanifold.theory import finite_size_curves
    >>> manifold = HiddenManifold(ambient_dim=20, latent_dim=6, n_points=55, ensemble="isometric")
    >>> curves = finite_size_curves(manifold, 55, t=[0.3, 1.2, 4.8])
    >>> curves.own_weight.value.round(2)
    array([0.96, 0.59, 0.17])
    """
    levels = noise_levels(t, sigma)
    spectrum = known_spectrum(subject, n_points)
    usual = _SAMPLED_VIEWS if spectrum is None else _EXACT_VIEWS
    n = usual if n_views is None else whole("`n_views`", n_views, least=_FEWEST_VIEWS, example=usual)
    told = progress or silent
    if spectrum is not None:
        points, dim = gaussian_points(spectrum, n, float(levels.min()), seed), len(spectrum)
        ambient = ambient_dim_of(subject, None)
        rows = [_exact(points, float(level), n_points, ambient) for level in _counted(levels, told)]
        found = np.array(rows).reshape(len(levels), len(NAMES), 2).transpose(1, 2, 0)
        found = np.concatenate([found, np.zeros((len(NAMES), 1, len(levels)))], axis=1)
    else:
        family = family_of(subject, latent_dim)
        ambient, dim = family.ambient_dim, family.latent_dim
        asked = asked_of(family, n_points, seed)
        found = np.empty((len(NAMES), 3, len(levels)))
        clean = looked(asked, n, 0.0)
        found[4] = _cross_entropy(clean, levels, n_points, ambient)
        found[7] = _clean_majority(clean, levels)
        for places in _counted(_groups(levels), told):
            here = levels[places]
            middle = math.sqrt(float(here.min() * here.max()))
            seen = looked(asked, n, middle, 1 / float(here.min()))
            found[np.ix_([0, 1, 2, 3, 6], range(3), places)] = _noisy(seen, here)
            found[5][:, places] = _kl(seen, here, n_points, ambient)
    curves = (EstimatedCurve(value, stderr, shift, n) for value, stderr, shift in found)
    return FiniteSizeCurves(levels, *curves, n_points=n_points, ambient_dim=ambient, latent_dim=dim)


def _counted(parts: list[Floats] | Floats, told: Progress) -> Iterator[Any]:
    for k, part in enumerate(parts):
        told("curves", k, len(parts))
        yield part
    told("curves", len(parts), len(parts))


def _groups(levels: Floats) -> list[Floats]:
    """Places of levels that one noise serves."""
    order = np.argsort(levels)
    groups: list[list[int]] = []
    for k in order.tolist():
        if groups and math.log(levels[k] / levels[groups[-1][0]]) < _NEAR:
            groups[-1].append(k)
        else:
            groups.append([k])
    return [np.array(group) for group in groups]


def _exact(points: GaussianPoints, t: float, n_points: int, ambient: int) -> list[tuple[float, float]]:
    """(value, error) of all curves at one level."""
    clean, noisy, log_others = points.energies(t, 0.0), points.energies(t, t), math.log(n_points - 1)
    log_points = math.log(n_points)

    def sums(level: float) -> OwnSums:
        return own_sums(points.energies(level, level), points.log_own(level, level), log_others)

    # E sum w^2 is E w_own: the point that a noisy one is taken back to is one more draw of the posterior
    here, near = sums(t), [sums(t * math.exp(step)) for step, _ in _STENCIL]
    shares = np.array([share for _, share in _STENCIL]) / 1.2
    slope = shares @ np.stack([one.own_weight for one in near])
    apart = here.own_weight - here.participation
    slopes_apart = slope - shares @ np.stack([one.participation for one in near])
    means = [
        points.mean(here.own_weight, noisy, t, apart),
        points.mean(slope, noisy, t, slopes_apart),
        points.mean(here.participation, noisy, t, apart),
        points.mean(here.entropy, noisy, t, apart),
    ]
    gap = (annealed(noisy, log_points) - mean_log_sum(noisy, log_points)[0]) / ambient
    entropy = (cross_entropy_shift(t, ambient, log_points) - mean_log_sum(clean, log_points)[0]) / ambient
    means += [points.mean(entropy, clean, 0.0), points.mean(gap, noisy, t)]
    share = own_majority(noisy, points.log_own(t, t), log_others)
    at_rest = own_majority(clean, points.log_own(t, 0.0), log_others)
    means += [points.mean(share, noisy, t, apart), points.mean(at_rest, clean, 0.0)]
    return [(mean.value, mean.stderr) for mean in means]


def _noisy(seen: Looked, levels: Floats) -> Floats:
    """The curves of noisy training points: (5, 3, levels)."""

    def each(values: Callable[[Any, float], list[float]]) -> Callable[[Views], Floats]:
        return lambda views: np.array([[values(law, t) for t in levels] for law in views.laws])

    log_others = seen.views.log_others

    def five(law: Any, t: float) -> list[float]:
        sums = [weight_sum(law.exponents(t * math.exp(step)), law.log_weights, log_others) for step, _ in _STENCIL]
        here = weight_sum(law.exponents(t), law.log_weights, log_others)
        slope = sum(share * near.own_weight for near, (_, share) in zip(sums, _STENCIL)) / 1.2
        total, mean = here.mean_logs
        return [here.own_weight, slope, here.participation, total - mean, here.majority]

    stacked = each(five)
    parts = seen.mean(lambda views: stacked(views).reshape(len(views.laws), -1))
    return np.stack(parts).reshape(3, len(levels), 5).transpose(2, 0, 1)


def _kl(seen: Looked, levels: Floats, n_points: int, ambient: int) -> Floats:
    """log p_t - log p_t^emp of fresh noisy points, over N: (3, levels)."""

    def gaps(views: Views) -> Floats:
        sums = [
            [weight_sum(law.exponents(t), law.log_weights, math.log(n_points)) for t in levels] for law in views.fresh
        ]
        return np.array([[(one.annealed - one.mean_log) / ambient for one in row] for row in sums])

    return np.stack(seen.mean(gaps, fresh=True))


def _cross_entropy(seen: Looked, levels: Floats, n_points: int, ambient: int) -> Floats:
    """-log p_t^emp of fresh clean points, over N: (3, levels)."""
    shift = np.array([cross_entropy_shift(float(t), ambient, math.log(n_points)) for t in levels])

    def logs(views: Views) -> Floats:
        rows = [
            [weight_sum(law.exponents(t), law.log_weights, math.log(n_points)).mean_log for t in levels]
            for law in views.fresh
        ]
        return (shift - np.array(rows)) / ambient

    return np.stack(seen.mean(logs, fresh=True))


def _clean_majority(seen: Looked, levels: Floats) -> Floats:
    """P(w_own > 1/2) seen from the points themselves: (3, levels)."""

    def shares(views: Views) -> Floats:
        rows = [
            [weight_sum(law.exponents(t), law.log_weights, views.log_others).majority for t in levels]
            for law in views.laws
        ]
        return np.array(rows)

    return np.stack(seen.mean(shares))
