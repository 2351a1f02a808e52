"""Rounds of noise and return under a network: how many held-out rows end at training points, and how soon."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import require
from remanifold.data import open_points
from remanifold.measures.estimates.queries import choose_queries
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.panel import ArrayRows
from remanifold.measures.trajectories.returns import affordable, calls_of
from remanifold.measures.trajectories.reversal import Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.measures.trajectories.turning_levels import turning_levels
from remanifold.sampling import noised


@dataclass(frozen=True, eq=False)
class CaptureRounds:
    """States that began at held-out rows, after each round of noising to t and leading back.

    Attributes:
        t: Noise variances of the turns, ascending, (levels,).
        captured: For each t, the share of states that are ``ratio`` times nearer to a training point than to any other,
            after rounds 0..k; round 0 is the share of the held-out rows themselves, the false alarms of that rule.
        kept: For each t, the share whose nearest training point is the one of the round before, rounds 1..k.
        nearest: Nearest training point of each state after each round, (levels, n, k + 1).
        rows: Held-out rows that began, (n,).
        ratio: d1/d2 below which a state counts as captured.
        evaluations: Rows that the denoiser was asked about.
    """

    t: NDArray[np.float64]
    captured: tuple[Series, ...]
    kept: tuple[Series, ...]
    nearest: NDArray[np.int64]
    rows: NDArray[np.int64]
    ratio: float
    evaluations: int


def capture_rounds(
    training: TrainingPoints,
    holdout: Any,
    t: ArrayLike,
    *,
    reversal: Reversal,
    rounds: int = 5,
    ratio: float = 1 / 3,
    evaluations: int | None = None,
    most_rows: int = 200,
    stop_at: float | None = None,
    labels: ArrayLike | None = None,
) -> CaptureRounds:
    """Noise held-out rows to ``t`` and lead them back, ``rounds`` times in a row.

    One-shot sampling under-reports memory: traps that a trajectory rarely meets hold it once it is there. `cycles` asks
    whether a state is an exact copy; networks blur theirs, so the rule here is relative.

    Args:
        training: The distinct training points: of two copies, d1/d2 is 1 however near a state is.
        holdout: Held-out rows, whatever `open_points` takes.
        t: Noise variances of the turns.
        reversal: The denoiser, and how it is run.
        rounds: How many.
        ratio: In (0, 1).
        evaluations: Most rows that the denoiser may be asked about.
        most_rows: Most held-out rows that begin.
        stop_at: Noise variance at which a round ends, the state as it is; `TrainingPoints.rest` by default.
        labels: One a held-out row, for a denoiser that takes labels (x, t, labels): a state keeps that of its row.

    Raises:
        InvalidInput: for other shapes, bad numbers, or a budget that two rows exceed.
    """
    fresh = open_points(holdout)
    need = f"the hold-out must have rows of shape {training.shape}, as the training data have"
    require(fresh.shape == training.shape, need, fresh.shape, "prepare both alike")
    require(isinstance(rounds, int) and rounds >= 1, "`rounds` must be a whole number of at least 1", rounds, "pass 5")
    require(0 < ratio < 1, "`ratio` must lie between 0 and 1", ratio, "pass e.g. 1/3")
    low = training.rest() if stop_at is None else stop_at
    levels = turning_levels(np.asarray(t, dtype=np.float64).ravel(), low)
    per_row = rounds * sum(calls_of(reversal, float(level), low) for level in levels)
    count = min(most_rows, affordable(fresh.n_points, evaluations, per_row))
    rows = choose_queries(np.arange(fresh.n_points), count, reversal.seed)
    first = fresh.take(rows).reshape(len(rows), *training.shape)
    names = None if labels is None else np.asarray(labels)[rows]
    found = [
        _rounds(training, first, float(level), low, rounds, ratio, k, reversal, names) for k, level in enumerate(levels)
    ]
    captured = tuple(series_of(one[0]) for one in found)
    kept = tuple(series_of((one[1][:, 1:] == one[1][:, :-1]).astype(np.float64)) for one in found)
    return CaptureRounds(levels, captured, kept, np.stack([one[1] for one in found]), rows, ratio, per_row * len(rows))


def _rounds(
    training: TrainingPoints,
    x: NDArray[np.float64],
    t: float,
    low: float,
    rounds: int,
    ratio: float,
    k: int,
    reversal: Reversal,
    labels: NDArray[Any] | None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Captured or not, and the nearest training point, after rounds 0..k: (n, rounds + 1) both."""
    captured, nearest = np.empty((len(x), rounds + 1)), np.empty((len(x), rounds + 1), dtype=np.int64)
    for r in range(rounds + 1):
        if r > 0:
            stream = f"capture rounds {k} {r}"
            added = t if r == 1 else t - low  # later on the state carries the noise at which its round ended
            turn = noised(x, added, seed=reversal.seed, stream=stream)
            x = reversal.down(training, turn, reversal.levels(t, low), stream=stream, labels=labels).samples
        near = near_rows(training.points, np.arange(training.n_points), ArrayRows(x), np.arange(len(x)), 2)
        nearest[:, r], captured[:, r] = near.rows[:, 0], near.ratio < ratio
    return captured, nearest
