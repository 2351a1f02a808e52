"""Basins at finite size: exact and sampled ones against drawn data sets and against measured ones."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import gammaln

from remanifold import HiddenManifold
from remanifold._core.errors import InvalidInput
from remanifold.theory import HiddenFamily, finite_size_basins, finite_size_curves
from remanifold.theory.finite.gaussian import finite_size_times
from tests.theory.finite.curves.drawn_sets import basins_of_sets

SIZE = {"ambient_dim": 20, "latent_dim": 6, "n_points": 55}


def drawing(manifold, random):
    factor = manifold.factor / math.sqrt(manifold.latent_dim)
    return lambda n: manifold.function(random.standard_normal((n, manifold.latent_dim)) @ factor.T)


def test_linear_manifolds_against_drawn_sets_and_a_lost_factor():
    manifold, random = HiddenManifold(**SIZE, seed=3), np.random.default_rng(0)
    levels = [0.5, 1.4, 2.2]
    found = finite_size_basins(manifold, 55, levels)
    planted = finite_size_basins(manifold, 110, levels)
    for t, one, other in zip(levels, found.delta, planted.delta):
        deltas = one.value * np.exp(np.linspace(-1.6, 1.2, 15))
        log, error = basins_of_sets(drawing(manifold, random), 55, t, deltas, 150, random)
        assert abs(one.log.value - log) < 4.5 * math.hypot(one.log_stderr, error) + 0.005, t
        assert error < 0.04
        assert other is None or abs(other.log.value - log) > 4.5 * error  # none: its onset lies below


def test_the_basins_measured_in_30_dimensions():
    """Where energies cross, means over 200 sets of 80 rows (docs/results/basins.csv); arithmetic means of delta."""
    manifold = HiddenManifold(ambient_dim=30, latent_dim=9, n_points=403, ensemble="isometric")
    limit = 1.1936
    measured = ((0.3, 1.9458, 0.0159), (1.0, 1.6833, 0.0154), (1.4, 1.3675, 0.0151))
    found = finite_size_basins(manifold, 403, [step * limit for step, _, _ in measured], rows=80, n_views=1024)
    for one, (step, mean, error) in zip(found.delta, measured):
        scatter = error * math.sqrt(200) / mean  # of log delta over sets, which parts the two means
        assert abs(one.log.value + scatter**2 / 2 - math.log(mean)) < 4 * math.hypot(error / mean, one.log_stderr), step
        assert abs(math.log(limit / mean)) > 8 * error / mean  # the limit of large dimension fails


def test_sampled_basins_are_the_exact_ones_and_there_is_none_above_the_onset():
    manifold = HiddenManifold(**SIZE, ensemble="isometric")
    factor, levels = (manifold.factor.T / math.sqrt(6)).astype(np.float32), [0.5, 1.5, 6.0]
    exact = finite_size_basins(manifold, 55, levels)
    sampled = finite_size_basins(lambda z: z @ factor, 55, levels, latent_dim=6, n_views=64)
    for one, other in zip(sampled.delta[:2], exact.delta[:2]):
        assert abs(one.log.value - other.log.value) < 4.5 * math.hypot(one.log_stderr, other.log_stderr)
    assert sampled.delta[2] is exact.delta[2] is None and "closed" in exact.reasons[2]
    assert exact.radius[2] is None and exact.radius[0] == pytest.approx(math.sqrt(20 * exact.delta[0].value))
    assert exact.to_dict()["delta"][2] is None and exact.effort_shift.max() == 0 < np.abs(sampled.effort_shift).max()


def test_nonlinear_basins_against_drawn_sets():
    manifold, random = HiddenManifold(**SIZE, activation="tanh", seed=1), np.random.default_rng(1)
    (one,) = finite_size_basins(manifold, 55, [0.5], n_views=96).delta
    deltas = one.value * np.exp(np.linspace(-1.2, 1.2, 13))
    log, error = basins_of_sets(drawing(manifold, random), 55, 0.5, deltas, 150, random)
    assert abs(one.log.value - log) < 4.5 * math.hypot(one.log_stderr, error)
    assert math.hypot(one.log_stderr, error) < 0.08


def test_at_the_collapse_the_basin_is_as_wide_as_the_noise():
    times = finite_size_times([20 / 6] * 6, 55, 20)
    manifold = HiddenManifold(**SIZE, ensemble="isometric")
    at = times.t_collapse
    (one,) = finite_size_basins(manifold, 55, [at.value]).delta
    assert one.log.value == pytest.approx(math.log(at.value), abs=0.03)
    nearly = finite_size_basins(manifold, 55, [0.99 * times.t_onset.value, 1.03 * times.t_onset.value]).delta
    assert nearly[1] is None and (nearly[0] is None or nearly[0].value < 0.1 * at.value)


def of_large_size(n: int, t: float, load: float, ratio: float) -> float:
    """log delta_b of isometric data to order 1/N: (21) of finite-size-curves.md below the collapse, annealed above."""
    d, l, log_p = ratio * n, 1 / ratio, load * n
    squares = d * (1 + np.linspace(-4, 4, 81) * math.sqrt(2 / d))
    chances = np.exp(-np.square(np.linspace(-4, 4, 81)) / 2)

    def gap(log_delta: float) -> float:
        delta, k = math.exp(log_delta), np.linspace(0.05, 1, 4000)[:, None]
        s, b = 1 / (1 + k * l / t), (l + delta) / t * squares
        level = log_p - 0.5 * (-d * np.log(s) + k * b * s)
        place, row = (level / k).argmin(0), np.arange(len(squares))
        k, s, frozen = k[place, 0], s[place, 0], (level / k)[place, row]
        if k.max() < 1:
            bend = 0.5 * d * (l / t * s) ** 2 + l / t * b * s**3
            more = gammaln(1 - k) + np.euler_gamma * (1 - k) - 0.5 * np.log(2 * math.pi * bend * k**2)
            frozen = frozen + more / k
        return float(np.average(frozen, weights=chances)) + delta / (2 * t) * d

    return float(brentq(gap, -4.0, 3.0))


def test_a_thousand_dimensions_and_e_to_the_200_points():
    """Also far above the collapse, where the integral of E log S once lost all digits."""
    limit, family, points = 1.193175, HiddenFamily(1000, 300, "linear", "isometric"), int(math.exp(100)) ** 2
    levels = [0.3 * limit, 0.6 * limit, 1.8 * limit, 2.1 * limit]
    found = finite_size_basins(family, points, levels, n_views=64).delta
    for one, t, shift in zip(found, levels, (0.0271, 0.0239, math.log(0.747675 / limit), math.log(0.366696 / limit))):
        right = of_large_size(1000, t, 0.2, 0.3)
        assert right == pytest.approx(math.log(limit) + shift, abs=2e-4)  # above the collapse, the limit of large size
        assert abs(one.log.value - right) < 4.5 * one.log_stderr + 0.0271**2  # the next order
        assert one.log_stderr < 3e-4


def test_points_beyond_any_double_are_no_nonsense():
    family, levels = HiddenFamily(1000, 300, "linear", "isometric"), [0.005, 1.2]
    low, high = finite_size_basins(family, 10**400, levels, n_views=16).delta
    assert high is None and 0.005 < low.value < 0.02
    curves = finite_size_curves(family, 10**400, [1.2], n_views=16).to_dict()
    assert curves["own_weight"]["value"] == pytest.approx([0.0], abs=1e-12)
    assert 0 < curves["entropy"]["value"][0] < 921 and abs(curves["kl"]["value"][0]) < 1e-9
    with pytest.raises(InvalidInput, match="e\\^500"):
        finite_size_basins(HiddenFamily(30, 9, "linear", "isometric"), 10**300, levels)


def test_a_basin_does_not_go_on_changing_far_below_the_collapse():
    levels = [0.01, 1e-4, 1e-6]
    high, *others = finite_size_basins(HiddenFamily(30, 9, "linear", "isometric"), 403, levels, n_views=64).delta
    assert [one.value for one in others] == pytest.approx([high.value] * 2, rel=1e-3)  # 1.77 and .03 once


def test_bad_input_is_refused():
    manifold = HiddenManifold(**SIZE)
    with pytest.raises(InvalidInput, match="rows"):
        finite_size_basins(manifold, 55, [1.0], rows=2)
    with pytest.raises(InvalidInput, match="t"):
        finite_size_basins(manifold, 55, [0.0])
