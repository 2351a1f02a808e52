"""The replica landscape: linear g against random matrices, identities of the others, certificates."""

import math

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold._core.errors import NotConverged
from remanifold.manifolds import ACTIVATIONS
from remanifold.theory import LinearLandscape, ReplicaLandscape
from remanifold.theory.landscapes.replica import fixed_point, refinement

NONLINEAR = sorted(set(ACTIVATIONS) - {"linear"})


def linear_answer(ratio, lam, delta):
    """(zeta, lam zeta', deficit) by random matrices; above ratio 1 all N eigenvalues of F F^T / D are positive."""
    if ratio <= 1:
        exact = LinearLandscape.gaussian(ratio)
        return exact.zeta(lam, delta), lam * exact.zeta_slope(lam, delta), exact.entropy_deficit(lam, delta)
    transposed = LinearLandscape.gaussian(1 / ratio)  # the same spectrum in units of N instead of D
    l, weights = transposed.eigenvalues / ratio, transposed.weights
    a = 1 / (1 + lam * l)
    zeta = -float(weights @ (-np.log(a) + lam * (l + delta) * a)) / 2
    slope = -float(weights @ (lam * l * a + lam * (l + delta) * a**2)) / 2
    deficit = float(weights @ (-np.log(a) + lam * l * (lam * delta - 1) * a**2)) / 2
    return zeta, slope, deficit


@pytest.mark.parametrize("ratio", [0.01, 0.1, 0.3, 0.9, 1.0, 1.7, 20.0])
@pytest.mark.parametrize("lam", [1e-3, 0.5, 4.0, 100.0, 1e6])
def test_linear_g_agrees_with_random_matrices_to_1e_8(ratio, lam):
    landscape = ReplicaLandscape.of(ratio, "linear")
    for delta in (0.0, 1 / lam, 0.2 / lam, 3 / lam, 0.2):
        zeta, slope, deficit = linear_answer(ratio, lam, delta)
        accuracy = 1e-8 * max(abs(zeta), 1e-3)
        assert abs(landscape.zeta(lam, delta) - zeta) < accuracy
        assert abs(lam * landscape.zeta_slope(lam, delta) - slope) < accuracy
        assert abs(landscape.entropy_deficit(lam, delta) - deficit) < accuracy


def test_the_comparison_sees_a_swap_of_the_arguments_and_a_relative_change_of_1e_6():
    landscape = ReplicaLandscape.of(0.3, "linear")
    assert abs(landscape.zeta(0.25, 4.0) - linear_answer(0.3, 4.0, 0.25)[0]) > 1e-3
    assert abs(landscape.zeta(4.0 * (1 + 1e-6), 0.0) - linear_answer(0.3, 4.0, 0.0)[0]) > 1e-8


def test_overlaps_of_linear_g():
    solution = ReplicaLandscape.of(0.3, "linear").solution(20.0, 0.2)
    assert (solution.m, solution.q, solution.Q) == pytest.approx((0.97920246, 1.03977348, 1.06057101), abs=5e-9)


@pytest.mark.parametrize("activation", NONLINEAR)
@pytest.mark.parametrize(("lam", "delta"), [(2.0, 0.0), (2.0, 0.9), (6.0, 1 / 6), (0.5, 0.1)])
def test_slope_is_the_derivative_of_zeta(activation, lam, delta):
    """Central differences of fourth order; both routes are accurate to some 1e-7."""
    landscape = ReplicaLandscape.of(0.3, activation, tolerance=1e-9)
    h = 0.02 * lam
    near, far = (landscape.zeta(lam + k * h, delta) - landscape.zeta(lam - k * h, delta) for k in (1, 2))
    measured = (8 * near - far) / (12 * h)
    slope = landscape.zeta_slope(lam, delta)
    assert measured == pytest.approx(slope, rel=2e-6)
    assert measured != pytest.approx(1.00001 * slope, rel=2e-6)
    assert landscape.entropy_deficit(lam, delta) == pytest.approx(lam * slope - landscape.zeta(lam, delta), rel=1e-7)


def scalar_mmse(function, q, t, nodes=2001):
    """E (g - <g>)^2 of one field u = sqrt(q) eta + sqrt(1 - q) w seen as y = g(u) + sqrt(t) n; plain sums."""
    w = (np.arange(nodes) + 0.5) / nodes * 16 - 8
    prior = np.exp(-(w**2) / 2) / np.exp(-(w**2) / 2).sum()
    eta, eta_weights = np.polynomial.hermite_e.hermegauss(25)
    error = 0.0
    for x, weight in zip(eta, eta_weights / eta_weights.sum()):
        g = function(math.sqrt(q) * x + math.sqrt(1 - q) * w)
        y = np.linspace(g.min() - 7 * math.sqrt(t), g.max() + 7 * math.sqrt(t), 300)
        joint = prior * np.exp(-((y[:, None] - g) ** 2) / (2 * t)) / math.sqrt(2 * math.pi * t)
        density, first, second = joint.sum(1), joint @ g, joint @ g**2
        error += weight * float((second - first**2 / np.maximum(density, 1e-300)).sum() * (y[1] - y[0]))
    return error


@pytest.mark.parametrize("activation", ["linear", *NONLINEAR])
def test_information_falls_with_the_noise_as_the_error_says(activation):
    """dI/dt = -mmse / (2 t^2), the error taken from the overlap and nothing else of the solution."""
    landscape, t, h = ReplicaLandscape.of(0.4, activation, tolerance=1e-10), 0.3, 0.003
    information = [landscape.entropy_deficit(1 / noise, noise) for noise in (t - h, t + h)]
    measured = -2 * t * t * (information[1] - information[0]) / (2 * h)
    mmse = scalar_mmse(ACTIVATIONS[activation], landscape.solution(1 / t, t).q, t)
    assert measured == pytest.approx(mmse, rel=1e-3)
    assert measured != pytest.approx(
        scalar_mmse(ACTIVATIONS[activation], 0.9 * landscape.solution(1 / t, t).q, t), rel=0.01
    )


@pytest.mark.parametrize("activation", ["linear", *NONLINEAR])
@pytest.mark.parametrize("lam", [0.1, 3.0, 200.0])
def test_nishimori_line(activation, lam):
    landscape = ReplicaLandscape.of(0.3, activation)
    solution = landscape.solution(lam, 1 / lam)
    assert solution.m == pytest.approx(solution.q, abs=1e-12)
    assert abs(solution.Q - 1) < 1e-12
    assert lam * solution.zeta_slope == pytest.approx(-0.5, rel=1e-15)
    assert solution.entropy_deficit == pytest.approx(-0.5 - solution.zeta, rel=1e-12)
    beside = landscape.solution(lam, 1.0001 / lam)  # the other solver, which knows nothing of the line
    assert (beside.m, beside.q, beside.Q) == pytest.approx((solution.m, solution.q, solution.Q), abs=2e-4)
    assert lam * beside.zeta_slope == pytest.approx(-0.5, abs=2e-4)


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("activation", ["tanh", "relu", "sign"])
def test_certificate(activation, tolerance):
    exact = ReplicaLandscape.of(0.3, activation, tolerance=1e-10)
    for lam, delta in [(5.0, 0.0), (5.0, 0.2), (5.0, 0.05)]:
        solution = ReplicaLandscape.of(0.3, activation, tolerance=tolerance).solution(lam, delta)
        assert solution.residual <= tolerance / 10
        assert solution.stability < 0.5
        assert solution.error <= tolerance * abs(solution.zeta) + 1e-14
        assert abs(solution.zeta - exact.zeta(lam, delta)) <= 3 * tolerance * abs(solution.zeta)


@pytest.mark.parametrize(("lam", "delta"), [(5.0, 0.0), (5.0, 0.2), (5.0, 0.1)])
def test_where_refinement_is_not_enough_there_is_no_number(monkeypatch, lam, delta):
    monkeypatch.setattr(refinement, "_FINEST", 1)  # planted: tanh converges
    with pytest.raises(NotConverged, match=r"still changes by .* under refinement; raise the tolerance, or declare"):
        ReplicaLandscape.of(0.3, "tanh").zeta(lam, delta)


@pytest.mark.parametrize(("lam", "delta"), [(5.0, 0.0), (5.0, 0.2)])
def test_where_the_equations_are_not_solved_there_is_no_number(monkeypatch, lam, delta):
    monkeypatch.setattr(fixed_point, "_MOST_STEPS", 1)  # planted: tanh converges
    with pytest.raises(NotConverged, match=r"the replica equations of tanh .* did not converge \(residual"):
        ReplicaLandscape.of(0.3, "tanh").zeta(lam, delta)


@pytest.mark.parametrize("activation", NONLINEAR)
def test_large_inverse_temperature(activation):
    """zeta + (latent_ratio / 2) log lam tends to a constant at fixed lam delta (zeta itself if g is discrete)."""
    landscape = ReplicaLandscape.of(0.3, activation)
    discrete = activation == "sign"
    for share in (0.0, 1.0):
        shifted = [landscape.zeta(lam, share / lam) + (0 if discrete else 0.15 * math.log(lam)) for lam in (1e6, 1e5)]
        assert shifted[0] == pytest.approx(shifted[1], rel=3e-3)


@pytest.mark.parametrize(("ratio", "tolerance"), [(0.0, 1e-8), (-1.0, 1e-8), (math.inf, 1e-8), (0.3, 0.0), (0.3, 0.1)])
def test_ranges(ratio, tolerance):
    with pytest.raises(InvalidInput, match=r"^(the latent ratio|the tolerance) must be .*, but got .*; pass .*\.$"):
        ReplicaLandscape.of(ratio, "tanh", tolerance=tolerance)


@pytest.mark.parametrize(("lam", "delta"), [(0.0, 0.1), (-1.0, 0.1), (math.inf, 0.1), (1.0, -0.1), (1.0, math.nan)])
def test_ranges_of_a_point(lam, delta):
    with pytest.raises(InvalidInput, match=r"^the (inverse temperature|noise variance) must be .*, but got .*\.$"):
        ReplicaLandscape.of(0.3, "tanh").zeta(lam, delta)
