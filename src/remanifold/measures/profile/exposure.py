"""Which rows the empirical score memorizes first: each row's own collapse, with its error."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold.measures.estimates.crossings import row_crossings
from remanifold.measures.profile.noise_profile import NoiseProfile, gap_dimension
from remanifold.noise import MeasuredLevel, NoiseLevel


@dataclass(frozen=True)
class RowExposure:
    """One row's collapse.

    Attributes:
        row: Row number.
        time: Its own crossing; the error comes from the finite number of noise draws (``n``).
        nearest_row, nearest_distance: Nearest other distinct point.
    """

    row: int
    time: MeasuredLevel
    nearest_row: int
    nearest_distance: float


def first_trap(profile: NoiseProfile) -> tuple[int, NoiseLevel] | None:
    """(row, t) of the query row that attracts itself from the highest noise on, or None where none does.

    Its own -R(xi) crosses 0 there. `t_onset` is where the mean does; the traps of some rows open above it.
    """
    which, log_t, _ = row_crossings(
        [np.log(s.t) for s in profile.sums],
        [-s.log_sum[:, 0] for s in profile.sums],
        [-s.half_squared[:, 0] / s.t for s in profile.sums],
    )
    if not len(which):
        return None
    t, row = max(zip(log_t, profile.queries[which]))
    return int(row), NoiseLevel(math.exp(t))


def draw_variance(profile: NoiseProfile) -> np.ndarray:
    """Variance of one antithetic draw's gap around its query's mean, pooled over queries: (levels,)."""
    common = [np.searchsorted(s.t, profile.t) for s in profile.sums]
    gaps = np.stack([-s.log_sum[k, 1:] for s, k in zip(profile.sums, common, strict=True)])
    draws = gaps.reshape(*gaps.shape[:2], profile.n_draws, 2).mean(axis=3)  # both signs of a draw: one number
    return draws.var(axis=2, ddof=1).mean(axis=0)


def exposure(profile: NoiseProfile) -> tuple[RowExposure, ...]:
    """The query rows in the order in which they collapse as noise falls: highest t first.

    A query has too few draws to tell its own error, so the variance over draws is pooled over queries at each level and
    divided by the row's own slope: se(log t) = sqrt(var(t) / draws) / |slope|.
    """
    variance = draw_variance(profile)
    which, log_t, slopes = row_crossings(
        [np.log(s.t) for s in profile.sums],
        [s.gap() for s in profile.sums],
        [-gap_dimension(s.t, s.half_squared, s.projection) / 2 for s in profile.sums],
    )
    spread = np.sqrt(np.interp(log_t, np.log(profile.t), variance) / profile.n_draws)
    errors = spread / np.abs(slopes)
    rows = [
        RowExposure(
            int(profile.queries[k]),
            MeasuredLevel.from_log(Estimate(t, error, profile.n_draws)),
            int(profile.nearest_rows[k]),
            float(profile.nearest_distances[k]),
        )
        for k, t, error in zip(which, log_t.tolist(), errors.tolist(), strict=True)
    ]
    return tuple(sorted(rows, key=lambda r: (-r.time.value, r.row)))
