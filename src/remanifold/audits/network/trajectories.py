"""U-turns, rounds, basin and probability flow of a trained network, for its report."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.progress import Progress
from remanifold._core.seeds import generator
from remanifold.audits.network.distances import distances
from remanifold.audits.network.task import AuditedNetwork
from remanifold.audits.records.network import Basin, ModelReport, TurnLevel, Value
from remanifold.data import Points
from remanifold.measures import Reversal, TrainingPoints
from remanifold.measures.estimates.series import Series
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.row_classes import RowClasses, row_classes
from remanifold.measures.trajectories.basins import return_basin
from remanifold.measures.trajectories.returns import returns
from remanifold.measures.trajectories.rounds import capture_rounds
from remanifold.measures.trajectories.two_halves import flow_ends
from remanifold.noise import MeasuredLevel
from remanifold.sampling import log_grid

_STEPS_PER_E = 8
_DELTAS = np.exp(np.linspace(np.log(0.03), np.log(3.0), 8))  # in units of t_c
_FLOW_FACTOR = 100.0  # noise variance of the start of the probability flow, in variances of the data
_FLOW_STEPS = 40
_PAIRS = 100
_ROUNDS = 4
_TURNS = np.array([0.5, 1.0, 2.0])  # in units of t_c
_RUNS = {"returns": 2 * len(_TURNS), "rounds": _ROUNDS, "basin": len(_DELTAS), "flow": 2}  # of trajectories


def with_trajectories(
    task: AuditedNetwork,
    rows: AuditedRows,
    every: RowClasses | None,
    report: ModelReport,
    t_collapse: float,
    std: float,
    progress: Progress,
) -> tuple[ModelReport, int]:
    """The report with U-turns, rounds, basin and flow; and the evaluations that these took.

    ``every``: the classes of all rows, for a model that takes them.
    """
    training = TrainingPoints(_distinct(rows))
    classes = None
    if every is not None:
        classes = row_classes(training.points, every.training[rows.training_rows], every.holdout[rows.holdout_rows])
    score: Any = training.score if classes is None else classes.score
    fresh = rows.holdout.take(rows.holdout_rows).reshape(-1, *rows.shape)
    way = Reversal(
        denoiser=task.denoiser, steps_per_e=_STEPS_PER_E, seed=task.seed, batch=task.batch, progress=progress
    )
    low = task.within(training.rest())
    ways = {name: replace(way, checkpoint=task.kept(name)) for name in _RUNS}
    most = {name: task.budget(name, runs) for name, runs in _RUNS.items()}
    turns, spent = _turns(training, fresh, t_collapse, low, ways, most, classes)
    basin = return_basin(
        training,
        t_collapse,
        _DELTAS * t_collapse,
        reversal=ways["basin"],
        evaluations=most["basin"],
        classes=classes,
        stop_at=low,
    )
    far = distances(task, score, rows, None if classes is None else classes.holdout, report)
    flow = log_grid(task.within(_FLOW_FACTOR * std**2), low, _FLOW_STEPS)
    options: Any = {
        "shape": rows.shape,
        "training": training,
        "evaluations": most["flow"] // 2,
        "seed": task.seed,
        "batch": task.batch,
        "progress": progress,
        "n_samples": _PAIRS,
    }
    if classes is not None:
        options["labels"] = generator(task.seed, "classes of flow ends").choice(classes.training, _PAIRS)
    both = [flow_ends(task.denoiser, score, flow, checkpoint=task.kept("flow"), **options)]
    if task.other is not None:
        both.append(flow_ends(task.denoiser, task.other, flow, checkpoint=task.kept("flow-other"), **options))
    spent += basin.evaluations + far.evaluations + sum(ends.evaluations for ends in both)
    spent += task.asked_again(_RUNS["returns"] + _RUNS["rounds"] + _RUNS["basin"] + len(both))
    same = [None if ends.same is None else float(ends.same.value) for ends in both]
    return replace(
        report,
        turns=turns,
        basin=(_basin(basin.basin), _basin(basin.exact_basin)),
        distance=far.empirical,
        population_distance=far.population,
        scores_apart=far.apart,
        flow_same=_pair(same),
        flow_distance=_pair([float(ends.distance.value) for ends in both]),
    ), spent


def _turns(
    training: TrainingPoints,
    fresh: Any,
    t_collapse: float,
    low: float,
    ways: dict[str, Reversal],
    most: dict[str, int],
    classes: RowClasses | None,
) -> tuple[tuple[TurnLevel, ...], int]:
    """U-turns, with rounds at the lowest level, and the evaluations that they took."""
    turning = _TURNS * t_collapse
    turned = returns(
        training,
        fresh,
        turning,
        reversal=ways["returns"],
        repeats=1,
        evaluations=most["returns"],
        classes=classes,
        stop_at=low,
    )
    labels = None if classes is None else classes.holdout
    rounds = capture_rounds(
        training,
        fresh,
        turning[:1],
        reversal=ways["rounds"],
        rounds=_ROUNDS,
        evaluations=most["rounds"],
        labels=labels,
        stop_at=low,
    )
    captured = tuple(float(one) for one in rounds.captured[0].value)
    sides = (turned.training, turned.holdout, turned.training_weight, turned.holdout_weight)
    turns = tuple(
        TurnLevel(float(t), *(value_of(side, k) for side in sides), captured=captured if k == 0 else None)
        for k, t in enumerate(turned.t)
    )
    return turns, turned.evaluations + rounds.evaluations


def _basin(found: MeasuredLevel | None) -> Basin | None:
    if found is None:
        return None
    return float(found.value), float(found.stderr) if math.isfinite(found.stderr) else None


def _pair(values: list[float | None] | list[float]) -> tuple[float | None, float | None]:
    return values[0], values[1] if len(values) > 1 else None


def _distinct(rows: AuditedRows) -> Points | NDArray[np.float64]:
    """The distinct training rows; a copy only where others must be left out."""
    if len(rows.training_rows) == rows.training.n_points:
        return rows.training
    return rows.training.take(rows.training_rows).reshape(-1, *rows.shape)


def value_of(series: Series, level: int) -> Value:
    """Value and error at a level."""
    return float(series.value[level]), float(series.stderr[level])
