"""Numbers do not depend on the memory budget, the threads, the other queries, or where the data stand."""

import numpy as np
import pytest
from point_sets import hard_sets

from remanifold.data import open_points
from remanifold.measures import choose_queries, noise_profile

ROUND_OFF = 1e-5  # float32 logits of size 30
RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(3000, 6)) * np.arange(1, 7)
SERIES = ("gap", "trap", "nll", "own_surprisal", "own_weight", "participation", "local_dimension", "information")


def profile_of(data=DATA, **options):
    return noise_profile(open_points(data), **{"max_queries": 60, "seed": 2, "threads": 1, **options})


def equal(a, b, tolerance=ROUND_OFF):
    assert a.t == pytest.approx(b.t, rel=1e-12)
    for name in SERIES:
        got, want = getattr(a, name), getattr(b, name)
        scale = np.maximum(1, np.abs(want.value))
        assert (np.abs(got.value - want.value) / scale).max() < tolerance, name
    for name in ("t_collapse", "t_onset", "t_generalization"):
        assert getattr(a, name).value == pytest.approx(getattr(b, name).value, rel=tolerance)


@pytest.mark.parametrize("memory", ["30MB", "33MB", "60MB"])
def test_the_memory_budget_changes_nothing(memory):
    equal(profile_of(memory=memory), profile_of())


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_nothing(threads):
    equal(profile_of(threads=threads), profile_of())


def test_the_same_call_twice_is_bit_for_bit_the_same():
    equal(profile_of(threads=2), profile_of(threads=2), tolerance=1e-300 + 1e-15)


def test_a_query_does_not_depend_on_the_other_queries():
    levels = np.exp(np.arange(-12, 25) / 4)
    few, many = (profile_of(max_queries=n, levels=levels) for n in (25, 200))
    assert set(few.queries) < set(many.queries)
    same = np.isin(many.queries, few.queries)
    for name in ("query_gap", "query_trap", "query_dimension"):
        a, b = getattr(few, name), getattr(many, name)[same]
        assert (np.abs(a - b) / np.maximum(1, np.abs(b))).max() < 1e-5, name
    assert np.array_equal(few.nearest_rows, many.nearest_rows[same])


def test_another_seed_gives_other_noise_and_queries():
    a, b = profile_of(seed=1), profile_of(seed=2)
    assert not np.array_equal(a.queries, b.queries)
    assert a.t_collapse.value != b.t_collapse.value


def test_choices_are_nested_and_uniform():
    rows = np.arange(100, 200)
    small, large = choose_queries(rows, 10, 5), choose_queries(rows, 40, 5)
    assert set(small) < set(large) < set(rows)
    assert (np.diff(large) > 0).all()
    assert np.array_equal(choose_queries(rows, 100, 5), rows)
    counts = np.zeros(100)
    for seed in range(2000):
        counts[choose_queries(rows, 10, seed) - 100] += 1
    # 2000 draws of 10 of 100: binomial sd 13.4; largest of 100 below 5 sd
    assert np.abs(counts - 200).max() < 5 * 13.4


@pytest.mark.parametrize("name", ["plain", "large mean", "tight clusters", "far outlier"])
def test_a_shift_changes_nothing(name):
    data = hard_sets()[name].astype(np.float64)
    levels = np.exp(np.arange(-8, 9) / 2)
    shift = 0.25 * np.abs(data).max()
    moved = profile_of(data + shift, levels=levels, max_queries=30)
    rounding = np.abs(data).max() * 1e-16 / 1e-3 * 100
    equal_series(moved, profile_of(data, levels=levels, max_queries=30), ROUND_OFF + rounding)


def equal_series(a, b, tolerance):
    for name in SERIES:
        got, want = getattr(a, name).value, getattr(b, name).value
        assert (np.abs(got - want) / np.maximum(1, np.abs(want))).max() < tolerance, name


def test_the_order_of_rows_changes_the_choice_only():
    data = DATA[:200]
    order = RNG.permutation(200)
    levels = np.exp(np.arange(-8, 13) / 2)
    a = profile_of(data, max_queries=200, levels=levels)
    b = profile_of(data[order], max_queries=200, levels=levels)
    assert np.abs(a.query_trap[order] - b.query_trap).max() < 2e-5  # no noise in it: equal row by row
    spread = np.hypot(a.gap.stderr, b.gap.stderr)  # rows meet other noise: equal within errors
    assert (np.abs(a.gap.value - b.gap.value) < 5 * spread).all()
