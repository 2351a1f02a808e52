"""The times: order, limits, invariances, and every definition solved again by another route."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from sign_coordinates import SignCoordinates

from remanifold import InvalidInput
from remanifold.theory import (
    Landscape,
    LinearLandscape,
    basin,
    cross_entropy,
    free_entropy,
    kl,
    t_collapse,
    t_condensation,
    t_generalization,
    t_onset,
    why_never,
)

ALL_TIMES = (t_generalization, t_condensation, t_collapse, t_onset)
ROUND_OFF = 1e-10  # four roots, each to about 700 eps


@dataclass(frozen=True)
class Opaque(Landscape):
    """A landscape that hides that it is linear, so that nothing takes a closed form."""

    inside: LinearLandscape
    information_ceiling: float = math.inf

    def zeta(self, lam: float, delta: float) -> float:
        return self.inside.zeta(lam, delta)

    def zeta_slope(self, lam: float, delta: float) -> float:
        return self.inside.zeta_slope(lam, delta)

    def entropy_deficit(self, lam: float, delta: float) -> float:
        return self.inside.entropy_deficit(lam, delta)


def landscapes():
    ratios = st.one_of(st.just(1.0), st.floats(-6, 0).map(math.exp))
    plain = st.builds(
        lambda make, c: make(c), st.sampled_from([LinearLandscape.isometric, LinearLandscape.gaussian]), ratios
    )
    power = st.builds(LinearLandscape.power_law_limit, ratios, st.floats(0, 0.9))
    lists = st.builds(
        lambda logs, zeros: LinearLandscape.from_eigenvalues([math.exp(x) for x in logs] + [0.0] * zeros),
        st.lists(st.floats(-8, 8), min_size=1, max_size=6),
        st.integers(0, 6),
    )
    return st.one_of(plain, power, lists)


loads_per_latent = st.floats(math.log(1e-6), math.log(300)).map(math.exp)


@settings(deadline=None, max_examples=150)
@given(landscapes(), loads_per_latent)
def test_order(landscape, per_latent):
    load = per_latent * landscape.latent_ratio
    best, condensed, collapse, onset = (time(landscape, load) for time in ALL_TIMES)
    assert best > 0 and onset < math.inf
    assert best <= condensed * (1 + ROUND_OFF)
    assert condensed <= collapse * (1 + ROUND_OFF)
    assert collapse < onset
    if landscape.latent_ratio < 0.95 and per_latent > 1e-4:
        assert best < collapse * (1 - 1e-6)


@settings(deadline=None, max_examples=60)
@given(landscapes(), loads_per_latent, st.floats(-4, 4).map(math.exp))
def test_times_scale_with_the_variance(landscape, per_latent, factor):
    load = min(per_latent, 200) * landscape.latent_ratio
    scaled = LinearLandscape(landscape.latent_ratio, landscape.eigenvalues * factor, landscape.weights)
    for time in ALL_TIMES:
        assert time(scaled, load) == pytest.approx(factor * time(landscape, load), rel=ROUND_OFF)
    t = 0.5 * (t_collapse(landscape, load) + t_onset(landscape, load))
    assert basin(scaled, load, factor * t) == pytest.approx(factor * basin(landscape, load, t), rel=1e-7)


@settings(deadline=None, max_examples=40)
@given(landscapes(), loads_per_latent)
def test_empty_dimensions_move_the_best_noise_only(landscape, per_latent):
    load = per_latent * landscape.latent_ratio
    padded = LinearLandscape(landscape.latent_ratio / 2, landscape.eigenvalues, landscape.weights)
    for time in (t_condensation, t_collapse, t_onset):
        assert time(padded, load / 2) == pytest.approx(time(landscape, load), rel=ROUND_OFF)
    assert t_generalization(padded, load / 2) == pytest.approx(t_generalization(landscape, load) / 2, rel=ROUND_OFF)


@settings(deadline=None, max_examples=60)
@given(landscapes(), loads_per_latent)
def test_closed_forms_agree_with_roots(landscape, per_latent):
    load = per_latent * landscape.latent_ratio
    opaque, collapse, onset = Opaque(landscape), t_collapse(landscape, load), t_onset(landscape, load)
    assert t_collapse(opaque, load) == pytest.approx(collapse, rel=ROUND_OFF)
    for share in (0.2, 0.7):
        t = collapse ** (1 - share) * onset**share
        # load, zeta and delta/2t cancel at small loads: eps over the load per latent dimension remains
        assert basin(opaque, load, t) == pytest.approx(basin(landscape, load, t), rel=1e-9 + 1e-13 / per_latent)


@pytest.mark.parametrize("per_latent", [1e-6, 1e-3, 0.1, 5.0, 300.0])
def test_isometric_collapse_in_the_limits(per_latent):
    load = 0.25 * per_latent
    collapse = t_collapse(LinearLandscape.isometric(0.25), load)
    assert 0.125 * math.log1p(4 / collapse) == pytest.approx(load, rel=1e-10)
    if per_latent < 1e-4:
        assert collapse == pytest.approx(1 / (2 * load), rel=2 * per_latent)
    if per_latent > 4:
        assert math.log(collapse) == pytest.approx(math.log(4) - 2 * per_latent, rel=1e-5)


def test_the_finite_list_answers_two_log_p():
    values, n_points = np.array([4.0, 2.0, 1.0, 0.5]), 1000
    landscape, load = LinearLandscape.from_eigenvalues(values, 7), math.log(1000) / 7
    t = t_collapse(landscape, load)
    assert np.log1p(values / t).sum() == pytest.approx(2 * math.log(n_points), rel=1e-12)
    t = t_onset(landscape, load)
    assert (np.log1p(values / t) + values / (values + t)).sum() == pytest.approx(2 * math.log(n_points), rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(landscapes(), st.floats(math.log(1e-2), math.log(8)).map(math.exp), st.floats(-2.5, 0.98))
def test_basin_solves_its_definition(landscape, per_latent, place):
    """-delta/(2t) = phi(1/t, delta) by bisection on phi itself, in and out of the frozen phase."""
    load = per_latent * landscape.latent_ratio
    collapse, onset = t_collapse(landscape, load), t_onset(landscape, load)
    t = collapse * (onset / collapse) ** place
    balance = lambda delta: delta / (2 * t) + free_entropy(landscape, load, 1 / t, delta)  # noqa: E731
    solved = brentq(balance, 0.0, 2 * max(t, collapse), xtol=1e-14 * collapse)
    assert basin(landscape, load, t) == pytest.approx(solved, rel=1e-5)


def test_basin_at_its_ends():
    landscape, load = LinearLandscape.gaussian(0.3), 0.2
    collapse, onset = t_collapse(landscape, load), t_onset(landscape, load)
    assert basin(landscape, load, collapse * (1 + 1e-9)) == pytest.approx(collapse, rel=1e-7)
    assert basin(landscape, load, onset * (1 - 1e-6)) < 1e-4
    assert basin(landscape, load, onset * (1 + 1e-12)) == 0.0 == basin(landscape, load, 1e6)
    between = [basin(landscape, load, t) for t in np.geomspace(collapse, onset, 30)]
    assert all(a > b for a, b in pairwise(between))


@settings(deadline=None, max_examples=25)
@given(landscapes(), st.floats(math.log(1e-2), math.log(20)).map(math.exp))
def test_best_noise_is_the_minimum_of_the_cross_entropy(landscape, per_latent):
    load = per_latent * landscape.latent_ratio
    best, onset = t_generalization(landscape, load), t_onset(landscape, load)
    curve = lambda log_t: cross_entropy(landscape, load, math.exp(log_t))  # noqa: E731
    grid = np.linspace(math.log(best) - 3, math.log(onset) + 3, 60)
    lowest = grid[np.argmin([curve(x) for x in grid])]
    step = grid[1] - grid[0]
    refined = minimize_scalar(curve, bounds=(lowest - step, lowest + step), method="bounded", options={"xatol": 1e-9})
    assert refined.fun >= curve(math.log(best)) - 1e-9
    # a minimum is flat: round-off eps in the curve moves it by sqrt(eps / curvature)
    assert abs(refined.x - math.log(best)) < 1e-4 or refined.fun == pytest.approx(curve(math.log(best)), abs=1e-11)


@settings(deadline=None, max_examples=40)
@given(landscapes(), st.floats(math.log(1e-2), math.log(20)).map(math.exp))
def test_divergence_starts_at_the_collapse_and_grows(landscape, per_latent):
    load = per_latent * landscape.latent_ratio
    collapse = t_collapse(landscape, load)
    assert kl(landscape, load, collapse * 1.001) == 0.0
    values = [kl(landscape, load, collapse * x) for x in (0.9, 0.5, 0.1, 0.01)]
    assert values[0] >= -1e-12
    assert all(b > a for a, b in pairwise(values))


def test_divergence_reaches_the_nearest_neighbour_limit():
    """As t -> 0 the population's mean log density stays and p_emp at x sees its nearest point: own ones aside."""
    landscape, load, t = LinearLandscape.isometric(1.0), 0.3, 1e-9
    nearest = t_generalization(landscape, load)
    population = 0.5 * math.log(2 * math.pi * math.e * (1 + t))
    expected = load + 0.5 * math.log(2 * math.pi * t) + nearest / (2 * t) - population
    assert kl(landscape, load, t) == pytest.approx(expected, rel=1e-6)


def test_small_ratio_divides_the_best_noise():
    ratios = [
        t_generalization(LinearLandscape.isometric(c), c) / t_collapse(LinearLandscape.isometric(c), c) / c
        for c in (0.1, 0.01, 0.001)
    ]
    assert ratios[0] == pytest.approx(ratios[2], rel=1e-9)
    assert 0.5 < ratios[0] < 1


def test_never_is_an_answer():
    signs = SignCoordinates()
    assert t_collapse(signs, 0.5) == pytest.approx(0.50016, abs=6e-6)
    assert t_onset(signs, 0.5) == pytest.approx(1.29351, abs=6e-6)
    assert -signs.zeta(1.0, 1.0) - 0.5 == pytest.approx(0.336831, abs=6e-7)
    assert why_never(signs, 0.5) is None
    assert [time(signs, 0.7) for time in ALL_TIMES] == [None] * 4
    assert basin(signs, 0.7, 0.5) == 0.0
    assert why_never(signs, 0.7) == (
        "never: the load 0.7 is above 0.693147 nats per dimension, all that one such point can tell, so training "
        "points coincide before any noise level separates them"
    )


@pytest.mark.parametrize("per_latent", [1e-12, 1e-6, 300.0, 320.0])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_extreme_loads_and_units_do_not_overflow(per_latent, scale):
    for values in ([scale], [scale * 3000, scale, scale / 3000, 0.0]):
        landscape = LinearLandscape.from_eigenvalues(values)
        load = per_latent * landscape.latent_ratio
        best, condensed, collapse, onset = (time(landscape, load) for time in ALL_TIMES)
        assert 0 < best <= condensed * (1 + ROUND_OFF) <= collapse * (1 + 2 * ROUND_OFF) < onset < math.inf
        assert basin(landscape, load, math.sqrt(collapse) * math.sqrt(onset)) <= collapse
        assert kl(landscape, load, collapse / 2) >= 0
        assert math.isfinite(cross_entropy(landscape, load, best))


@pytest.mark.parametrize("function", [basin, cross_entropy, kl])
def test_a_noise_is_a_variance_or_a_sigma(function):
    landscape = LinearLandscape.gaussian(0.3)
    assert function(landscape, 0.2, sigma=0.5) == function(landscape, 0.2, 0.25) == function(landscape, 0.2, t=0.25)
    for noises in ({}, {"t": 0.25, "sigma": 0.5}):
        with pytest.raises(InvalidInput, match="a noise must be given as its variance t or as sigma"):
            function(landscape, 0.2, **noises)
