"""Two copies of a trajectory that part at noise t: how often do they end at the same training point?"""

from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import Series, excess_series, series_of
from remanifold.measures.trajectories.reversal import STANDARD, Reversal, turning_levels
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import NoiseLevels
from remanifold.sampling import noised


@dataclass(frozen=True)
class Clones:
    """Pairs that part at t.

    Attributes:
        t: Noise variances, ascending, (levels,).
        together: phi(t), the share of pairs that end at the same training point.
        participation: E[sum w^2] where they part: what `together` is under the exact score.
        excess: Mean of the difference, pair by pair.
    """

    t: Floats
    together: Series
    participation: Series
    excess: Series


def clones(
    training: TrainingPoints | PointsLike,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    n_pairs: int = 500,
    start_at: float | None = None,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> Clones:
    """Measure phi(t). Given x_t, both copies end at point mu with probability w_mu, hence together with sum w_mu^2.

    Args:
        training: The points.
        t, sigma: Noise variances where copies part, or their roots.
        n_pairs: At each t.
        start_at: Noise variance from which the common way is run; None: it is not, and copies part at noised training
            points, which have the same law under the exact score (not under another denoiser).
        stop_at: Where trajectories end; `TrainingPoints.rest` by default.
        reversal: How they are run.

    Raises:
        InvalidInput: if a t is not above ``stop_at`` and below ``start_at``, or numbers are bad.
    """
    training = TrainingPoints.of(training)
    low = training.rest() if stop_at is None else stop_at
    levels, rows = turning_levels(t, sigma, low), training.choose(n_pairs, reversal.seed)
    same, squares = np.empty((2, n_pairs, len(levels)))
    for k, level in enumerate(levels):
        high = level if start_at is None else start_at
        x = noised(training.rows(rows), high, seed=reversal.seed, stream=f"clones {k}")
        if start_at is not None:
            x = reversal.down(training, x, reversal.levels(start_at, level), stream=f"clones {k}").samples
        squares[:, k] = training.score.participation(x, level)
        down = reversal.levels(level, low)
        ends = [training.nearest(reversal.down(training, x, down, stream=f"clone {name} {k}").samples) for name in "ab"]
        same[:, k] = ends[0] == ends[1]
    return Clones(levels, series_of(same), series_of(squares), excess_series(same, squares))
