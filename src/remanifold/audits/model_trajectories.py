"""U-turns, rounds, basin and probability flow of a trained network, for its report."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.progress import Progress
from remanifold.audits.model_report import ModelReport, TurnLevel, Value
from remanifold.audits.model_task import ModelTask
from remanifold.data import Points
from remanifold.measures import Reversal, TrainingPoints
from remanifold.measures.audited_rows import AuditedRows
from remanifold.measures.capture_rounds import capture_rounds
from remanifold.measures.denoiser_distance import denoiser_distance
from remanifold.measures.return_basin import return_basin
from remanifold.measures.returns import returns
from remanifold.measures.series import Series
from remanifold.measures.two_halves import flow_ends
from remanifold.sampling import log_grid

_STEPS_PER_E = 8
_DELTAS = np.exp(np.linspace(np.log(0.03), np.log(3.0), 8))  # in units of t_c
_FLOW_FACTOR = 100.0  # noise variance of the start of the probability flow, in variances of the data
_FLOW_STEPS = 40
_ROUNDS = 4
_TURNS = np.array([0.5, 1.0, 2.0])  # in units of t_c


def with_trajectories(
    task: ModelTask, rows: AuditedRows, report: ModelReport, t_collapse: float, std: float, progress: Progress
) -> tuple[ModelReport, int]:
    """The report with U-turns, rounds, basin and flow; and the evaluations that these took."""
    training = TrainingPoints(_distinct(rows))
    fresh = rows.holdout.take(rows.holdout_rows).reshape(-1, *rows.shape)
    way = Reversal(
        denoiser=task.denoiser, steps_per_e=_STEPS_PER_E, seed=task.seed, batch=task.batch, progress=progress
    )
    turning = _TURNS * t_collapse
    turned = returns(training, fresh, turning, reversal=way, repeats=1, evaluations=task.budget("returns"))
    rounds = capture_rounds(training, fresh, turning[:1], reversal=way, rounds=_ROUNDS,
                            evaluations=task.budget("rounds"))  # fmt: skip
    basin = return_basin(training, t_collapse, _DELTAS * t_collapse, reversal=way, evaluations=task.budget("basin"))
    far = denoiser_distance(task.denoiser, training.score, fresh, [level.t for level in report.levels],
                            evaluations=task.budget("distance"), seed=task.seed, batch=task.batch)  # fmt: skip
    flow = log_grid(_FLOW_FACTOR * std**2, training.rest(), _FLOW_STEPS)
    options = {"shape": rows.shape, "training": training, "evaluations": task.budget("flow") // 2, "seed": task.seed,
               "batch": task.batch}  # fmt: skip
    ends = flow_ends(task.denoiser, training.score, flow, **options)
    others = None if task.other is None else flow_ends(task.denoiser, task.other, flow, **options)
    captured = tuple(float(one) for one in rounds.captured[0].value)
    turns = tuple(
        TurnLevel(
            float(t), *(value_of(side, k) for side in (turned.training, turned.holdout, turned.training_weight,
                                                     turned.holdout_weight)),
            captured=captured if k == 0 else None,
        )
        for k, t in enumerate(turned.t)
    )  # fmt: skip
    spent = sum(one.evaluations for one in (turned, rounds, basin, far, ends))
    spent += 0 if others is None else others.evaluations
    both = [ends, others]
    return replace(
        report,
        turns=turns,
        basin=tuple(None if one is None else float(one.value) for one in (basin.basin, basin.exact_basin)),
        distance=tuple(zip(far.value.tolist(), far.stderr.tolist())),
        flow_same=tuple(None if one is None or one.same is None else float(one.same.value) for one in both),
        flow_distance=tuple(None if one is None else float(one.distance.value) for one in both),
    ), spent


def _distinct(rows: AuditedRows) -> Points | NDArray[np.float64]:
    """The distinct training rows; a copy only where others must be left out."""
    if len(rows.training_rows) == rows.training.n_points:
        return rows.training
    return rows.training.take(rows.training_rows).reshape(-1, *rows.shape)


def value_of(series: Series, level: int) -> Value:
    """Value and error at a level."""
    return float(series.value[level]), float(series.stderr[level])
