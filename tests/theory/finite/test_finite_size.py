"""Finite-size times: against simulation, invariances, limits, the ensemble average, and every refusal."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.errors import InvalidInput, NotConverged
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.finite import means as finite_means
from remanifold.theory.finite.gaussian import (
    finite_size_times,
    finite_size_times_of_classes,
    finite_size_times_of_ensemble,
    wishart_spectrum,
)
from remanifold.theory.finite.size_times import FiniteSizeTimes

NAMES = ("t_onset", "t_collapse", "t_generalization")
SPECTRUM = np.geomspace(6.0, 0.5, 8)


def logs(found: FiniteSizeTimes) -> np.ndarray:
    return np.log([getattr(found, name).value for name in NAMES])


def log_errors(found: FiniteSizeTimes) -> np.ndarray:
    return np.array([getattr(found, name).stderr / getattr(found, name).value for name in NAMES])


def brute_force(l: np.ndarray, p: int, n: int, sets: int, guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log of the three times from sums over drawn data sets, each point left out in turn; error over sets."""
    random, grid, found = np.random.default_rng(3), np.exp(np.arange(-12, 13) / 24), np.empty((sets, 3))
    for s in range(sets):
        xi = np.sqrt(l) * random.standard_normal((p, len(l)))
        squared = ((xi[:, None] - xi[None]) ** 2).sum(2)
        np.fill_diagonal(squared, np.inf)
        w = random.standard_normal((p, len(l)))
        cross = (w * xi).sum(1)[:, None] - w @ xi.T  # w.(xi^1 - xi^mu)

        def log_sum(t: float, noisy: bool, squared=squared, cross=cross) -> float:
            exponent = -squared / (2 * t) - (cross / math.sqrt(t) if noisy else 0.0)
            top = exponent.max(1, keepdims=True)
            return float((top[:, 0] + np.log(np.exp(exponent - top).sum(1))).mean())

        def zero(values: np.ndarray, t: np.ndarray) -> float:
            k = int(np.flatnonzero(np.diff(np.sign(values)))[-1])
            return float(np.log(t[k]) - values[k] * np.log(t[k + 1] / t[k]) / (values[k + 1] - values[k]))

        for j in (0, 1):
            t = guess[j] * grid
            found[s, j] = zero(np.array([log_sum(x, j == 1) for x in t]), t)
        t = guess[2] * grid
        entropy = np.array([n / 2 * math.log(x) - log_sum(x, False) for x in t])
        found[s, 2] = zero(np.gradient(entropy, np.log(t), edge_order=2), t)
    return found.mean(0), found.std(0, ddof=1) / math.sqrt(sets)


def test_brute_force_sums_over_data() -> None:
    l, p, n = SPECTRUM, 250, 12
    theory = finite_size_times(l, p, n)
    mean, error = brute_force(l, p, n, 40, np.exp(logs(theory)))
    z = (logs(theory) - mean) / np.hypot(error, log_errors(theory))
    assert np.abs(z).max() < 4.5 and error.max() < 0.02
    planted = finite_size_times(l, 2 * p, n)  # twice the points: what a lost factor would do
    assert (np.abs(logs(planted) - mean) / error > 4.5).all()
    landscape, load = LinearLandscape.from_eigenvalues(l, n), math.log(p) / n
    large = np.log([t_onset(landscape, load), t_collapse(landscape, load), t_generalization(landscape, load)])
    assert (np.abs(large - mean)[1:] / error[1:] > 9).all()  # the asymptotic theory fails here


def test_published_simulation_of_a_power_law() -> None:
    found = finite_size_times_of_ensemble(60, 200, 20000, "power-law", exponent=1.0)
    measured, error = np.array([13.781, 7.076, 0.6255]), np.array([0.030, 0.034, 0.0017])
    values = np.exp(logs(found))
    assert (np.abs(values - measured) < 3 * error).all()
    assert found.t_collapse.stderr < 0.01 and (found.latent_dim, found.ambient_dim, found.n_points) == (60, 200, 20000)
    landscape = LinearLandscape.power_law(60, 200, 1.0)
    assert measured[1] - (t_collapse(landscape, math.log(20000) / 200) or 0.0) > 9 * error[1]


def test_scale_order_and_empty_dimensions() -> None:
    plain = finite_size_times(SPECTRUM, 500, 20, n_views=128)
    shuffled = finite_size_times(np.random.default_rng(0).permutation(SPECTRUM), 500, 20, n_views=128)
    scaled = finite_size_times(7.0 * SPECTRUM, 500, 20, n_views=128)
    padded = finite_size_times([*SPECTRUM, 0.0, 0.0], 500, 20, n_views=128)
    np.testing.assert_allclose(logs(scaled), logs(plain) + math.log(7.0), atol=1e-4)
    np.testing.assert_allclose(logs(padded), logs(plain), atol=1e-12)
    assert (np.abs(logs(shuffled) - logs(plain)) < 5 * np.hypot(log_errors(plain), log_errors(shuffled))).all()
    wider = finite_size_times(SPECTRUM, 500, 40, n_views=128)
    np.testing.assert_allclose(logs(wider)[:2], logs(plain)[:2], atol=1e-12)
    assert logs(wider)[2] < logs(plain)[2] - 0.2


def test_seeds_differ_by_the_stated_error() -> None:
    found = [finite_size_times(SPECTRUM, 500, 20, n_views=128, seed=seed) for seed in range(8)]
    spread, stated = (
        np.std([logs(one) for one in found], axis=0, ddof=1),
        np.mean([log_errors(f) for f in found], axis=0),
    )
    assert (spread < 1.8 * stated).all() and (spread > 0.4 * stated)[1:].all()
    assert logs(finite_size_times(SPECTRUM, 500, 20, n_views=128, seed=3)).tolist() == logs(found[3]).tolist()


@given(d=st.integers(4, 12), log_points=st.floats(2.0, 11.0), steep=st.floats(0.0, 1.5))
@settings(max_examples=6)
def test_order_of_the_times(d: int, log_points: float, steep: float) -> None:
    l = np.arange(1.0, d + 1) ** -steep
    onset, collapse, generalization = logs(finite_size_times(l, round(math.exp(log_points)), 3 * d, n_views=64))
    assert generalization < collapse < onset


def test_few_full_dimensions_generalize_above_their_collapse() -> None:
    """In few dimensions a fresh point fits best at a kernel width of order P^(-1/(D+4)), far above the collapse."""
    found = finite_size_times([1.0] * 3, 60000, 3, n_views=128)
    width = (4 / 5) ** (2 / 7) * 60000 ** (-2 / 7)  # least integrated squared error of a Gaussian density
    assert found.t_generalization.value > 10 * found.t_collapse.value
    assert 0.7 < found.t_generalization.value / width < 2.0


def test_approaches_the_asymptotic_times_like_one_over_n() -> None:
    shifts = []
    for n in (40, 80, 160):
        p, d = round(math.exp(0.15 * n)), round(0.3 * n)
        landscape = LinearLandscape.isometric(d / n)
        load = math.log(p) / n
        large = np.log([t_onset(landscape, load), t_collapse(landscape, load), t_generalization(landscape, load)])
        shifts.append(n * (logs(finite_size_times([n / d] * d, p, n)) - large))
    shifts = np.array(shifts)
    assert (np.abs(shifts[:, 0]) < 1.5).all()
    assert (np.abs(shifts[1:, 1:] / shifts[:-1, 1:] - 1) < 0.25).all() and (shifts[:, 1:] > 4).all()


def test_ensemble_is_the_mean_over_drawn_factors() -> None:
    d, n, p, draws = 6, 15, 200, 24
    random = np.random.default_rng(8)
    each = []
    for _ in range(draws):
        l = np.linalg.svd(random.standard_normal((n, d)), compute_uv=False) ** 2 / d
        each.append(logs(finite_size_times(l, p, n, n_views=64)))
    found = finite_size_times_of_ensemble(d, n, p, "gaussian", n_draws=4)
    error = np.hypot(np.std(each, axis=0, ddof=1) / math.sqrt(draws), log_errors(found))
    assert (np.abs(np.mean(each, axis=0) - logs(found)) < 4.5 * error).all()
    assert log_errors(found).max() < 0.02
    isometric = finite_size_times_of_ensemble(d, n, p, "isometric")
    assert (logs(isometric) - logs(found) > 0.05).all()


def test_drawn_spectra_are_those_of_a_gaussian_factor() -> None:
    d, n = 5, 9
    spectra = np.array([wishart_spectrum(d, n, 0, k) for k in range(4000)])
    random = np.random.default_rng(2)
    direct = np.linalg.svd(random.standard_normal((4000, n, d)), compute_uv=False)[:, ::-1] ** 2 / d
    error = np.hypot(spectra.std(0), direct.std(0)) / math.sqrt(4000)
    assert (np.abs(spectra.mean(0) - direct.mean(0)) < 4.5 * error).all()
    assert spectra.sum(1).mean() == pytest.approx(n, abs=5 * math.sqrt(2 * n / d / 4000))
    assert (np.diff(spectra, axis=1) > 0).all() and wishart_spectrum(300, 300, 0, 0).min() > 0


def test_eigenvalues_that_are_nearly_equal_count_as_their_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    steep = np.arange(1, 61.0) ** -1.5
    drawn = np.exp(np.random.default_rng(1).normal(0, 3, 60))
    coarse = [logs(finite_size_times(l, 900, 60, n_views=64)) for l in (steep, drawn)]
    monkeypatch.setattr(finite_means, "_BUNDLE", 1e-6)  # no eigenvalues together
    for l, found in zip((steep, drawn), coarse):
        np.testing.assert_allclose(logs(finite_size_times(l, 900, 60, n_views=64)), found, atol=2e-5)
    monkeypatch.setattr(finite_means, "_BUNDLE", 1.0)  # planted
    assert (
        np.abs(logs(finite_size_times(steep, 900, 60, n_views=64)) - coarse[0]).max() > 1e-3
    )  # far too coarse is seen


def test_the_spectrum_of_pictures_takes_seconds() -> None:
    l = np.arange(1, 3073.0) ** -1.5
    start = time.process_time()
    found = finite_size_times(l, 50_000, 3072)
    assert time.process_time() - start < 10
    assert log_errors(found).max() < 0.01 and found.latent_dim == 3072


def test_classes() -> None:
    one = finite_size_times_of_classes([SPECTRUM], [1.0], 500, 20, n_views=128)
    np.testing.assert_allclose(logs(one), logs(finite_size_times(SPECTRUM, 500, 20, n_views=128)), atol=1e-6)
    halves = finite_size_times_of_classes([SPECTRUM, SPECTRUM], [0.5, 0.5], 801, 20, n_views=128)
    # half of 800 others are a fluctuating 400, which hardly differs from a sure 400
    np.testing.assert_allclose(logs(halves), logs(finite_size_times(SPECTRUM, 401, 20, n_views=128)), atol=0.01)
    uneven = finite_size_times_of_classes([SPECTRUM, 3 * SPECTRUM], [0.8, 0.2], 801, 20, n_views=128)
    assert (logs(uneven) > logs(halves)).all()


def test_one_search_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finite_means, "_MOST_STEPS", 1)  # no spectrum is known whose search fails
    with pytest.raises(NotConverged, match="no crossing was found"):
        finite_size_times(SPECTRUM, 500, 20)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_size_times([1.0] * 10001, 100, 10001), "need 3 to 10000 latent dimensions, but got 10001; "),
        (lambda: finite_size_times([1.0, 2.0], 10**7, 5), "need at most 1000000 points, but got 10000000; "),
        (lambda: finite_size_times([1.0] * 4, 2, 5), "`n_points` must be a whole number of at least 3, but got 2; "),
        (lambda: finite_size_times([1.0] * 4, 10**80, 5), "log(P)/D of at most 40, but got 46.05; "),
        (lambda: finite_size_times([1.0] * 4, 100, 5, n_views=9), "must be a whole number of at least 16, but got 9; "),
        (lambda: finite_size_times([1.0] * 4, 100, 3), "4 eigenvalues must be a whole number of at least 4"),
        (
            lambda: finite_size_times_of_ensemble(4, 3, 100),
            "latent ones must be a whole number of at least 4, but got 3; ",
        ),
        (lambda: finite_size_times_of_ensemble(4, 8, 100, "cubic"), "isometric or power-law, but got 'cubic'; "),
        (lambda: finite_size_times_of_ensemble(2001, 3000, 100), "at most 2000 latent dimensions, but got 2001; "),
        (
            lambda: finite_size_times_of_ensemble(4, 8, 100, n_draws=1),
            "must be a whole number of at least 2, but got 1; ",
        ),
        (lambda: finite_size_times_of_ensemble(4, 8, 100, "power-law"), "exponent of a power law must be a number of"),
        (lambda: finite_size_times_of_classes([SPECTRUM], [0.5], 999, 20), "1 positive numbers of sum 1"),
        (lambda: finite_size_times_of_classes([SPECTRUM] * 2, [0.9, 0.1], 101, 20), "on average, but got 10; "),
    ],
)
def test_refusals(call, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize("giant", [1e6, 1e10])
def test_one_direction_that_counts_alone_is_refused_at_once(giant: float) -> None:
    before = time.process_time()
    with pytest.raises(NotConverged, match="too long a tail"):
        finite_size_times([giant, 1, 1, 1, 1, 1], 340, 6, n_views=64)
    assert time.process_time() - before < 10
