"""The probability that the own point holds more than half of the weight: against simulation of the other points."""

import math

import numpy as np
import pytest

from remanifold.theory.finite.log_sum import Energies
from remanifold.theory.finite.majority import own_majority, series

SETS = 4000


def seen_points(l, t, delta, n, random):
    """(energies, x, log own weight) of points under noise ``delta``, seen at noise ``t``."""
    xi, w = np.sqrt(l) * random.standard_normal((n, len(l))), random.standard_normal((n, len(l)))
    x = xi + math.sqrt(delta) * w
    return Energies(l / t, x**2 / (l + delta), delta / t), x, -0.5 * delta / t * (w**2).sum(1)


def simulated(l, t, x, log_own, n_points, random):
    """Share of drawn sets in which the others weigh less than the own point, (n,)."""
    found = []
    for point, own in zip(x, log_own):
        others = np.sqrt(l) * random.standard_normal((SETS, n_points - 1, len(l)))
        found.append((np.exp(-((point - others) ** 2).sum(2) / (2 * t) - own).sum(1) < 1).mean())
    return np.array(found)


@pytest.mark.parametrize(("t", "noise"), [(0.25, 1.0), (1.0, 1.0), (2.0, 1.0), (1.0, 0.0), (2.5, 0.0), (1.5, 0.4)])
def test_given_x_it_is_that_of_drawn_points(t, noise):
    l, n_points, random = np.geomspace(6.0, 1.0, 6), 40, np.random.default_rng(3)
    energies, x, log_own = seen_points(l, t, noise * t, 12, random)
    found = own_majority(energies, log_own, math.log(n_points - 1))
    share = simulated(l, t, x, log_own, n_points, random)
    error = np.sqrt(np.clip(found * (1 - found), 1 / SETS, None) / SETS)
    z = (share - found) / error
    assert np.abs(z).max() < 5  # 72 numbers in all: fails by chance once in 20 000
    assert np.sqrt(np.mean(z**2)) < 1.8
    planted = own_majority(energies, log_own, math.log(2 * n_points))
    assert np.abs((share - planted) / error).max() > 8


def test_one_other_point_is_nearer_or_is_not():
    """With P = 2, S < 1 says that the own point is the nearest: from xi itself always, under noise as a cone holds."""
    l, random = np.full(8, 2.0), np.random.default_rng(5)
    energies, _, log_own = seen_points(l, 1.0, 0.0, 20, random)
    np.testing.assert_allclose(own_majority(energies, log_own, 0.0), 1.0, atol=1e-5)
    energies, x, log_own = seen_points(l, 1.0, 1.0, 20, random)
    found = own_majority(energies, log_own, 0.0)
    others = np.sqrt(l) * random.standard_normal((200_000, 8))
    nearer = np.array([((point - others) ** 2).sum(1) > -2 * own for point, own in zip(x, log_own)])
    assert np.abs(found - nearer.mean(1)).max() < 5 * 0.5 / math.sqrt(200_000)


@pytest.mark.parametrize("dim", [3, 6, 9, 40])
def test_twice_and_half_the_terms_give_the_same(dim):
    l, random = np.geomspace(4.0, 1.0, dim), np.random.default_rng(2)
    for t in (0.1, 0.5, 2.0):
        for delta in (0.0, t):
            energies, _, log_own = seen_points(l, t, delta, 64, random)
            half, usual, twice = (own_majority(energies, log_own, math.log(300), terms) for terms in (20, 40, 80))
            assert np.abs(usual - twice).max() < 5e-6 and np.abs(usual - half).max() < 2e-5


def test_laws_of_the_sum_that_are_known():
    u, share = series()
    for transform, known in (
        (1 / (1 + u), 1 - math.exp(-1)),  # exponential
        (1 / (1 + u) ** 2, 1 - 2 / math.e),  # gamma
        (1 / (1 + 3 * u), 1 - math.exp(-1 / 3)),
        (np.exp(-np.sqrt(2 * u)), math.erfc(math.sqrt(0.5))),  # Levy
    ):
        assert float((transform @ share).real) == pytest.approx(known, abs=1e-6)


def test_a_sum_that_does_not_fluctuate_is_told_from_one_and_right_on_average():
    u, share = series()
    logs = np.linspace(-1, 1, 4001)
    found = (np.exp(-np.outer(np.exp(logs), u)) @ share).real
    away = np.abs(logs) > 0.2
    assert np.abs(found - (logs < 0))[away].max() < 0.03
    assert abs(np.trapezoid(found, logs) - 1) < 5e-4


def test_the_ends():
    l, random = np.full(4, 2.0), np.random.default_rng(1)
    for t, share in ((1e-4, 1.0), (1e4, 0.0)):
        for delta in (0.0, t):
            energies, _, log_own = seen_points(l, t, delta, 16, random)
            np.testing.assert_allclose(own_majority(energies, log_own, math.log(499)), share, atol=2e-5)


def test_x_do_not_depend_on_each_other_and_more_points_than_doubles_count():
    l, random = np.full(40, 2.0), np.random.default_rng(1)
    energies, _, log_own = seen_points(l, 0.9, 0.9, 200, random)
    near, far = (own_majority(energies, log_own, log_others) for log_others in (29.999, 30.001))
    np.testing.assert_allclose(near, far, atol=5e-3)
    assert 0.05 < near.mean() < 0.95
    few = own_majority(Energies(energies.gains, energies.squares[::20], energies.shift), log_own[::20], 29.999)
    np.testing.assert_allclose(few, near[::20], atol=1e-5)
