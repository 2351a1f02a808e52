"""Nearest rows of other persons against brute force, and the order of rows."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from remanifold import open_points
from remanifold._core.errors import InvalidInput
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.other_persons import by_persons, nearest_of_others
from remanifold.measures.neighbours.row_order import adjacent_pairs


def persons(sizes, seed=0):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(len(sizes)), sizes)
    return rng.normal(size=(len(sizes), 4))[who] + 0.05 * rng.normal(size=(len(who), 4)), who


@pytest.mark.parametrize("sizes", [[3, 1, 5, 2], [40, 30, 1, 25]])  # within the first neighbours, and far beyond them
def test_the_nearest_row_of_another_person(sizes):
    rows, who = persons(sizes)
    points, columns = open_points(rows), np.arange(len(rows))[1:]
    found, distances = nearest_of_others(points, columns, columns[::3], who)
    gaps = cdist(rows, rows)
    gaps[who[:, None] == who] = np.inf
    gaps[:, 0] = np.inf
    assert found.tolist() == gaps[columns[::3]].argmin(axis=1).tolist()
    np.testing.assert_allclose(distances, gaps[columns[::3]].min(axis=1))


def test_the_second_nearest_person_of_a_query():
    rows, who = persons([40, 30, 25])
    points, queries = open_points(rows), np.random.default_rng(1).normal(size=(20, 4))
    asked, every = open_points(queries), np.arange(len(rows))
    near = near_rows(points, every, asked, np.arange(20), 4)
    found = by_persons(near, points, every, asked, np.arange(20), who)
    gaps = cdist(queries, rows)
    of_persons = np.stack([gaps[:, who == k].min(axis=1) for k in range(3)], axis=1)
    np.testing.assert_allclose(found.distances, np.sort(of_persons, axis=1)[:, :2])
    assert (found.ratio < near.ratio).mean() > 0.8  # rows of one person hide that it is near


def test_one_person_has_no_other():
    rows, who = persons([20])
    with pytest.raises(InvalidInput, match="groups must be at least two"):
        nearest_of_others(open_points(rows), np.arange(20), np.arange(20), who)


def test_pairs_of_rows_that_follow_each_other():
    pairs, chance = adjacent_pairs(np.array([0, 1, 4, 9]), np.array([1, 0, 9, 0]), np.array([0, 1, 4, 9]))
    assert (pairs, chance) == (2, 2 / 3)  # 0 and 1 once; 4 and 9 follow each other among the rows that count
