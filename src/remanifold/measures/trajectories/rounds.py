"""Rounds of noising to t and leading back: how long states stay where they were, how soon training points hold them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.checks import share, whole
from remanifold._core.errors import refusal
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import Series, choose_queries, excess_series, series_of
from remanifold.measures.neighbours.near_rows import NearRows, near_rows
from remanifold.measures.neighbours.reading import ArrayRows, open_holdout, values_of
from remanifold.measures.trajectories.reversal import STANDARD, Reversal, affordable, turning_levels
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import NoiseLevels
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

    t: Floats
    captured: tuple[Series, ...]
    stayed: tuple[Series, ...]
    home: tuple[Series, ...]
    weight: tuple[Series, ...]
    excess: tuple[Series, ...]


def cycles(
    training: TrainingPoints | PointsLike,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    rounds: int = 5,
    start: PointsLike | None = None,
    n_trajectories: int = 300,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> Cycles:
    """Noise to ``t`` and reverse, ``rounds`` times in a row.

    Args:
        training, t, sigma: As for `u_turns`.
        rounds: How many.
        start: States to begin with, (n, *shape), e.g. hold-out points; training points by default.
        n_trajectories: How many, where ``start`` is not given.
        stop_at: Noise variance at which a round ends, the state as it is; `TrainingPoints.rest` by default.
        reversal: How rounds are run.

    Raises:
        InvalidInput: if numbers or shapes are bad.
    """
    training = TrainingPoints.of(training)
    rounds = whole("`rounds`", rounds, least=1, example=5)
    low = training.rest() if stop_at is None else stop_at
    levels = turning_levels(t, sigma, low)
    first = training.rows(training.choose(n_trajectories, reversal.seed)) if start is None else values_of(start)
    if first.shape[1:] != training.shape:
        raise refusal(f"the start must be states of shape (n, {training.shape})", first.shape, "reshape it")
    tables = [
        _cycled(training, first, _Rounds(reversal, level, low, f"cycle {k} round", 0), rounds)
        for k, level in enumerate(levels.tolist())
    ]
    captured, stayed, home, weight = (tuple(series_of(table[name]) for table in tables) for name in range(4))
    excess = tuple(excess_series(table[1], table[3]) for table in tables)
    return Cycles(levels, captured, stayed, home, weight, excess)


@dataclass(frozen=True, eq=False)
class CaptureRounds:
    """States that began at hold-out rows, after each round of noising to t and leading back.

    Attributes:
        t: Noise variances of the turns, ascending, (levels,).
        captured: For each t, the share of states that are ``ratio`` times nearer to a training point than to any other,
            after rounds 0..k; round 0 is the share of the hold-out rows themselves, the false alarms of that rule.
        kept: For each t, the share whose nearest training point is the one of the round before, rounds 1..k.
        nearest: Nearest training point of each state after each round, (levels, n, k + 1).
        rows: Hold-out rows that began, (n,).
        ratio: d1/d2 below which a state counts as captured.
        evaluations: Rows that the denoiser was asked about.
    """

    t: Floats
    captured: tuple[Series, ...]
    kept: tuple[Series, ...]
    nearest: Integers
    rows: Integers
    ratio: float
    evaluations: int


def capture_rounds(
    training: TrainingPoints | PointsLike,
    holdout: PointsLike,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    reversal: Reversal,
    rounds: int = 5,
    ratio: float = 1 / 3,
    evaluations: int | None = None,
    most_rows: int = 200,
    stop_at: float | None = None,
    labels: ArrayLike | None = None,
) -> CaptureRounds:
    """Noise hold-out rows to ``t`` and lead them back, ``rounds`` times in a row.

    One-shot sampling under-reports memory: traps that a trajectory rarely meets hold it once it is there. `cycles` asks
    whether a state is an exact copy; networks blur theirs, so the rule here is relative.

    Args:
        training: The distinct training points: of two copies, d1/d2 is 1 however near a state is.
        holdout, t, sigma, reversal, evaluations: As for `returns`.
        rounds: How many.
        ratio: In (0, 1).
        most_rows: Most hold-out rows that begin.
        stop_at: Noise variance at which a round ends, the state as it is; `TrainingPoints.rest` by default.
        labels: One a hold-out row, for a denoiser that takes labels (x, t, labels): a state keeps that of its row.

    Raises:
        InvalidInput: for other shapes, bad numbers, or a budget that two rows exceed.
    """
    training = TrainingPoints.of(training)
    others = open_holdout(holdout, training.shape)
    rounds, ratio = whole("`rounds`", rounds, least=1, example=5), share("`ratio`", ratio, example="1/3")
    low = training.rest() if stop_at is None else stop_at
    levels = turning_levels(t, sigma, low)
    per_row = rounds * reversal.calls(levels, low)
    count = min(most_rows, affordable(others.n_points, evaluations, per_row))
    rows = choose_queries(np.arange(others.n_points), count, reversal.seed)
    first = others.take(rows).reshape(len(rows), *training.shape)
    own = None if labels is None else np.asarray(labels)[rows]
    captured, kept, nearest = [], [], []
    for k, level in enumerate(levels.tolist()):
        run, x = _Rounds(reversal, level, low, f"capture rounds {k}", 1, own), first
        near = [_two_nearest(training, x)]
        for r in range(rounds):
            x = run.back(training, run.turn(x, r), r)
            near.append(_two_nearest(training, x))
        numbers = np.stack([state.rows[:, 0] for state in near], axis=1)
        captured.append(series_of(np.stack([state.ratio < ratio for state in near], axis=1).astype(np.float64)))
        kept.append(series_of((numbers[:, 1:] == numbers[:, :-1]).astype(np.float64)))
        nearest.append(numbers)
    return CaptureRounds(levels, tuple(captured), tuple(kept), np.stack(nearest), rows, ratio, per_row * len(rows))


def _two_nearest(training: TrainingPoints, x: Floats) -> NearRows:
    every = np.arange(training.n_points)
    return near_rows(training.points, every, ArrayRows(x), np.arange(len(x)), 2, memory=training.memory)


@dataclass(frozen=True, eq=False)
class _Rounds:
    """Rounds at noise ``t`` that end at noise ``low``; round r = 0, 1, ... draws from "``stream`` ``first`` + r"."""

    reversal: Reversal
    t: float
    low: float
    stream: str
    first: int
    labels: NDArray[np.generic] | None = None

    def turn(self, x: Floats, r: int) -> Floats:
        """States noised for round ``r``."""
        added = self.t if r == 0 else self.t - self.low  # later on the state carries the noise where its round ended
        return noised(x, added, seed=self.reversal.seed, stream=f"{self.stream} {self.first + r}")

    def back(self, training: TrainingPoints, turned: Floats, r: int) -> Floats:
        """These states led back."""
        levels, stream = self.reversal.levels(self.t, self.low), f"{self.stream} {self.first + r}"
        return self.reversal.down(training, turned, levels, stream=stream, labels=self.labels).samples


def _cycled(training: TrainingPoints, x: Floats, run: _Rounds, rounds: int) -> Floats:
    """captured, stayed, home and weight: (4, n, rounds)."""
    table = np.empty((4, len(x), rounds))
    home = before = training.nearest(x)
    for r in range(rounds):
        turned = run.turn(x, r)
        table[3, :, r] = training.own_weight(turned, run.t, before)
        x = run.back(training, turned, r)
        now = training.nearest(x)
        table[:3, :, r] = typical(training, x, now, run.low), now == before, now == home
        before = now
    return table


def typical(training: TrainingPoints, x: Floats, nearest: Integers, t: float) -> NDArray[np.bool_]:
    """Whether each state at noise ``t`` is a typical noised copy of its nearest training point, or nearer."""
    from scipy.stats import chi2

    gaps = (x - training.rows(nearest)).reshape(len(x), -1)
    return (gaps * gaps).sum(axis=1) <= t * chi2.ppf(_TYPICAL, gaps.shape[1])
