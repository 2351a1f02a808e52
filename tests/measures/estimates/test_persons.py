"""Rows that belong together: errors that count persons, and one number a person that rank tests can take."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from remanifold.measures.estimates.crossings import mean_crossing
from remanifold.measures.estimates.person_numbers import comparable_rows, person_numbers
from remanifold.measures.estimates.persons import Persons, at_most_each, clustered_errors, means_of_persons, persons_of
from remanifold.measures.estimates.series import series_of
from remanifold.measures.memory.group_tests import sparse_share

CASES = 400  # a rate of 5 % has a standard error of 1.1 %


def test_labels_of_the_same_text_are_one_person_on_both_sides():
    persons = persons_of(np.array([7, 7, 9]), ["9", "a"])
    assert persons.training[0] == persons.training[1] != persons.training[2] == persons.holdout[0]
    assert persons.counts == (2, 2)
    assert persons.shared.tolist() == [persons.holdout[0]]
    assert persons_of([1, 2]).counts == (2, 0)


def test_some_rows_of_each_person_at_random():
    persons = np.array([5, 3, 5, 5, 3, 8])
    for seed in range(5):
        kept = at_most_each(persons, 2, seed)
        assert np.unique(persons[kept], return_counts=True)[1].tolist() == [2, 2, 1]
        assert (np.diff(kept) > 0).all()
    firsts = {tuple(at_most_each(persons, 1, seed)) for seed in range(40)}
    assert len(firsts) == 6  # 2 x 3 x 1 choices, all of them met


def test_errors_of_persons_of_one_row_are_those_of_rows():
    values = np.random.default_rng(0).normal(size=(50, 3))
    np.testing.assert_allclose(clustered_errors(values, np.arange(50)), series_of(values).stderr, rtol=1e-12)
    assert np.isnan(clustered_errors(values, np.zeros(50, dtype=int))).all()


def test_errors_that_count_persons_cover_and_errors_that_count_rows_do_not():
    rng = np.random.default_rng(1)
    inside = np.zeros(2)
    for _ in range(CASES):
        who = np.repeat(np.arange(40), rng.integers(1, 10, 40))
        values = (rng.normal(size=40)[who] + 0.3 * rng.normal(size=len(who)))[:, None]
        errors = [series_of(values, persons=who).stderr[0], series_of(values).stderr[0]]
        inside += [abs(values.mean()) < 1.96 * error for error in errors]
    assert inside[0] / CASES > 0.9
    assert inside[1] / CASES < 0.75  # planted mistake: rows taken to be independent


def test_the_crossing_of_a_mean_curve_counts_persons():
    log_t, who = np.linspace(-1, 1, 9), np.repeat(np.arange(30), 4)
    shifts = np.random.default_rng(2).normal(size=30)[who]
    curves = -np.tile(log_t, (120, 1)) + 0.1 * shifts[:, None]
    of_rows, of_persons = mean_crossing(log_t, curves), mean_crossing(log_t, curves, persons=who)
    assert of_persons.value == of_rows.value
    assert 1.8 < of_persons.stderr / of_rows.stderr < 2.1  # four equal rows each


def rejected(numbers, sizes, others, within=1.0):
    rng, found = np.random.default_rng(3), []
    for _ in range(CASES):
        sides = [np.repeat(np.arange(len(s)), s) for s in (sizes(rng), others(rng))]
        values = [rng.normal(size=s.max() + 1)[s] + within * rng.standard_exponential(len(s)) for s in sides]
        found.append(mannwhitneyu(*numbers(*values, Persons(*sides)), alternative="less").pvalue < 0.05)
    return np.mean(found)


@pytest.mark.parametrize(
    ("sizes", "others"),
    [
        (lambda rng: np.full(30, 5), lambda rng: np.full(20, 5)),
        (lambda rng: rng.integers(1, 10, 30), lambda rng: rng.integers(1, 10, 20)),
        (lambda rng: np.full(30, 8), lambda rng: rng.integers(1, 3, 20)),
        (lambda rng: np.full(3, 1), lambda rng: np.full(20, 8)),
    ],
)
def test_one_number_a_person_keeps_the_level(sizes, others):
    assert rejected(person_numbers, sizes, others) < 0.05 + 3 * 0.011


def test_rows_as_units_break_the_level():
    even = (lambda rng: np.full(30, 5), lambda rng: np.full(20, 5))
    assert rejected(lambda own, others, _: (own, others), *even, within=0.3) > 0.12


def test_means_over_other_numbers_of_rows_break_the_level():
    """Planted mistake: of skewed numbers means over many rows lie higher in the middle than single rows."""

    def means(own, others, persons):
        return tuple(
            np.bincount(side, weights=v) / np.bincount(side)
            for v, side in ((own, persons.training), (others, persons.holdout))
        )

    one_against_many = (lambda rng: np.full(30, 1), lambda rng: np.full(20, 30))
    assert rejected(means, *one_against_many, within=6.0) > 0.12
    assert rejected(person_numbers, *one_against_many, within=6.0) < 0.05 + 3 * 0.011


def test_hold_out_persons_of_too_few_rows_are_left_out_but_never_more_than_half():
    persons = Persons(np.repeat([0, 1], 4), np.array([10, 11, 11, 11, 12, 12, 12]))
    own, others = comparable_rows(persons)
    assert np.bincount(persons.training[own]).tolist() == [3, 3]
    assert np.unique(persons.holdout[others], return_counts=True)[1].tolist() == [3, 3]


def test_persons_of_mixed_sizes_keep_the_level_of_the_test_of_a_few_and_plain_means_do_not():
    """Sizes 1 and 9 beside 5 have one median: means over rows scatter otherwise, and look like a few low persons."""
    sizes, others = np.tile([1, 9], 30), np.full(40, 5)
    persons = Persons(np.repeat(np.arange(60), sizes), np.repeat(np.arange(60, 100), others))
    alarms = np.zeros(2)
    for draw in range(200):
        rng = np.random.default_rng([draw, 8])
        own, theirs = rng.normal(size=sizes.sum()), rng.normal(size=others.sum())
        plain = means_of_persons(own, persons.training), means_of_persons(theirs, persons.holdout)
        for k, numbers in enumerate((person_numbers(own, theirs, persons, draw), plain)):
            alarms[k] += sparse_share(*numbers, draws=400, seed=1) <= 0.05
    assert alarms[0] <= 20 and alarms[1] >= 24  # 10 expected
