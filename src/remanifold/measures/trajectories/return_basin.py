"""How far from a training point a network still leads back to it: its basin, beside that of the exact score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold.measures.estimates.crossings import mean_crossing
from remanifold.measures.estimates.queries import choose_queries
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.memory.row_classes import RowClasses
from remanifold.measures.trajectories.basins import log_odds
from remanifold.measures.trajectories.returns import affordable, calls_of, has_returned, own_weights
from remanifold.measures.trajectories.reversal import Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import MeasuredLevel
from remanifold.sampling import noised


@dataclass(frozen=True, eq=False)
class ReturnBasin:
    """Starts xi + sqrt(delta) w, led back from noise t. docs/theory.md, section 5, predicts delta_b(t).

    Attributes:
        t: Noise variance from which trajectories run.
        delta: Noise variances of the starts, ascending, (levels,).
        returned: Share of training rows that a trajectory leads back to.
        own_weight: The same under the exact empirical score, E[w_own] at the start.
        basin: delta where ``returned`` falls below 1/2; None where it does not in ``delta``. A radius is sqrt(N delta).
        exact_basin: The same of ``own_weight``.
        static_basin: delta_b(t) of these data: where the own point's log odds against all others cross 0; or None.
        evaluations: Rows that the denoiser was asked about.
    """

    t: float
    delta: NDArray[np.float64]
    returned: Series
    own_weight: Series
    basin: MeasuredLevel | None
    exact_basin: MeasuredLevel | None
    static_basin: MeasuredLevel | None
    evaluations: int


def return_basin(
    training: TrainingPoints,
    t: float,
    delta: ArrayLike,
    *,
    reversal: Reversal,
    evaluations: int | None = None,
    most_rows: int = 300,
    stop_at: float | None = None,
    classes: RowClasses | None = None,
) -> ReturnBasin:
    """Measure the basin at noise ``t`` over a list of ``delta``; the same rows and noise at every delta.

    Unlike `basins` it follows no gradient flow, whose number of network evaluations has no bound.

    Args:
        training: The distinct training points.
        t: Noise variance.
        delta: Noise variances of the starts, at least two, positive.
        reversal: The denoiser, and how it is run.
        evaluations: Most rows that the denoiser may be asked about.
        most_rows: Most training rows looked at.
        stop_at: Where reversal ends; `TrainingPoints.rest` by default.
        classes: Of all training points, for a denoiser that takes labels; then ``static_basin`` is not computed.

    Raises:
        InvalidInput: if numbers are bad, or the budget does not pay for two rows.
    """
    low = training.rest() if stop_at is None else stop_at
    if not (0 < low < t < np.inf):
        raise refusal(f"the noise variance t must lie above the {low:.3g} where it ends", t, "raise it")
    starts = np.unique(np.asarray(delta, dtype=np.float64))
    good = len(starts) >= 2 and bool((np.isfinite(starts) & (starts > 0)).all())
    require(good, "`delta` must be at least two positive noise variances", delta, "pass e.g. delta=[0.1, 1.0]")
    per_row = len(starts) * calls_of(reversal, t, low)
    count = min(most_rows, affordable(training.n_points, evaluations, per_row))
    rows = choose_queries(np.arange(training.n_points), count, reversal.seed)
    clean = training.rows(rows)
    labels = None if classes is None else classes.training[rows]
    of_class = None if classes is None or labels is None else (classes, labels)
    noise = noised(np.zeros_like(clean), 1.0, seed=reversal.seed, stream="return basin")
    back, weight = np.empty((2, len(rows), len(starts)))
    for k, d in enumerate(starts):
        x = clean + np.sqrt(d) * noise
        weight[:, k] = own_weights(training, x, t, clean, rows, of_class)
        ends = reversal.down(training, x, reversal.levels(t, low), stream=f"return basin {k}", labels=labels).samples
        back[:, k] = has_returned(training, ends, clean, rows)
    log_delta = np.log(starts)
    basin, exact = (mean_crossing(log_delta, curves) for curves in (back - 0.5, weight - 0.5))
    static = mean_crossing(log_delta, log_odds(training, rows, noise, t, starts)) if classes is None else None
    return ReturnBasin(t, starts, series_of(back), series_of(weight), basin, exact, static, per_row * len(rows))
