"""Does a noised training point come back? The share that does is the weight it had at the turn, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold.measures.estimates.series import Series, excess_series, series_of
from remanifold.measures.trajectories.reversal import STANDARD, Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.measures.trajectories.turning_levels import turning_levels
from remanifold.sampling import noised


@dataclass(frozen=True)
class UTurns:
    """Training points noised to t and back.

    Attributes:
        t: Noise variances of the turns, ascending, (levels,).
        returned: Share that came back to their own point.
        own_weight: E[w_own] at the turns: what `returned` is under the exact score.
        excess: Mean of returned - w_own, trajectory by trajectory: zero under the exact score and the exact SDE, with
            the error that it then has.
    """

    t: NDArray[np.float64]
    returned: Series
    own_weight: Series
    excess: Series


def u_turns(
    training: TrainingPoints,
    t: Sequence[float] | NDArray[np.floating],
    *,
    n_trajectories: int = 500,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> UTurns:
    """Noise training points to each ``t`` and reverse; see docs/theory.md, section 6.

    Args:
        training: The points.
        t: Noise variances.
        n_trajectories: At each t; the same points at all.
        stop_at: Where reversal ends; `TrainingPoints.rest` by default.
        reversal: How it is run.

    Raises:
        InvalidInput: if a t is not above ``stop_at``, or numbers are bad.
    """
    low = training.rest() if stop_at is None else stop_at
    levels, rows = turning_levels(t, low), training.choose(n_trajectories, reversal.seed)
    back, weight = np.empty((2, len(rows), len(levels)))
    for k, level in enumerate(levels):
        stream = f"u-turn {k}"
        start = noised(training.rows(rows), level, seed=reversal.seed, stream=stream)
        weight[:, k] = training.own_weight(start, level, rows)
        ends = reversal.down(training, start, reversal.levels(level, low), stream=stream).samples
        back[:, k] = training.nearest(ends) == rows
    return UTurns(levels, series_of(back), series_of(weight), excess_series(back, weight))
