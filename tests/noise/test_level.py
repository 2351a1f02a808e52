"""Round trips of every clock over many orders of magnitude, exact values, and what is refused."""

import json
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanifold import InvalidInput
from remanifold.noise import SCHEDULE_NAMES, DdpmStep, NoiseLevel, schedule

EPS = 2.3e-16
log10_t = st.floats(-300, 300)


@given(log10_t)
def test_sigma_goes_there_and_back(power):
    t = 10.0**power
    assert NoiseLevel.from_sigma(NoiseLevel(t).sigma) == pytest.approx(t, rel=4 * EPS)


@given(log10_t)
def test_vp_goes_there_and_back(power):
    t = 10.0**power
    s = NoiseLevel(t).to_vp()
    # d log t / d log s = 2 s (1 + 1/t) = 2 s + O(1): the error of a rounded s, amplified by the clock.
    assert NoiseLevel.from_vp(s) == pytest.approx(t, rel=EPS * (4 + 4 * s))


@given(st.floats(-300, 24))
def test_flow_goes_there_and_back(power):
    t = 10.0**power
    u = NoiseLevel(t).to_flow()
    assert NoiseLevel.from_flow(u) == pytest.approx(t, rel=EPS * (8 + 4 * math.sqrt(t)))


@given(st.sampled_from(SCHEDULE_NAMES), st.integers(0, 999))
def test_every_trained_step_goes_there_and_back(name, step):
    t = NoiseLevel.from_ddpm(step, name)
    assert t.to_ddpm(name) == DdpmStep(step, float(t))
    assert NoiseLevel.from_vp(t.to_vp()).to_ddpm(name).step == step
    assert NoiseLevel.from_flow(t.to_flow()).to_ddpm(name).step == step


@given(st.sampled_from(SCHEDULE_NAMES), st.floats(0, 1))
def test_snapping_takes_the_nearest_step_in_log_t(name, place):
    abar = schedule(name)
    grid = (1 - abar) / abar
    t = NoiseLevel(math.exp(math.log(grid[0]) + place * (math.log(grid[-1]) - math.log(grid[0]))))
    step, snapped = t.to_ddpm(name)
    assert snapped == grid[step]
    distance = abs(math.log(snapped / t))
    assert all(distance <= abs(math.log(other / t)) + 1e-12 for other in grid[max(step - 1, 0) : step + 2])


@pytest.mark.parametrize("t", [1e-300, 1e-20, 1e-9, 0.3, 1.0, 7.7, 1e9, 1e25, 1e300])
def test_values_agree_with_fifty_digits(t):
    with mpmath.workdps(400):
        exact = mpmath.mpf(t)
        assert NoiseLevel(t).to_vp() == pytest.approx(float(mpmath.log(1 + exact) / 2), rel=4 * EPS)
        if t <= 1e25:
            u = mpmath.sqrt(exact) / (1 + mpmath.sqrt(exact))
            assert NoiseLevel(t).to_flow() == pytest.approx(float(u), rel=4 * EPS)


def test_a_naive_conversion_would_be_seen():
    t = 1e-20
    assert math.log(1 + t) / 2 == 0 != NoiseLevel(t).to_vp()


@given(st.floats(-3, 3))
def test_the_clocks_name_one_law(power):
    """Signal-to-noise ratio signal^2/noise^2 = 1/t in each clock's own definition."""
    level = NoiseLevel(10.0**power)
    s, u = level.to_vp(), level.to_flow()
    assert math.exp(-2 * s) / (1 - math.exp(-2 * s)) == pytest.approx(1 / level, rel=1e-11)
    assert ((1 - u) / u) ** 2 == pytest.approx(1 / level, rel=1e-11)


def test_no_noise_is_zero_in_every_clock():
    zero = NoiseLevel(0)
    assert zero == zero.sigma == zero.to_vp() == zero.to_flow() == 0
    assert NoiseLevel.from_sigma(0) == NoiseLevel.from_vp(0) == NoiseLevel.from_flow(0.0) == 0
    assert math.copysign(1, NoiseLevel(-0.0)) == 1


def test_a_level_is_a_float_and_prints_as_one():
    level = NoiseLevel(np.float32(0.25))
    assert isinstance(level, float)
    assert f"{level}" == repr(level) == "0.25"
    assert json.dumps(level) == "0.25"
    assert type(level * 2) is float


def test_clocks_are_ready_for_json_and_say_what_is_out_of_range():
    clocks = json.loads(json.dumps(NoiseLevel(400.0).clocks(), allow_nan=False))
    assert set(clocks) == {"sigma", "vp_time", "flow_time", "ddpm"}
    assert clocks["sigma"] == 20
    assert clocks["ddpm"]["linear"]["step"] == 768  # sum of betas to here: 5.98 of log(401) = 5.99
    assert clocks["ddpm"]["linear"]["t"] == pytest.approx(400, rel=0.02)
    assert clocks["ddpm"]["scaled-linear"]["step"] is None
    assert "must have t from 0.000850" in clocks["ddpm"]["scaled-linear"]["reason"]
    assert json.dumps(NoiseLevel(0).clocks(), allow_nan=False)
    assert NoiseLevel(1e40).clocks()["flow_time"] is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: NoiseLevel(-1),
            "a noise variance t must be finite and not negative, but got -1.0; pass t = sigma**2.",
        ),
        (lambda: NoiseLevel(math.nan), "finite and not negative, but got nan"),
        (lambda: NoiseLevel(math.inf), "finite and not negative, but got inf"),
        (lambda: NoiseLevel("1"), "a noise variance t must be a number, but got the text '1'; pass a float."),  # type: ignore
        (lambda: NoiseLevel([1, 2]), "must be a number, but got list; pass a float."),  # type: ignore
        (lambda: NoiseLevel(10**400), "must be a number, but got int; pass a float."),
        (lambda: NoiseLevel.from_sigma(-0.5), "sigma must be finite and not negative, but got -0.5;"),
        (lambda: NoiseLevel.from_sigma(1e200), "must give a noise variance t that a float can hold, but got 1e+200;"),
        (lambda: NoiseLevel.from_sigma(1e-200), "must give a noise variance t that a float can hold, but got 1e-200;"),
        (lambda: NoiseLevel.from_vp(400), "the variance-preserving time s must give a noise variance t"),
        (lambda: NoiseLevel.from_vp(math.inf), "must be finite and not negative, but got inf"),
        (lambda: NoiseLevel.from_flow(1.0), "the rectified-flow time u must be finite and in [0, 1), but got 1.0;"),
        (lambda: NoiseLevel.from_flow(-0.1), "in [0, 1), but got -0.1;"),
        (lambda: NoiseLevel(1e40).to_flow(), "must have sigma below 9e15, but got sigma = 1e+20; use sigma."),
        (
            lambda: NoiseLevel.from_ddpm(1000, "linear"),
            "a DDPM step must be a whole number from 0 to 999, but got 1000;",
        ),
        (lambda: NoiseLevel.from_ddpm(-1, "linear"), "from 0 to 999, but got -1;"),
        (lambda: NoiseLevel.from_ddpm(1.5, "linear"), "from 0 to 999, but got 1.5;"),  # type: ignore
        (lambda: NoiseLevel.from_ddpm(1, [0.5, 0.0]), "must keep some signal, but got step 1 with abar = 0;"),
        (lambda: NoiseLevel(1).to_ddpm([0.0]), "must keep some signal, but got no step with abar > 0;"),
        (
            lambda: NoiseLevel(1e5).to_ddpm("linear"),
            "must have t from 0.00010001 to 24777.1, but got t = 100000; use another",
        ),
        (lambda: NoiseLevel(0).to_ddpm("linear"), "must have t from 0.00010001 to 24777.1, but got t = 0; use another"),
    ],
)
def test_what_is_refused_and_how(make, message):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert message in str(caught.value)
