"""U-turns, rounds, basin, distances and probability flow of a trained network, for its report."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate
from remanifold._core.seeds import generator
from remanifold._core.types import Integers
from remanifold.audits.network.budget import DELTAS, ROUNDS, TURNS
from remanifold.audits.network.context import NetworkContext
from remanifold.audits.records.network import NetworkRecord, TurnLevel
from remanifold.data import Points, PointsLike
from remanifold.measures import DenoiserDistance, FlowEnds, Reversal, TrainingPoints, denoiser_distance
from remanifold.measures.estimates.series import Series
from remanifold.measures.memory.row_classes import RowClasses, row_classes
from remanifold.measures.trajectories.basins import return_basin
from remanifold.measures.trajectories.returns import returns
from remanifold.measures.trajectories.rounds import capture_rounds
from remanifold.measures.trajectories.two_halves import flow_ends
from remanifold.noise import NoiseLevel
from remanifold.sampling import log_grid

_STEPS_PER_E = 8
_FLOW_FACTOR = 100.0  # noise variance of the start of the probability flow, in variances of a coordinate
_FLOW_COLLAPSES = 10.0  # or in t_c, which in many dimensions lies above these
_FLOW_STEPS = 40
_PAIRS, _TURNED, _CYCLED, _BASIN = 100, 500, 200, 300  # most rows of each part
_COPIES = 10  # of a trajectory's state: its row, noise, start, what the network is asked and says, and its end
_FEWER = "Trajectories began at {most} rows a side at most, since the memory budget holds no more of their states."


def with_trajectories(context: NetworkContext, record: NetworkRecord) -> NetworkRecord:
    """The record with U-turns, rounds, basin, distances and flow, and the evaluations that these took."""
    network, budget, rows = context.network, context.budget, context.rows
    training, every = (
        TrainingPoints(_all_or_some(rows.training, rows.training_rows), memory=context.memory / 2),
        context.classes,
    )
    classes = None
    if every is not None:
        classes = row_classes(training.points, every.training[rows.training_rows], every.holdout[rows.holdout_rows])
    holdout, most = _all_or_some(rows.holdout, rows.holdout_rows), _rows_within(context)
    low = network.within(training.rest())
    way = Reversal(
        denoiser=network.asked,
        steps_per_e=_STEPS_PER_E,
        seed=network.seed,
        batch=min(network.batch, most),
        progress=context.progress,
    )
    turned = returns(
        training,
        holdout,
        TURNS * context.t_collapse,
        reversal=replace(way, checkpoint=network.checkpoint("returns")),
        repeats=1,
        evaluations=budget.returns,
        most_rows=min(_TURNED, most),
        classes=classes,
        stop_at=low,
    )
    rounds = capture_rounds(
        training,
        holdout,
        TURNS[:1] * context.t_collapse,
        reversal=replace(way, checkpoint=network.checkpoint("rounds")),
        rounds=ROUNDS,
        evaluations=budget.rounds,
        most_rows=min(_CYCLED, most),
        labels=None if classes is None else classes.holdout,
        stop_at=low,
    )
    basin = return_basin(
        training,
        context.t_collapse,
        DELTAS * context.t_collapse,
        reversal=replace(way, checkpoint=network.checkpoint("basin")),
        evaluations=budget.basin,
        most_rows=min(_BASIN, most),
        classes=classes,
        stop_at=low,
    )
    score: Any = training.score if classes is None else classes.score
    labels = None if classes is None else classes.holdout
    distances = _distances(context, score, holdout, labels, [level.t for level in record.levels])
    flows = _flows(context, training, score, low, classes)
    captured = tuple(float(share) for share in rounds.captured[0].value)
    sides = (turned.training, turned.holdout, turned.training_weight, turned.holdout_weight)
    asked = (turned, rounds, basin, *distances[:2], *flows)
    apart = [*map(_estimates, distances), (), ()]
    return replace(
        record,
        evaluations=record.evaluations + sum(part.evaluations for part in asked),
        turns=tuple(
            TurnLevel(NoiseLevel(t), *(estimate_at(side, k) for side in sides), captured=captured if k == 0 else None)
            for k, t in enumerate(turned.t)
        ),
        basin=(basin.basin, basin.exact_basin),
        notes=record.notes + ((_FEWER.format(most=most),) if most < _TURNED else ()),
        distance=apart[0],
        population_distance=apart[1],
        scores_apart=apart[2],
        flow_same=_pair([None if ends.same is None else float(ends.same.value) for ends in flows]),
        flow_distance=_pair([float(ends.distance.value) for ends in flows]),
    )


def _distances(
    context: NetworkContext, score: Any, rows: PointsLike, labels: NDArray[Any] | None, levels: list[NoiseLevel]
) -> list[DenoiserDistance]:
    """Of the network to the empirical score and, where it is known, to that of the law; and of these two scores.

    RMS distances per coordinate at the hold-out ``rows``, over sigma; the same rows and noise for all.
    """
    network = context.network
    pairs = [("empirical", network.asked, score)]
    if network.population is not None:
        pairs += [("population", network.asked, network.population), ("scores", score, network.population)]
    return [
        denoiser_distance(
            denoiser,
            other,
            rows,
            levels,
            most_rows=min(_TURNED, _rows_within(context)),
            evaluations=context.budget.distance,
            seed=network.seed,
            batch=min(network.batch, _rows_within(context)),
            part_file=network.checkpoint(f"distance-{name}.part"),
            keep_parts=True,
            labels=labels,
        )
        for name, denoiser, other in pairs
    ]


def _flows(
    context: NetworkContext, training: TrainingPoints, score: Any, low: float, classes: RowClasses | None
) -> list[FlowEnds]:
    """Where the flow of the network leads beside that of the empirical score, and of a second network."""
    network = context.network
    high = max(_FLOW_FACTOR * context.std**2, _FLOW_COLLAPSES * context.t_collapse)
    levels = log_grid(network.within(high), low, _FLOW_STEPS)
    random = generator(network.seed, "classes of flow ends")
    pairs = min(_PAIRS, _rows_within(context))
    labels = None if classes is None else random.choice(classes.training, pairs)
    others = [("flow", score)] + ([] if network.other is None else [("flow-other", network.other)])
    return [
        flow_ends(
            network.asked,
            other,
            levels,
            shape=context.rows.shape,
            training=training,
            evaluations=context.budget.flow,
            seed=network.seed,
            batch=min(network.batch, pairs),
            progress=context.progress,
            n_samples=pairs,
            labels=labels,
            checkpoint=network.checkpoint(name),
        )
        for name, other in others
    ]


def _pair(values: list[float | None] | list[float]) -> tuple[float | None, float | None]:
    return values[0], values[1] if len(values) > 1 else None


def _rows_within(context: NetworkContext) -> int:
    """Trajectories whose states half of the memory holds; the other half is for the score."""
    return max(2, context.memory // (2 * _COPIES * 8 * context.rows.training.ambient_dim))


def _all_or_some(points: Points, rows: Integers) -> Points | NDArray[np.float64]:
    """The ``rows`` of ``points``; a copy only where others must be left out."""
    return points if len(rows) == points.n_points else points.take(rows).reshape(-1, *points.shape)


def _estimates(distance: DenoiserDistance) -> tuple[Estimate, ...]:
    return tuple(Estimate(float(value), float(error), 0) for value, error in zip(distance.value, distance.stderr))


def estimate_at(series: Series, level: int) -> Estimate:
    """Value and error at a level."""
    return Estimate(float(series.value[level]), float(series.stderr[level]), 0)
