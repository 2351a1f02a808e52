"""Retrieval: capacities read backwards from the times, closed forms, and brute force on small memories."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp
from sign_coordinates import SignCoordinates

from remanifold import InvalidInput
from remanifold.theory import (
    LinearLandscape,
    MixtureLandscape,
    capacity,
    rem_phase,
    retrieval_inverse_temperature,
    retrieval_noise,
    t_collapse,
    t_collapse_tempered,
    t_onset,
)

UNIT = LinearLandscape.isometric(1.0)
SPECTRA = [UNIT, LinearLandscape.gaussian(0.3), LinearLandscape.from_eigenvalues([3.0, 1.0, 0.2, 0.0, 0.0])]
landscapes, loads = st.sampled_from(SPECTRA), st.floats(-3, 0.7).map(math.exp)


@settings(deadline=None, max_examples=60)
@given(landscapes, loads)
def test_times_read_backwards(landscape, load):
    onset, collapse = t_onset(landscape, load), t_collapse(landscape, load)
    assert capacity(landscape, 1 / onset) == pytest.approx(load, rel=1e-10)
    assert capacity(landscape, 1 / collapse, collapse) == pytest.approx(load, rel=1e-10)
    assert abs(capacity(landscape, 1 / onset, collapse) - load) > 1e-4 * load


@settings(deadline=None, max_examples=100)
@given(landscapes, loads, st.floats(-4, 4).map(math.exp), st.floats(-4, 3).map(math.exp))
def test_capacity_is_the_border_of_the_retrieved_phase(landscape, load, lam, delta):
    most = capacity(landscape, lam, delta)
    assert rem_phase(landscape, most * (1 - 1e-6), lam, delta) == "retrieved"
    assert rem_phase(landscape, most * (1 + 1e-6), lam, delta) != "retrieved"
    assert most <= capacity(landscape, 1 / delta, delta) + 1e-12


@settings(deadline=None, max_examples=100)
@given(landscapes, loads, st.floats(0, 1.5))
@example(LinearLandscape.isometric(1.0), math.exp(-0.25), 1.0)
def test_noise_and_inverse_temperature_are_one_line(landscape, load, part):
    collapse = t_collapse(landscape, load)
    delta = part * collapse
    lam = retrieval_inverse_temperature(landscape, load, delta)
    if abs(part - 1) < 1e-9:  # at the border round-off decides whether there still is one, which is 1/t_c then
        assert lam is None or lam * collapse == pytest.approx(1, rel=1e-6)
        return
    if delta >= collapse:
        assert lam is None
        assert retrieval_noise(landscape, load, 1e3 / collapse) == collapse
        return
    assert 1 / t_onset(landscape, load) <= lam * (1 + 1e-9)
    assert lam <= (1 + 1e-9) / collapse
    if delta > 1e-6 * collapse and part < 0.999:
        assert retrieval_noise(landscape, load, lam) == pytest.approx(delta, rel=1e-6)
        assert rem_phase(landscape, load, lam * (1 + 1e-6), delta) == "retrieved"
        assert rem_phase(landscape, load, lam * (1 - 1e-6), delta) == "liquid"


def test_binary_memory_in_closed_form():
    """+-1 patterns that hold themselves: lam - log cosh(lam) (arXiv 2304.14964); at most log 2 at any temperature."""
    for lam in (0.3, 1.0, 4.0):
        assert capacity(SignCoordinates(), lam) == pytest.approx(lam - math.log(math.cosh(lam)), rel=1e-12)
    assert capacity(SignCoordinates(), 1.0, 1.0) == pytest.approx(0.336831, abs=6e-7)
    best = minimize_scalar(lambda lam: -capacity(SignCoordinates(), lam, 0.5), bounds=(0.1, 20), method="bounded")
    assert -best.fun == pytest.approx(capacity(SignCoordinates(), 2.0, 0.5), rel=1e-6)
    assert best.x >= 2.0 - 1e-3
    assert retrieval_inverse_temperature(SignCoordinates(), 0.7, 0.1) is None
    assert t_collapse_tempered(SignCoordinates(), 0.7, 0.5) is None
    assert 0 < t_collapse_tempered(SignCoordinates(), 0.69, 0.5) < t_collapse(SignCoordinates(), 0.69)


DIM, POINTS, SETS, QUERIES = 24, 6000, 30, 30


def mean_gap(lam, delta, seed=0):
    """log(own weight / weight of all others) of standard normal patterns, its mean over queries for each memory."""
    random, means = np.random.default_rng(seed), []
    for _ in range(SETS):
        patterns = random.standard_normal((POINTS, DIM))
        x = patterns[:QUERIES] + math.sqrt(delta) * random.standard_normal((QUERIES, DIM))
        energies = ((x**2).sum(1)[:, None] + (patterns**2).sum(1)) / 2 - x @ patterns.T
        own = np.diagonal(energies).copy()
        np.fill_diagonal(energies, np.inf)
        means.append((-lam * own - logsumexp(-lam * energies, axis=1)).mean())
    return np.array(means)


def shift(at, expected):
    """log(measured/expected) of the zero of the mean of ``at``, by one secant, and its standard error."""
    values, up = at(expected), at(1.1 * expected)
    slope = (up.mean() - values.mean()) / math.log(1.1)
    return -values.mean() / slope, values.std(ddof=1) / math.sqrt(SETS) / abs(slope)


def test_brute_force_inverse_temperature():
    """Noise far from condensed, so that theory holds at finite N; 1/t_c in its place would be far off."""
    load = math.log(POINTS - 1) / DIM
    delta = 0.15 * t_collapse(UNIT, load)
    expected = retrieval_inverse_temperature(UNIT, load, delta)
    off, error = shift(lambda lam: mean_gap(lam, delta), expected)
    assert error < 0.01
    assert abs(off) < 0.01 + 4 * error
    assert abs(math.log(expected * t_collapse(UNIT, load))) > 0.2


def test_brute_force_tempered_softmax():
    """A softmax at 0.2/t: its collapse lies at the noise that (7.7) gives, well below that of 1/t."""
    load = math.log(POINTS - 1) / DIM
    expected = t_collapse_tempered(UNIT, load, 0.2)
    off, error = shift(lambda t: mean_gap(0.2 / t, t), expected)
    assert error < 0.01
    assert abs(off) < 0.01 + 4 * error
    assert math.log(t_collapse(UNIT, load) / expected) > 0.3


@settings(deadline=None, max_examples=40)
@given(landscapes, loads, st.floats(0.02, 0.98))
def test_tempered_collapse_lies_on_the_border(landscape, load, tempering):
    t = t_collapse_tempered(landscape, load, tempering)
    assert t < t_collapse(landscape, load)
    assert capacity(landscape, tempering / t, t) == pytest.approx(load, rel=1e-9)
    for colder in (1.0, 1 / tempering):
        assert t_collapse_tempered(landscape, load, colder) == t_collapse(landscape, load)


def test_refusals():
    mixture = MixtureLandscape.of_modes(SPECTRA[:2], [0.5, 0.5])
    for call, message in (
        (lambda: capacity(UNIT, 0.0), "the inverse temperature must be a number above 0, but got 0.0; pass 1/t."),
        (lambda: capacity(UNIT, 1.0, -1.0), "the noise delta must be a number of at least 0, but got -1.0"),
        (lambda: retrieval_noise(UNIT, 0.3, math.inf), "the inverse temperature must be a number above 0, but got inf"),
        (lambda: retrieval_inverse_temperature(UNIT, 0.3, math.nan), "the noise delta must be a number of at least 0"),
        (lambda: t_collapse_tempered(UNIT, 0.3, 0.0), "the tempering must be a number above 0, but got 0.0"),
        (lambda: retrieval_inverse_temperature(mixture, 0.3, 0.1), "must be asked of one kind of mode"),
        (lambda: t_collapse_tempered(mixture, 0.3, 0.5), "must be asked of one kind of mode"),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert message in str(caught.value)
