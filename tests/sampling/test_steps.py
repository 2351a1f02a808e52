"""The schemes converge at their order, to solutions in closed form."""

import math
from itertools import pairwise

import numpy as np
import pytest

from remanifold import GaussianScore, InvalidInput
from remanifold.sampling import Churn, edm_grid, log_grid, simulate
from remanifold.sampling.steps import METHODS, euler_maruyama, exponential, heun, ode_euler

VARIANCES = np.array([2.0, 0.5, 0.1])
SCORE = GaussianScore(np.zeros(3), np.diag(VARIANCES))
HIGH, LOW = 30.0, 0.05


def slope(errors, steps):
    """Order of convergence: minus the slope of log error over log steps."""
    return -np.polyfit(np.log(steps), np.log(errors), 1)[0]


def flow_error(method, steps, grid=log_grid):
    """Largest error of the probability-flow ODE of a Gaussian: x(s) = x(t) sqrt((l + s)/(l + t)) exactly."""
    start = np.array([[1.0, -2.0, 0.5]]) * math.sqrt(HIGH)
    end = simulate(SCORE, grid(HIGH, LOW, steps), start=start, method=method).samples
    return np.abs(end - start * np.sqrt((VARIANCES + LOW) / (VARIANCES + HIGH))).max()


@pytest.mark.parametrize("grid", [log_grid, edm_grid])
@pytest.mark.parametrize(("method", "order"), [("ode-euler", 1), ("heun", 2)])
def test_order_of_the_flow(method, order, grid):
    steps = [40, 80, 160, 320]
    errors = [flow_error(method, n, grid) for n in steps]
    assert slope(errors, steps) == pytest.approx(order, abs=0.12)


def test_heun_without_its_second_slope_loses_an_order():
    def planted(means, x, t, s, draw):
        ahead = ode_euler(means, x, t, s, draw)
        return x + (ahead - x) / 2 + (ode_euler(means, x, t, s, draw) - x) / 2

    steps = [40, 80, 160, 320]
    assert slope([flow_error(planted, n) for n in steps], steps) < 1.2


def variance_of(step, steps, variance):
    """Variance that a scheme gives a Gaussian of ``variance``, exactly: each step is linear in x and z."""

    def means(x, t):
        return x * variance / (variance + t)

    levels = log_grid(HIGH, LOW, steps)
    found = variance + HIGH
    for t, s in pairwise(levels):
        a = float(step(means, np.ones((1, 1)), t, s, lambda: np.zeros((1, 1)))[0, 0])
        b = float(step(means, np.zeros((1, 1)), t, s, lambda: np.ones((1, 1)))[0, 0])
        found = a * a * found + b * b
    return found


@pytest.mark.parametrize("step", [euler_maruyama, exponential])
def test_weak_order_of_the_reverse_sde_is_one(step):
    steps = [200, 400, 800, 1600]
    errors = [max(abs(variance_of(step, n, l) - l - LOW) for l in VARIANCES) for n in steps]
    assert slope(errors, steps) == pytest.approx(1, abs=0.1)


def test_a_wrong_diffusion_coefficient_does_not_converge():
    def planted(means, x, t, s, draw):
        return euler_maruyama(means, x, t, s, lambda: math.sqrt(2) * draw())

    assert abs(variance_of(planted, 1600, 0.5) - 0.5 - LOW) > 0.02


def test_churn_keeps_the_law_and_its_order():
    def churned(steps):
        def step(means, x, t, s, draw):
            return heun(means, x, t, s, draw, Churn(20 / steps))

        return max(abs(variance_of(step, steps, l) - l - LOW) for l in VARIANCES)

    steps = [50, 100, 200, 400]
    assert slope([churned(n) for n in steps], steps) > 1.8
    assert churned(400) < 1e-3


@pytest.mark.parametrize("step", [exponential, ode_euler])
def test_exact_in_one_step_while_the_mean_stays(step):
    """One training point at 0: x_s given x_t is N(s/t x, s(t-s)/t) for the SDE, sqrt(s/t) x for the flow."""
    x, z, t, s = np.array([[3.0]]), np.array([[0.7]]), 4.0, 1e-3
    mean = {exponential: s / t * x + math.sqrt(s * (t - s) / t) * z, ode_euler: math.sqrt(s / t) * x}[step]
    assert step(lambda x, t: 0 * x, x, t, s, lambda: z) == pytest.approx(mean, rel=1e-13)


def test_grids():
    assert log_grid(100, 1, 2) == pytest.approx([100, 10, 1])
    sigma = np.sqrt(edm_grid(6400, 4e-6, 18, 7))
    i = np.arange(19)
    assert sigma == pytest.approx((80 ** (1 / 7) + i / 18 * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7)
    assert np.diff(edm_grid(25, 1, 4, 1) ** 0.5) == pytest.approx([-1, -1, -1, -1])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: log_grid(1, 2, 5), "a grid must start at a finite noise variance and stop at a lower positive one"),
        (lambda: log_grid(2, 0, 5), "a grid must start at a finite noise variance and stop at a lower positive one"),
        (lambda: log_grid(2, 1, 0), "the number of steps must be a whole number from 1 to 10000000, but got 0"),
        (lambda: edm_grid(2, 1, 5, 0), "rho must be a number above 0, but got 0"),
        (lambda: simulate(SCORE, [1.0, 2.0], n_samples=1), "the levels must be at least two positive noise variances"),
        (lambda: simulate(SCORE, [1.0, 0.0], n_samples=1), "the levels must be at least two positive noise variances"),
        (lambda: simulate(SCORE, "steep", n_samples=1), "the levels must be at least two positive noise variances"),
        (lambda: simulate(SCORE, [2, 1], n_samples=1, method="rk"), "the method must be one of euler-maruyama, exp"),
        (lambda: simulate(SCORE, [2, 1], n_samples=1, churn=Churn(1)), "churn belongs to the method heun"),
        (lambda: Churn(-1), "churn must be numbers >= 0, an amount first"),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
    assert set(METHODS) == {"exact", "euler-maruyama", "exponential", "ode-euler", "heun"}
