"""One number a person, so that rank tests of rows become tests of persons: exact where persons are exchangeable."""

import numpy as np

from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.persons import Persons, at_most_each, means_of_persons


def person_numbers(own: Floats, others: Floats, persons: Persons, seed: int = 0) -> tuple[Floats, Floats]:
    """One number of each training person and of each hold-out person, comparable with each other.

    The mean over the rows of a person. Means over more rows scatter less, so that persons of many rows on one side and
    of few on the other are no more exchangeable. So unless all persons have equally many rows, each counts with the
    same number of rows, at random: as many as the least training person has, at most as many as half of the hold-out
    persons have; hold-out persons with fewer are left out.

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
    if len(np.unique(np.concatenate(sizes))) == 1:
        return np.arange(len(sides[0])), np.arange(len(sides[1]))
    k = int(min(sizes[0].min(), np.quantile(sizes[1], 0.5, method="lower")))
    places = []
    for side, (names, counts) in zip(sides, counted):
        enough = np.flatnonzero(np.isin(side, names[counts >= k]))
        places.append(enough[at_most_each(side[enough], k, seed)])
    return places[0], places[1]
