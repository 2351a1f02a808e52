"""Values on which a random-matrix and a replica program (g(u) = u) agree, to every printed digit."""

from decimal import Decimal

import pytest

from remanifold.theory import (
    LinearLandscape,
    basin,
    cross_entropy,
    kl,
    t_collapse,
    t_condensation,
    t_generalization,
    t_onset,
)


def agrees(value: float, printed: str) -> bool:
    """Whether ``value`` rounds to ``printed``: half a unit of its last digit."""
    last_digit = Decimal(10) ** int(Decimal(printed).as_tuple().exponent)
    return abs(Decimal(value) - Decimal(printed)) <= last_digit / 2


TIMES = [
    ("isometric", 0.1, 0.1, "3.8593", "1.5652", "0.13641"),
    ("isometric", 0.2, 0.2, "1.9297", "0.78259", "0.13641"),
    ("isometric", 0.5, 0.5, "0.77187", "0.31304", "0.13641"),
    ("isometric", 0.05, 0.5, "1.1206e-07", "4.1223e-08", "2.0612e-09"),
    ("gaussian", 0.1, 0.2, "0.473428", "0.177342", "0.017395"),
    ("gaussian", 0.3, 0.2, "2.482379", "1.060951", "0.233248"),
    ("gaussian", 0.3, 0.5, "0.275429", "0.105033", "0.030201"),
    ("gaussian", 0.6, 0.3, "1.803184", "0.787374", "0.287306"),
]


@pytest.mark.parametrize(("ensemble", "ratio", "load", "onset", "collapse", "generalization"), TIMES)
def test_times(ensemble, ratio, load, onset, collapse, generalization):
    landscape = getattr(LinearLandscape, ensemble)(ratio)
    assert agrees(t_onset(landscape, load), onset)
    assert agrees(t_collapse(landscape, load), collapse)
    assert agrees(t_generalization(landscape, load), generalization)


@pytest.mark.parametrize(
    ("load", "collapse", "onset", "condensation", "generalization"),
    [(0.5, ".58198", "1.31023", ".42529", ".38743"), (0.1, "4.51666", "9.26073", "1.87905", "1.07863")],
)
def test_full_rank_unit_gaussian(load, collapse, onset, condensation, generalization):
    landscape = LinearLandscape.isometric(1.0)
    assert agrees(t_collapse(landscape, load), collapse)
    assert agrees(t_onset(landscape, load), onset)
    assert agrees(t_condensation(landscape, load), condensation)
    assert agrees(t_generalization(landscape, load), generalization)


@pytest.mark.parametrize(
    ("t", "delta"), [(2.0, "0.583015"), (1.5, "0.951824"), (1.06, "1.060951"), (0.3, "1.060951"), (1e-6, "1.060951")]
)
def test_basin(t, delta):
    assert agrees(basin(LinearLandscape.gaussian(0.3), 0.2, t), delta)


@pytest.mark.parametrize(
    ("t", "value"),
    [
        (0.05, "1.953556"),
        (0.1, "1.133888"),
        (0.233248, "0.891113"),
        (0.4, "0.952354"),
        (0.8, "1.153147"),
        (1.2, "1.300359"),
    ],
)
def test_cross_entropy(t, value):
    assert agrees(cross_entropy(LinearLandscape.gaussian(0.3), 0.2, t), value)


@pytest.mark.parametrize(
    ("t", "value"),
    [(0.1, "0.746302"), (0.4, "0.063660"), (0.8, "0.003833"), (1.0, "0.000152"), (1.07, "0"), (9.0, "0")],
)
def test_kl(t, value):
    assert agrees(kl(LinearLandscape.gaussian(0.3), 0.2, t), value)


def test_zeta():
    landscape = LinearLandscape.gaussian(0.3)
    assert agrees(landscape.zeta(4, 0), "-0.5143474786")
    assert agrees(landscape.zeta_slope(4, 0), "-0.0370658260")
    assert agrees(landscape.zeta(20, 0.2), "-2.1673172322")
    assert agrees(landscape.zeta_slope(20, 0.2), "-0.0775136620")


def test_a_wrong_digit_would_be_seen():
    assert not agrees(t_collapse(LinearLandscape.gaussian(0.3), 0.2), "1.060952")
    assert not agrees(t_collapse(LinearLandscape.isometric(0.3), 0.2), "1.060951")
