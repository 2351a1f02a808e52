"""Posterior moments by panels around the peaks: against closed forms at any sharpness, and against a plain grid."""

import math

import numpy as np
import pytest

from remanifold._core.errors import NotConverged
from remanifold.theory.landscapes.replica import posterior_grid
from remanifold.theory.landscapes.replica.activations import nonlinearity
from remanifold.theory.landscapes.replica.posterior import line_moments
from remanifold.theory.landscapes.replica.posterior_grid import grid_moments
from remanifold.theory.landscapes.replica.posterior_peaks import peak_moments


def kinked(u):
    return np.where(u > 0.3, np.tanh(u), 0.5 * u**2)


def views(g, variance, rng, rows=12, columns=16):
    """Prior means, and observed values that they explain."""
    omega = rng.normal(size=rows)
    return omega, g.function(omega[:, None] + math.sqrt(variance) * rng.normal(size=(rows, columns)))


@pytest.mark.parametrize("lam", [1.0, 1e3, 1e6, 1e10])
@pytest.mark.parametrize("name", ["linear", "leaky-relu"])
def test_closed_form_at_any_sharpness(name, lam):
    g = nonlinearity(name)
    omega, y = views(g, 0.5, np.random.default_rng(0))
    y += np.random.default_rng(1).normal(size=y.shape) / math.sqrt(lam)
    exact = line_moments(g.breaks, g.values, g.slopes, y, omega[:, None], 0.5, lam)
    found = peak_moments(g, y, omega, math.sqrt(0.5), lam, 3, 10.0)
    for mine, theirs in zip(found, exact):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=3e-11 * max(1.0, np.abs(theirs).max()))


@pytest.mark.parametrize(("lam", "variance"), [(300.0, 0.5), (1e3, 0.3), (1e6, 0.01)])
@pytest.mark.parametrize("name", ["tanh", "sine", kinked, lambda u: u**2, lambda u: np.tanh(20 * u)])
def test_plain_grid(monkeypatch, name, lam, variance):
    """Two fields explain y where g turns, and the posterior has long flat parts where g saturates."""
    g = nonlinearity(name)
    omega, y = views(g, variance, np.random.default_rng(2))
    monkeypatch.setattr(posterior_grid, "_SMOOTH_REACH", math.inf)  # the plain grid where peaks would cost less
    monkeypatch.setattr(posterior_grid, "_BROKEN_REACH", math.inf)  # and so here
    exact = grid_moments(g, y, omega, variance, lam, 3)
    errors = []
    for level in (0, 2):
        found = peak_moments(g, y, omega, math.sqrt(variance), lam, level, 7.0 + level)
        errors.append(max(np.abs(mine - theirs).max() for mine, theirs in zip(found, exact)))
    assert errors[0] < 2e-6
    assert errors[1] < 1e-10


def test_results_do_not_depend_on_how_many_are_asked_at_once(monkeypatch):
    g = nonlinearity("sine")
    omega, y = views(g, 0.3, np.random.default_rng(3))
    together = peak_moments(g, y, omega, math.sqrt(0.3), 1e4, 1, 8.0)
    monkeypatch.setattr("remanifold.theory.landscapes.replica.posterior_peaks._PAIRS", 7)  # pieces of few pairs
    apart = peak_moments(g, y, omega, math.sqrt(0.3), 1e4, 1, 8.0)
    for mine, theirs in zip(together, apart):
        np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=1e-13)


def test_slopes_that_are_understated_are_noticed(monkeypatch):
    """The bound on what a cell may hold is needed: without it whole peaks are lost, and that is an error."""
    g = nonlinearity("tanh")
    omega, y = views(g, 0.5, np.random.default_rng(4))
    monkeypatch.setattr("remanifold.theory.landscapes.replica.posterior_peaks._CAUTION", 0.2)  # planted
    with pytest.raises(NotConverged, match=r"tanh changes more quickly than differences between points .* declare"):
        peak_moments(g, y, omega, math.sqrt(0.5), 1e8, 2, 9.0)
