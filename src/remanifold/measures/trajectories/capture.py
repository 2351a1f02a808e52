"""When is a trajectory captured? The last time its nearest training point changes, of every trajectory."""

from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np
from numpy.typing import NDArray

from remanifold._core import checks
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import Series, excess_series, series_of
from remanifold.measures.trajectories.reversal import STANDARD, Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import noise_variance
from remanifold.sampling import noised


@dataclass(frozen=True, eq=False)
class CaptureTimes:
    """Capture of each trajectory, known to one step of the levels.

    Attributes:
        levels: Noise variances visited, falling, (levels,).
        last_change: Noise variance of each trajectory's last change of its nearest training point, (n,): the middle, in
            log t, of the step in which it happened; the first level where there was none.
        half_weight: Where the largest weight passed 1/2 for the last time, likewise; below the last level: 0.
        ends: Row number of the training point each ended at, (n,).
        kept: Share of trajectories whose nearest point at each level is the one they end at.
        largest_weight: Mean of the largest weight at each level: what `kept` is under the exact score and SDE.
        excess: Mean of the difference, trajectory by trajectory.
    """

    levels: Floats
    last_change: Floats
    half_weight: Floats
    ends: Integers
    kept: Series
    largest_weight: Series
    excess: Series

    def captured(self, t: SupportsFloat | None = None, *, sigma: SupportsFloat | None = None) -> Estimate:
        """Share of trajectories that are captured at noise ``t``, on their way down to it."""
        return mean_estimate((self.last_change >= noise_variance(t, sigma)).astype(np.float64))

    def quantile(self, share: float) -> tuple[float, float, float]:
        """(noise variance, and its 95 % interval) above which ``share`` of the trajectories are captured.

        The interval is made of order statistics, and so assumes nothing of the distribution.

        Raises:
            InvalidInput: unless 0 < share < 1.
        """
        from scipy.stats import binom

        share = checks.share("a share", share)
        falling = np.sort(self.last_change)[::-1]
        n = len(falling)
        low, high = (int(np.clip(k, 0, n - 1)) for k in binom.ppf([0.025, 0.975], n, share))
        return float(np.quantile(self.last_change, 1 - share)), float(falling[high]), float(falling[low])


def capture_times(
    training: TrainingPoints | PointsLike,
    *,
    n_trajectories: int = 500,
    start_at: float | None = None,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> CaptureTimes:
    """Run trajectories down and look for capture at every level.

    Args:
        training: The points.
        n_trajectories: How many; they start at noised training points, which have the law of the process.
        start_at: Noise variance at the start; by default 4 times the mean squared distance from the mean, summed over
            dimensions, where all weights are alike: coordinates that never vary change nothing.
        stop_at: Where they end; `TrainingPoints.rest` by default.
        reversal: How they are run.

    Raises:
        InvalidInput: if numbers are bad.
    """
    training = TrainingPoints.of(training)
    low = training.rest() if stop_at is None else stop_at
    rows = training.choose(n_trajectories, reversal.seed)
    clean = training.rows(rows)
    high = 4.0 * float(clean.reshape(len(clean), -1).var(axis=0).sum()) if start_at is None else start_at
    start = noised(clean, high, seed=reversal.seed, stream="capture")
    levels = reversal.levels(high, low)
    seen = np.asarray(reversal.down(training, start, levels, stream="capture", watch=_Looks(training)).watched)
    nearest, weight = seen[..., 0].astype(np.int64).T, seen[..., 1].T  # (n, levels)
    ends = nearest[:, -1]
    kept = (nearest == ends[:, None]).astype(np.float64)
    captured = [last_waiting(levels, waiting, levels[0]) for waiting in (kept < 1, weight < 0.5)]
    shares = series_of(kept), series_of(weight), excess_series(kept, weight)
    return CaptureTimes(levels, captured[0], captured[1], ends, *shares)


@dataclass(frozen=True)
class _Looks:
    """(nearest training point, its weight) of each state."""

    training: TrainingPoints

    def __call__(self, x: Floats, t: float) -> Floats:
        weights, rows = self.training.score.weights(x, t)
        return np.stack([rows[:, 0], weights[:, 0]], axis=1, dtype=np.float64)


def last_waiting(levels: Floats, waiting: NDArray[np.bool_], never: float) -> Floats:
    """Middle of the step after the last level at which ``waiting`` (n, levels) holds; ``never`` where it holds nowhere,
    0 where it holds to the end."""
    n_levels = len(levels)
    last = n_levels - 1 - np.argmax(waiting[:, ::-1], axis=1)
    middles = np.append(np.sqrt(levels[:-1] * levels[1:]), 0.0)
    return np.where(waiting.any(axis=1), middles[last], never)
