"""Posterior weights of Gaussian data given x, exactly: against simulation of the other points."""

import math

import numpy as np
import pytest

from remanifold.theory.finite.log_sum import Energies
from remanifold.theory.finite.own_sums import fresh_participation, own_sums

SETS, NAMES = 3000, ("own_weight", "participation", "entropy")


def seen_points(l, t, n, random):
    """(exact arguments, x, log own weight) of noisy points."""
    xi, w = np.sqrt(l) * random.standard_normal((n, len(l))), random.standard_normal((n, len(l)))
    x = xi + math.sqrt(t) * w
    return Energies(l / t, x**2 / (l + t), 1.0), x, -0.5 * (w**2).sum(1)


def simulated(l, t, x, log_own, n_points, random):
    """Means over drawn other points, and their errors, (names, n)."""
    found = []
    for point, own in zip(x, log_own):
        others = np.sqrt(l) * random.standard_normal((SETS, n_points - 1, len(l)))
        logs = np.hstack([np.zeros((SETS, 1)), -((point - others) ** 2).sum(2) / (2 * t) - own])
        weights = np.exp(logs - logs.max(1, keepdims=True))
        weights /= weights.sum(1, keepdims=True)
        entropy = -(weights * np.log(np.maximum(weights, 1e-300))).sum(1)
        each = np.stack([weights[:, 0], (weights**2).sum(1), entropy])
        found.append((each.mean(1), each.std(1) / math.sqrt(SETS)))
    return (np.array(part).T for part in zip(*found))


@pytest.mark.parametrize("t", [0.25, 1.0, 5.0])
def test_given_x_the_means_are_those_of_drawn_points(t):
    l, n_points, random = np.geomspace(6.0, 1.0, 6), 40, np.random.default_rng(3)
    energies, x, log_own = seen_points(l, t, 8, random)
    found = own_sums(energies, log_own, math.log(n_points - 1))
    mean, error = simulated(l, t, x, log_own, n_points, random)
    mine = np.stack([getattr(found, name) for name in NAMES])
    judged = error > 1e-3  # where one set in thousands differs, the error is not known
    z = ((mine - mean) / error)[judged]
    assert judged.sum() > 4 and np.abs(z).max() < 5  # 24 numbers: fails by chance once in 70 000
    assert np.sqrt(np.mean(z**2)) < 1.8
    planted = own_sums(energies, log_own, math.log(2 * n_points))
    others = np.stack([getattr(planted, name) for name in NAMES])
    assert np.abs(((others - mean) / error)[judged]).max() > 8


def test_the_own_weight_is_the_participation_on_average():
    """The point that a noisy one is taken back to is one more draw of the posterior: E w_own = E sum w^2."""
    l, t, random = np.full(5, 3.0), 1.0, np.random.default_rng(0)
    energies, _, log_own = seen_points(l, t, 6000, random)
    found = own_sums(energies, log_own, math.log(60))
    apart = found.own_weight - found.participation
    assert abs(apart.mean()) < 4.5 * apart.std() / math.sqrt(len(apart)) < 0.02


@pytest.mark.parametrize("t", [0.25, 1.0, 5.0])
def test_the_participation_seen_from_a_fresh_point_is_that_of_drawn_points(t):
    l, n_points, random = np.geomspace(6.0, 1.0, 6), 40, np.random.default_rng(4)
    x = np.sqrt(l) * random.standard_normal((8, 6))
    found = fresh_participation(Energies(l / t, x**2 / l, 0.0), math.log(n_points))
    for point, mine in zip(x, found):
        others = np.sqrt(l) * random.standard_normal((SETS, n_points, 6))
        logs = -((point - others) ** 2).sum(2) / (2 * t)
        weights = np.exp(logs - logs.max(1, keepdims=True))
        each = np.square(weights / weights.sum(1, keepdims=True)).sum(1)
        assert abs(mine - each.mean()) < 4.5 * each.std() / math.sqrt(SETS)
    planted = fresh_participation(Energies(l / t, x**2 / l, 0.0), math.log(2 * n_points))
    assert (planted < found).all() and (found - planted).mean() > 0.02


def test_the_ends():
    l, random = np.full(4, 2.0), np.random.default_rng(1)
    for t, weight, entropy in ((1e-4, 1.0, 0.0), (1e6, 1 / 500, math.log(500))):
        energies, _, log_own = seen_points(l, t, 4, random)
        found = own_sums(energies, log_own, math.log(499))
        np.testing.assert_allclose(found.own_weight, weight, atol=2e-5)
        np.testing.assert_allclose(found.participation, weight, atol=2e-5)
        np.testing.assert_allclose(found.entropy, entropy, atol=1e-3)


def test_more_points_than_doubles_count():
    l, random = np.full(40, 2.0), np.random.default_rng(1)
    energies, _, log_own = seen_points(l, 0.9, 6, random)
    near, far = (own_sums(energies, log_own, log_others) for log_others in (29.999, 30.001))
    for name in NAMES:
        np.testing.assert_allclose(getattr(near, name), getattr(far, name), rtol=0.01)
