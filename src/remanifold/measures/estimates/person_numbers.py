"""One number a person, so that rank tests of rows become tests of persons: exact where persons are exchangeable."""

import numpy as np

from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.persons import Persons, at_most_each, means_of_persons

_LEVEL = 0.05  # of the comparison of how many rows persons have; it looks at no number
_FEW = 10  # persons: fewer are never compared by means over different numbers of rows


def person_numbers(own: Floats, others: Floats, persons: Persons, seed: int = 0) -> tuple[Floats, Floats]:
    """One number of each training person and of each hold-out person, comparable with each other.

    The mean over the rows of a person. Means over more rows scatter less, so that persons of many rows on one side and
    of few on the other are no more exchangeable. So where persons of both sides have other numbers of rows (two-sided
    Mann-Whitney test at 5 %), or a side has fewer than ten persons, each counts with the same number of rows, at
    random: as many as the least training person has, at most as many as half of the hold-out persons have; hold-out
    persons with fewer are left out.

    Args:
        own: Numbers of training rows, (n,).
        others: Of hold-out rows, (m,).
        persons: Of both.
        seed: Of the choice of rows.
    """
    ours, theirs = comparable_rows(persons, seed)
    mine, other = persons.training[ours], persons.holdout[theirs]
    return means_of_persons(own[ours], mine), means_of_persons(others[theirs], other)


def comparable_rows(persons: Persons, seed: int = 0) -> tuple[Integers, Integers]:
    """Places of the rows of both sides that `person_numbers` takes."""
    sides = persons.training, persons.holdout
    counted = [np.unique(side, return_counts=True) for side in sides]
    sizes = [counts for _, counts in counted]
    if _alike(*sizes):
        return np.arange(len(sides[0])), np.arange(len(sides[1]))
    k = int(min(sizes[0].min(), np.quantile(sizes[1], 0.5, method="lower")))
    places = []
    for side, (names, counts) in zip(sides, counted):
        enough = np.flatnonzero(np.isin(side, names[counts >= k]))
        places.append(enough[at_most_each(side[enough], k, seed)])
    return places[0], places[1]


def _alike(own: Integers, others: Integers) -> bool:
    """Whether persons of both sides have as many rows, as far as can be told."""
    from scipy.stats import mannwhitneyu

    if own.min() == others.max() and own.max() == others.min():
        return True
    if min(len(own), len(others)) < _FEW:
        return False
    return float(mannwhitneyu(own, others).pvalue) >= _LEVEL
