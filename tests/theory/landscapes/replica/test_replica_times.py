"""Times of nonlinear manifolds: reference values of two independent programs, ceilings, order, branches."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold.manifolds import ACTIVATIONS
from remanifold.theory import (
    LinearLandscape,
    ReplicaLandscape,
    basin,
    t_collapse,
    t_condensation,
    t_generalization,
    t_onset,
    why_never,
)

TIMES = [
    ("tanh", 0.1, 0.2, "0.2112925", "0.0795617", "0.0077987"),
    ("tanh", 0.3, 0.2, "1.0652800", "0.4434387", "0.0987267"),
    ("tanh", 0.3, 0.5, "0.1149535", "0.0440735", "0.0125848"),
    ("relu", 0.3, 0.2, "0.9190538", "0.3994925", "0.0873486"),
    ("sign", 0.3, 0.2, "3.5554097", "1.5288751", "0.3683593"),
]


def agrees(value, printed):
    """Whether ``value`` rounds to ``printed``: half a unit of its last digit."""
    return abs(Decimal(value) - Decimal(printed)) <= Decimal(10) ** int(Decimal(printed).as_tuple().exponent) / 2


@pytest.mark.parametrize(("activation", "ratio", "load", "onset", "collapse", "generalization"), TIMES)
def test_times(activation, ratio, load, onset, collapse, generalization):
    landscape = ReplicaLandscape.of(ratio, activation)
    assert agrees(t_onset(landscape, load), onset)
    assert agrees(t_collapse(landscape, load), collapse)
    assert agrees(t_generalization(landscape, load), generalization)


def test_a_wrong_digit_or_a_swap_would_be_seen():
    landscape = ReplicaLandscape.of(0.3, "relu")
    assert not agrees(t_onset(landscape, 0.2), "0.9190539")
    assert not agrees(t_onset(landscape, 0.2 * (1 + 1e-6)), "0.9190538")
    assert not agrees(t_onset(ReplicaLandscape.of(0.2, "relu"), 0.3), "0.9190538")


@pytest.mark.parametrize(("ratio", "ceiling"), [(0.1, 0.2484), (0.3, 0.4341), (0.6, 0.5405)])
def test_information_ceiling_of_sign(ratio, ceiling):
    landscape = ReplicaLandscape.of(ratio, "sign")
    assert landscape.information_ceiling == pytest.approx(ceiling, abs=5e-5)
    times = t_onset, t_collapse, t_condensation, t_generalization
    assert [time(landscape, ceiling + 1e-3) for time in times] == [None] * 4
    assert "all that one such point can tell" in why_never(landscape, ceiling + 1e-3)
    assert why_never(landscape, ceiling - 1e-3) is None
    assert 0 < t_collapse(landscape, ceiling - 1e-3) < t_onset(landscape, ceiling - 1e-3)


def test_only_discrete_activations_have_a_ceiling():
    for name in ACTIVATIONS:
        assert (ReplicaLandscape.of(0.3, name).information_ceiling < math.inf) == (name == "sign")


@settings(max_examples=4, deadline=None, derandomize=True)
@given(
    ratio=st.floats(0.05, 1.0),
    per_latent=st.floats(0.05, 3.0),
    activation=st.sampled_from(["tanh", "relu", "leaky-relu"]),
)
def test_order_of_the_times(ratio, per_latent, activation):
    landscape, load = ReplicaLandscape.of(ratio, activation, tolerance=1e-6), per_latent * ratio
    onset, collapse, fresh, best = (
        time(landscape, load) for time in (t_onset, t_collapse, t_condensation, t_generalization)
    )
    assert best < fresh * (1 + 1e-6) < collapse * (1 + 2e-6) < onset


def test_basin_of_a_nonlinear_manifold():
    landscape = ReplicaLandscape.of(0.3, "relu", tolerance=1e-7)
    collapse, onset = t_collapse(landscape, 0.2), t_onset(landscape, 0.2)
    assert basin(landscape, 0.2, 0.3 * collapse) == collapse
    assert basin(landscape, 0.2, 1.01 * onset) == 0
    middle = basin(landscape, 0.2, math.sqrt(collapse * onset))
    assert 0 < middle < collapse
    lam = 1 / math.sqrt(collapse * onset)
    assert 0.2 + landscape.zeta(lam, middle) == pytest.approx(-lam * middle / 2, abs=1e-7)


@pytest.mark.parametrize("activation", ["tanh", "erf", "relu", "sign", "sine", "leaky-relu"])
def test_no_data_collapse_later_than_a_gaussian_of_their_covariance_would(activation):
    """Entropy is largest for a Gaussian. In large dimension cov(xi) is c^2 F F^T/D + (var g - c^2) I, c = E u g(u)."""
    ratio, load = 0.3, 0.2
    u = np.arange(-8, 8, 1e-4) + 5e-5
    weights = np.exp(-(u**2) / 2)
    weights /= weights.sum()
    g = ACTIVATIONS[activation](u)
    slope = weights @ (u * g)
    rest = weights @ (g - weights @ g) ** 2 - slope**2
    linear = LinearLandscape.gaussian(ratio)

    def information(t):
        inside = np.log1p((slope**2 * linear.eigenvalues + rest) / t)
        return (ratio * float(linear.weights @ inside) + (1 - ratio) * math.log1p(rest / t)) / 2

    t = t_collapse(ReplicaLandscape.of(ratio, activation, tolerance=1e-6), load)
    assert load < information(t)
