"""Spectra against the density integrated by scipy, against the closed Shannon transform, and against drawn matrices."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from remanifold import InvalidInput
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.landscapes.quadrature import marchenko_pastur, power_law_limit

RATIOS = [0.003, 0.1, 0.5, 0.9, 0.999, 1.0]


def density_average(function, ratio):
    """Average over the Marchenko-Pastur density written in x, by QUADPACK with the edges as algebraic weights."""
    lower, upper = (1 - math.sqrt(ratio)) ** 2, (1 + math.sqrt(ratio)) ** 2
    if ratio == 1:
        value = quad(function, 0, upper, weight="alg", wvar=(-0.5, 0.5), epsabs=0, epsrel=1e-12, limit=400)[0]
        return value / (2 * math.pi)
    inside = lambda x: function(x) / x  # noqa: E731
    value = quad(inside, lower, upper, weight="alg", wvar=(0.5, 0.5), epsabs=0, epsrel=1e-12, limit=400)[0]
    return value / (2 * math.pi * ratio)


def shannon_transform(gain, ratio):
    """E log(1 + gain x) of Marchenko-Pastur in closed form (Tulino and Verdu 2004, eq. 1.15)."""
    root = math.sqrt(gain * (1 + math.sqrt(ratio)) ** 2 + 1) + math.sqrt(gain * (1 - math.sqrt(ratio)) ** 2 + 1)
    quarter = 4 * ratio * gain**2 / root**2
    return math.log(1 + gain - quarter) + math.log(1 + gain * ratio - quarter) / ratio - quarter / (ratio * gain)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("t", [0.01, 0.3, 20.0])
def test_rule_against_the_integrated_density(ratio, t):
    nodes, weights = marchenko_pastur(ratio)
    for function in (lambda x: np.log1p(x / t), lambda x: x / (x + t), lambda x: x * t / (x + t) ** 2):
        assert weights @ function(nodes) == pytest.approx(density_average(function, ratio), rel=2e-10)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("gain", [0.1, 1.0, 30.0, 1e4, 1e7])
def test_rule_against_the_closed_form(ratio, gain):
    nodes, weights = marchenko_pastur(ratio)
    # the closed form itself loses eps * gain to the subtraction from 1 + gain
    assert weights @ np.log1p(gain * nodes) == pytest.approx(
        shannon_transform(gain, ratio), abs=1e-13 + 1e-15 * gain / ratio
    )


@pytest.mark.parametrize("ratio", RATIOS)
def test_rule_has_the_known_moments(ratio):
    nodes, weights = marchenko_pastur(ratio)
    assert weights @ nodes == pytest.approx(1, abs=1e-13)
    assert weights @ nodes**2 == pytest.approx(1 + ratio, abs=1e-13)
    assert weights @ np.log(nodes) == pytest.approx(
        -1 - (1 - ratio) / ratio * math.log1p(-ratio) if ratio < 1 else -1, abs=1e-12
    )


def mean_log_ratio(landscape, dims, draws=6):
    """Mean over drawn F of log(t_c of its eigenvalues / t_c of ``landscape``), at load 0.2."""
    ambient, latent = dims
    random = np.random.default_rng(5)
    logs = []
    for _ in range(draws):
        factor = random.standard_normal((ambient, latent))
        values = np.linalg.eigvalsh(factor.T @ factor / latent)
        padded = np.concatenate([values, np.zeros(ambient - latent)])
        drawn = LinearLandscape.from_eigenvalues(padded, ambient)
        logs.append(math.log(t_collapse(drawn, 0.2) / t_collapse(landscape, 0.2)))
    return np.mean(logs), np.std(logs, ddof=1) / math.sqrt(draws)


@pytest.mark.parametrize("dims", [(100, 30), (600, 180)])
def test_drawn_matrices_approach_the_limit(dims):
    # Sums over eigenvalues of a real Wishart matrix are off by O(1), so log t_c by O(1/D): allow 1/D beside 5 errors.
    mean, error = mean_log_ratio(LinearLandscape.gaussian(0.3), dims)
    assert abs(mean) < 5 * error + 1 / dims[1]


def test_drawn_matrices_refute_a_wrong_spectrum():
    for wrong in (LinearLandscape.isometric(0.3), LinearLandscape.gaussian(0.33)):
        mean, error = mean_log_ratio(wrong, (600, 180))
        assert abs(mean) > 5 * error + 1 / 180


@pytest.mark.parametrize("ratio", [0.05, 0.4, 1.0])
def test_every_ensemble_has_unit_variance(ratio):
    assert LinearLandscape.isometric(ratio).variance == pytest.approx(1)
    assert LinearLandscape.gaussian(ratio).variance == pytest.approx(1, abs=1e-13)
    assert LinearLandscape.power_law_limit(ratio, 0.7).variance == pytest.approx(1, abs=1e-12)
    assert LinearLandscape.power_law(40, round(40 / ratio), 2.5).variance == pytest.approx(1)


def test_power_law_approaches_its_limit():
    limit = LinearLandscape.power_law_limit(0.25, 0.4)
    gaps = []
    for latent in (100, 1000, 10000):
        finite = LinearLandscape.power_law(latent, 4 * latent, 0.4)
        assert finite.eigenvalues[0] / finite.eigenvalues[9] == pytest.approx(10**0.4)
        gaps.append(abs(math.log(t_collapse(finite, 0.2) / t_collapse(limit, 0.2))))
    assert gaps[0] > 3 * gaps[1] > 9 * gaps[2]
    assert gaps[2] < 5e-3  # a sum over i^-a misses its integral by O(D^(a-1)), 10^-2.4 here


def test_power_law_limit_against_quad():
    nodes, weights = power_law_limit(0.6)
    exact = quad(lambda x: math.log1p(0.4 * x**-0.6 / 0.05), 0, 1, epsabs=0, epsrel=1e-12, limit=400)[0]
    assert weights @ np.log1p(nodes / 0.05) == pytest.approx(exact, rel=1e-10)


def test_flat_power_law_is_isometric():
    for flat in (LinearLandscape.power_law(30, 100, 0.0), LinearLandscape.power_law_limit(0.3, 0.0)):
        for time in (t_onset, t_collapse, t_generalization):
            assert time(flat, 0.2) == pytest.approx(time(LinearLandscape.isometric(0.3), 0.2), rel=1e-12)


def test_steep_power_law_keeps_every_direction():
    assert len(LinearLandscape.power_law(1000, 1000, 10.0).eigenvalues) == 1000


def test_round_off_counts_as_zero_and_order_does_not_matter():
    clean = LinearLandscape.from_eigenvalues([4.0, 2.0, 1.0], 6)
    noisy = LinearLandscape.from_eigenvalues([1.0, -1e-16, 2.0, 3e-16, 4.0, 0.0])
    assert noisy.latent_ratio == clean.latent_ratio == 0.5
    assert t_collapse(noisy, 0.7) == pytest.approx(t_collapse(clean, 0.7), rel=1e-14)


def test_repeating_the_list_changes_nothing():
    once, twice = LinearLandscape.from_eigenvalues([3.0, 1.0], 3), LinearLandscape.from_eigenvalues([3.0, 1.0] * 2, 6)
    for time in (t_onset, t_collapse, t_generalization):
        assert time(once, 0.4) == pytest.approx(time(twice, 0.4), rel=1e-13)


RATIO = "the latent ratio must be a number above 0 and at most 1, but got "
REFUSED = [
    (lambda: LinearLandscape.gaussian(0.0), RATIO + "0.0; pass D/N."),
    (lambda: LinearLandscape.isometric(1.5), RATIO + "1.5; pass D/N."),
    (lambda: LinearLandscape.gaussian(math.nan), "at most 1, but got nan"),
    (lambda: marchenko_pastur(-1.0), "at most 1, but got -1.0"),
    (lambda: power_law_limit(1.0), "must be from 0 to 0.95, but got 1.0; beyond, the infinite-size limit fails"),
    (
        lambda: LinearLandscape.power_law(5, 3, 1.0),
        "the latent dimension must be a whole number from 1 to 3, but got 5",
    ),
    (lambda: LinearLandscape.power_law(2, 3, 11.0), "a number of at least 0 and at most 10, but got 11.0"),
    (lambda: LinearLandscape.from_eigenvalues([]), "a list of finite eigenvalues, but got an empty list"),
    (lambda: LinearLandscape.from_eigenvalues([1.0, math.inf]), "a list of finite eigenvalues, but got [ 1. inf]"),
    (lambda: LinearLandscape.from_eigenvalues(["a"]), "a list of numbers, but got"),
    (lambda: LinearLandscape.from_eigenvalues([[1.0]]), "a list of finite eigenvalues, but got [[1.]]"),
    (lambda: LinearLandscape.from_eigenvalues([1.0, -0.1]), "must not be negative, but got -0.1; check the matrix."),
    (lambda: LinearLandscape.from_eigenvalues([0.0, 0.0]), "at least one positive eigenvalue, but got zeros only"),
    (
        lambda: LinearLandscape.from_eigenvalues([1.0, 2.0], 1),
        "2 eigenvalues must be a whole number of at least 2, but got 1",
    ),
    (lambda: LinearLandscape(0.5, np.array([1.0, 0.0]), np.full(2, 0.5)), "a list of positive finite numbers"),
    (lambda: LinearLandscape(0.5, np.ones(2), np.ones(2)), "non-negative, with sum 1"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_bad_spectra_are_refused_in_one_sentence(make, message):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
