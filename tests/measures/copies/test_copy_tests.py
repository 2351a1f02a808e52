"""Tests of copying hold their level on exchangeable rows, find planted copies, and notice planted mistakes."""

import numpy as np
import pytest
from scipy import stats

from remanifold._core.errors import InvalidInput
from remanifold.measures.copies.cell_test import cell_test
from remanifold.measures.copies.ratio_test import ratio_test
from remanifold.measures.estimates.proportions import exact_interval
from remanifold.measures.neighbours.near_rows import near_rows

_CASES = 2000


class Rows:
    """An array as a `RowReader`."""

    def __init__(self, values):
        self.values = np.asarray(values, dtype=np.float64)
        self.n_points, self.ambient_dim = self.values.shape

    def chunk(self, start, stop, dtype=np.float64):
        return self.values[start:stop].astype(dtype)

    def take(self, indices, dtype=np.float64):
        return self.values[np.asarray(indices)].astype(dtype)


def ratios(train, rows):
    every = np.arange(len(train))
    return near_rows(Rows(train), every, Rows(rows), np.arange(len(rows)), 2).ratio


def test_near_rows_are_those_of_brute_force_with_ties_by_number():
    rng = np.random.default_rng(0)
    train, rows = rng.integers(0, 3, (60, 3)), rng.integers(0, 3, (40, 3))
    columns = np.arange(0, 60, 2)
    gaps = np.linalg.norm(rows[:, None].astype(float) - train[columns], axis=2)
    found = near_rows(Rows(train), columns, Rows(rows), np.arange(40), 30)
    order = np.argsort(gaps, axis=1, kind="stable")
    assert np.array_equal(found.rows, columns[order])
    assert np.array_equal(found.distances, np.take_along_axis(gaps, order, axis=1))
    assert np.array_equal(found.at(found.nearest).sum(axis=1), (gaps == gaps.min(axis=1)[:, None]).sum(axis=1))


def test_a_row_is_not_its_own_neighbour_and_missing_neighbours_are_infinitely_far():
    points = Rows([[0.0], [1.0], [3.0]])
    found = near_rows(points, np.arange(3), points, np.arange(3), 3, same=True)
    assert found.rows.tolist() == [[1, 2, -1], [0, 2, -1], [1, 0, -1]]
    assert found.distances.tolist() == [[1, 3, np.inf], [1, 2, np.inf], [2, 3, np.inf]]


def test_exact_intervals_cover_and_zero_hits_have_an_upper_bound():
    for hits, n in ((0, 50), (3, 50), (50, 50)):
        low, high = exact_interval(hits, n)
        assert low == 0 if hits == 0 else stats.binom.sf(hits - 1, n, low) == pytest.approx(0.025)
        assert high == 1 if hits == n else stats.binom.cdf(hits, n, high) == pytest.approx(0.025)
    with pytest.raises(InvalidInput, match="0 <= hits <= n"):
        exact_interval(5, 4)


def rejections(make):
    return np.mean([make(np.random.default_rng(case)) < 0.05 for case in range(_CASES)])


def test_ratio_test_rejects_five_per_cent_of_exchangeable_cases():
    def p_value(rng):
        return ratio_test(rng.random(300), rng.random(200), draws=199).p_value

    assert 0.04 <= rejections(p_value) <= 0.06


def test_ratio_test_notices_samples_that_are_not_exchangeable():
    def p_value(rng):
        return ratio_test(rng.random(300) ** 1.3, rng.random(200), draws=199).p_value

    assert rejections(p_value) > 0.2


def cells(rng, scale=1.0):
    """Distances in eight cells of very different size, and the cells."""
    ours, theirs = rng.integers(0, 8, 300), rng.integers(0, 8, 200)
    test = cell_test(scale * rng.random(300) * (1 + ours), rng.random(200) * (1 + theirs), ours, theirs)
    assert test is not None
    return test


def test_corrected_cell_test_rejects_five_per_cent_and_the_published_sum_far_less():
    assert 0.04 <= rejections(lambda rng: cells(rng).p_value) <= 0.06
    assert rejections(lambda rng: stats.norm.cdf(cells(rng).raw)) < 0.01  # the planted mistake: unit variance
    assert rejections(lambda rng: cells(rng, 0.8).p_value) > 0.5


def test_cell_test_without_enough_rows_is_none():
    ones = np.ones(4)
    assert cell_test(ones, ones, np.zeros(4, int), np.zeros(4, int)) is None
    equal = np.ones(20)
    assert cell_test(equal, equal, np.zeros(20, int), np.zeros(20, int)) is None


def found_share(share, noise, n_holdout):
    """Share of 60 cases of 1000 samples in which copies are found at 5 %, and the share it says it can find."""
    tests = []
    for case in range(60):
        rng = np.random.default_rng(case)
        train, holdout, samples = (rng.standard_normal((n, 10)) for n in (300, n_holdout, 1000))
        copies = rng.binomial(1000, share)
        samples[:copies] = train[rng.integers(0, 300, copies)] + noise * rng.standard_normal((copies, 10))
        tests.append(ratio_test(ratios(train, samples), ratios(train, holdout), draws=999))
    return np.mean([test.p_value < 0.05 for test in tests]), tests[0].detectable


@pytest.mark.parametrize(("share", "noise", "n_holdout"), [(0.01, 0.0, 2000), (0.01, 0.05, 2000), (0.05, 0.1, 600)])
def test_planted_copies_are_found_with_the_stated_power(share, noise, n_holdout):
    found, detectable = found_share(share, noise, n_holdout)
    assert detectable <= share
    assert found >= 0.8


def test_the_detectable_share_is_found_and_a_quarter_of_it_is_missed():
    _, detectable = found_share(0.0, 0.0, 600)
    assert 0.005 < detectable < 0.02
    assert found_share(detectable, 0.0, 600)[0] >= 0.8
    assert found_share(detectable / 4, 0.0, 600)[0] < 0.5


def test_duplicated_training_rows_hide_copies_from_one_third_until_merged():
    rng = np.random.default_rng(0)
    train, holdout = rng.standard_normal((200, 10)), rng.standard_normal((600, 10))
    copies = train[:20] + 0.01 * rng.standard_normal((20, 10))
    doubled = np.concatenate([train, train[:20]])
    assert np.count_nonzero(ratios(doubled, copies) < 1 / 3) == 0
    assert np.count_nonzero(ratios(train, copies) < 1 / 3) == 20
    assert ratio_test(ratios(train, copies), ratios(train, holdout)).rates.max() < 0.05


def test_ratio_test_says_what_its_hold_out_is_too_small_for():
    rng = np.random.default_rng(0)
    test = ratio_test(rng.random(100), rng.random(50), alpha=0.01)
    assert test.threshold is None and test.fewest_named == 40
    assert ratio_test(rng.random(100), rng.random(99), alpha=0.01).threshold is not None
    with pytest.raises(InvalidInput, match="samples and hold-out rows"):
        ratio_test(np.empty(0), rng.random(5))
    with pytest.raises(InvalidInput, match="`alpha` must be a number above 0 and below 1"):
        ratio_test(rng.random(5), rng.random(5), alpha=1.5)
