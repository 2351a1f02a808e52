"""Classes measured alone, and the shift they cause."""

import math

import numpy as np
import pytest

from remanifold.data import open_points
from remanifold.measures import class_profiles, class_shift, noise_profile

RNG = np.random.default_rng(0)


def separated(sizes, dim=5):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return RNG.normal(size=(len(labels), dim)) + 1000.0 * labels[:, None], labels


def test_a_class_is_the_profile_of_its_rows():
    data, labels = separated([300, 200, 10])
    told = []
    rows = np.arange(1, 510)
    found = class_profiles(
        open_points(data), rows, labels, max_queries=50, seed=3, threads=1, progress=lambda *a: told.append(a)
    )
    assert [(c.label, c.n_points) for c in found] == [("0", 299), ("1", 200), ("2", 10)]
    assert found[2].profile is None
    assert told == [("classes", k, 3) for k in (1, 2, 3)]
    alone = noise_profile(open_points(data), rows=rows[labels[rows] == 1], max_queries=50, seed=3, threads=1)
    assert found[1].profile.t_collapse == alone.t_collapse
    assert set(labels[found[0].profile.queries]) == {0}


def test_separated_classes_collapse_where_the_whole_set_does():
    # far apart, a class sees only itself in either profile: no shift, whatever the labels
    data, labels = separated([150, 150, 150])
    points, levels = open_points(data), np.exp(np.arange(-14, 4) / 4)
    classes = [noise_profile(points, rows=np.flatnonzero(labels == k), levels=levels, threads=1) for k in range(3)]
    whole = noise_profile(points, max_queries=450, levels=levels, threads=1)
    of_classes = np.mean([c.gap.value for c in classes], axis=0)
    near = np.abs(np.log(levels / whole.t_collapse.value)) < 1
    assert whole.gap.value[near] == pytest.approx(of_classes[near], abs=1e-4)


def test_labels_that_say_nothing_shift_by_their_entropy():
    # log P -> log(P/K) on the curve of the whole set: -1.83 predicted in log t, -1.74(3) measured, -2.10 unshifted
    data = RNG.normal(size=(1800, 6))
    labels = np.arange(1800) % 3
    points, levels = open_points(data), np.exp(np.arange(-14, 3) / 5)
    whole = noise_profile(points, max_queries=600, levels=levels, threads=1)
    shift = class_shift(whole, labels)
    assert whole.at(whole.gap, shift) == pytest.approx(-math.log(3), abs=0.01)  # shares among queries
    found = [
        noise_profile(points, rows=np.flatnonzero(labels == k), max_queries=200, levels=levels, threads=1)
        for k in range(3)
    ]
    measured = np.mean([math.log(profile.t_collapse.value) for profile in found])
    assert measured == pytest.approx(math.log(shift), abs=0.15)
    assert measured - math.log(whole.t_collapse.value) > 0.25  # planted: no shift


def test_a_profile_that_does_not_reach_the_shift_has_none():
    data, labels = separated([50, 50])
    low = noise_profile(open_points(data), levels=np.array([1e-4, 2e-4]), threads=1)
    high = noise_profile(open_points(data), levels=np.array([1e8, 1e9]), threads=1)
    assert class_shift(low, labels) is None
    assert class_shift(high, labels) is None


@pytest.mark.parametrize("names", [np.array(["a", "b"]), np.array([True, False]), np.array([7, -3])])
def test_labels_of_any_type(names):
    data, labels = separated([40, 40])
    found = class_profiles(open_points(data), np.arange(80), names[labels], max_queries=10, threads=1)
    assert sorted(c.label for c in found) == sorted(str(n) for n in names)
