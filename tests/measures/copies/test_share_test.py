"""The share of closer samples holds its level, finds planted copies, and two common mistakes do not hold theirs."""

from functools import cache

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from remanifold._core.errors import InvalidInput
from remanifold.measures.copies.share_test import share_test
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.neighbours.near_rows import NearRows


def near(points, samples):
    gaps = cdist(samples, points)
    rows = np.argsort(gaps, axis=1, kind="stable")[:, :4]
    return NearRows(rows, np.take_along_axis(gaps, rows, axis=1))


def case(seed, n_train=60, n_holdout=40, m=400, copies=0, **more):
    rng = np.random.default_rng(seed)
    train, holdout, samples = (rng.standard_normal((n, 3)) for n in (n_train, n_holdout, m))
    samples[:copies] = train[rng.integers(0, n_train, copies)]
    return share_test(near(train, samples), near(holdout, samples), n_train, n_holdout, **more)


@cache
def exchangeable():
    return [case(seed, draws=399) for seed in range(2000)]


def test_it_rejects_five_per_cent_of_exchangeable_cases():
    assert 0.04 <= np.mean([test.p_value < 0.05 for test in exchangeable()]) <= 0.06


def test_a_null_of_one_half_and_a_binomial_test_do_not():
    hits = np.array([round(test.share * test.n) for test in exchangeable()])
    assert np.mean(stats.binom.sf(hits - 1, 400, 0.5) < 0.05) > 0.5
    assert np.mean(stats.binom.sf(hits - 1, 400, 0.6) < 0.05) > 0.09  # the null is right, the samples share rows


def test_planted_copies_are_found_with_the_stated_power():
    detectable = case(0, 400, 400, 800).detectable
    assert 0.02 < detectable < 0.25
    copies = round(800 * detectable)
    found = np.mean([case(seed, 400, 400, 800, copies, draws=399).p_value < 0.05 for seed in range(100)])
    assert 0.65 <= found <= 0.95  # 0.8 within three errors
    few = np.mean([case(seed, 400, 400, 800, copies // 4, draws=399).p_value < 0.05 for seed in range(50)])
    assert few < 0.5


def test_ties_are_split_over_the_equally_near_rows():
    train, holdout = np.array([[-1.0], [1.0], [9.0], [8.0]]), np.array([[-1.0], [7.0], [6.0], [5.0]])
    test = share_test(near(train, np.zeros((3, 1))), near(holdout, np.zeros((3, 1))), 4, 4)
    assert test.share == pytest.approx(2 / 3)
    assert test.null == 0.5


def test_no_samples_are_refused():
    none = NearRows(np.empty((0, 4), dtype=int), np.empty((0, 4)))
    with pytest.raises(InvalidInput, match="same samples against both sets"):
        share_test(none, none, 3, 3)


def of_persons(seed, exchange, sizes=(5, 5), m=800, new_rows=0):
    """Rows of 30 persons and of 20, samples of others; some samples are new rows of training persons."""
    rng = np.random.default_rng(seed)
    who = [np.repeat(np.arange(n), s) for n, s in ((30, sizes[0]), (20, sizes[1]))]
    centres = [rng.standard_normal((len(np.unique(side)), 10)) for side in who]
    train, holdout = (c[side] + 0.1 * rng.standard_normal((len(side), 10)) for c, side in zip(centres, who))
    samples = rng.standard_normal((m, 10))
    samples[:new_rows] = centres[0][rng.integers(30, size=new_rows)] + 0.1 * rng.standard_normal((new_rows, 10))
    persons = Persons(*who) if exchange else None
    return share_test(
        near(train, samples), near(holdout, samples), len(train), len(holdout), persons=persons, draws=399
    )


@pytest.mark.parametrize("sizes", [(5, 5), (np.arange(30) % 9 + 1, np.arange(20) % 9 + 1)])
def test_exchanging_persons_keeps_the_level_and_exchanging_rows_does_not(sizes):
    rates = [np.mean([of_persons(k, way, sizes).p_value < 0.05 for k in range(200)]) for way in (True, False)]
    assert rates[0] < 0.05 + 3 * 0.0155
    assert rates[1] > 0.09  # planted mistake


def test_memory_of_persons_is_found_and_persons_of_one_row_are_rows():
    assert of_persons(0, True, new_rows=400).p_value < 0.01
    ones = [of_persons(1, way, (1, 1)) for way in (True, False)]
    assert ones[0].share == ones[1].share
    assert ones[0].p_value == pytest.approx(ones[1].p_value, abs=0.1)
