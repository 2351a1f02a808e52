"""Independent coordinates: Shannon's scalar channels, and the limit of many latent dimensions."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from remanifold import InvalidInput
from remanifold._core.errors import NotConverged
from remanifold.manifolds import ACTIVATIONS
from remanifold.theory import (
    IndependentLandscape,
    LinearLandscape,
    ReplicaLandscape,
    t_collapse,
    t_condensation,
    t_generalization,
    t_onset,
)
from remanifold.theory.landscapes.replica import independent


def binary_input_information(t):
    """I(s; s + sqrt(t) n) of a fair sign s: 1/t - E log cosh(1/t + n/sqrt(t)), by adaptive quadrature."""

    def integrand(n):
        a = abs(1 / t + n / math.sqrt(t))
        return math.exp(-n * n / 2) / math.sqrt(2 * math.pi) * (a + math.log1p(math.exp(-2 * a)) - math.log(2))

    return 1 / t - quad(integrand, -12, 12, epsabs=1e-12, limit=200)[0]


def test_sign_is_the_binary_input_gaussian_channel():
    landscape = IndependentLandscape.of("sign")
    assert landscape.entropy_deficit(1.0, 1.0) == pytest.approx(0.336831, abs=5e-7)
    for t in (0.05, 0.3, 1.0, 4.0):
        assert landscape.entropy_deficit(1 / t, t) == pytest.approx(binary_input_information(t), abs=1e-9)
        assert -landscape.zeta(1 / t, 0.0) == pytest.approx(1 / t - math.log(math.cosh(1 / t)), abs=1e-9)
    assert landscape.information_ceiling == pytest.approx(math.log(2), abs=1e-9)


def test_times_of_sign():
    landscape = IndependentLandscape.of("sign")
    assert t_collapse(landscape, 0.5) == pytest.approx(0.50016, abs=5e-6)
    onset = t_onset(landscape, 0.5)
    assert onset == pytest.approx(1.29351, abs=5e-6)
    assert 1 / onset - math.log(math.cosh(1 / onset)) == pytest.approx(0.5, abs=1e-8)
    assert t_generalization(landscape, 0.5) < t_collapse(landscape, 0.5)
    assert t_onset(landscape, 0.7) is None  # more than log 2


def test_a_flipped_sign_or_a_lost_factor_would_be_seen():
    landscape = IndependentLandscape.of("sign")
    assert abs(landscape.entropy_deficit(1.0, 1.0) - binary_input_information(0.5)) > 0.1
    assert abs(landscape.entropy_deficit(1.0, 0.5) - 0.336831) > 0.01
    assert abs(-landscape.zeta(2.0, 0.0) - (2.0 + math.log(math.cosh(2.0)))) > 1


def test_linear_is_the_full_rank_unit_gaussian():
    landscape, exact = IndependentLandscape.of("linear"), LinearLandscape.isometric(1.0)
    for lam in (0.03, 1.0, 40.0, 1e4):
        for delta in (0.0, 0.3 / lam, 1 / lam, 2.0):
            scale = max(abs(exact.zeta(lam, delta)), 1e-2)
            assert landscape.zeta(lam, delta) == pytest.approx(exact.zeta(lam, delta), abs=1e-8 * scale)
            assert landscape.zeta_slope(lam, delta) == pytest.approx(exact.zeta_slope(lam, delta), rel=1e-7)
            deficit = exact.entropy_deficit(lam, delta)
            assert landscape.entropy_deficit(lam, delta) == pytest.approx(deficit, abs=1e-7 * scale)


@pytest.mark.parametrize(
    ("load", "collapse", "onset", "condensation", "generalization"),
    [(0.5, 0.58198, 1.31023, 0.42529, 0.38743), (0.1, 4.51666, 9.26073, 1.87905, 1.07863)],
)
def test_marks_of_the_full_rank_unit_gaussian(load, collapse, onset, condensation, generalization):
    landscape = IndependentLandscape.of("linear")
    marks = [time(landscape, load) for time in (t_collapse, t_onset, t_condensation, t_generalization)]
    assert marks == pytest.approx([collapse, onset, condensation, generalization], abs=6e-6)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize(("lam", "delta"), [(2.0, 0.0), (2.0, 0.5), (2.0, 0.2)])
def test_many_latent_dimensions(activation, lam, delta):
    """The replica landscape approaches it like 1/latent_ratio: the differences at 1e3 and 1e4 are in ratio 10."""
    limit = IndependentLandscape.of(activation).zeta(lam, delta)
    near, far = (ReplicaLandscape.of(ratio, activation, tolerance=1e-11).zeta(lam, delta) for ratio in (1e4, 1e3))
    assert near == pytest.approx(limit, abs=1e-4)
    assert (far - limit) / (near - limit) == pytest.approx(10, rel=0.02)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_identities(activation):
    landscape, lam, delta, h = IndependentLandscape.of(activation), 2.0, 0.3, 0.01
    near, far = (landscape.zeta(lam + k * h, delta) - landscape.zeta(lam - k * h, delta) for k in (1, 2))
    slope = landscape.zeta_slope(lam, delta)
    assert (8 * near - far) / (12 * h) == pytest.approx(slope, rel=1e-6)
    assert landscape.entropy_deficit(lam, delta) == pytest.approx(lam * slope - landscape.zeta(lam, delta), rel=1e-7)
    assert lam * landscape.zeta_slope(lam, 1 / lam) == pytest.approx(-0.5, rel=1e-8)


def test_by_monte_carlo():
    """The definition, with no quadrature: a mean of logs of means over 4e4 views, within 5 standard errors."""
    random, lam, delta = np.random.default_rng(5), 1.5, 0.4
    w = np.random.default_rng(6).standard_normal(20_000)
    for name in ("tanh", "relu", "sine"):
        g = ACTIVATIONS[name]
        y = np.sort(g(random.standard_normal(40_000)) + math.sqrt(delta) * random.standard_normal(40_000))
        grid = np.linspace(y[0], y[-1], 400)
        logs = np.interp(y, grid, np.log(np.exp(-lam / 2 * (grid[:, None] - g(w)) ** 2).mean(1)))
        own = np.exp(-lam / 2 * (grid[:, None] - g(w)) ** 2)
        inner = float(np.interp(y, grid, own.std(1) / own.mean(1)).mean()) / math.sqrt(
            len(w)
        )  # w is shared: no averaging
        error = math.hypot(logs.std() / math.sqrt(len(y)), inner)
        limit = IndependentLandscape.of(name).zeta(lam, delta)
        assert abs(logs.mean() - limit) < 5 * error
        assert abs(logs.mean() - IndependentLandscape.of(name).zeta(lam, 2 * delta)) > 5 * error
        assert abs(logs.mean() - IndependentLandscape.of(name).zeta(delta, lam)) > 5 * error


def test_refusals(monkeypatch):
    landscape = IndependentLandscape.of("tanh")
    assert landscape.latent_ratio == landscape.information_ceiling == math.inf
    with pytest.raises(InvalidInput, match=r"the inverse temperature must be a number above 0, but got 0.0;"):
        landscape.zeta(0.0, 1.0)
    with pytest.raises(InvalidInput, match=r"the noise variance must be a number of at least 0, but got -1.0;"):
        landscape.zeta(1.0, -1.0)
    monkeypatch.setattr(independent, "_FINEST", 1)  # no activation is known that the finest grid is too coarse for
    with pytest.raises(
        NotConverged, match=r"zeta of independent tanh at lam = 3, delta = 0.1 changes under refinement"
    ):
        landscape.zeta(3.0, 0.1)
