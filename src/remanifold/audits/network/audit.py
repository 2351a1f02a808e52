"""Audit a trained network against the rows it was trained on and rows it never saw."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from remanifold._core.errors import InvalidInput
from remanifold._core.kept.until_written import when_written
from remanifold.audits.context import AuditContext
from remanifold.audits.network.audited_network import AuditedNetwork
from remanifold.audits.network.budget import budget_of, recognition
from remanifold.audits.network.captions import with_captions
from remanifold.audits.network.check import captioned, checked_first, classes_of
from remanifold.audits.network.context import NetworkContext
from remanifold.audits.network.groups import memory_of_rows, with_tests
from remanifold.audits.network.losses import highest_of, levels_of, network_losses
from remanifold.audits.network.sides import FEWEST_HOLDOUT, sides_of, usable_rows
from remanifold.audits.network.trajectories import estimate_at, with_trajectories
from remanifold.audits.records.network import Agreement, NetworkLevel, NetworkRecord, RowGap
from remanifold.data import Points
from remanifold.data.captions.both_sides import RowCaptions
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.memory_index import MemoryIndex, compared_losses, exact_losses, memory_levels
from remanifold.measures.memory.nearest_training import NearestTraining, nearest_training
from remanifold.measures.memory.person_memory import PersonMemory
from remanifold.measures.memory.row_classes import RowConditions, row_classes
from remanifold.noise import NoiseLevel

_UNRESOLVED = (
    "the loss gap of the exact score itself lies within 3 errors of 0, since few {row}s carry it, so that no ratio to "
    "it can be given; the tests do not need it"
)
_BY_GROUPS = (
    "{Row}s belong together: groups are named, by the mean loss gap of their {row}s, at the stated false discovery "
    "rate; all {row}s of a named group are listed, each with the p-value of its group."
)
_OF_CLASSES = (
    "The model was asked with each {row}'s own class, and what is called the empirical score is that of the training "
    "{row}s of that class alone; the noise levels are set by the collapse of all {row}s together."
)


def audit_network(
    network: AuditedNetwork,
    context: AuditContext,
    overlap: Sequence[tuple[int, int, float]] = (),
    spent: int | None = None,
) -> NetworkRecord:
    """Measure what the network remembers.

    Args:
        network: The network, and what may be spent on it. Its checkpoints are deleted at the end.
        context: What is known of its training rows and the hold-out.
        overlap: (hold-out row, training row, distance) of rows that are on both sides, left out of both.
        spent: Evaluations that `checked_first` took, where it was asked before.

    Raises:
        InvalidInput: if the network is read wrongly, answers in another shape, not finitely or in two ways, or the
            budget is too small.
    """
    network = captioned(network, context.inputs)
    labels, holdout_labels = classes_of(network, context.inputs)
    if spent is None:
        spent = checked_first(network, context.inputs, context.std, context.compute.memory_bytes)
    holdout, collapse = context.inputs.holdout, context.profile.t_collapse
    usable, kept, recurring = usable_rows(context, overlap)
    persons, n_near = context.inputs.persons, len(np.unique([row for row, _, _ in overlap]))
    record = NetworkRecord(
        network.source,
        network.description,
        n_training=len(context.duplicates.distinct),
        n_holdout=0,
        evaluations=spent,
        budget=network.evaluations,
        draws=0,
        index=None,
        interval=None,
        told_apart=None,
        p_value=None,
        level=0.05,
        control_p_value=None,
    )
    if holdout is None or collapse is None or min(len(usable), len(kept)) < FEWEST_HOLDOUT:
        when_written(network.remove_checkpoints)
        spent += recognition(network, 1)
        return replace(
            record, evaluations=spent, reason=_why_unknown(holdout, collapse, context.row, persons is not None)
        )
    points, progress = context.inputs.points, context.compute.progress
    conditions = None
    if labels is not None and holdout_labels is not None:
        asked = labels, holdout_labels[usable]
        conditions = row_classes(points, *asked) if network.prompts is None else RowConditions(*asked)
    about = NetworkContext(
        network=network,
        budget=budget_of(network, spent),
        rows=sides_of(context, usable, kept),
        conditions=conditions,
        t_collapse=collapse.value,
        std=context.std,
        memory=context.compute.memory_bytes,
        progress=progress,
    )
    memory = _memory(about)
    row = context.row
    record = _with_losses(record, memory, row)
    nearest = nearest_training(memory.network, about.rows, context.compute.memory_bytes)
    record = _with_rows(record, memory, about.rows, context, nearest)
    record = with_tests(record, memory, about.rows, context, (usable, recurring), nearest)
    if isinstance(network.captions, RowCaptions):
        record = with_captions(about, record, memory, network.captions)
    elif not network.cheap:
        record = with_trajectories(about, record)
    when_written(network.remove_checkpoints)
    words = (
        f"{n_near} hold-out {row}s that are training {row}s, or near copies of such, were left out, and so were these."
    )
    notes = ((words,) if n_near else ()) + ((_OF_CLASSES.format(row=row),) if about.classes is not None else ())
    notes += _outside(network, collapse)
    spent = record.evaluations + about.budget.recognition
    return replace(record, evaluations=spent, notes=record.notes + notes)


def _why_unknown(holdout: Points | None, t_collapse: float | None, row: str, grouped: bool = False) -> str:
    if holdout is None:
        return f"without {row}s that it was not trained on, neither the loss gap nor a test of memory can be known"
    if t_collapse is None:
        return f"the training {row}s have no collapse, so there is no noise below which memory must show"
    beside = ", and of groups that are not in the training data" if grouped else ""
    few = f"fewer than {FEWEST_HOLDOUT} of the hold-out {row}s"
    return f"{few} are neither training {row}s nor near copies of such{beside}"


def _outside(network: AuditedNetwork, t_collapse: float) -> tuple[str, ...]:
    """Which levels the network was not trained at."""
    outside = [t for t in memory_levels(t_collapse) if network.within(t) != t]
    if not outside:
        return ()
    named = ", ".join(f"{math.sqrt(t):.4g}" for t in outside)
    return (f"The noise levels σ = {named} lie outside those that the network was trained at, and were left out.",)


def _memory(context: NetworkContext) -> MemoryIndex:
    """The memory index, with as many draws as the budget pays for all rows, up to 4."""
    network = context.network
    levels = levels_of(network, context.t_collapse)
    what = context.rows, levels, context.budget.losses, context.conditions, context.progress, context.memory
    losses = network_losses(network, *what)
    exact = exact_losses(
        context.rows,
        losses,
        batch=network.batch,
        memory=context.memory,
        part_file=network.checkpoint("exact-losses.part"),
        keep_parts=True,
        classes=context.classes,
        progress=context.progress,
    )
    return compared_losses(losses, exact, highest_of(network, context.t_collapse))


def _with_losses(record: NetworkRecord, memory: MemoryIndex, row: str) -> NetworkRecord:
    known = bool(memory.used.any())
    return replace(
        record,
        reason=None if known else _UNRESOLVED.format(row=row),
        n_training=len(memory.network.training),
        n_holdout=len(memory.network.holdout),
        evaluations=record.evaluations + memory.network.evaluations,
        draws=memory.network.draws,
        index=replace(memory.total, n=0) if known else None,
        interval=memory.total.interval if known else None,
        told_apart=replace(memory.test.share, n=0),
        p_value=memory.test.p_value,
        level=memory.test.level,
        control_p_value=None if memory.control is None else memory.control.p_value,
        levels=_levels(memory),
    )


def _levels(memory: MemoryIndex) -> tuple[NetworkLevel, ...]:
    network, exact = memory.network, memory.exact
    sides = (network.training_mean, network.holdout_mean, exact.training_mean, exact.holdout_mean)
    return tuple(
        NetworkLevel(
            NoiseLevel(t),
            *(estimate_at(side, k) for side in sides),
            index=estimate_at(memory.index, k) if np.isfinite(memory.index.value[k]) else None,
            used=bool(memory.used[k]),
        )
        for k, t in enumerate(memory.t)
    )


def _with_rows(
    record: NetworkRecord, memory: MemoryIndex, rows: AuditedRows, context: AuditContext, nearest: NearestTraining
) -> NetworkRecord:
    """The record with the rows that are remembered, as far as single rows can be told."""
    try:
        per_row = memory_of_rows(memory, rows, context, nearest)
    except InvalidInput as error:
        return replace(
            record,
            agreement_reason=f"no {context.row} has a gap of its own",
            notes=(f"No {context.row} is named: {error}",),
        )
    agreement, reason = None, None
    try:
        ranks = per_row.agreement(context.exposed)
        agreement = Agreement(ranks.value, ranks.interval, ranks.n)
    except InvalidInput as error:
        reason = str(error)
    if isinstance(per_row, PersonMemory):
        record = replace(
            record, notes=(*record.notes, _BY_GROUPS.format(row=context.row, Row=context.row.capitalize()))
        )
    place = {int(row): k for k, row in enumerate(per_row.rows)}
    chosen = [(int(row), place[int(row)]) for row in per_row.remembered]
    alone, duplicated = (gap and replace(gap, n=0) for gap in per_row.mean_gaps())
    return replace(
        record,
        remembered=tuple(
            RowGap(row, float(per_row.gap[k]), float(per_row.p_value[k]), bool(per_row.duplicated[k]))
            for row, k in chosen
        ),
        rate=per_row.rate,
        fewest_named=per_row.fewest_named,
        gap_alone=alone,
        gap_duplicated=duplicated,
        agreement=agreement,
        agreement_reason=reason,
    )
