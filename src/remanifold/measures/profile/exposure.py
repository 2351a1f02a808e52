"""Which rows the empirical score memorizes first: each row's own collapse, with its error."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold.measures.estimates.crossings import crossing
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

    Its own -R(xi) crosses 0 there. `t_onset` is where the mean does, so that some rows' traps open above it.
    """
    traps: list[tuple[float, int]] = []
    for row, sums in zip(profile.queries, profile.sums, strict=True):
        own = crossing(np.log(sums.t), -sums.log_sum[:, 0], -sums.half_squared[:, 0] / sums.t)
        if own is not None:
            traps.append((own[0], int(row)))
    if not traps:
        return None
    log_t, row = max(traps)
    return row, NoiseLevel(math.exp(log_t))


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
    rows: list[RowExposure] = []
    for k, sums in enumerate(profile.sums):
        slopes = -gap_dimension(sums.t, sums.half_squared, sums.projection) / 2
        zero = crossing(np.log(sums.t), sums.gap(), slopes)
        if zero is None:
            continue
        log_t, slope = zero
        error = math.sqrt(float(np.interp(log_t, np.log(profile.t), variance)) / profile.n_draws) / abs(slope)
        time = MeasuredLevel.from_log(Estimate(log_t, error, profile.n_draws))
        nearest = int(profile.nearest_rows[k]), float(profile.nearest_distances[k])
        rows.append(RowExposure(int(profile.queries[k]), time, *nearest))
    return tuple(sorted(rows, key=lambda r: (-r.time.value, r.row)))
