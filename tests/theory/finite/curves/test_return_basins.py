"""Where half of the exact reverse diffusions return to their training point, without one, against drawn data sets."""

import math

import numpy as np
import pytest

from remanifold import HiddenManifold
from remanifold._core.errors import InvalidInput
from remanifold.theory import finite_size_basins, finite_size_curves
from tests.theory.finite.curves.drawn_sets import return_basins_of_sets

SIZE = {"ambient_dim": 20, "latent_dim": 6, "n_points": 55}


def drawing(manifold, random):
    factor = manifold.factor / math.sqrt(manifold.latent_dim)
    return lambda n: manifold.function(random.standard_normal((n, manifold.latent_dim)) @ factor.T)


@pytest.mark.parametrize(
    ("activation", "levels", "views"), [("linear", (0.5, 1.4, 2.2), 512), ("tanh", (0.3, 0.6), 96)]
)
def test_half_return_where_the_mean_own_weight_of_drawn_sets_is_half_and_not_for_twice_the_points(
    activation, levels, views
):
    manifold, random = HiddenManifold(**SIZE, activation=activation, seed=3), np.random.default_rng(0)
    found = finite_size_basins(manifold, 55, levels, edge="return", n_views=views)
    planted = finite_size_basins(manifold, 110, levels, edge="return", n_views=views)
    for t, one, other in zip(levels, found.delta, planted.delta):
        deltas = one.value * np.exp(np.linspace(-2.4, 1.2, 19))
        log, error = return_basins_of_sets(drawing(manifold, random), 55, t, deltas, 200, random)
        joint = math.hypot(one.log_stderr, error)
        assert abs(one.log.value - log) < 4.5 * joint + 0.005, t
        assert joint < 0.05
        assert other is None or abs(other.log.value - log) > 4.5 * joint, t


def test_sampled_ones_are_the_exact_ones_and_there_is_none_where_no_half_returns():
    manifold = HiddenManifold(**SIZE, ensemble="isometric")
    factor, levels = (manifold.factor.T / math.sqrt(6)).astype(np.float32), [0.5, 1.5, 6.0]
    exact = finite_size_basins(manifold, 55, levels, edge="return")
    sampled = finite_size_basins(lambda z: z @ factor, 55, levels, latent_dim=6, n_views=64, edge="return")
    for one, other in zip(sampled.delta[:2], exact.delta[:2]):
        assert abs(one.log.value - other.log.value) < 4.5 * math.hypot(one.log_stderr, other.log_stderr)
    assert sampled.delta[2] is exact.delta[2] is None and "fewer than half" in exact.reasons[2]
    assert exact.to_dict()["edge"] == "return"


@pytest.mark.parametrize("activation", ["linear", "tanh"])
def test_far_below_the_collapse_half_return_where_another_point_is_as_often_the_nearest(activation):
    manifold, random = HiddenManifold(**SIZE, activation=activation, seed=3), np.random.default_rng(1)
    levels, views = (1e-3, 0.1), 64
    found = finite_size_basins(manifold, 55, levels, edge="return", n_views=views)
    planted = finite_size_basins(manifold, 110, levels[1:], edge="return", n_views=views).delta[0]
    deltas = found.delta[0].value * np.exp(np.linspace(-2.4, 1.2, 19))
    log, error = return_basins_of_sets(drawing(manifold, random), 55, 1e-3, deltas, 200, random)
    for one in found.delta:
        joint = math.hypot(one.log_stderr, error)
        assert joint < 0.1 and abs(one.log.value - log) < 4.5 * joint + 0.005
        assert abs(planted.log.value - log) > 4.5 * joint
    assert abs(found.delta[0].log.value - found.delta[1].log.value) < 0.02


def test_the_noise_at_which_half_of_the_noisy_points_are_their_own_has_a_basin_as_wide_as_the_noise():
    manifold = HiddenManifold(**SIZE, ensemble="isometric")
    levels = np.exp(np.linspace(0.0, 0.5, 11))
    shares = finite_size_curves(manifold, 55, levels).own_weight.value
    half = math.exp(np.interp(0.5, shares[::-1], np.log(levels)[::-1]))
    (one,) = finite_size_basins(manifold, 55, [half], edge="return").delta
    assert one.log.value == pytest.approx(math.log(half), abs=0.04)


def test_an_unknown_edge_is_refused():
    with pytest.raises(InvalidInput, match="`edge` must be energy or return, but got 'flow'"):
        finite_size_basins(HiddenManifold(**SIZE), 55, [1.0], edge="flow")
