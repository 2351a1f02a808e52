"""Do training rows come back from noise more often than held-out rows? U-turns of both under one denoiser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate
from remanifold.data import open_points
from remanifold.measures.estimates.queries import choose_queries
from remanifold.measures.estimates.rank_agreement import RankAgreement, rank_agreement
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.memory.row_classes import RowClasses
from remanifold.measures.profile.exposure import RowExposure
from remanifold.measures.trajectories.reversal import Reversal
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.measures.trajectories.turning_levels import turning_levels
from remanifold.sampling import noised

_CALLS = {"heun": 2}  # of the denoiser in a step; one in all others
_LEAST = 2


@dataclass(frozen=True, eq=False)
class Returns:
    """Rows noised to t and led back: a row has returned if no training point is nearer to the end than the row is.

    Attributes:
        t: Noise variances of the turns, ascending, (levels,).
        training: Share of training rows that returned; the error is over rows.
        holdout: Share of held-out rows that returned, each against all training points.
        training_weight: E[w_own] of the training rows at the turn: their share under the exact empirical score.
        holdout_weight: E of the weight that each held-out row would have if it were a training point more.
        training_rows, holdout_rows: Row numbers, (n,) and (m,).
        training_back, holdout_back: Share of the repeats in which each row returned, (n, levels) and (m, levels).
        repeats: U-turns of a row at each t.
        evaluations: Rows that the denoiser was asked about.
    """

    t: NDArray[np.float64]
    training: Series
    holdout: Series
    training_weight: Series
    holdout_weight: Series
    training_rows: NDArray[np.int64]
    holdout_rows: NDArray[np.int64]
    training_back: NDArray[np.float64]
    holdout_back: NDArray[np.float64]
    repeats: int
    evaluations: int

    def difference(self, level: int) -> Estimate:
        """Training minus held-out share at level ``level``: 0 for a denoiser that does not know one from the other."""
        a, b = self.training[level], self.holdout[level]
        return Estimate(a.value - b.value, float(np.hypot(a.stderr, b.stderr)), a.n + b.n)

    def agreement(self, level: int, exposure: Sequence[RowExposure]) -> RankAgreement:
        """Do the rows that the data audit ranks first (highest own collapse) return most often from level ``level``?

        Rows without near neighbours return more often under any denoiser: unlike that of the loss gaps
        (`RowMemory.agreement`) this correlation is positive without memory too.

        Raises:
            InvalidInput: if fewer than five rows are in both, or all returned equally often.
        """
        share = dict(zip(self.training_rows.tolist(), self.training_back[:, level].tolist()))
        both = [(found.time.value, share[found.row]) for found in exposure if found.row in share]
        table = np.array(both, dtype=np.float64).reshape(-1, 2)
        return rank_agreement(table[:, 0], table[:, 1])


def returns(
    training: TrainingPoints,
    holdout: Any,
    t: ArrayLike,
    *,
    reversal: Reversal,
    repeats: int = 2,
    evaluations: int | None = None,
    most_rows: int = 500,
    stop_at: float | None = None,
    classes: RowClasses | None = None,
) -> Returns:
    """Measure the U-turns of training and held-out rows.

    Args:
        training: The distinct training points.
        holdout: Held-out rows, whatever `open_points` takes; none of them a training row.
        t: Noise variances of the turns.
        reversal: The denoiser, and how it is run.
        repeats: U-turns of a row at each t.
        evaluations: Most rows that the denoiser may be asked about; fewer rows turn where all are too many.
        most_rows: Most rows a side.
        stop_at: Where reversal ends; `TrainingPoints.rest` by default.
        classes: Of all training points and of all held-out rows, for a denoiser that takes labels: it is asked with
            each row's own, and weights are those among the training points of its class.

    Raises:
        InvalidInput: for other shapes, bad numbers, or a budget that two rows a side exceed.
    """
    fresh = open_points(holdout)
    need = f"the hold-out must have rows of shape {training.shape}, as the training data have"
    require(fresh.shape == training.shape, need, fresh.shape, "prepare both alike")
    require(
        isinstance(repeats, int) and repeats >= 1, "`repeats` must be a whole number of at least 1", repeats, "raise"
    )
    low = training.rest() if stop_at is None else stop_at
    levels = turning_levels(np.asarray(t, dtype=np.float64).ravel(), low)
    per_row = repeats * sum(calls_of(reversal, float(level), low) for level in levels)
    numbers = np.arange(training.n_points), np.arange(fresh.n_points)
    chosen = _affordable(numbers, most_rows, evaluations, per_row, reversal.seed)
    rows = training.rows(chosen[0]), fresh.take(chosen[1]).reshape(len(chosen[1]), *training.shape)
    back, weight = [], []
    for name, own, index, number in (
        ("training", rows[0], chosen[0], chosen[0]),
        ("holdout", rows[1], None, chosen[1]),
    ):
        of_class = None if classes is None else (classes, classes.of(name)[number])
        found = _turns(training, own, index, levels, low, repeats, reversal, name, of_class)
        back.append(found[0])
        weight.append(found[1])
    spent = per_row * (len(chosen[0]) + len(chosen[1]))
    shares = [series_of(table) for table in (*back, *weight)]
    return Returns(
        levels, shares[0], shares[1], shares[2], shares[3], chosen[0], chosen[1], back[0], back[1], repeats, spent
    )


def calls_of(reversal: Reversal, high: float, low: float) -> int:
    """How often a trajectory from noise ``high`` down to ``low`` asks the denoiser."""
    return (len(reversal.levels(high, low)) - 1) * _CALLS.get(reversal.method, 1)


def affordable(available: int, evaluations: int | None, per_row: int) -> int:
    """How many of ``available`` rows a budget pays for.

    Raises:
        InvalidInput: if that is fewer than two.
    """
    if evaluations is None:
        return available
    do = "raise `evaluations`, or ask for fewer levels, repeats or steps"
    enough = evaluations >= _LEAST * per_row
    if not enough:
        raise refusal(f"two rows take {_LEAST * per_row} network evaluations", evaluations, do)
    return min(available, evaluations // per_row)


def _affordable(
    numbers: tuple[NDArray[np.int64], NDArray[np.int64]], most: int, evaluations: int | None, per_row: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    half = None if evaluations is None else evaluations // 2
    counts = [min(most, affordable(len(side), half, per_row)) for side in numbers]
    first, second = (choose_queries(side, count, seed) for side, count in zip(numbers, counts, strict=True))
    return first, second


def _turns(
    training: TrainingPoints,
    own: NDArray[np.float64],
    index: NDArray[np.int64] | None,
    levels: NDArray[np.float64],
    low: float,
    repeats: int,
    reversal: Reversal,
    name: str,
    of_class: tuple[RowClasses, NDArray[Any]] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of repeats that returned and mean own weight, (rows, levels) both; ``index``: rows that are among them."""
    labels = None if of_class is None else of_class[1]
    back, weight = np.zeros((2, len(own), len(levels)))
    for k, level in enumerate(levels):
        for repeat in range(repeats):
            stream = f"return {name} {k} {repeat}"
            start = noised(own, float(level), seed=reversal.seed, stream=stream)
            weight[:, k] += own_weights(training, start, float(level), own, index, of_class)
            down = reversal.levels(float(level), low)
            ends = reversal.down(training, start, down, stream=stream, labels=labels).samples
            back[:, k] += has_returned(training, ends, own, index)
    return back / repeats, weight / repeats


def own_weights(
    training: TrainingPoints,
    x: NDArray[np.float64],
    t: float,
    own: NDArray[np.float64],
    index: NDArray[np.int64] | None,
    of_class: tuple[RowClasses, NDArray[Any]] | None = None,
) -> NDArray[np.float64]:
    """Weight of each ``own`` seen from ``x``: among the training points (``index``), or as one point more (None).

    ``of_class``: the classes, and that of each row, whose training points alone then count.
    """
    if of_class is not None:
        return of_class[0].own_weight(x, t, own, of_class[1], among=index is not None)
    if index is not None:
        return training.own_weight(x, t, index)
    gap = (x - own).reshape(len(x), -1)
    n = gap.shape[1]
    others = training.score.log_density(x, t) + np.log(training.n_points) + n / 2 * np.log(2 * np.pi * t)
    log_odds = -(gap * gap).sum(axis=1) / (2 * t) - others
    return np.exp(-np.logaddexp(0.0, -log_odds))


def has_returned(
    training: TrainingPoints, ends: NDArray[np.float64], own: NDArray[np.float64], index: NDArray[np.int64] | None
) -> NDArray[np.bool_]:
    """Whether no training point is nearer to each end than its own row."""
    nearest = training.nearest(ends)
    if index is not None:
        return nearest == index
    to_own, to_nearest = (_squared(ends - rows) for rows in (own, training.rows(nearest)))
    return to_own < to_nearest


def _squared(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = gaps.reshape(len(gaps), -1)
    return (flat * flat).sum(axis=1)
