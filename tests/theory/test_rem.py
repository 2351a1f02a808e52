"""The random energy model: derivatives by differences, the textbook model, and the identities of condensation."""

import math
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold import NotConverged
from remanifold.theory import (
    Landscape,
    LinearLandscape,
    annealed_entropy,
    condensation,
    free_entropy,
    lowest_energy,
    t_collapse,
    t_generalization,
)

SPECTRA = [
    LinearLandscape.isometric(0.3),
    LinearLandscape.gaussian(0.3),
    LinearLandscape.gaussian(1.0),
    LinearLandscape.power_law(50, 200, 1.2),
    LinearLandscape.from_eigenvalues([3.0, 1.0, 0.2, 0.0, 0.0]),
]


@dataclass(frozen=True)
class GaussianEnergies(Landscape):
    """The textbook model (Derrida 1981): independent energies of mean e N and variance s^2 N, whatever x is."""

    mean: float
    spread: float
    information_ceiling: float = math.inf

    def zeta(self, lam: float, delta: float) -> float:
        return -lam * (self.mean + delta / 2) + (lam * self.spread) ** 2 / 2

    def zeta_slope(self, lam: float, delta: float) -> float:
        return -(self.mean + delta / 2) + lam * self.spread**2

    def entropy_deficit(self, lam: float, delta: float) -> float:
        return (lam * self.spread) ** 2 / 2


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SPECTRA), st.floats(-3, 3), st.floats(0, 5))
def test_slope_is_the_derivative_of_zeta(landscape, log_lam, delta):
    lam = math.exp(log_lam)
    step = 1e-4 * lam
    difference = (landscape.zeta(lam + step, delta) - landscape.zeta(lam - step, delta)) / (2 * step)
    # second-order error step^2 zeta'''/6 plus round-off eps zeta/step
    assert landscape.zeta_slope(lam, delta) == pytest.approx(difference, rel=1e-6)
    assert difference != pytest.approx(landscape.zeta_slope(1.1 * lam, delta), rel=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SPECTRA), st.floats(-6, 6), st.floats(0, 5))
def test_deficit_is_slope_minus_zeta_where_nothing_cancels(landscape, log_lam, delta):
    lam = math.exp(log_lam)
    plain = lam * landscape.zeta_slope(lam, delta) - landscape.zeta(lam, delta)
    lost = 4e-16 * lam * (1 + delta)  # what the off-manifold terms leave behind when they are subtracted
    assert landscape.entropy_deficit(lam, delta) == pytest.approx(plain, rel=1e-9, abs=1e-13 + 4 * lost)
    assert landscape.entropy_deficit(1.01 * lam, delta) >= landscape.entropy_deficit(lam, delta)


def test_deficit_survives_where_the_difference_does_not():
    landscape, lam = LinearLandscape.isometric(0.3), 3.7e20
    l = 1 / 0.3
    exact = 0.15 * (math.log1p(lam * l) + 2.3 / l)  # leading order in 1/lam
    assert landscape.entropy_deficit(lam, 2.3) == pytest.approx(exact, rel=1e-14)
    assert abs(lam * landscape.zeta_slope(lam, 2.3) - landscape.zeta(lam, 2.3) - exact) > 100


@pytest.mark.parametrize("landscape", SPECTRA)
@pytest.mark.parametrize("load", [0.01, 0.2, 1.5])
def test_condensation_is_collapse_at_the_collapse(landscape, load):
    collapse = t_collapse(landscape, load)
    assert condensation(landscape, load, collapse) == pytest.approx(1 / collapse, rel=1e-10)
    assert -landscape.zeta(1 / collapse, collapse) - 0.5 == pytest.approx(load, rel=1e-10)
    assert landscape.zeta_slope(1 / collapse, collapse) == pytest.approx(-collapse / 2, rel=1e-12)
    assert abs(condensation(landscape, load, 2 * collapse) * collapse - 1) > 1e-8


@pytest.mark.parametrize("landscape", SPECTRA)
@pytest.mark.parametrize("delta", [0.0, 0.3])
def test_free_entropy_is_smooth_through_condensation(landscape, delta):
    load = 0.3
    lam = condensation(landscape, load, delta)
    assert annealed_entropy(landscape, load, lam, delta) == pytest.approx(0, abs=1e-12)
    below, at, above = (free_entropy(landscape, load, lam * x, delta) for x in (1 - 1e-5, 1.0, 1 + 1e-5))
    assert at - below == pytest.approx(above - at, rel=1e-4)
    # frozen: the free entropy is the lowest energy alone
    assert free_entropy(landscape, load, 7 * lam, delta) == pytest.approx(
        -7 * lam * lowest_energy(landscape, load, delta)
    )


def test_textbook_model():
    energies, load = GaussianEnergies(mean=2.0, spread=0.5), 0.4
    critical = math.sqrt(2 * load) / 0.5
    assert condensation(energies, load, 0.0) == pytest.approx(critical)
    assert lowest_energy(energies, load, 0.0) == pytest.approx(2.0 - 0.5 * math.sqrt(2 * load))
    assert free_entropy(energies, load, 1.0, 0.0) == pytest.approx(load - 2.0 + 0.125)
    assert free_entropy(energies, load, 5.0, 0.0) == pytest.approx(-5 * (2.0 - 0.5 * math.sqrt(2 * load)))


def test_best_noise_above_condensation():
    """Where the nearest point lies farther than the condensation allows, the minimum is the annealed one."""
    energies, load = GaussianEnergies(mean=2.0, spread=0.5), 0.4
    lam = 1 / t_generalization(energies, load)
    assert lam < condensation(energies, load, 0.0)
    assert lam * (2.0 - 0.25 * lam) == pytest.approx(0.5)
    barely = GaussianEnergies(mean=0.6, spread=0.4)  # its condition holds twice; the lower root is the minimum
    lam = 1 / t_generalization(barely, load)
    assert lam == pytest.approx((0.6 - math.sqrt(0.36 - 4 * 0.16 * 0.5)) / 0.32)
    frozen = GaussianEnergies(mean=0.5, spread=0.4)
    assert t_generalization(frozen, load) == pytest.approx(2 * (0.5 - 0.4 * math.sqrt(2 * load)))


def test_no_root_is_said_and_not_returned():
    with pytest.raises(NotConverged, match=r"the condensation point was not found between exp\(-700\) and exp\(700\)"):
        condensation(LinearLandscape.isometric(0.1), 1000.0, 0.0)
