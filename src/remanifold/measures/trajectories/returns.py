"""Do noised rows come back? U-turns of training points under the exact score, and of both sides under any denoiser."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.rank_agreement import RankAgreement, rank_agreement
from remanifold.measures.estimates.series import Series, choose_queries, excess_series, series_of
from remanifold.measures.memory.row_classes import OwnClass, RowClasses
from remanifold.measures.neighbours.reading import open_holdout
from remanifold.measures.profile.exposure import RowExposure
from remanifold.measures.trajectories.reversal import STANDARD, Reversal, affordable, turning_levels
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import NoiseLevels
from remanifold.sampling import noised
from remanifold.sampling.means import digest_of


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

    t: Floats
    returned: Series
    own_weight: Series
    excess: Series


def u_turns(
    training: TrainingPoints | PointsLike,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    n_trajectories: int = 500,
    stop_at: float | None = None,
    reversal: Reversal = STANDARD,
) -> UTurns:
    """Noise training points to each ``t`` and reverse; see docs/explanation/theory.md, section 6.

    Args:
        training: The points.
        t, sigma: Noise variances, or their roots.
        n_trajectories: At each t; the same points at all.
        stop_at: Where reversal ends; `TrainingPoints.rest` by default.
        reversal: How it is run.

    Raises:
        InvalidInput: if a t is not above ``stop_at``, or numbers are bad.
    """
    training = TrainingPoints.of(training)
    low = training.rest() if stop_at is None else stop_at
    levels, rows = turning_levels(t, sigma, low), training.choose(n_trajectories, reversal.seed)
    back, weight = np.empty((2, len(rows), len(levels)))
    for k, level in enumerate(levels):
        stream = f"u-turn {k}"
        start = noised(training.rows(rows), level, seed=reversal.seed, stream=stream)
        weight[:, k] = training.own_weight(start, level, rows)
        ends = reversal.down(training, start, reversal.levels(level, low), stream=stream).samples
        back[:, k] = training.nearest(ends) == rows
    return UTurns(levels, series_of(back), series_of(weight), excess_series(back, weight))


@dataclass(frozen=True, eq=False)
class Returns:
    """Rows noised to t and led back: a row has returned if no training point is nearer to the end than the row is.

    Attributes:
        t: Noise variances of the turns, ascending, (levels,).
        training: Share of training rows that returned; the error is over rows.
        holdout: Share of hold-out rows that returned, each against all training points.
        training_weight: E[w_own] of the training rows at the turn: their share under the exact empirical score.
        holdout_weight: E of the weight that each hold-out row would have if it were a training point more.
        training_rows, holdout_rows: Row numbers, (n,) and (m,).
        training_back, holdout_back: Share of the repeats in which each row returned, (n, levels) and (m, levels).
        repeats: U-turns of a row at each t.
        evaluations: Rows that the denoiser was asked about.
    """

    t: Floats
    training: Series
    holdout: Series
    training_weight: Series
    holdout_weight: Series
    training_rows: Integers
    holdout_rows: Integers
    training_back: Floats
    holdout_back: Floats
    repeats: int
    evaluations: int

    def difference(self, level: int) -> Estimate:
        """Training minus hold-out share at level ``level``: 0 for a denoiser that does not know one from the other."""
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
        both = [(ranked.time.value, share[ranked.row]) for ranked in exposure if ranked.row in share]
        table = np.array(both, dtype=np.float64).reshape(-1, 2)
        return rank_agreement(table[:, 0], table[:, 1])


def returns(
    training: TrainingPoints | PointsLike,
    holdout: PointsLike,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    reversal: Reversal,
    repeats: int = 2,
    evaluations: int | None = None,
    most_rows: int = 500,
    stop_at: float | None = None,
    classes: RowClasses | None = None,
) -> Returns:
    """Measure the U-turns of training and hold-out rows.

    Args:
        training: The distinct training points.
        holdout: Hold-out rows, whatever `open_points` takes; none of them a training row.
        t, sigma: Noise variances of the turns, or their roots.
        reversal: The denoiser, and how it is run.
        repeats: U-turns of a row at each t.
        evaluations: Most rows that the denoiser may be asked about; fewer rows turn where all are too many.
        most_rows: Most rows a side.
        stop_at: Where reversal ends; `TrainingPoints.rest` by default.
        classes: Of all training points and of all hold-out rows, for a denoiser that takes labels: it is asked with
            each row's own, and weights are those among the training points of its class.

    Raises:
        InvalidInput: for other shapes, bad numbers, or a budget that two rows a side exceed.
    """
    training = TrainingPoints.of(training)
    others = open_holdout(holdout, training.shape)
    repeats = whole("`repeats`", repeats, least=1)
    low = training.rest() if stop_at is None else stop_at
    levels = turning_levels(t, sigma, low)
    per_row = repeats * reversal.calls(levels, low)
    half = None if evaluations is None else evaluations // 2
    counts = [min(most_rows, affordable(side.n_points, half, per_row)) for side in (training, others)]
    chosen, turned = [], []
    for name, points, count in zip(("training", "holdout"), (training.points, others), counts):
        numbers = choose_queries(np.arange(points.n_points), count, reversal.seed)
        own_class = None if classes is None else classes.of_rows(name, numbers)
        index, own = numbers if name == "training" else None, points.take(numbers)
        side = _Side(name, own.reshape(len(own), *training.shape), index, own_class)
        turned.append(_turns(training, side, levels, low, repeats, reversal))
        chosen.append(numbers)
    (back, weight), (new_back, new_weight) = turned
    rows, new_rows = chosen
    shares = series_of(back), series_of(new_back), series_of(weight), series_of(new_weight)
    spent = per_row * (len(rows) + len(new_rows))
    return Returns(levels, *shares, rows, new_rows, back, new_back, repeats, spent)


@dataclass(frozen=True, eq=False)
class _Side:
    """Rows that turn; ``index``: their numbers where they are training points; their classes, if any."""

    name: str
    own: Floats
    index: Integers | None
    own_class: OwnClass | None


def _turns(
    training: TrainingPoints, side: _Side, levels: Floats, low: float, repeats: int, reversal: Reversal
) -> tuple[Floats, Floats]:
    """Share of repeats that returned and mean own weight, (rows, levels) both.

    Random numbers belong to the place of a row among these very rows: were they those of the place alone, one seed
    would favour the same side on all data sets of one size.
    """
    labels = None if side.own_class is None else side.own_class.labels
    back, weight = np.zeros((2, len(side.own), len(levels)))
    rows = digest_of(side.own)
    for k, level in enumerate(levels.tolist()):
        for repeat in range(repeats):
            stream = f"return {side.name} {rows} {k} {repeat}"
            start = noised(side.own, level, seed=reversal.seed, stream=stream)
            weight[:, k] += own_weights(training, start, level, side.own, side.index, side.own_class)
            down = reversal.levels(level, low)
            ends = reversal.down(training, start, down, stream=stream, labels=labels).samples
            back[:, k] += training.is_nearest(ends, side.own, side.index)
    return back / repeats, weight / repeats


def own_weights(
    training: TrainingPoints, x: Floats, t: float, own: Floats, index: Integers | None, own_class: OwnClass | None
) -> Floats:
    """Weight of each ``own`` seen from ``x``: among the training points (``index``), or as one point more (None).

    With ``own_class`` the training points of its class alone count.
    """
    if own_class is not None:
        return own_class.weight(x, t, own, among=index is not None)
    if index is not None:
        return training.own_weight(x, t, index)
    return training.weight_of_another(x, t, own)
