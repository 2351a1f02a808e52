"""Pairs from windows are those of a k-d tree, whatever the rows."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from remanifold.measures.neighbours import windows
from remanifold.measures.neighbours.windows import pairs_in_windows

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=(3000, 6))
SETS = {
    "normal": (NORMAL, 0.4),
    "far from the origin": (NORMAL + 1e6, 0.4),
    "one row far away": (np.vstack([NORMAL, np.full(6, 1e9)]), 0.4),
    "whole numbers, at the very radius": (RNG.integers(0, 9, (2000, 4)).astype(float), 1.0),
    "equal rows": (np.repeat(NORMAL[:300], 3, axis=0), 1e-12),
    "two rows": (NORMAL[:2], 100.0),
}


@pytest.mark.parametrize("name", SETS)
def test_the_same_pairs_as_a_tree(name):
    table, radius = SETS[name]
    got = pairs_in_windows(table, radius, 10**6)
    assert got is not None
    want = KDTree(table).query_pairs(radius, output_type="ndarray")
    assert sorted(map(tuple, got.tolist())) == sorted(map(tuple, want.tolist()))


def test_dense_rows_are_left_to_the_tree(monkeypatch):
    assert pairs_in_windows(NORMAL, 0.4, 10) is None
    monkeypatch.setattr(windows, "_MOST_PAIRS", 1000)  # private: a set that is dense at 10^9 pairs takes seconds
    assert pairs_in_windows(NORMAL, 0.4, 10**6) is None
    monkeypatch.setattr(windows, "_MOST_PAIRS", 10**9)  # private: likewise
    monkeypatch.setattr(windows, "_MOST_FOUND", 10)  # private: likewise
    assert pairs_in_windows(NORMAL, 4.0, 10**6) is None
