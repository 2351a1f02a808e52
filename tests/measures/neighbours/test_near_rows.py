"""Nearest points against all pairs."""

import numpy as np
import pytest
from point_sets import hard_sets

from remanifold.data import open_points
from remanifold.measures import nearest_points, noise_profile
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.reading import ArrayRows

SETS = hard_sets()


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("threads", [1, 2])
def test_nearest_other_points(name, threads):
    data = SETS[name]
    x = data.astype(np.float64)
    columns, queries = np.arange(1, len(x)), np.arange(1, len(x), 3)
    points = open_points(data)
    rows, distances = nearest_points(points, columns, points, queries, same=True, threads=threads)
    for q, row, distance in zip(queries, rows, distances, strict=True):
        gaps = np.linalg.norm(x[q] - x, axis=1)
        gaps[[0, q]] = np.inf
        assert distance == pytest.approx(gaps.min(), rel=1e-9)
        assert gaps[row] == pytest.approx(gaps.min(), rel=1e-9)  # one of the nearest where they tie
        assert row not in (0, q)


def test_nearest_points_of_fresh_rows_may_be_copies():
    data = SETS["plain"]
    fresh = np.concatenate([data[:3], np.random.default_rng(1).normal(size=(5, 5))])
    columns = np.arange(len(data))
    rows, distances = nearest_points(open_points(data), columns, open_points(fresh), np.arange(8), same=False)
    assert rows[:3].tolist() == [0, 1, 2]
    assert (distances[:3] == 0).all()
    gaps = np.linalg.norm(fresh[:, None] - data[None], axis=2)
    assert distances == pytest.approx(gaps.min(1), rel=1e-12)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_few_nearest_and_their_ratio(name, k):
    """All pairs in the same differences; pieces of one query, and more neighbours wanted than there are."""
    data = SETS[name]
    x, points = data.astype(np.float64), open_points(data)
    queries = np.random.default_rng(2).normal(size=(7, x.shape[1])) * x.std() + x.mean(0)
    queries[:2] = x[:2]
    found = near_rows(points, np.arange(len(x)), ArrayRows(queries), np.arange(7), k, memory=1000)
    gaps = np.linalg.norm(queries[:, None] - x[None], axis=2)
    assert found.distances == pytest.approx(np.sort(gaps, axis=1)[:, :k], rel=1e-9, abs=1e-12 * np.abs(x).max())
    assert np.take_along_axis(gaps, found.rows, 1) == pytest.approx(found.distances)
    few = near_rows(points, np.arange(3), ArrayRows(queries), np.arange(7), 5)
    assert (few.rows[:, 3:] == -1).all() and np.isinf(few.distances[:, 3:]).all()
    assert np.isfinite(few.distances[:, :3]).all()


@pytest.mark.parametrize("name", SETS)
def test_the_profile_knows_the_same_neighbours(name):
    data = SETS[name]
    profile = noise_profile(open_points(data), levels=np.array([0.1, 1.0]), max_queries=30, threads=1)
    x = data.astype(np.float64)
    for q, row, distance in zip(profile.queries, profile.nearest_rows, profile.nearest_distances, strict=True):
        gaps = np.linalg.norm(x[q] - x, axis=1)
        gaps[q] = np.inf
        assert distance == pytest.approx(gaps.min(), rel=1e-7)
        assert gaps[row] == pytest.approx(gaps.min(), rel=1e-7)
