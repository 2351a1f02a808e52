"""Rows that belong together, in an audit of samples: what is left out, and what counts once a person."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.compute import Compute
from remanifold.audits.records.groups import MOST_SHARED
from remanifold.audits.samples.sets import CopySets, RowSet
from remanifold.measures.estimates.person_numbers import comparable_rows
from remanifold.measures.estimates.persons import Persons, at_most_each
from remanifold.measures.neighbours.near_rows import NearRows
from remanifold.measures.neighbours.other_persons import by_persons, nearest_of_others


@dataclass(frozen=True)
class GroupsOfSets:
    """What is known of the persons of an audit of samples.

    Attributes:
        sets: The sets without the hold-out rows of persons that are in the training set too.
        persons: Of all rows of train and of holdout.
        shared: Persons on both sides.
        n_training, n_holdout: Persons of either side.
        seed: Of the choice of rows.
    """

    sets: CopySets
    persons: Persons
    shared: NDArray[np.int64]
    n_training: int
    n_holdout: int
    seed: int

    @property
    def sizes(self) -> dict[str, int]:
        """Numbers for the record."""
        counts = {"train_groups": self.n_training}
        return counts | (
            {"holdout_groups": self.n_holdout, "shared_groups": len(self.shared)} if self.n_holdout else {}
        )

    def one_each(self, rows: NDArray[np.int64], side: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of ``rows`` count where one row of each person of ``side`` does, at random."""
        kept = np.zeros(len(rows), dtype=bool)
        kept[at_most_each(side[rows], 1, self.seed)] = True
        return kept

    def near(self, near: NearRows, of: RowSet, compute: Compute) -> NearRows:
        """The nearest training row of each row of ``of``, and the nearest of another person: see `by_persons`."""
        train, options = self.sets.train, {"threads": compute.n_threads, "device": compute.device}
        own = self.persons.training
        return by_persons(near, train.points, train.distinct, of.points, of.rows, own, **options)

    def own(self, rows: NDArray[np.int64], compute: Compute) -> NDArray[np.float64]:
        """Distances of training ``rows`` to the nearest row of another person."""
        train, options = self.sets.train, {"threads": compute.n_threads, "device": compute.device}
        return nearest_of_others(train.points, train.distinct, rows, self.persons.training, **options)[1]

    def warnings(self, row: str) -> list[str]:
        """That persons are on both sides, where they are so many that the hold-out was not split by persons."""
        if len(self.shared) <= MOST_SHARED * self.n_holdout:
            return []
        return [f"Leak: {self._told(row)}"]

    def notes(self, row: str) -> list[str]:
        """How persons count, and which are on both sides."""
        beside = f" and {self.n_holdout} of the hold-out" if self.n_holdout else ""
        words = (
            f"{row.capitalize()}s belong together: {self.n_training} groups of training {row}s{beside}. Tests exchange "
            f"groups; d2 is the distance to the nearest {row} of another group."
        )
        few = [f"Leak: {self._told(row)}"] if len(self.shared) and not self.warnings(row) else []
        return [words, *few]

    def _told(self, row: str) -> str:
        of = f"{len(self.shared)} of {self.n_holdout} groups of the hold-out"
        first = ", ".join(
            f"hold-out {row} {np.flatnonzero(self.persons.holdout == code)[0]} and training {row} "
            f"{np.flatnonzero(self.persons.training == code)[0]}"
            for code in self.shared[:3]
        )
        return f"{of} are in the training set too (first: {first}); their {row}s are left out of the tests"


def groups_of(sets: CopySets, seed: int) -> GroupsOfSets | None:
    """Persons of ``sets``; None where none were given."""
    persons = sets.persons
    if persons is None:
        return None
    shared = persons.shared
    if sets.holdout is not None and sets.holdout_near is not None and len(shared):
        left = ~np.isin(persons.holdout[sets.holdout.rows], shared)
        near = NearRows(sets.holdout_near.rows[left], sets.holdout_near.distances[left])
        rows = sets.holdout.rows[left]
        distinct, single = (np.intersect1d(part, rows) for part in (sets.holdout.distinct, sets.holdout.single))
        holdout = RowSet(sets.holdout.points, rows, distinct, single) if len(distinct) else None
        sets = replace(sets, holdout=holdout, holdout_near=None if holdout is None else near)
    return GroupsOfSets(sets, persons, shared, *persons.counts, seed)


def exchangeable_rows(
    persons: Persons, ours: NDArray[np.int64], theirs: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Persons]:
    """Training rows and hold-out rows whose persons can be exchanged, and the persons of these, -1 for other rows.

    Persons that are on both sides are left out, and where persons of both sides have other numbers of rows each counts
    with as many, see `comparable_rows`.
    """
    ours = ours[~np.isin(persons.training[ours], persons.shared)]
    if not len(ours):
        return ours, theirs, persons
    mine, others = comparable_rows(persons.at(ours, theirs), seed)
    ours, theirs = ours[mine], theirs[others]
    codes = [np.full(len(side), -1, dtype=np.int64) for side in (persons.training, persons.holdout)]
    for code, rows, side in zip(codes, (ours, theirs), (persons.training, persons.holdout)):
        code[rows] = side[rows]
    return ours, theirs, Persons(*codes)
