"""Two kernels that share no code: the profile's sweep over noise levels, and the empirical score at one of them."""

import math

import numpy as np
import pytest
from point_sets import hard_sets

from remanifold import EmpiricalScore, open_points
from remanifold.measures import noise_profile
from remanifold.measures.neighbours.panel import noise_of

SETS = hard_sets()


def both(data, steps):
    """Profile, and the score's sums at the same noisy points: own weight and participation, (levels,) each."""
    x = np.asarray(data, dtype=np.float64)
    near = np.sort(((x[:, None] - x[None]) ** 2).sum(2), axis=1)[:, 1]
    levels = np.median(near) * np.exp(np.array(steps))
    profile = noise_profile(open_points(data), levels=levels, max_queries=15, seed=5, threads=1)
    noise = noise_of(5, profile.queries, 2, x.shape[1])
    score, own, participation = EmpiricalScore(x), [], []
    stands_for = np.repeat(np.ones(len(profile.queries)) if profile.weights is None else profile.weights, 4)
    for t in levels:
        shifted = [
            x[q] + sign * math.sqrt(t) * noise[i, d]
            for i, q in enumerate(profile.queries)
            for d in (0, 1)
            for sign in (1, -1)
        ]
        weights, indices = score.weights(np.array(shifted), float(t), top=len(x))
        rows = np.repeat(profile.queries, 4)
        returns = (weights * (indices == rows[:, None])).sum(axis=1)
        own.append(float(np.average(returns, weights=stands_for)))
        participation.append(float(np.average(score.participation(np.array(shifted), float(t)), weights=stands_for)))
    return profile, np.array(own), np.array(participation)


@pytest.mark.parametrize("name", ["plain", "large mean", "near ties", "tight clusters", "heavy tails", "lattice"])
def test_the_profile_and_the_score_give_the_same_weights(name):
    profile, own, participation = both(SETS[name], [-3.0, -1.0, 0.0, 1.0, 3.0])
    assert profile.own_weight.value == pytest.approx(own, abs=1e-5)
    assert profile.participation.value == pytest.approx(participation, abs=1e-5)


def test_the_comparison_sees_one_per_cent_of_noise():
    profile, own, _ = both(SETS["plain"], [-1.0, 0.0])
    planted = np.interp(np.log(profile.t * 1.01), np.log(profile.t), profile.own_weight.value)
    assert abs(planted[0] - own[0]) > 1e-4


def test_leave_one_out_likelihood_is_the_density_without_the_point():
    data = SETS["plain"]
    profile = noise_profile(open_points(data), levels=np.array([0.05, 0.5, 5.0]), max_queries=10, threads=1)
    for k, t in enumerate(profile.t):
        densities = [
            EmpiricalScore(np.delete(data, q, axis=0)).log_density(data[q : q + 1], float(t))[0]
            for q in profile.queries
        ]
        assert profile.nll.value[k] == pytest.approx(-np.mean(densities), abs=1e-5)


def test_return_probability_is_the_own_weight():
    # exact reversal from x_t draws a point from the posterior: the share that returns to its start is E[w_own]
    data, t = SETS["plain"], 0.3
    rng = np.random.default_rng(0)
    profile = noise_profile(open_points(data), levels=np.array([t, 2 * t]), n_draws=100, threads=1)
    starts = np.repeat(np.arange(len(data)), 40)
    noisy = data[starts] + math.sqrt(t) * rng.normal(size=(len(starts), data.shape[1]))
    weights, indices = EmpiricalScore(data).weights(noisy, t, top=len(data))
    pick = (weights.cumsum(axis=1) < rng.random((len(starts), 1)) * weights.sum(axis=1, keepdims=True)).sum(axis=1)
    returned = (np.take_along_axis(indices, pick[:, None], axis=1)[:, 0] == starts).reshape(len(data), 40).mean(axis=1)
    difference = returned.mean() - profile.own_weight.value[0]
    assert abs(difference) < 5 * math.sqrt((returned * (1 - returned)).mean() / (40 * len(data))) + 0.003
    assert abs(returned.mean() - profile.own_weight.value[1]) > 0.05  # planted: twice the noise
