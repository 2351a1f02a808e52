"""The built-in schedules against numbers and formulas that do not come from numpy's cumulative product."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from remanifold import InvalidInput
from remanifold.noise import SCHEDULE_NAMES, schedule
from remanifold.noise.schedules import grid_variances


@pytest.mark.parametrize("name", SCHEDULE_NAMES)
def test_a_schedule_falls_from_almost_one_to_almost_zero_and_cannot_be_changed(name):
    abar = schedule(name)
    assert abar.shape == (1000,)
    assert np.all(np.diff(abar) < 0)
    assert 0 < abar[-1] < 0.01 < 0.99 < abar[0] < 1
    with pytest.raises(ValueError, match="read-only"):
        abar[0] = 0.5


def test_linear_is_the_exact_product_in_rational_arithmetic():
    first, last = Fraction(1, 10_000), Fraction(2, 100)
    product, exact = Fraction(1), []
    for k in range(1000):
        product *= 1 - (first + (last - first) * k / 999)
        product = product.limit_denominator(10**60)
        exact.append(float(product))
    assert np.max(np.abs(schedule("linear") / exact - 1)) < 1e-12  # 1000 roundings of 1.1e-16


def test_the_ends_that_papers_and_model_cards_quote():
    # DDPM: abar_T = 4.04e-5 (sigma 157); Stable Diffusion: sigma_min 0.0292, sigma_max 14.6146.
    assert schedule("linear")[-1] == pytest.approx(4.036e-5, rel=1e-3)
    sigma = np.sqrt(grid_variances("scaled-linear"))
    assert sigma[0] == pytest.approx(0.0292, abs=5e-5)
    assert sigma[-1] == pytest.approx(14.6146, abs=5e-4)


def test_cosine_is_its_closed_form_until_beta_is_capped():
    u = (np.arange(1000) + 1) / 1000
    angle = (u + 0.008) / 1.008 * math.pi / 2
    closed = (np.cos(angle) / math.cos(0.008 / 1.008 * math.pi / 2)) ** 2
    assert np.allclose(schedule("cosine")[:-1], closed[:-1], rtol=1e-10)
    assert schedule("cosine")[-1] == pytest.approx(0.001 * closed[-2], rel=1e-10)


def test_a_planted_mistake_in_the_betas_is_seen():
    wrong = np.cumprod(1 - np.linspace(1e-4, 0.02, 1001)[:1000])
    assert abs(wrong[-1] / schedule("linear")[-1] - 1) > 1e-3


def test_a_models_own_grid_may_be_list_array_or_tensor():
    abar = [0.9, 0.5, 0.1]
    for given in (abar, np.array(abar), torch.tensor(abar, dtype=torch.float64, requires_grad=True)):
        assert grid_variances(given) == pytest.approx([1 / 9, 1, 9])


@pytest.mark.parametrize("last", [0.0, 1e-44, 2.0**-24])
def test_a_last_step_without_signal_is_infinite_noise(last):
    """2^-24 is what diffusers writes for the zero of a zero terminal signal-to-noise ratio, above its neighbour."""
    assert grid_variances([0.5, 1e-8, last]) == pytest.approx([1, 1e8 - 1, math.inf])


def test_equal_steps_have_one_level():
    assert grid_variances([0.5, 0.2, 0.2, 0.1]) == pytest.approx([1, 4, 4, 9])


@pytest.mark.parametrize(
    ("abar", "message"),
    [
        ("quadratic", "the schedule must be one of linear, scaled-linear, cosine, but got 'quadratic'; pass one."),
        ([], "fall from step to step, but got none;"),
        ([0.5, 0.9], "fall from step to step, but got 2 values of shape (2,) from 0.5 to 0.9;"),
        ([0.9, 0.5, 0.6], "fall from step to step, but got 3 values"),
        ([1.0, 0.5], "must be numbers in [0, 1)"),
        ([0.5, -0.1], "must be numbers in [0, 1)"),
        ([0.9, math.nan], "must be numbers in [0, 1)"),
        ([[0.9], [0.5]], "of shape (2, 1)"),
        (object(), "but got object; pass scheduler.alphas_cumprod as it is."),
    ],
)
def test_what_is_no_grid_is_refused(abar, message):
    with pytest.raises(InvalidInput) as caught:
        grid_variances(abar)
    assert message in str(caught.value)
