"""Rounds of noising to t and back: how long a trajectory stays where it was, and how soon training points hold it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold.measures.estimates.series import Series, excess_series, series_of
from remanifold.measures.trajectories.reversal import STANDARD, Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.measures.trajectories.turning_levels import turning_levels
from remanifold.sampling import noised

_TYPICAL = 0.999  # share of noised copies of a training point that lie within the distance called captured


@dataclass(frozen=True, eq=False)
class Cycles:
    """What rounds at noise t do; a `Series` over rounds 1..k for each t.

    Attributes:
        t: Noise variances of the turns, ascending, (levels,).
        captured: Share of states after each round that lie as near to a training point as noise of the stop leaves
            its own copies: squared distance at most t_stop times the 99.9 % point of chi squared with N degrees.
        stayed: Share whose nearest training point is the one before the round.
        home: Share whose nearest training point is the one at the start.
        weight: E of the weight at the turn of the point nearest before it: what `stayed` is under the exact score, for
            trajectories that were at training points.
        excess: Mean of the difference, trajectory by trajectory.
    """

    t: NDArray[np.float64]
    captured: tuple[Series, ...]
    stayed: tuple[Series, ...]
    home: tuple[Series, ...]
    weight: tuple[Series, ...]
    excess: tuple[Series, ...]


def cycles(
    training: TrainingPoints,
    t: Sequence[float] | NDArray[np.floating],
    *,
    rounds: int = 5,
    start: Any = None,
    n_trajectories: int = 300,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> Cycles:
    """Noise to ``t`` and reverse, ``rounds`` times in a row.

    Args:
        training: The points.
        t: Noise variances of the turns.
        rounds: How many.
        start: States to begin with, (n, *shape), e.g. held-out points; training points by default.
        n_trajectories: How many, where ``start`` is not given.
        stop_at: Noise variance at which a round ends, the state as it is;
            `TrainingPoints.rest` by default.
        reversal: How rounds are run.

    Raises:
        InvalidInput: if numbers or shapes are bad.
    """
    require(isinstance(rounds, int) and rounds >= 1, "`rounds` must be a whole number of at least 1", rounds, "pass 5")
    low = training.rest() if stop_at is None else stop_at
    levels = turning_levels(t, low)
    first = training.rows(training.choose(n_trajectories, reversal.seed)) if start is None else np.asarray(start, float)
    fits = first.ndim == 1 + len(training.shape) and first.shape[1:] == training.shape
    if not fits:
        raise refusal(f"the start must be states of shape (n, {training.shape})", first.shape, "reshape it")
    found = [_rounds(training, first, float(level), low, rounds, k, reversal) for k, level in enumerate(levels)]
    captured, stayed, home, weight = (tuple(series_of(one[name]) for one in found) for name in range(4))
    return Cycles(levels, captured, stayed, home, weight, tuple(excess_series(one[1], one[3]) for one in found))


def _rounds(
    training: TrainingPoints, x: NDArray[np.float64], t: float, low: float, rounds: int, k: int, reversal: Reversal
) -> NDArray[np.float64]:
    """captured, stayed, home and weight: (4, n, rounds)."""
    table = np.empty((4, len(x), rounds))
    home = before = training.nearest(x)
    for r in range(rounds):
        stream = f"cycle {k} round {r}"
        added = t if r == 0 else t - low  # later on the state carries the noise at which its round ended
        turn = noised(x, added, seed=reversal.seed, stream=stream)
        table[3, :, r] = training.own_weight(turn, t, before)
        x = reversal.down(training, turn, reversal.levels(t, low), stream=stream).samples
        now = training.nearest(x)
        table[:3, :, r] = _captured(training, x, now, low), now == before, now == home
        before = now
    return table


def _captured(
    training: TrainingPoints, x: NDArray[np.float64], nearest: NDArray[np.int64], t: float
) -> NDArray[np.bool_]:
    """Whether each state at noise ``t`` is a typical noised copy of its nearest training point, or nearer."""
    from scipy.stats import chi2

    gaps = (x - training.rows(nearest)).reshape(len(x), -1)
    return (gaps * gaps).sum(axis=1) <= t * chi2.ppf(_TYPICAL, gaps.shape[1])
