"""Queries in strata: far rows are in, means stay unbiased, and errors hold where few rows carry the mean."""

import numpy as np
import pytest

from remanifold import noise_profile
from remanifold._core.compute import Compute
from remanifold.measures.estimates.series import choose_queries, mean_error, mean_of, series_of
from remanifold.measures.neighbours.reading import ArrayRows
from remanifold.measures.profile.strata import stratified_queries

ONE = Compute(threads=1)


def heavy(n=300, dim=8, freedom=2, seed=0):
    random = np.random.default_rng(seed)
    return random.standard_normal((n, dim)) / np.sqrt(random.chisquare(freedom, (n, 1)) / freedom)


@pytest.mark.parametrize("data", [heavy(), heavy(freedom=2.5, seed=4)])
@pytest.mark.parametrize("most", [8, 11, 40, 299])
def test_strata_stand_for_every_row_once(data, most):
    queries, weights = stratified_queries(ArrayRows(data), np.arange(300), most, 0, ONE)
    assert len(queries) == len(np.unique(queries)) == most
    assert (np.diff(queries) > 0).all() and weights.sum() == pytest.approx(300) and weights.min() >= 1


def test_all_rows_or_few_queries_have_no_weights():
    rows = np.arange(300)
    for most in (300, 2000, 7):
        queries, weights = stratified_queries(ArrayRows(heavy()), rows, most, 0, ONE)
        assert weights is None and len(queries) == min(most, 300)
    plain = np.random.default_rng(1).standard_normal((300, 8))
    for data in (plain, np.eye(300)):
        queries, weights = stratified_queries(ArrayRows(data), rows, 40, 0, ONE)
        assert weights is None and np.array_equal(queries, choose_queries(rows, 40, 0))
    assert noise_profile(heavy(60), threads=1).weights is None


def test_the_farthest_rows_are_always_in():
    data = heavy()
    every = noise_profile(data, levels=[1.0, 2.0], threads=1)
    far = set(every.queries[np.argsort(every.nearest_distances)[-4:]])
    for seed in range(5):
        queries, weights = stratified_queries(ArrayRows(data), np.arange(300), 40, seed, ONE)
        assert far <= set(queries[weights == 1])


def test_a_weighted_mean_is_unbiased():
    data, values = heavy(), np.random.default_rng(2).exponential(size=(300, 1))
    means = []
    for seed in range(400):
        queries, weights = stratified_queries(ArrayRows(data), np.arange(300), 40, seed, ONE)
        means.append(mean_of(values[queries], weights)[0])
    # mean of 400 choices against its own standard error
    assert abs(np.mean(means) - values.mean()) < 4 * np.std(means) / 20


def test_errors_count_spread_within_strata_and_noise_of_rows_that_are_certain():
    random = np.random.default_rng(3)
    draws, noise = random.standard_normal((12, 3)), random.uniform(1, 2, (12, 3))
    weights = np.repeat([1.0, 4.0], [2, 10])
    expected = (noise[:2].sum(0) + 9 / 7 * 16 * 10 * draws[2:].var(0, ddof=1)) ** 0.5 / 42
    assert mean_error(draws, weights, noise) == pytest.approx(expected)
    assert (mean_error(draws[:2], weights[:2]) == 0).all()  # all rows are in, without noise
    plain = series_of(draws)
    assert np.array_equal(plain.stderr, draws.std(axis=0, ddof=1) / np.sqrt(12))


def test_errors_of_heavy_tailed_rows_hold_the_answer_of_all_rows():
    data = heavy()
    truth = noise_profile(data, n_draws=16, threads=1)
    held = np.zeros(3)
    for seed in range(1, 31):
        profile = noise_profile(data, max_queries=40, levels=truth.t, seed=seed, threads=1)
        for k, name in enumerate(("t_collapse", "t_onset", "t_generalization")):
            level = getattr(profile, name)
            held[k] += abs(level.log.value - getattr(truth, name).log.value) <= 1.96 * level.log_stderr
    # at a coverage of .95, 25 or fewer of 30 happen once in 60 times; a plain random choice holds .44
    assert (held >= 24).all()
