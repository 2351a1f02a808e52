"""All tests of an audit of samples together: any of three at 5 % rejects more often, Bonferroni's sum does not."""

from functools import cache

import numpy as np
from scipy.spatial.distance import cdist

from remanifold.audits.samples.numbers import CopyTests, numbers_of_tests
from remanifold.measures import closer_share
from remanifold.measures.copies.cell_test import cell_test
from remanifold.measures.copies.ratio_test import ratio_test
from remanifold.measures.copies.share_test import share_test
from remanifold.measures.neighbours.near_rows import NearRows

_CASES, _TRAIN, _HOLDOUT, _SAMPLES = 1000, 100, 100, 200


def near(points, rows):
    gaps = cdist(rows, points)
    order = np.argsort(gaps, axis=1)[:, :4]
    return NearRows(order, np.take_along_axis(gaps, order, axis=1))


def p_values(case, copies=0, of="train"):
    """p of the three tests and of all together, of samples drawn as the training and hold-out rows are."""
    rng = np.random.default_rng(case)
    train, holdout, samples = (rng.standard_normal((n, 10)) for n in (_TRAIN, _HOLDOUT, _SAMPLES))
    samples[:copies] = train[:copies] + 0.1 * rng.standard_normal((copies, 10))
    ours, theirs, fresh = near(train, samples), near(train, holdout), near(holdout, samples)
    cells = [cdist(rows, train[:2]).argmin(axis=1) for rows in (samples, holdout)]
    numbers = numbers_of_tests(
        CopyTests(
            share_test(ours, fresh, _TRAIN, _HOLDOUT, seed=case, draws=399),
            ratio_test(ours.ratio, theirs.ratio, alpha=0.05, seed=case, draws=399),
            cell_test(ours.nearest, theirs.nearest, *cells),
            np.arange(_SAMPLES),
        ),
        None,
        ours,
        0.05,
        "row",
    )
    return [number.p_value for number in numbers if number.p_value is not None]


@cache
def exchangeable():
    return np.array([p_values(case) for case in range(_CASES)])


def test_any_of_the_tests_rejects_twice_as_often_as_one():
    rejected = exchangeable()[:, :3] < 0.05
    assert np.all(np.abs(rejected.mean(axis=0) - 0.05) < 0.025)  # 3.6 standard errors
    assert 0.07 < rejected.any(axis=1).mean() < 0.15


def test_all_tests_together_hold_their_level_and_find_copies():
    together = exchangeable()[:, 3]
    assert 0.02 < np.mean(together < 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / _CASES)
    assert np.mean([p_values(case, copies=20)[3] < 0.05 for case in range(60)]) > 0.8


def warned(case, n_holdout=100, stretch=1.0):
    """Whether a hold-out is called one from elsewhere, as `audit_copies` does."""
    rng = np.random.default_rng(case)
    train, holdout = rng.standard_normal((300, 10)), stretch * rng.standard_normal((n_holdout, 10))
    own = cdist(train, train)
    np.fill_diagonal(own, np.inf)
    share = closer_share(cdist(holdout, train).min(axis=1), own.min(axis=1))
    return abs(share.value - 0.5) >= 3 * share.stderr


def test_honest_hold_outs_are_hardly_ever_warned_of_and_stretched_ones_are():
    assert sum(warned(case) for case in range(_CASES)) <= 15
    assert np.mean([warned(case, 200, 1.25) for case in range(100)]) > 0.95
    assert np.mean([warned(case, 50, 1.05) for case in range(100)]) < 0.3  # the limit of what it can see
