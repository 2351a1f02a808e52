"""Signal against noise: phases by a Legendre transform, frozen weights by the lowest energies of huge models."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from large_rem import log_sum_of, lowest_energies, participation_of

from remanifold import InvalidInput
from remanifold.theory import (
    Landscape,
    LinearLandscape,
    MixtureLandscape,
    condensation,
    free_entropy,
    lowest_energy,
    participation,
    rem_phase,
    rem_state,
    t_collapse,
    t_condensation,
    t_infinite_variance,
    t_onset,
)

UNIT = LinearLandscape.isometric(1.0)
SPECTRA = [UNIT, LinearLandscape.gaussian(0.3), LinearLandscape.from_eigenvalues([3.0, 1.0, 0.2, 0.0, 0.0])]
points = st.tuples(st.sampled_from(SPECTRA), st.floats(-3, 0.7), st.floats(-4, 4), st.floats(-4, 3)).map(
    lambda p: (p[0], *map(math.exp, p[1:]))
)


def legendre(landscape, load, lam, delta):
    """phi and the energy it takes: max over e of [S(e) - lam e] where S(e) = load + min_l [zeta(l) + l e] >= 0."""
    inverse = np.geomspace(1e-4, 1e5, 3000)
    zetas = np.array([landscape.zeta(float(l), delta) for l in inverse])
    energies = -np.gradient(zetas, inverse)
    counts = load + zetas + inverse * energies  # falls along the grid
    least = np.interp(0.0, counts[::-1], energies[::-1])
    allowed = counts >= 0
    energies, counts = np.append(energies[allowed], least), np.append(counts[allowed], 0.0)
    best = int(np.argmax(counts - lam * energies))
    return counts[best] - lam * energies[best], energies[best], counts[best]


@settings(deadline=None, max_examples=25)
@given(points)
def test_state_against_the_maximum_over_energies(point):
    landscape, load, lam, delta = point
    value, energy, count = legendre(landscape, load, lam, delta)
    state = rem_state(landscape, load, lam, delta)
    assert state.noise == pytest.approx(value, rel=2e-3, abs=2e-3)  # the grid has a step of 0.7 %
    assert state.free_entropy == max(state.signal, state.noise)
    if abs(state.noise - state.signal) > 0.01 * (1 + lam * delta):
        assert (state.phase == "retrieved") == (-lam * delta / 2 > value)
        if state.phase == "liquid":
            assert state.entropy == pytest.approx(count, abs=5e-3)
            assert state.energy == pytest.approx(energy, rel=1e-2, abs=1e-4)


@settings(deadline=None, max_examples=80)
@given(points)
def test_thermodynamics(point):
    """energy = -d(free entropy)/d lam and entropy = free entropy + lam energy, in each phase."""
    landscape, load, lam, delta = point
    state = rem_state(landscape, load, lam, delta)
    step = 1e-4 * lam
    if {rem_phase(landscape, load, lam + sign * step, delta) for sign in (-1, 1)} != {state.phase}:
        return
    up, down = (rem_state(landscape, load, lam + sign * step, delta).free_entropy for sign in (1, -1))
    assert state.energy == pytest.approx((down - up) / (2 * step), rel=1e-6, abs=1e-11 / step)
    assert state.entropy == pytest.approx(state.free_entropy + lam * state.energy, rel=1e-8, abs=1e-12 * (1 + lam))
    assert 0 <= state.participation <= 1
    assert (state.entropy > 0) == (state.phase == "liquid")
    assert state.energy >= state.lowest_energy * (1 - 1e-12)
    assert state.condensation == condensation(landscape, load, delta)


@pytest.mark.parametrize("landscape", SPECTRA)
def test_the_empirical_score_runs_through_the_triple_point(landscape):
    load = 0.3
    collapse, onset = t_collapse(landscape, load), t_onset(landscape, load)
    for x, phase in ((0.1, "retrieved"), (0.99, "retrieved"), (1.01, "liquid"), (10.0, "liquid")):
        assert rem_phase(landscape, load, 1 / (x * collapse), x * collapse) == phase
    assert rem_phase(landscape, load, 1.01 / collapse, 1.01 * collapse) == "frozen"
    assert rem_phase(landscape, load, 0.999 / onset, 0.0) == "liquid"
    assert rem_phase(landscape, load, 1.001 / onset, 0.0) == "retrieved"
    # a fresh point is never retrieved, so its condensation is that of the noise alone
    condensed = condensation(landscape, load, 0.0)
    assert participation(landscape, load, 0.99 * condensed, 0.0) == 0.0
    assert participation(landscape, load, 2 * condensed, 0.0) == pytest.approx(0.5)


@pytest.mark.parametrize("delta", [0.0, 0.5])
def test_participation_of_huge_models(delta):
    """exp(80) and exp(160) points: 1 - lambda_c/lam up to O(1/N), removed by the pair; planted exponents fail."""
    load, frozen_at = 0.2, condensation(UNIT, 0.2, delta)
    smaller, larger = (lowest_energies(n, load, delta, draws=3000, depth=2000, seed=1) for n in (400, 800))
    for factor in (1.5, 2.5, 4.0):
        lam = factor * frozen_at
        (half, _), (whole, error) = participation_of(smaller, lam), participation_of(larger, lam)
        expected, measured = participation(UNIT, load, lam, delta), 2 * whole - half
        assert error < 0.006
        assert abs(whole - expected) < abs(half - expected) + error
        assert abs(measured - expected) < 5 * error  # the draws are common, so the pair's error is that of one
        for wrong in (frozen_at / lam, 1 - (frozen_at / lam) ** 2):
            assert abs(measured - wrong) > 5 * error


@pytest.mark.parametrize("delta", [0.0, 0.5])
def test_lowest_energy_and_free_entropy_of_huge_models(delta):
    """Both are missed by log(N)/2 + O(1) in units of 1/(lambda_c N), because densities of energies have N^-1/2."""
    load, frozen_at = 0.2, condensation(UNIT, 0.2, delta)
    lam, missed, lost = 2 * frozen_at, [], []
    for n in (200, 800):
        energies = lowest_energies(n, load, delta, draws=500, depth=2000, seed=2)
        missed.append(energies[:, 0].mean() / n - lowest_energy(UNIT, load, delta))
        lost.append(free_entropy(UNIT, load, lam, delta) - log_sum_of(energies, lam)[0] / n)
    # common draws: the error of the differences is that of O(1/N); 1 % off in the energy would add 2 to 6
    growth = lambda values: 800 * values[1] - 200 * values[0]  # noqa: E731
    assert frozen_at * growth(missed) == pytest.approx(0.5 * math.log(4), abs=0.1)
    assert growth(lost) == pytest.approx(math.log(4), abs=0.2)
    planted = [value + 0.01 * lowest_energy(UNIT, load, delta) for value in missed]
    assert abs(frozen_at * growth(planted) - 0.5 * math.log(4)) > 1


def test_poisson_weights():
    """The limit itself: Gamma_k^(-1/m) with m = lambda_c/lam, the weights of a frozen model."""
    random = np.random.default_rng(5)
    for factor in (1.5, 3.0):
        lam = factor * condensation(UNIT, 0.2, 0.3)
        arrivals = random.standard_exponential((4000, 3000)).cumsum(1)
        share, error = participation_of(np.log(arrivals), factor)
        assert abs(share - participation(UNIT, 0.2, lam, 0.3)) < 5 * error + 3000 ** (1 - factor)


def test_squares_of_the_density_freeze_at_twice_the_condensation():
    """Sum of squared kernels over 2.2e4 points in 100 dimensions: one term's share of it, (7.8)."""
    n, n_points, draws = 100, 22026, 60
    load = math.log(n_points) / n
    random = np.random.default_rng(4)
    energies = random.noncentral_chisquare(n, n, (draws, n_points)) / 2  # x fixed at squared norm N
    onset = t_infinite_variance(UNIT, load)
    assert onset == 2 * t_condensation(UNIT, load)
    shares = {x: participation_of(energies, 2 / (x * onset)) for x in (0.3, 0.6, 1.5, 3.0)}
    for x, (share, error) in shares.items():
        expected = participation(UNIT, load, 2 / (x * onset), 0.0)
        assert expected == pytest.approx(max(0.0, 1 - x))
        assert -5 * error < share - expected < 0.2 + 5 * error  # finite size adds up to 0.2 at N = 100
    assert shares[3.0][0] < 0.05


def test_discrete_points_above_their_ceiling_never_freeze():
    class Coin(Landscape):
        information_ceiling = math.log(2)

        def zeta(self, lam, delta):
            return -math.log(2) + math.log1p(math.exp(-2 * lam))

        def zeta_slope(self, lam, delta):
            return -2 / (1 + math.exp(2 * lam))

        def entropy_deficit(self, lam, delta):
            return lam * self.zeta_slope(lam, delta) - self.zeta(lam, delta)

    state = rem_state(Coin(), 1.0, 30.0, 0.0)
    assert (state.phase, state.condensation, state.lowest_energy) == ("liquid", None, None)
    assert rem_state(Coin(), 0.5, 30.0, 0.0).phase == "retrieved"
    assert t_infinite_variance(Coin(), 1.0) is None


def test_a_mixture_of_kinds_has_no_one_phase():
    mixture = MixtureLandscape.of_modes([UNIT, LinearLandscape.isometric(0.5)], [0.5, 0.5])
    with pytest.raises(
        InvalidInput, match="must be asked of one kind of mode, since each mode freezes on its own, but"
    ):
        rem_state(mixture, 0.3, 1.0, 0.1)
    one = MixtureLandscape.many(UNIT, 0.1)
    same, shifted = rem_state(UNIT, 0.3, 1.3, 1.0), rem_state(one, 0.4, 1.3, 1.0)
    assert shifted.phase == same.phase
    assert shifted.free_entropy == pytest.approx(same.free_entropy)
    assert shifted.participation == pytest.approx(same.participation)
