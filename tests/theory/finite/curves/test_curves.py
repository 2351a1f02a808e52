"""Curves at finite size: exact and sampled ones against drawn data sets, and against each other."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from remanifold import HiddenManifold
from remanifold._core.errors import InvalidInput, NotConverged
from remanifold.theory import HiddenFamily, finite_size_curves
from tests.theory.finite.curves.drawn_sets import measured

NAMES = ("own_weight", "participation", "entropy", "cross_entropy", "kl", "majority", "clean_majority")
SIZE = {"ambient_dim": 20, "latent_dim": 6, "n_points": 55}


def drawing(manifold, random):
    factor = manifold.factor / math.sqrt(manifold.latent_dim)
    return lambda n: manifold.function(random.standard_normal((n, manifold.latent_dim)) @ factor.T)


def gaussian_density(manifold):
    covariance = manifold.factor @ manifold.factor.T / manifold.latent_dim

    def log_density(x, t):
        spread = covariance + t * np.eye(len(covariance))
        squared = (x @ np.linalg.inv(spread) * x).sum(1)
        return -0.5 * (squared + np.linalg.slogdet(2 * math.pi * spread)[1])

    return log_density


def prior_density(points, n=30_000):
    known = points(n)

    def log_density(x, t):
        squared = (x**2).sum(1)[:, None] + (known**2).sum(1)[None] - 2 * x @ known.T
        return logsumexp(-squared / (2 * t), axis=1) - math.log(n) - x.shape[1] / 2 * math.log(2 * math.pi * t)

    return log_density


def standard_errors(curves, level, brute):
    """(prediction - measured)/error of each curve."""
    pairs = {name: (getattr(curves, name)[level], brute[name]) for name in NAMES}
    return {name: (one.value - mean) / math.hypot(one.stderr, error) for name, (one, (mean, error)) in pairs.items()}


def test_linear_manifolds_against_drawn_sets_and_a_lost_factor():
    manifold = HiddenManifold(**SIZE, seed=3)
    levels, random = [0.5, 1.4, 4.0], np.random.default_rng(0)
    curves = finite_size_curves(manifold, 55, levels)
    planted = finite_size_curves(manifold, 110, levels)  # twice the points: what a lost factor would do
    off = {}
    for k, t in enumerate(levels):
        brute = measured(drawing(manifold, random), gaussian_density(manifold), 55, t, 400, random)
        z = standard_errors(curves, k, brute)
        assert max(map(abs, z.values())) < 4.5, (t, z)  # 21 numbers: by chance once in 7000
        off[t] = standard_errors(planted, k, brute)
    assert all(max(abs(z[name]) for z in off.values()) > 8 for name in NAMES)
    assert max(curves.own_weight.stderr) < 0.004 and max(curves.kl.stderr) < 1e-3


def test_nonlinear_manifolds_against_drawn_sets():
    manifold = HiddenManifold(**SIZE, activation="tanh", seed=1)
    levels, random = [0.3, 0.55], np.random.default_rng(1)
    points = drawing(manifold, random)
    curves = finite_size_curves(manifold, 55, levels, n_views=128)
    planted = finite_size_curves(manifold, 110, levels[1:], n_views=128)
    density = prior_density(points)
    for k, t in enumerate(levels):
        brute = measured(points, density, 55, t, 150, random, fresh=6)
        z = standard_errors(curves, k, brute)
        assert max(map(abs, z.values())) < 4.5, (t, z)  # 14 numbers
    off = standard_errors(planted, 0, brute)
    assert min(abs(off[name]) for name in ("own_weight", "participation", "entropy", "majority")) > 4.5, off


def test_sampled_curves_are_the_exact_ones_of_linear_maps():
    manifold = HiddenManifold(**SIZE, ensemble="isometric")
    factor = (manifold.factor.T / math.sqrt(6)).astype(np.float32)
    levels = [0.6, 1.6, 2.0]
    exact = finite_size_curves(manifold, 55, levels)
    sampled = finite_size_curves(lambda z: z @ factor, 55, levels, latent_dim=6, n_views=64)
    shifts = []
    for name in (*NAMES, "own_weight_slope"):
        one, other = getattr(sampled, name), getattr(exact, name)
        z = (one.value - other.value) / np.hypot(one.stderr, other.stderr)
        assert np.abs(z).max() < 4.5, name
        assert np.abs(other.effort_shift).max() == 0
        shifts.append(np.abs(one.effort_shift).max())
    assert max(shifts) > 0  # some of 24 are told from the scatter of eight sweeps


def test_the_slope_is_the_derivative():
    manifold = HiddenManifold(**SIZE, ensemble="isometric")
    steps = np.linspace(-0.25, 0.25, 5)
    curves = finite_size_curves(manifold, 55, 1.6 * np.exp(steps))
    line = np.polynomial.Polynomial.fit(steps, curves.own_weight.value, 3).deriv()(0.0)
    assert curves.own_weight_slope[2].value == pytest.approx(line, abs=4 * curves.own_weight_slope[2].stderr)
    assert curves.own_weight_slope[2].stderr < 0.006


def test_the_steepest_fall_of_20_30_40_dimensions_is_that_measured():
    """Measured by brute force over 96, 64 and 48 draws (docs/results/condensation.csv), at t_collapse."""
    for dim, latent, n_points, t, slope, error in (
        (20, 6, 55, 1.6358, -0.3787, 0.0022),
        (30, 9, 403, 1.4781, -0.4894, 0.0019),
        (40, 12, 2981, 1.4034, -0.5841, 0.0024),
    ):
        family = HiddenFamily(dim, latent, "linear", "isometric")
        found = finite_size_curves(family, n_points, [t], n_views=1024).own_weight_slope[0]
        assert abs(found.value - slope) < 4 * math.hypot(found.stderr, error)
        assert abs(found.value - slope) < 0.05 * abs(slope)


def test_families_average_over_draws_of_the_factor():
    family = HiddenFamily(12, 4, "tanh")
    curves = finite_size_curves(family, 30, [0.4], n_views=64)
    assert curves.own_weight.stderr[0] < 0.05 and 0.3 < curves.own_weight.value[0] < 0.9
    assert curves.latent_dim == 4 and "P=30, N=12, D=4" in repr(curves)


def test_results_are_plain_and_do_not_depend_on_the_order_of_levels():
    manifold = HiddenManifold(ambient_dim=10, latent_dim=4, n_points=30, activation="relu")
    there, back = (finite_size_curves(manifold, 30, t, n_views=16) for t in ([0.3, 0.9], [0.9, 0.3]))
    for name in NAMES:
        np.testing.assert_array_equal(getattr(there, name).value, getattr(back, name).value[::-1])
    plain = there.to_dict()
    assert plain["t"] == [0.3, 0.9] and len(plain["kl"]["effort_shift"]) == 2
    assert list(there.to_table())[:3] == ["t", "own_weight", "own_weight_stderr"]


@pytest.mark.parametrize(
    ("change", "word"),
    [({"n_points": 2}, "n_points"), ({"t": [-1.0]}, "t"), ({"n_views": 3}, "n_views"), ({"subject": 7}, "generator")],
)
def test_bad_input_is_refused(change, word):
    manifold = HiddenManifold(ambient_dim=10, latent_dim=4, n_points=30)
    with pytest.raises(InvalidInput, match=word):
        finite_size_curves(**{"subject": manifold, "n_points": 30, "t": [0.5]} | change)


@pytest.mark.parametrize(
    ("t", "kind", "words"), [(1e-6, NotConverged, "raise t"), (1e300, InvalidInput, "at most 1e.30")]
)
def test_noise_that_the_sampled_law_does_not_reach_is_refused(t, kind, words):
    with pytest.raises(kind, match=words):
        finite_size_curves(HiddenFamily(8, 3, "tanh"), 30, t=[t], n_views=16)
