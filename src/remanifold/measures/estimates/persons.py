"""Rows that belong together (pictures of one person, frames of one video), as persons on both sides of a comparison."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers


@dataclass(frozen=True, eq=False)
class Persons:
    """The person of every row; one number on both sides is one person.

    Attributes:
        training: Of training rows, (n,).
        holdout: Of hold-out rows, (m,); empty without a hold-out.
    """

    training: Integers
    holdout: Integers

    def at(self, training_rows: Integers | slice, holdout_rows: Integers | slice = slice(0)) -> "Persons":
        """Of some rows of either side."""
        return Persons(self.training[training_rows], self.holdout[holdout_rows])

    @property
    def counts(self) -> tuple[int, int]:
        """Persons on either side."""
        return len(np.unique(self.training)), len(np.unique(self.holdout))

    @property
    def shared(self) -> Integers:
        """Persons on both sides, ascending."""
        return np.intersect1d(self.training, self.holdout)


def persons_of(training: ArrayLike, holdout: ArrayLike | None = None) -> Persons:
    """Persons of labels, (n,) and (m,), numbers or text: labels of the same text are one person."""
    own = np.asarray(training).astype(np.str_)
    others = np.empty(0, dtype=own.dtype) if holdout is None else np.asarray(holdout).astype(np.str_)
    codes = np.unique(np.concatenate([own, others]), return_inverse=True)[1].astype(np.int64)
    return Persons(codes[: len(own)], codes[len(own) :])


def at_most_each(persons: Integers, most: int, seed: int) -> Integers:
    """Places of at most ``most`` rows of each person, at random, ascending."""
    keys = generator(seed, "rows of persons").random(len(persons))
    order = np.lexsort((keys, persons))
    ordered = persons[order]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered, "left")
    return np.sort(order[rank < most])


def sums_of_persons(values: Floats, persons: Integers) -> tuple[Floats, Floats]:
    """Sums of ``values`` (n, ...) over the rows of each person, (persons, ...), and how many rows each has, (persons,).

    Persons ascend by their number.
    """
    _, place = np.unique(persons, return_inverse=True)
    sizes = np.bincount(place)
    sums = np.zeros((len(sizes), *values.shape[1:]))
    np.add.at(sums, place, values)
    return sums, sizes.astype(np.float64)


def means_of_persons(values: Floats, persons: Integers) -> Floats:
    """Mean of ``values`` (n,) over the rows of each person, (persons,)."""
    sums, sizes = sums_of_persons(values, persons)
    return sums / sizes


def clustered_errors(values: Floats, persons: Integers) -> Floats:
    """Standard error of the mean of ``values`` (n, ...) over rows of which only those of two persons are independent.

    The cluster-robust variance G/(G - 1) sum_g (sum of residuals of person g)^2 / n^2 (Liang and Zeger, Biometrika 73,
    13, 1986); that of independent rows where each person has one. nan for one person.
    """
    residuals, _ = sums_of_persons(values - values.mean(axis=0), persons)
    g = len(residuals)
    if g < 2:
        return np.full(values.shape[1:], np.nan)
    return np.sqrt(g / (g - 1) * (residuals**2).sum(axis=0)) / len(values)
