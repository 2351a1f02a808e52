"""The reverse process has the law of the noised data at every noise, and ends where Bayes' rule says."""

import math

import numpy as np
import pytest
from montecarlo import SIGMAS, agrees
from scipy import stats

from remanifold import EmpiricalScore, GaussianScore
from remanifold.sampling import log_grid, noised, simulate
from remanifold.sampling.steps import METHODS, exponential

MEAN = np.array([1.0, -0.5, 0.0])
FACTOR = np.array([[1.0, 0.3], [0.2, -0.8], [0.5, 0.5]])
COVARIANCE = FACTOR @ FACTOR.T
GAUSS = GaussianScore(MEAN, COVARIANCE)
TIMES = (20.0, 2.0, 0.4, 0.05)
N = 20000
# Weak error of 300 steps: the exact recursion of test_steps gives at most 2.3 percent of l + t for these l and t
# (Euler-Maruyama; exponential 1.1, ode-euler 0.5, heun 0.003).
BIAS = 0.024


def zoo(method):
    """Largest deviation of mean and covariance at all times, in what they may deviate by."""
    z = np.random.default_rng(8).normal(size=(N, 2))
    start = noised(MEAN + z @ FACTOR.T, 50.0, seed=4)
    grid = log_grid(50, 0.05, 300)
    done = simulate(GAUSS, grid, start=start, method=method, record=TIMES, batch=N, seed=4)
    worst = 0.0
    for t, x in zip(done.times, done.states):
        law = COVARIANCE + t * np.eye(3)
        scale = np.sqrt(np.outer(np.diag(law), np.diag(law)))
        mean_error = np.sqrt(np.diag(law) / N)
        covariance_error = np.sqrt((law**2 + scale**2) / N)  # of normal numbers
        allowed = SIGMAS * covariance_error + BIAS * scale
        worst = max(worst, (np.abs(x.mean(axis=0) - MEAN) / (SIGMAS * mean_error + BIAS * np.sqrt(np.diag(law)))).max())
        worst = max(worst, (np.abs(np.cov(x.T) - law) / allowed).max())
    return worst


@pytest.mark.parametrize("method", [name for name in METHODS if name != "exact"])
def test_a_gaussian_is_reproduced_in_law(method):
    assert zoo(method) < 1


def test_a_wrong_diffusion_coefficient_is_noticed():
    def planted(means, x, t, s, draw):
        return exponential(means, x, t, s, lambda: 1.1 * draw())

    assert zoo(planted) > 1


POINTS = np.random.default_rng(1).normal(size=(16, 3))
SCORE = EmpiricalScore(POINTS)


def nearest(x):
    return ((x[:, None] - POINTS) ** 2).sum(-1).argmin(1)


def all_weights(x, t):
    logits = -((x[:, None] - POINTS) ** 2).sum(-1) / (2 * t)
    weights = np.exp(logits - logits.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def u_turn(method, t=0.3, copies=4000, steps=250):
    """(returned, E w_own and its error) of point 0, and chi-square of all ends against the weights at the turn."""
    start = noised(np.repeat(POINTS[:1], copies, axis=0), t, seed=9)
    ends = nearest(simulate(SCORE, log_grid(t, 1e-4, steps), start=start, method=method, seed=9, batch=copies).samples)
    w = all_weights(start, t)
    counts, expected = np.bincount(ends, minlength=len(POINTS)), w.sum(0)
    chi = ((counts - expected) ** 2 / np.maximum((w * (1 - w)).sum(0), 1e-9))[expected > 10]
    error = math.sqrt((w[:, 0] * (1 - w[:, 0])).sum()) / copies
    return (ends == 0).mean(), w[:, 0].mean(), error, chi.max()


# Weak error: 125, 250 and 500 steps of both schemes agree within 0.006, two standard errors of 20000 copies.
WEAK = 0.006


@pytest.mark.parametrize("method", ["exponential", "euler-maruyama"])
def test_a_u_turn_returns_with_the_weight_of_its_own_point(method):
    returned, weight, error, worst = u_turn(method)
    assert 0.2 < weight < 0.8
    assert agrees(returned, error, weight, allowance=WEAK)
    assert worst < (SIGMAS + 0.5) ** 2, "every end, not only the own one"


def test_twice_the_noise_is_noticed():
    def planted(means, x, t, s, draw):
        return exponential(means, x, t, s, lambda: math.sqrt(2) * draw())

    returned, weight, error, _ = u_turn(planted)
    assert not agrees(returned, error, weight, allowance=WEAK)


def test_from_pure_noise_all_training_points_are_ends_alike():
    done = simulate(SCORE, log_grid(3000, 1e-4, 300), n_samples=2000, batch=2000, final="posterior mean", seed=2)
    gaps = np.sqrt(((done.samples - POINTS[nearest(done.samples)]) ** 2).sum(-1))
    assert gaps.max() < 1e-6, "the ends are training points"
    counts = np.bincount(nearest(done.samples), minlength=len(POINTS))
    assert stats.chisquare(counts).pvalue > 6e-7
    tilted = np.where(np.arange(2000) < 200, 0, nearest(done.samples))
    assert stats.chisquare(np.bincount(tilted, minlength=len(POINTS))).pvalue < 6e-7
