"""Tests of groups and of a sparse share of rows: false alarms at their level, power where theory says there is some."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from remanifold import InvalidInput
from remanifold.measures.estimates.holm import holm
from remanifold.measures.memory.group_tests import group_tests, sparse_share


def rows_of(rng, n, m, remembered=0, gap=6.0):
    training, holdout = rng.normal(size=n), rng.normal(size=m)
    training[:remembered] -= gap
    return training, holdout


def alarms(share, cases, level=0.05):
    """Whether that many alarms are more than a test of this level gives, at one in a million."""
    return binom.sf(share * cases - 1, cases, level) < 1e-6


@pytest.mark.parametrize(("n", "m"), [(40, 20), (300, 100), (100, 300)])
def test_exchangeable_rows_are_rejected_at_most_at_the_level(n, m):
    rng = np.random.default_rng(0)
    p_values = np.array([sparse_share(*rows_of(rng, n, m), draws=199, seed=k) for k in range(300)])
    assert not alarms(np.mean(p_values <= 0.05), 300)
    assert np.mean(p_values <= 0.5) == pytest.approx(0.5, abs=5 * math.sqrt(0.25 / 300))


def test_all_tests_together_reject_at_most_at_the_level():
    rng = np.random.default_rng(1)
    rejected = 0
    for k in range(300):
        training, holdout = rows_of(rng, 200, 100)
        groups = {"first": np.arange(10), "second": np.arange(50, 90), "third": np.arange(150, 153)}
        rejected += min(test.adjusted for test in group_tests(training, holdout, groups, draws=199, seed=k)) <= 0.05
    assert not alarms(rejected / 300, 300)


def test_the_alarm_of_this_file_would_be_heard():
    """Planted: a side that is lower by a fifth of its spread."""
    rng = np.random.default_rng(2)
    p_values = [sparse_share(*rows_of(rng, 300, 300, remembered=300, gap=0.3), draws=199, seed=k) for k in range(60)]
    assert alarms(np.mean(np.array(p_values) <= 0.05), 60)


def test_a_known_group_of_fifteen_is_found_where_all_rows_together_say_nothing():
    rng = np.random.default_rng(3)
    training, holdout = rows_of(rng, 1500, 500, remembered=15)
    groups = {"duplicates": np.arange(15), "others": np.arange(15, 1500)}
    every, _, duplicates, others = group_tests(training, holdout, groups)
    assert duplicates.adjusted < 1e-6
    assert duplicates.share > 0.99
    assert min(others.p_value, every.p_value) > 0.01


def test_a_sparse_share_is_found_where_exchange_of_sides_allows_it():
    """Ten of 300 rows beside 600: by chance (1/3)^10; ten of 1500 beside 100: (15/16)^10, which nothing can tell."""
    rng = np.random.default_rng(4)
    seen = [sparse_share(*rows_of(rng, 300, 600, remembered=10), draws=999, seed=k) for k in range(10)]
    unseen = [sparse_share(*rows_of(rng, 1500, 100, remembered=10), draws=199, seed=k) for k in range(10)]
    assert max(seen) < 0.05
    assert np.median(unseen) > 0.1


def test_a_group_is_held_against_its_own_controls():
    rng = np.random.default_rng(5)
    training, holdout = rows_of(rng, 200, 200)
    training[:40] -= 3
    holdout[:40] -= 3  # as easy: of the same class, not remembered
    fair = group_tests(training, holdout, {"class": np.arange(40)}, {"class": np.arange(40)})[2]
    unfair = group_tests(training, holdout, {"class": np.arange(40)})[2]
    assert fair.p_value > 0.01 > unfair.p_value
    assert (fair.n, fair.n_holdout) == (40, 40)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_monotone_and_between_p_and_bonferroni(values):
    p_values = np.array(values)
    adjusted = holm(p_values)
    assert (adjusted >= p_values).all()
    assert (adjusted <= np.minimum(1, len(p_values) * p_values) + 1e-15).all()
    assert (np.diff(adjusted[np.argsort(p_values, kind="stable")]) >= 0).all()


def test_what_cannot_be_tested_is_refused_or_left_out():
    with pytest.raises(InvalidInput, match="both sides"):
        group_tests(np.zeros(0), np.zeros(3), {})
    assert [test.name for test in group_tests(np.zeros(4), np.ones(4), {"none": np.zeros(0, dtype=np.int64)})] == [
        "all rows",
        "a few rows",
    ]
    assert group_tests(np.zeros(4), np.zeros(4), {"all": np.arange(4)})[0].p_value == 1.0
