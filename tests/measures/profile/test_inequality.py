"""The exact bound for any data: E[1 - w_own] <= (1/2) sum_j exp(-d_ij^2 / (8 t)), in expectation over the noise."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold.data import open_points
from remanifold.measures import noise_profile

DRAWS = 100  # antithetic, so 100 independent numbers in [0, 1] a query
LOG_CHANCE = math.log(1e8)  # of one false alarm in a check; about 2000 checks are made


def losses_and_bounds(data, levels, seed, divisor):
    """Per query and level: Monte-Carlo mean of 1 - w_own, and the bound with 1/(divisor t) in the exponent."""
    profile = noise_profile(open_points(data), levels=levels, n_draws=DRAWS, seed=seed, threads=1)
    log_sums = np.stack([s.log_sum[np.searchsorted(s.t, profile.t), 1:] for s in profile.sums])
    loss = -np.expm1(-np.logaddexp(0.0, log_sums)).mean(axis=2)
    squared = ((data[:, None] - data[None]) ** 2).sum(2) + np.diag(np.full(len(data), np.inf))
    bound = np.exp(-squared[:, None, :] / (divisor * profile.t[:, None])).sum(2) / 2
    assert np.allclose(1 - loss.mean(0), profile.own_weight.value, atol=1e-6)
    return loss, bound


def excess(loss, bound, n):
    """Loss over bound and Bernstein's allowance: a number in [0, 1] of mean <= b has variance <= b."""
    allowance = np.sqrt(2 * np.minimum(bound, 0.25) * LOG_CHANCE / n) + LOG_CHANCE / (3 * n)
    return float((loss - bound - allowance).max())


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.0, 2.0), st.booleans())
@settings(max_examples=15)
def test_no_data_set_breaks_the_bound(seed, dim, spread, clustered):
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(25, dim)) * np.exp(spread * rng.normal(size=(25, 1)))
    if clustered:
        data = data + 10 * rng.integers(0, 3, size=(25, 1))
    loss, bound = losses_and_bounds(data, np.exp(np.linspace(-6, 3, 5)), seed, 8)
    assert excess(loss, bound, DRAWS) < 0
    assert excess(loss.mean(0), bound.mean(0), DRAWS * len(data)) < 0


def test_a_wrong_constant_is_seen():
    # pairs at distance 4 sigma, far from all others: loss .031, bound .068; planted 1/(4t): bound .009
    rng = np.random.default_rng(1)
    first = 1000 * rng.normal(size=(20, 3))
    data = np.concatenate([first, first + np.array([4.0, 0, 0])])
    levels = np.array([1.0, 2.0])
    assert excess(*(part.mean(0) for part in losses_and_bounds(data, levels, 1, 8)), DRAWS * 40) < 0
    assert excess(*(part.mean(0) for part in losses_and_bounds(data, levels, 1, 4)), DRAWS * 40) > 0.01


def test_two_points_lose_what_the_integral_says():
    # far pairs again: E[1 - w] = E 1 / (1 + exp(a^2/2 + a z)), a = d / sqrt(t), by quadrature
    first = 1000 * np.random.default_rng(2).normal(size=(20, 3))
    data = np.concatenate([first, first + np.array([2.0, 0, 0])])
    loss, _ = losses_and_bounds(data, np.array([0.25, 1.0, 4.0]), 3, 8)
    z, weight = np.polynomial.hermite_e.hermegauss(120)
    for k, t in enumerate((0.25, 1.0, 4.0)):
        a = 2 / math.sqrt(t)
        exact = (weight / (1 + np.exp(a * a / 2 + a * z))).sum() / math.sqrt(2 * math.pi)
        error = loss[:, k].std(ddof=1) / math.sqrt(len(data))
        assert abs(loss[:, k].mean() - exact) < 5 * error
