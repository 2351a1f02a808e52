"""Audit a trained network against the rows it was trained on and rows it never saw."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, require
from remanifold._core.files import require_writable_directory
from remanifold._core.progress import Progress, silent
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.network.check import checked, require_others
from remanifold.audits.network.classes import classes_of
from remanifold.audits.network.task import ASKED_AGAIN, AuditedNetwork
from remanifold.audits.network.trajectories import value_of, with_trajectories
from remanifold.audits.records.network import Agreement, ModelLevel, ModelReport, RowGap
from remanifold.audits.report import AuditReport
from remanifold.data import Points
from remanifold.measures import Duplicates, NoiseProfile, exposure
from remanifold.measures.memory.audited_rows import AuditedRows, audited_rows
from remanifold.measures.memory.denoising_loss import losses_on
from remanifold.measures.memory.memory_index import MemoryIndex, exact_losses, memory_index, memory_levels
from remanifold.measures.memory.row_classes import RowClasses, row_classes
from remanifold.measures.memory.row_memory import RowMemory, row_memory
from remanifold.measures.profile.exposure import RowExposure

_MOST_DRAWS = 4
_FEWEST_FRESH = 3  # held-out rows, as many as data must have

_OF_CLASSES = (
    "The model was asked with each row's own class, and what is called the empirical score is that of the training "
    "rows of that class alone; the noise levels are set by the collapse of all rows together."
)


def audit_model(
    task: AuditedNetwork,
    points: Points,
    holdout: Points | None,
    twins: Duplicates,
    t_collapse: float | None,
    ranking: list[RowExposure],
    *,
    overlap: tuple[int, ...] = (),
    std: float,
    labels: NDArray[Any] | None = None,
    holdout_labels: NDArray[Any] | None = None,
    progress: Progress = silent,
) -> ModelReport:
    """Measure what the model remembers.

    Args:
        task: The model, and what may be spent on it.
        points: Its training rows.
        holdout: Rows of the same source that it was not trained on, or None.
        twins: Duplicates among the training rows.
        t_collapse: t_c of the training rows, or None.
        ranking: Exposure of the rows by the data audit.
        overlap: Held-out rows that are training rows, left out.
        std: Of the data, per coordinate.
        labels: Class of every training row, for a model that takes labels.
        holdout_labels: Likewise of the hold-out.
        progress: Told the stages.

    Raises:
        InvalidInput: if the model is read wrongly, answers in another shape, not finitely or in two ways, or the budget
            is too small.
    """
    if task.parts is not None:
        require_writable_directory(task.parts)
    require_others(task, points.shape, labels, std**2)
    spent = checked(task, points, labels)
    left = task.evaluations - (spent - task.asked_again(1)) - ASKED_AGAIN
    whole, task = task, replace(task, evaluations=left)
    kept = np.setdiff1d(np.arange(0 if holdout is None else holdout.n_points), np.array(overlap, dtype=np.int64))
    if holdout is None or t_collapse is None or len(kept) < _FEWEST_FRESH:
        return _unknown(whole, len(twins.distinct), _why_unknown(holdout, t_collapse), spent)
    fresh: Any = holdout if len(kept) == holdout.n_points else holdout.take(kept).reshape(-1, *holdout.shape)
    rows = audited_rows(points, fresh, training_rows=twins.distinct, progress=progress)
    classes = None if labels is None or holdout_labels is None else row_classes(points, labels, holdout_labels[kept])
    found = _memory(task, rows, classes, t_collapse, progress)
    spent += found.network.evaluations
    report = _of_losses(task, rows, found, ranking, twins)
    if not task.cheap:
        report, more = with_trajectories(task, rows, classes, report, t_collapse, std, progress)
        spent += more
    notes = () if len(kept) == holdout.n_points else (_left_out(holdout.n_points - len(kept)),)
    notes += () if classes is None else (_OF_CLASSES,)
    notes += _outside(task, t_collapse)
    return replace(report, evaluations=spent, budget=whole.evaluations, notes=report.notes + notes)


def model_of(
    task: AuditedNetwork,
    inputs: AuditInputs,
    report: AuditReport,
    twins: Duplicates,
    profile: NoiseProfile,
    progress: Progress,
) -> ModelReport:
    """`audit_model` on what the audit of the data found; what `AuditedNetwork.parts` kept is deleted at the end."""
    overlap = () if report.holdout is None else tuple(row for row, _, _ in report.holdout.overlap)
    collapse = None if profile.t_collapse is None else float(profile.t_collapse.value)
    labels, holdout_labels = classes_of(task, inputs)
    found = audit_model(
        task,
        inputs.points,
        inputs.holdout,
        twins,
        collapse,
        list(exposure(profile)),
        overlap=overlap,
        std=report.data.std,
        labels=labels,
        holdout_labels=holdout_labels,
        progress=progress,
    )
    task.remove_parts()
    return found


def _why_unknown(holdout: Points | None, t_collapse: float | None) -> str:
    if holdout is None:
        return "without rows that it was not trained on, neither the loss gap nor a test of memory can be known"
    if t_collapse is None:
        return "the training rows have no collapse, so there is no noise below which memory must show"
    return f"fewer than {_FEWEST_FRESH} of the held-out rows are neither training rows nor near copies of such"


def _left_out(count: int) -> str:
    return f"{count} held-out rows that are training rows, or near copies of such, were left out."


def _outside(task: AuditedNetwork, t_collapse: float) -> tuple[str, ...]:
    """Which levels the model was not trained at."""
    wanted = memory_levels(t_collapse)
    gone = [t for t in wanted if task.within(t) != t]
    if not gone:
        return ()
    named = ", ".join(f"{math.sqrt(t):.4g}" for t in gone)
    return (f"The noise levels σ = {named} lie outside those that the network was trained at, and were left out.",)


def _unknown(task: AuditedNetwork, n_training: int, why: str, evaluations: int) -> ModelReport:
    return ModelReport(
        task.source,
        task.description,
        n_training,
        0,
        evaluations,
        task.evaluations,
        0,
        index=None,
        interval=None,
        told_apart=None,
        p_value=None,
        level=0.05,
        control_p_value=None,
        reason=why,
    )


def _memory(
    task: AuditedNetwork, rows: AuditedRows, classes: RowClasses | None, t_collapse: float, progress: Progress
) -> MemoryIndex:
    """The memory index, with as many draws as the budget pays for all rows, up to 4."""
    levels, budget = task.known(memory_levels(t_collapse)), task.budget("losses")
    need = f"the model must be trained at noise below the collapse of the data at σ = {math.sqrt(t_collapse):.4g}"
    got = "none of the levels that are asked" if not len(levels) else f"σ = {math.sqrt(levels[0]):.4g} and above"
    require(len(levels) and levels[0] <= t_collapse, need, got, "check its clock and the scale of the data")
    count = len(rows.training_rows) + len(rows.holdout_rows)
    draws = int(np.clip(budget // max(1, count * len(levels)), 1, _MOST_DRAWS))
    network = losses_on(
        task.denoiser,
        rows,
        levels,
        draws=draws,
        seed=task.seed,
        evaluations=budget,
        batch=task.batch,
        part_file=task.kept("losses.part"),
        keep_parts=True,
        classes=classes,
        progress=progress,
    )
    kept = task.kept("exact-losses.part")
    exact = exact_losses(
        rows, network, batch=task.batch, part_file=kept, keep_parts=True, classes=classes, progress=progress
    )
    return memory_index(network, exact, max([t_collapse, *task.known(np.array([t_collapse]))]))  # a step may lie above


def _of_losses(
    task: AuditedNetwork, rows: AuditedRows, found: MemoryIndex, ranking: list[RowExposure], twins: Duplicates
) -> ModelReport:
    per_row, why = _rows(rows, found, twins)
    agreement, why_not = _agreement(per_row, ranking)
    alone, twice = (None, None) if per_row is None else per_row.mean_gaps()
    return ModelReport(
        task.source,
        task.description,
        n_training=len(found.network.training),
        n_holdout=len(found.network.holdout),
        evaluations=0,
        budget=task.evaluations,
        draws=found.network.draws,
        index=(found.total.value, found.total.stderr),
        interval=found.total.interval,
        told_apart=(found.test.share.value, found.test.share.stderr),
        p_value=found.test.p_value,
        level=found.test.level,
        control_p_value=None if found.control is None else found.control.p_value,
        levels=_levels(found),
        remembered=() if per_row is None else _remembered(per_row),
        rate=0.1 if per_row is None else per_row.rate,
        fewest_named=None if per_row is None else per_row.fewest_named,
        gap_alone=None if alone is None else (alone.value, alone.stderr),
        gap_duplicated=None if twice is None else (twice.value, twice.stderr),
        agreement=agreement,
        agreement_reason=why_not,
        notes=() if why is None else (why,),
    )


def _rows(rows: AuditedRows, found: MemoryIndex, twins: Duplicates) -> tuple[RowMemory | None, str | None]:
    try:
        return row_memory(found.network, rows, found.t_collapse, duplicates=twins), None
    except InvalidInput as error:
        return None, f"No row is named: {error}"


def _agreement(per_row: RowMemory | None, ranking: list[RowExposure]) -> tuple[Agreement | None, str | None]:
    if per_row is None:
        return None, "no row has a gap of its own"
    try:
        found = per_row.agreement(ranking)
    except InvalidInput as error:
        return None, str(error)
    return Agreement(found.value, found.interval, found.n), None


def _remembered(per_row: RowMemory) -> tuple[RowGap, ...]:
    place = {int(row): k for k, row in enumerate(per_row.rows)}
    chosen = [(int(row), place[int(row)]) for row in per_row.remembered]
    return tuple(
        RowGap(row, float(per_row.gap[k]), float(per_row.p_value[k]), bool(per_row.duplicated[k])) for row, k in chosen
    )


def _levels(found: MemoryIndex) -> tuple[ModelLevel, ...]:
    sides = (
        found.network.training_mean,
        found.network.holdout_mean,
        found.exact.training_mean,
        found.exact.holdout_mean,
    )
    return tuple(
        ModelLevel(
            float(t),
            *(value_of(side, k) for side in sides),
            index=value_of(found.index, k) if np.isfinite(found.index.value[k]) else None,
            used=bool(found.used[k]),
        )
        for k, t in enumerate(found.t)
    )
