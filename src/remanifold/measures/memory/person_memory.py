"""Which persons a network remembers, where rows belong together: `row_memory` with one number a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.person_numbers import person_numbers
from remanifold.measures.estimates.persons import Persons, clustered_errors
from remanifold.measures.estimates.rank_agreement import RankAgreement
from remanifold.measures.memory.row_memory import RowMemory, far_beyond, fewest_at_once, named_at, shares_above
from remanifold.measures.profile.exposure import RowExposure

_LEAST = 3  # hold-out persons


@dataclass(frozen=True, eq=False)
class PersonMemory:
    """Loss gaps of persons: the mean over their rows (`person_numbers`), in nats; all else as in `RowMemory`.

    Rows of one person are not independent, so that single rows cannot be named at a stated rate: persons are, and with
    a person all its rows that were looked at.

    Attributes:
        by_row: Gaps of rows; what is expected of a hold-out row is fitted without its person.
        persons: Of the rows of both sides.
        person_gap: Of each training person, ascending by its number, (g,).
        holdout_gap: Of hold-out persons, (h,).
    """

    by_row: RowMemory
    persons: Persons
    person_gap: Floats
    holdout_gap: Floats

    @property
    def rows(self) -> Integers:
        """Training rows, (n,)."""
        return self.by_row.rows

    @property
    def gap(self) -> Floats:
        """Of each row, (n,)."""
        return self.by_row.gap

    @property
    def rate(self) -> float:
        """Bound on the expected share of false names among persons."""
        return self.by_row.rate

    @property
    def duplicated(self) -> NDArray[np.bool_]:
        """Whether each row has copies in the training data, (n,)."""
        return self.by_row.duplicated

    @property
    def p_value(self) -> Floats:
        """Of the person of each row, (n,): no smaller than 1/(h + 1)."""
        return self._of_rows(shares_above(self.person_gap, self.holdout_gap))

    @property
    def remembered(self) -> Integers:
        """Rows of the persons named at the false discovery rate, persons of the largest gap first."""
        places = named_at(shares_above(self.person_gap, self.holdout_gap), self.rate)
        return self._rows_of(places)

    @property
    def outstanding(self) -> Integers:
        """Rows of persons whose gap is far beyond that of every hold-out person."""
        return self._rows_of(np.flatnonzero(far_beyond(self.person_gap, self.holdout_gap)))

    @property
    def fewest_named(self) -> int:
        """With so few hold-out persons no fewer persons than this can be named at once."""
        return fewest_at_once(len(self.person_gap), len(self.holdout_gap), self.rate)

    def mean_gaps(self) -> tuple[Estimate | None, Estimate | None]:
        """Mean gap of rows without and with copies, the errors over persons; None where there are none."""
        first, second = (self._mean(kept) for kept in (~self.duplicated, self.duplicated))
        return first, second

    def agreement(self, exposure: Sequence[RowExposure], *, resamples: int = 200, seed: int = 0) -> RankAgreement:
        """See `RowMemory.agreement`; the bootstrap draws persons."""
        return self.by_row.agreement(exposure, resamples=resamples, seed=seed, persons=self.persons)

    def _mean(self, kept: NDArray[np.bool_]) -> Estimate | None:
        if not kept.any():
            return None
        error = clustered_errors(self.gap[kept], self.persons.training[kept])
        return Estimate(float(self.gap[kept].mean()), float(error), int(kept.sum()))

    def _of_rows(self, values: Floats) -> Floats:
        return values[np.unique(self.persons.training, return_inverse=True)[1]]

    def _rows_of(self, places: Integers) -> Integers:
        order = places[np.argsort(-self.person_gap[places], kind="stable")]
        names = np.unique(self.persons.training)[order]
        return np.concatenate([self.rows[:0], *(self.rows[self.persons.training == name] for name in names)])


def person_memory(by_row: RowMemory, persons: Persons, seed: int = 0) -> PersonMemory:
    """Gaps of persons from those of rows.

    Args:
        by_row: Of rows, see `row_memory`.
        persons: Of the rows of both sides.
        seed: Of the choice of rows in `person_numbers`.

    Raises:
        InvalidInput: for fewer than three hold-out persons.
    """
    n = len(np.unique(persons.holdout))
    if n < _LEAST:
        need = f"an expectation needs at least {_LEAST} groups of hold-out rows"
        raise refusal(need, n, "pass a hold-out of more groups")
    own, others = person_numbers(by_row.gap, by_row.holdout_gap, persons, seed)
    return PersonMemory(by_row, persons, own, others)
