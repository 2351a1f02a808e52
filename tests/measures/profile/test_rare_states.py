"""Far below the collapse a few rare states carry the own surprisal: its error holds those that no query met."""

import numpy as np

from remanifold import noise_profile


def test_own_surprisal_far_below_the_collapse_is_within_its_error_of_that_of_all_rows():
    rows = np.random.default_rng(1).standard_normal((300, 8))
    middle = noise_profile(rows, max_queries=100, n_draws=4, seed=9).t_collapse
    assert middle is not None
    levels = middle.value / np.array([30.0, 10.0, 4.0])
    right = noise_profile(rows, levels=levels, max_queries=300, n_draws=32, seed=99).own_surprisal.value
    within, bare = np.zeros(3), np.zeros(3)
    for seed in range(20):
        measured = noise_profile(rows, levels=levels, max_queries=40, n_draws=8, seed=seed).own_surprisal
        missed = 3 / 1.96 / measured.n
        spread = np.sqrt(
            np.maximum(measured.stderr**2 - missed**2, 0)
        )  # the planted mistake: what was met counts alone
        within += np.abs(measured.value - right) <= 1.96 * measured.stderr
        bare += np.abs(measured.value - right) <= 1.96 * spread
    assert np.all(within >= 17)  # 20 at .95: fewer in 1.6 % of draws
    assert bare[0] <= 10  # it holds the answer in .22 of draws
