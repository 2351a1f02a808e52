"""Rows that belong together, in an audit: how many groups, which are on both sides, and whether some were not given."""

import numpy as np
from scipy.special import bdtrc

from remanifold.audits.context import AuditContext
from remanifold.audits.records.groups import GroupFacts
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.neighbours.row_order import adjacent_pairs

_SHOWN = 3  # groups on both sides whose rows are told
_RARE = 1e-6


def group_facts(context: AuditContext) -> GroupFacts | None:
    """How many groups there are; None where none were given."""
    persons = context.inputs.persons
    if persons is None:
        return None
    n_training, n_holdout = persons.counts
    first = [
        (int(np.flatnonzero(persons.holdout == code)[0]), int(np.flatnonzero(persons.training == code)[0]))
        for code in persons.shared[:_SHOWN]
    ]
    return GroupFacts(
        n_training,
        n_holdout,
        largest=int(np.bincount(persons.training).max()),
        shared=len(persons.shared),
        shared_rows=len(shared_rows(persons)[1]),
        first_shared=tuple(first),
    )


def shared_rows(persons: Persons) -> tuple[np.ndarray, np.ndarray]:
    """Training rows, and hold-out rows, of groups that are on both sides."""
    shared = persons.shared
    return np.flatnonzero(np.isin(persons.training, shared)), np.flatnonzero(np.isin(persons.holdout, shared))


def group_notes(context: AuditContext) -> list[str]:
    """What to know of groups that were given, or of such that were not."""
    facts, persons = group_facts(context), context.inputs.persons
    if facts is None or persons is None:
        return _not_given(context)
    n, m = context.inputs.points.n_points, len(persons.holdout)
    beside = f" and {m} hold-out rows of {facts.n_holdout}" if m else ""
    notes = [
        f"Rows belong together: {n} training rows of {facts.n_training} groups{beside}. Tests and errors count groups."
        " The exposure, the rows needed and the times of classes look at single rows; the best stop of the training "
        "rows leaves out one row and not its group, so that it lies too low: read that of the hold-out."
    ]
    if facts.shared:
        rows = ", ".join(f"hold-out row {a} and training row {b}" for a, b in facts.first_shared)
        notes.append(
            f"Leak: {facts.shared} of {facts.n_holdout} groups of the hold-out are in the training data too (first: "
            f"{rows}). The rows of these groups are left out of the tests, on both sides. Split by group, not by row."
        )
    return notes


def _not_given(context: AuditContext) -> list[str]:
    """Do rows that follow each other lie nearest to each other, far more often than chance has it?"""
    distinct, profile = context.duplicates.distinct, context.profile
    pairs, chance = adjacent_pairs(profile.queries, profile.nearest_rows, distinct)
    n = len(profile.queries)
    if bdtrc(pairs - 1, n, chance) >= _RARE:
        return []
    return [
        f"Rows seem to belong together: in {pairs} pairs the nearest other row of a row is the one before or after it, "
        f"where chance gives about {n * chance:.2g}. Several pictures of one person or frames of one video do that, "
        "and break every p-value of single rows: give --groups (rows that are merely sorted do it too)."
    ]
