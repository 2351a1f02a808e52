"""Where gradient flow ends, from drawn surroundings, against the measure on data sets; places that stand for points."""

import math

import numpy as np
import pytest
from scipy.stats import ncx2

from remanifold import HiddenManifold, from_callable
from remanifold._core.errors import InvalidInput
from remanifold._core.seeds import generator
from remanifold.measures import basins
from remanifold.theory import HiddenFamily, finite_size_flow

# no public function tells where the flows of one surrounding end, and those of places can only be told apart from
# those of points where all points could be drawn too
from remanifold.theory.finite.drawn.surroundings import of_gaussian_point, of_set

SIZE = {"ambient_dim": 20, "latent_dim": 6, "n_points": 55}


def measured(manifold, t, deltas, sets):
    """Shares that the measure finds, with all coordinates and its own steps, on other data sets: (means, errors)."""
    random, shares = np.random.default_rng(8), []
    factor = manifold.factor / math.sqrt(manifold.latent_dim)
    for _ in range(sets):
        latents = random.standard_normal((manifold.n_points, manifold.latent_dim))
        points = manifold.function(latents @ factor.T)
        shares.append(basins(points, t, deltas, n_trajectories=55, stop_at=0.99 * t).flow.value)
    return np.mean(shares, axis=0), np.std(shares, axis=0, ddof=1) / math.sqrt(sets)


@pytest.mark.parametrize(("activation", "t"), [("linear", 1.0), ("tanh", 0.15)])
def test_shares_are_those_measured_on_other_data_sets_and_not_those_of_twice_the_points(activation, t):
    manifold = HiddenManifold(**SIZE, activation=activation, seed=3)
    deltas = [0.01 * t, t, 3 * t]
    right, error = measured(manifold, t, deltas, 16)
    found = finite_size_flow(manifold, 55, t, deltas, n_sets=100)
    planted = finite_size_flow(manifold, 110, t, deltas, n_sets=100)
    joint = np.hypot(error, found.share.stderr)
    assert (np.abs(found.share.value - right) < 4 * joint).all() and joint.max() < 0.04
    assert (np.abs(planted.share.value - right) > 4 * np.hypot(error, planted.share.stderr)).any()


def test_places_around_a_point_stand_for_all_others():
    """At t_c, where far points have weight too; a quarter of the points as planted mistake."""
    spectrum, delta, t, random = np.full(9, 30 / 9), np.array([0.0, 1.0, 2.0]), 1.2, generator(5, "places")
    every = np.array([
        of_set(np.sqrt(spectrum) * random.standard_normal((403, 9)), 80, delta, random).kept(t).mean(axis=0)
        for _ in range(30)
    ])  # fmt: skip
    places, planted = (
        np.concatenate([of_gaussian_point(spectrum, n, t, delta, random).kept(t) for _ in range(250)])
        for n in (403, 100)
    )
    error = np.hypot(every.std(axis=0, ddof=1) / math.sqrt(30), 0.5 / math.sqrt(250))
    assert (np.abs(places.mean(axis=0) - every.mean(axis=0)) < 4 * error).all()
    assert (np.abs(planted.mean(axis=0) - every.mean(axis=0)) > 4 * error).any()


@pytest.mark.parametrize("step", [0.001, 0.05])
def test_at_low_noise_a_point_keeps_its_flow_where_it_is_nearest(step):
    """P(no other point is nearer), of noncentral chi-squares, without set or flow; ten times the points are seen."""
    dim, n_points, noise = 6, 10**5, np.random.default_rng(2)
    delta = np.array([0.03, 0.06, 0.15])
    xi, w = (noise.standard_normal((20_000, dim)) for _ in range(2))

    def nearest(others):
        x = xi[:, None] + np.sqrt(delta)[:, None] * w[:, None]
        nearer = ncx2.cdf(delta * np.square(w).sum(1)[:, None], dim, np.square(x).sum(2))
        return np.exp(others * np.log1p(-nearer)).mean(axis=0)

    found = finite_size_flow(
        HiddenFamily(dim, dim, "linear", "isometric"), n_points, step * 0.2, delta, rows=32, n_sets=12
    )
    right, planted = nearest(n_points - 1), nearest(10 * n_points)
    assert (np.abs(found.share.value - right) < 4 * found.share.stderr).all()
    assert (np.abs(found.share.value - planted) > 4 * found.share.stderr).any()


def test_points_far_from_zero_keep_their_flow_too():
    near, far = (HiddenFamily(12, 4, lambda x, shift=shift: x + shift) for shift in (0.0, 1e6))
    values = [finite_size_flow(one, 200, 0.02, [0.02, 0.1], n_sets=8).share.value for one in (near, far)]
    assert values[0] == pytest.approx(values[1], abs=0.01)


def test_most_training_points_of_a_large_size_lie_in_a_well_between_collapse_and_onset():
    """N = 320, 10^27 points, 1.8 t_c: nearly all, as in the limit; at N = 20 some 14 %."""
    large, small = HiddenFamily(320, 96, "linear", "isometric"), HiddenFamily(20, 6, "linear", "isometric")
    few = finite_size_flow(small, 55, 2.14, n_sets=16).share[0]
    assert finite_size_flow(large, round(math.exp(64)), 2.15, rows=10, n_sets=4).share[0].value > 0.6 > few.value


def test_the_basin_shrinks_with_noise_and_is_none_where_few_keep_their_flow():
    isometric, deltas = HiddenFamily(30, 9, "linear", "isometric"), np.exp(np.linspace(-1, 1.5, 8))
    low, high, closed = (finite_size_flow(isometric, 403, t, deltas, rows=80, n_sets=12) for t in (0.4, 1.3, 3.0))
    assert low.basin.value > high.basin.value > 1 and closed.basin is None
    assert (np.diff(low.share.value) < 0.05).all()
    again = finite_size_flow(isometric, 403, 0.4, deltas, rows=80, n_sets=12)
    assert again.to_dict() == low.to_dict()
    assert low.to_dict()["basin"] == low.basin.value and closed.to_dict()["basin"] is None
    assert f"basin {low.basin.value:.4g}" in repr(low) and "no basin" in repr(closed)
    assert finite_size_flow(isometric, 403, sigma=math.sqrt(0.4), delta=deltas, rows=80, n_sets=12).basin == low.basin


@pytest.mark.parametrize(
    ("subject", "n_points", "options", "words"),
    [
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 1.0, "delta": [-1.0]}, "at least 0"),
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 1.0, "delta": "abc"}, "at least 0"),
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 1.0, "delta": [[1.0], [2.0]]}, "at least 0"),
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 1e-320}, "from 1e-30"),
        (HiddenFamily(20, 2, "linear", "isometric"), 10**400, {"t": 1.0}, "at most 50000"),
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 1.0, "delta": []}, "at least 0"),
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 0.0}, "above 0"),
        (HiddenFamily(20, 6, "linear", "isometric"), 2, {"t": 1.0}, "n_points"),
        (HiddenFamily(20, 6, "linear", "isometric"), 55, {"t": 1.0, "n_sets": 3}, "n_sets"),
        (HiddenFamily(20, 6, "tanh"), 10**6, {"t": 1.0}, "at most 50000"),
        (HiddenFamily(900, 300, "linear", "isometric"), 10**6, {"t": 1.0}, "at most 200"),
        (from_callable, 10**3, {"t": 1.0}, "latent"),
    ],
)
def test_refusals(subject, n_points, options, words):
    with pytest.raises(InvalidInput, match=words):
        finite_size_flow(subject, n_points, **options)
