"""Sections of the potential V_t(x) = -t log p_t(x) along lines: wells at training points, slopes elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.neighbours.reading import values_of
from remanifold.noise import NoiseLevel, noise_variance
from remanifold.sampling import noised
from remanifold.scores.denoiser import ArrayT, Noise


@dataclass(frozen=True, eq=False)
class Sections:
    """The potential along lines x = centre + s u, u of length 1.

    Attributes:
        t: Noise variance.
        offsets: s, data units, (k,).
        rise: V_t(centre + s u) - V_t(centre) of each line, squared data units, (lines, k).
        pull: dV_t/ds = u . (x - m(x, t)) of each line, (lines, k).
        mean_rise: Mean over lines.
        mean_pull: Mean over lines; positive to the right of 0 where the centre attracts.
        trapping: Share of lines on which the centre lies in a well: the pull is towards it at the offsets next to it.
    """

    t: NoiseLevel
    offsets: Floats
    rise: Floats
    pull: Floats
    mean_rise: Series
    mean_pull: Series
    trapping: Series


class Potential(Protocol):
    """A `Denoiser` with a density: an `EmpiricalScore`, a `GaussianScore`."""

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """The posterior mean."""
        ...

    def log_density(self, x: ArrayT, t: Noise) -> ArrayT:
        """log p_t(x), nats, (batch,)."""
        ...


def sections(
    score: Potential,
    centres: PointsLike,
    t: SupportsFloat | None = None,
    offsets: Sequence[float] | Floats = (),
    *,
    sigma: SupportsFloat | None = None,
    directions: ArrayLike | None = None,
    seed: int = 0,
) -> Sections:
    """Evaluate the potential along a line through each of ``centres``.

    Args:
        score: Whose potential.
        centres: Training points or hold-out points, (lines, *shape).
        t, sigma: Noise variance, or its root.
        offsets: s, ascending, on both sides of 0, in data units.
        directions: One for each line, same shape, of any length; by default uniform.
        seed: Of the directions.

    Raises:
        InvalidInput: if shapes disagree, or the offsets do not ascend through 0.
    """
    level = noise_variance(t, sigma)
    through, s = values_of(centres), np.asarray(offsets, dtype=np.float64)
    through_zero = s.ndim == 1 and len(s) >= 3 and bool((np.diff(s) > 0).all()) and s[0] < 0 < s[-1]
    need = "`offsets` must be at least 3 ascending numbers on both sides of 0"
    require(through_zero, need, offsets, "pass e.g. [-1, 0, 1]")
    lines = noised(np.zeros_like(through), 1.0, seed=seed, stream="sections") if directions is None else directions
    u = np.asarray(lines, dtype=np.float64)
    if u.shape != through.shape:
        raise refusal(f"directions must have shape {through.shape}", u.shape, "pass one a centre")
    lengths = np.linalg.norm(u.reshape(len(u), -1), axis=1)
    require((lengths > 0).all(), "directions must have a length", "a zero vector", "pass others")
    u = u / lengths.reshape(-1, *[1] * (u.ndim - 1))
    rise, pull = np.empty((2, len(u), len(s)))
    base = -level * score.log_density(through, level)
    for k, offset in enumerate(s):
        x = through + offset * u
        rise[:, k] = -level * score.log_density(x, level) - base
        pull[:, k] = (u * (x - score(x, level))).reshape(len(u), -1).sum(axis=1)
    left, right = np.flatnonzero(s < 0)[-1], np.flatnonzero(s > 0)[0]
    trapped = ((pull[:, left] < 0) & (pull[:, right] > 0)).astype(np.float64)[:, None]
    return Sections(level, s, rise, pull, series_of(rise), series_of(pull), series_of(trapped))
