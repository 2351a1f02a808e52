"""Rows that belong together, in an audit: how many groups, which are on both sides, and whether some were not given."""

import numpy as np
from scipy.special import bdtrc

from remanifold.audits.context import AuditContext
from remanifold.audits.records.groups import GroupFacts
from remanifold.data.pictures.noun import an
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
    n, m, row = context.inputs.points.n_points, len(persons.holdout), context.row
    beside = f" and {m} hold-out {row}s of {facts.n_holdout}" if m else ""
    notes = [
        f"{row.capitalize()}s belong together: {n} training {row}s of {facts.n_training} groups{beside}. Tests and "
        f"errors count groups. The exposure, the {row}s needed and the times of classes look at single {row}s; the "
        f"best stop of the training {row}s leaves out one {row} and not its group, so that it lies too low: read that "
        "of the hold-out."
    ]
    if facts.shared:
        rows = ", ".join(f"hold-out {row} {a} and training {row} {b}" for a, b in facts.first_shared)
        notes.append(
            f"Leak: {facts.shared} of {facts.n_holdout} groups of the hold-out are in the training data too (first: "
            f"{rows}). The {row}s of these groups are left out of the tests, on both sides. Split by group, not by "
            f"{row}."
        )
    return notes


def _not_given(context: AuditContext) -> list[str]:
    """Do rows that follow each other lie nearest to each other, far more often than chance has it?"""
    distinct, profile = context.duplicates.distinct, context.profile
    pairs, chance = adjacent_pairs(profile.queries, profile.nearest_rows, distinct)
    n, row = len(profile.queries), context.row
    if bdtrc(pairs - 1, n, chance) >= _RARE:
        return []
    return [
        f"{row.capitalize()}s seem to belong together: in {pairs} pairs the nearest other {row} of {an(row)} is the "
        f"one before or after it, where chance gives about {n * chance:.2g}. Several pictures of one person or frames "
        f"of one video do that, and break every p-value of single {row}s: give --groups ({row}s that are merely sorted "
        "do it too)."
    ]
