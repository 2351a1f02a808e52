"""A single near copy is seen; samples of the law of the hold-out rows, blurred or of fewer modes, raise no alarm."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import binom

from remanifold.measures.copies.near_copy_test import near_copy_test


def judged(samples, holdout, training):
    """`near_copy_test` of rows."""
    own, unseen = (cKDTree(training).query(rows, k=2)[0] for rows in (samples, holdout))
    return near_copy_test(own[:, 0] / own[:, 1], unseen[:, 0] / unseen[:, 1], (own[:, 0], unseen[:, 0]))


def normal(rng, n, d):
    return rng.normal(size=(n, d))


def heavy(rng, n, d):
    return rng.standard_t(2, size=(n, d))


def heavier(rng, n, d):
    return rng.standard_t(1.5, size=(n, d))


def clusters(rng, n, d):
    return rng.normal(size=(n, d)) * 0.1 + 5 * rng.integers(0, 4, size=(n, 1))


LAWS = {
    "the same": (normal, normal),
    "blurred": (normal, lambda rng, n, d: 0.5 * normal(rng, n, d)),
    "wider": (normal, lambda rng, n, d: 1.5 * normal(rng, n, d)),
    "heavy tails": (heavy, heavy),
    "heavier tails": (heavier, heavier),
    "one mode of four": (clusters, lambda rng, n, d: 0.1 * normal(rng, n, d)),
}


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("d", [2, 10])
def test_honest_samples_are_rejected_at_most_at_five_per_cent(law, d):
    of_data, of_samples = LAWS[law]
    alarms = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        training = of_data(rng, 300, d)
        alarms += judged(of_samples(rng, 300, d), of_data(rng, 300, d), training)[0] < 0.05
    assert binom.sf(alarms - 1, 60, 0.05) > 1e-3, alarms


def test_one_near_copy_among_four_hundred_is_seen():
    rng = np.random.default_rng(0)
    training = normal(rng, 300, 10)
    samples = normal(rng, 400, 10)
    samples[7] = training[3] + 0.02 * normal(rng, 1, 10)
    p, each = judged(samples, normal(rng, 300, 10), training)
    assert p < 1e-4
    assert each.argmin() == 7


def test_too_few_hold_out_rows_give_no_test():
    assert near_copy_test(np.full(3, 0.5), np.full(8, 0.5)) is None
    assert near_copy_test(np.full(3, 0.5), np.full(80, 0.5)) is None
