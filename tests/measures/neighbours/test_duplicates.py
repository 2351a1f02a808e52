"""Duplicates against all pairs and their connected components."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from point_sets import hard_sets

from remanifold._core.errors import InvalidInput
from remanifold.data import open_points
from remanifold.measures import default_distance, exact_copies, find_duplicates, nearest_points

RNG = np.random.default_rng(0)


def found(data, distance, **options):
    return find_duplicates(open_points(data), distance, **options)


def groups_by_all_pairs(data, distance):
    """Connected components of at least two rows, by repeated merging."""
    x = np.asarray(data, dtype=np.float64)
    label = list(range(len(x)))
    for i, j in itertools.combinations(range(len(x)), 2):
        if np.linalg.norm(x[i] - x[j]) <= distance and label[i] != label[j]:
            old, new = max(label[i], label[j]), min(label[i], label[j])
            label = [new if k == old else k for k in label]
    members = [[i for i in range(len(x)) if label[i] == k] for k in sorted(set(label))]
    return [m for m in members if len(m) > 1]


def check(data, distance):
    got = found(data, distance)
    x = np.asarray(data, dtype=np.float64)
    want = groups_by_all_pairs(data, distance)
    assert [list(g.members) for g in got.groups] == want
    for group in got.groups:
        largest = max(np.linalg.norm(x[i] - x[j]) for i, j in itertools.combinations(group.members, 2))
        assert group.max_distance == pytest.approx(largest, rel=1e-12, abs=1e-300)
    lost = {i for m in want for i in m[1:]}
    assert got.distinct.tolist() == [i for i in range(len(x)) if i not in lost]
    for i, j, d in got.pairs:
        assert i < j
        assert d == pytest.approx(np.linalg.norm(x[i] - x[j]), rel=1e-12)
        assert d <= distance
    return got


@given(st.integers(0, 10**6), st.integers(1, 20), st.floats(0, 1.5), st.sampled_from([0.0, 1e4]))
@settings(max_examples=40)
def test_any_set_equals_all_pairs(seed, dim, distance, mean):
    rng = np.random.default_rng(seed)
    data = mean + rng.normal(size=(30, dim)) / np.sqrt(dim)
    copies = rng.integers(0, 30, size=(2, 8))
    data[copies[0]] = data[copies[1]]
    near = rng.integers(0, 30, size=(2, 5))
    data[near[0]] = data[near[1]] + 0.1 * distance * rng.normal(size=(5, dim))
    check(data, distance)


@pytest.mark.parametrize("name", hard_sets())
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_hard_sets_equal_all_pairs(name, share):
    data = hard_sets(60)[name]
    points = open_points(data)
    rows = np.arange(points.n_points)
    distances = nearest_points(points, rows, points, rows, same=True)[1]
    check(data[:60], share * float(np.median(distances)))


def test_planted_copies_are_found_with_their_pairs():
    data = RNG.normal(size=(400, 10))
    data[[17, 301]] = data[5]
    data[200] = data[100] + 1e-6
    got = check(data, 1e-3)
    assert [g.members for g in got.groups] == [(5, 17, 301), (100, 200)]
    assert got.groups[0].max_distance == 0
    assert {(5, 17, 0.0), (5, 301, 0.0)} <= set(got.pairs)


def test_a_chain_is_one_group_longer_than_its_links():
    data = 100 * RNG.normal(size=(50, 3))
    data[:6] = data[0] + np.arange(6)[:, None] * [0.9, 0, 0]
    got = check(data, 1.0)
    assert got.groups[0].members == (0, 1, 2, 3, 4, 5)
    assert got.groups[0].max_distance == pytest.approx(4.5)
    assert len(got.pairs) == 5


def test_the_sign_of_zero_is_no_difference():
    data = np.array([[0.0, 1.0], [-0.0, 1.0], [0.0, -1.0], [3.0, 4.0]])
    assert exact_copies(open_points(data)).tolist() == [0, 0, 2, 3]
    assert [g.members for g in found(data, 0.0).groups] == [(0, 1)]


def test_a_distance_of_zero_means_exact_copies_only():
    data = np.array([[1.0], [1.0], [np.nextafter(1.0, 2)], [5.0]])
    assert [g.members for g in found(data, 0.0).groups] == [(0, 1)]
    assert [g.members for g in found(data, 1e-15).groups] == [(0, 1, 2)]


def test_all_rows_equal_are_one_group():
    got = found(np.ones((40, 3)), 0.0)
    assert [len(g.members) for g in got.groups] == [40]
    assert got.distinct.tolist() == [0]
    assert len(got.pairs) == 39


def test_known_copies_need_not_be_searched_again():
    data = RNG.normal(size=(40, 3))
    data[9] = data[2]
    origin = exact_copies(open_points(data))
    assert found(data, 0.01, origin=origin).groups == found(data, 0.01).groups


def test_the_default_is_a_hundredth_of_the_median_nearest_distance():
    data = RNG.normal(size=(300, 4))
    points = open_points(data)
    pairs = np.linalg.norm(data[:, None] - data[None], axis=2) + np.diag(np.full(300, np.inf))
    want = 0.01 * np.median(pairs.min(1))
    assert default_distance(points, np.arange(300), 0, 1) == pytest.approx(want, rel=1e-12)
    few = default_distance(open_points(np.repeat(data, 6, axis=0)), np.arange(0, 1800, 6), 0, 1)
    assert few == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("distance", [-1.0, float("nan"), float("inf"), 1e300])
def test_a_bad_distance_is_one_sentence(distance):
    with pytest.raises(
        InvalidInput,
        match=r"the duplicate distance must be a number of at least 0 and at most 1e\+150, but got .*; pass e.g. 0.01",
    ):
        found(np.eye(4), distance)


def test_a_distance_that_links_everything_is_refused():
    with pytest.raises(
        InvalidInput, match=r"must single out few pairs, but got 100, which leaves \d+ candidates; pass"
    ):
        found(RNG.normal(size=(7000, 2)), 100.0)


@pytest.mark.parametrize("levels", [2, 256])
def test_whole_numbers_are_told_apart_by_their_hash(levels):
    # rows of small whole numbers that hash alike would all be read again and held; 20000 hashes of 40 bits: none do
    points = open_points(np.random.default_rng(levels).integers(0, levels, size=(20000, 64)).astype(np.uint8))
    read = []
    points.take = lambda rows, dtype: read.extend(rows)
    assert np.array_equal(exact_copies(points), np.arange(20000))
    assert not read


@pytest.mark.parametrize("seed", range(12))
def test_pairs_at_the_very_distance_among_rows_far_apart(seed):
    """Coordinates of rows 10^6 from their mean are rounded by far more than the gap of a pair may be."""
    rng = np.random.default_rng(seed)
    rows = 1e6 * rng.normal(size=(40, 6))
    rows[20:] = rows[:20] + 1e-7 * rng.normal(size=(20, 6))
    gaps = np.linalg.norm(rows[:20] - rows[20:], axis=1)
    for gap in gaps:
        assert len(find_duplicates(rows, gap).pairs) == (gaps <= gap).sum()
