"""A single near copy is seen; samples of the law of the hold-out rows, blurred or of fewer modes, raise no alarm."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.stats import binom

from remanifold.measures.copies.near_copy_test import detectable_near, local_chance, near_copy_test


def judged(samples, holdout, training):
    """`near_copy_test` of rows."""
    return near_copy_test(*(cKDTree(training).query(rows, k=16)[0] for rows in (samples, holdout)))


def normal(rng, n, d):
    return rng.normal(size=(n, d))


def heavy(rng, n, d):
    return rng.standard_t(2, size=(n, d))


def heavier(rng, n, d):
    return rng.standard_t(1.5, size=(n, d))


def clusters(rng, n, d):
    return rng.normal(size=(n, d)) * 0.1 + 5 * rng.integers(0, 4, size=(n, 1))


def with_line(rng, n, d):
    rows = normal(rng, n, d)
    on = rng.uniform(size=n) < 0.02
    rows[on] = 5 + rng.normal(size=(on.sum(), 1)) + 0.01 * normal(rng, on.sum(), d)
    return rows


LAWS = {
    "the same": (normal, normal),
    "blurred": (normal, lambda rng, n, d: 0.5 * normal(rng, n, d)),
    "wider": (normal, lambda rng, n, d: 1.5 * normal(rng, n, d)),
    "heavy tails": (heavy, heavy),
    "heavier tails": (heavier, heavier),
    "a part near a line": (with_line, with_line),
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
    assert p < 1e-3
    assert each.argmin() == 7


def test_too_few_hold_out_rows_give_no_test():
    alike = np.tile([0.5, 1.0, 1.0, 1.0], (80, 1))
    assert near_copy_test(alike[:3], alike[:8]) is None
    assert near_copy_test(alike[:3], alike) is None


def test_the_chance_of_a_small_ratio_is_uniform_in_any_dimension():
    for d in (1, 3, 10):
        rng = np.random.default_rng(d)
        training, points = rng.uniform(size=(3000, d)), 0.5 + 0.2 * (rng.uniform(size=(2000, d)) - 0.5)
        chance = local_chance(cKDTree(training).query(points, k=8)[0])
        assert abs((chance < 0.05).mean() - 0.05) < 0.02 and abs((chance < 0.5).mean() - 0.5) < 0.04


def test_the_stated_share_of_near_copies_is_found_in_four_of_five_draws_and_half_of_it_is_not():
    rng = np.random.default_rng(2)
    training, holdout = normal(rng, 300, 6), normal(rng, 300, 6)
    tree = cKDTree(training)
    unseen = tree.query(holdout, k=16)[0]
    samples = tree.query(normal(rng, 300, 6), k=16)[0]
    stated = detectable_near(samples, unseen, level=0.05 / 3)
    assert stated is not None
    found = {}
    for share in (stated, stated / 4):
        hits = 0
        for seed in range(200):
            rng = np.random.default_rng([seed, 1])
            rows = normal(rng, 300, 6)
            planted = np.flatnonzero(rng.uniform(size=300) < share)
            near = tree.query(rows, k=16)[0]
            near[planted, 0] = near[planted, 1] / 20
            hits += near_copy_test(near, unseen)[0] <= 0.05 / 3
        found[share] = hits / 200
    assert abs(found[stated] - 0.8) < 0.1 and found[stated / 4] < 0.55
