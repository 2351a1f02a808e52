"""Which training rows and which hold-out rows a network is judged by."""

from collections.abc import Sequence

import numpy as np

from remanifold._core.types import Integers
from remanifold.audits.context import AuditContext
from remanifold.audits.data.groups import shared_rows
from remanifold.measures.memory.audited_rows import AuditedRows, audited_rows

FEWEST_HOLDOUT = 3
"""Rows, as many as data must have."""


def usable_rows(
    context: AuditContext, overlap: Sequence[tuple[int, int, float]]
) -> tuple[Integers, Integers, Integers]:
    """Hold-out rows and distinct training rows that are on one side only, and the training rows that recur.

    Args:
        context: What is known of both sides.
        overlap: (hold-out row, training row, distance) of rows that are on both sides.
    """
    holdout, persons = context.inputs.holdout, context.inputs.persons
    usable = np.setdiff1d(
        np.arange(0 if holdout is None else holdout.n_points), np.array([row for row, _, _ in overlap], dtype=np.int64)
    )
    kept, recurring = _apart(context, [row for _, row, _ in overlap])
    if persons is not None:
        ours, theirs = shared_rows(persons)
        usable, kept = np.setdiff1d(usable, theirs), np.setdiff1d(kept, ours)
    return usable, kept, recurring


def sides_of(context: AuditContext, usable: Integers, kept: Integers) -> AuditedRows:
    """Both sides, of the hold-out rows ``usable`` and the training rows ``kept``.

    Raises:
        InvalidInput: see `audited_rows`, and without a hold-out.
    """
    holdout, persons = context.inputs.holdout, context.inputs.persons
    if holdout is None:
        return audited_rows(context.inputs.points, None)
    unseen = holdout.take(usable).reshape(-1, *holdout.shape) if len(usable) < holdout.n_points else holdout
    return audited_rows(
        context.inputs.points,
        unseen,
        training_rows=kept,
        persons=None if persons is None else persons.at(slice(None), usable),
        memory=context.compute.memory_bytes,
        progress=context.compute.progress,
    )


def _apart(context: AuditContext, hit: Sequence[int]) -> tuple[Integers, Integers]:
    """Distinct training rows that no hold-out row hits, and those that one does."""
    stands = {member: g.members[0] for g in context.duplicates.groups for member in g.members}
    recurring = np.unique(np.array([stands.get(row, row) for row in hit], dtype=np.int64))
    return np.setdiff1d(context.duplicates.distinct, recurring), recurring
