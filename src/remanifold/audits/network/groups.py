"""Tests of the rows of a network, all together and group by group, and what they would have found."""

from dataclasses import replace

import numpy as np

from remanifold._core.errors import InvalidInput
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers
from remanifold.audits.context import AuditContext
from remanifold.audits.records.network import NetworkRecord
from remanifold.measures.estimates.person_numbers import person_numbers
from remanifold.measures.memory.audited_rows import AuditedRows
from remanifold.measures.memory.group_tests import group_tests, lower_test
from remanifold.measures.memory.memory_index import MemoryIndex
from remanifold.measures.memory.memory_test import comparable_numbers, unexplained_logs
from remanifold.measures.memory.near_groups import near_groups
from remanifold.measures.memory.nearest_training import NearestTraining
from remanifold.measures.memory.person_memory import PersonMemory, person_memory
from remanifold.measures.memory.power import detectable_share
from remanifold.measures.memory.row_groups import row_groups
from remanifold.measures.memory.row_memory import RowMemory, row_memory

_EDGE = 1 + 1e-9
_STRENGTHS = {"rows": 1.0, "rows_half": 0.5}
_OF_GROUPS = {"groups": 1.0, "groups_half": 0.5}  # where rows belong together
_LEAST_LOSS = 0.02  # of the loss, where the exact score has none at all
_PLANTED = 0.03  # of the rows


def with_tests(
    record: NetworkRecord,
    memory: MemoryIndex,
    rows: AuditedRows,
    context: AuditContext,
    apart: tuple[Integers, Integers],
    nearest: NearestTraining,
) -> NetworkRecord:
    """The record with the tests of groups, the rows that stand out, and what would have been found.

    Args:
        record: Of the network.
        memory: Its losses and those of the exact score.
        rows: The rows that they are of.
        context: What is known of the data.
        apart: Hold-out rows that were kept, as numbers of the whole hold-out; training rows that were left out since
            the hold-out has them too.
        nearest: The nearest other training points of the rows.
    """
    losses, points, holdout = memory.network, context.inputs.points, context.inputs.holdout
    low = losses.t <= memory.t_collapse * _EDGE
    above = None if low.all() else (losses.training[:, ~low], losses.holdout[:, ~low])
    sides = losses.training[:, low], losses.holdout[:, low]
    own, others = unexplained_logs(*sides, above)
    labels = None
    if context.inputs.labels is not None and holdout is not None and holdout.labels is not None:
        labels = context.inputs.labels[losses.training_rows], holdout.labels[apart[0]][losses.holdout_rows]
    everyone, who, seed = context.inputs.persons, losses.persons, context.options.seed
    sizes = (points.n_points, 0 if holdout is None else holdout.n_points) if everyone is None else everyone.counts
    groups = row_groups(
        losses.training_rows,
        nearest,
        context.duplicates,
        n_training=sizes[0],
        n_holdout=sizes[1],
        recurring=apart[1].tolist(),
        named=context.inputs.rows,
        labels=labels,
        persons=None if everyone is None else everyone.training,
    )
    floors = dict(groups.floors)
    if "near copies" in groups.places:  # easy rows or not: they must be lower than the nearest and than all others
        places = groups.places["near copies"]
        between = own[places], others
        if who is not None:
            between = person_numbers(*between, who.at(places, slice(None)), seed)
        floors["near copies"] = max(floors["near copies"], lower_test(*between))
    every = comparable_numbers(*sides, above)
    tests = group_tests(own, others, groups.places, groups.controls, floors, every, persons=who, seed=seed)
    record, strengths = replace(record, tests=tests), _STRENGTHS if who is None else _OF_GROUPS
    if context.inputs.rows is not None and "named rows" not in groups.places:
        words = f"None of the {context.row}s that were named was looked at"
        words += ": raise the evaluations, or they recur in the hold-out."
        record = replace(record, notes=(*record.notes, words))
    try:
        per_row = memory_of_rows(memory, rows, context, nearest)
    except InvalidInput:  # too few hold-out rows for what is expected of a row
        return replace(record, detectable=dict.fromkeys(strengths))
    sizes, law = (len(losses.training), len(losses.holdout)), float(np.median(others)) - others
    if isinstance(per_row, PersonMemory):
        sizes, law = (len(per_row.person_gap), len(per_row.holdout_gap)), per_row.holdout_gap
    found = {
        name: detectable_share(law, *sizes, loss_shift(memory, own, strength, seed), n_tests=len(tests), seed=seed)
        for name, strength in strengths.items()
    }
    near = near_groups(losses.training_rows, nearest, groups.near_distance, per_row.gap)
    return replace(record, outstanding=tuple(per_row.outstanding.tolist()), detectable=found, near_copies=near)


def memory_of_rows(
    memory: MemoryIndex, rows: AuditedRows, context: AuditContext, nearest: NearestTraining
) -> RowMemory | PersonMemory:
    """What is remembered of each row, or of each person where rows belong together.

    Raises:
        InvalidInput: see `row_memory` and `person_memory`.
    """
    losses = memory.network
    by_row = row_memory(losses, rows, memory.t_collapse, duplicates=context.duplicates, nearest=nearest)
    return by_row if losses.persons is None else person_memory(by_row, losses.persons, context.options.seed)


def loss_shift(memory: MemoryIndex, own: Floats, strength: float, seed: int) -> float:
    """By how much the number that is tested falls where a row is remembered, nats.

    Of the way from the loss on hold-out rows to that of the exact score on training rows a share ``strength`` is gone,
    at every level: planted in a few rows, since what the losses above t_c explain is taken off.

    Args:
        memory: Losses of the network and of the exact score.
        own: The numbers of the training rows, (n,).
        strength: 1: as the empirical score remembers its rows.
        seed: Of the choice of rows.
    """
    losses = memory.network
    left = memory.exact.training_mean.value / np.maximum(losses.holdout_mean.value, 1e-300)
    factor = 1 - strength * (1 - np.clip(left, _LEAST_LOSS, 1.0))
    low, n = losses.t <= memory.t_collapse * _EDGE, len(own)
    few = generator(seed, "planted memory").choice(n, max(1, round(_PLANTED * n)), replace=False)
    planted = losses.training.copy()
    planted[few] *= factor
    above = None if low.all() else (planted[:, ~low], losses.holdout[:, ~low])
    return float((own - unexplained_logs(planted[:, low], losses.holdout[:, low], above)[0])[few].mean())
