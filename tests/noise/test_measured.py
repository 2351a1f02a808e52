"""A measured noise level is a noise level, and carries its error everywhere a number goes."""

import copy
import json
import math
import pickle

import numpy as np
import pytest

from remanifold import InvalidInput, NoiseLevel
from remanifold._core.estimate import Estimate
from remanifold.noise import MeasuredLevel

LEVEL = MeasuredLevel(0.25, stderr=0.05, n=40)
COPIES = {
    "pickle": lambda level: pickle.loads(pickle.dumps(level)),
    "old pickle": lambda level: pickle.loads(pickle.dumps(level, protocol=2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


def test_it_is_the_number_and_has_every_clock():
    assert isinstance(LEVEL, NoiseLevel)
    assert LEVEL == LEVEL.value == 0.25
    assert type(LEVEL.value) is float
    assert (LEVEL.sigma, LEVEL.to_vp()) == (0.5, NoiseLevel(0.25).to_vp())
    assert json.dumps(LEVEL) == f"{LEVEL}" == "0.25"
    assert repr(LEVEL) == "MeasuredLevel(0.25, stderr=0.05, n=40)"
    assert type(2 * LEVEL) is float


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("level", [LEVEL, MeasuredLevel(0.0), MeasuredLevel(3.0)])
def test_copies_are_equal_in_every_field(how, level):
    other = COPIES[how](level)
    assert type(other) is MeasuredLevel
    assert other == level
    assert other.n == level.n
    assert other.stderr == level.stderr or (math.isnan(other.stderr) and math.isnan(level.stderr))


def test_errors_of_root_and_logarithm_are_those_of_finite_differences():
    step = 1e-6
    moved = MeasuredLevel(0.25 + step)
    assert LEVEL.sigma_stderr / LEVEL.stderr == pytest.approx((moved.sigma - LEVEL.sigma) / step, rel=1e-5)
    assert LEVEL.log.stderr / LEVEL.stderr == pytest.approx((moved.log.value - LEVEL.log.value) / step, rel=1e-5)
    assert LEVEL.log_stderr == LEVEL.log.stderr
    assert LEVEL.estimate == Estimate(0.25, 0.05, 40)


def test_a_logarithm_goes_there_and_back():
    other = MeasuredLevel.from_log(LEVEL.log)
    assert (other.value, other.stderr, other.n) == pytest.approx((0.25, 0.05, 40), rel=1e-12)


def test_the_interval_of_a_lognormal_level_covers_19_of_20():
    # log t is measured as a normal number: 4000 repeats, binomial sd of the coverage .0034
    rng = np.random.default_rng(0)
    logs = rng.normal(math.log(0.3), 0.8, size=4000)
    levels = [MeasuredLevel.from_log(Estimate(log, 0.8, 10)) for log in logs]
    covered = np.mean([low < 0.3 < high for low, high in (level.interval for level in levels)])
    assert abs(covered - 0.95) < 5 * 0.0034
    # planted: the interval of t itself instead of that of log t
    straight = np.mean([low < 0.3 < high for low, high in (level.estimate.interval for level in levels)])
    assert abs(straight - 0.95) > 5 * 0.0034


def test_a_level_without_an_error_has_an_interval_without_ends():
    assert all(map(math.isnan, MeasuredLevel(0.25).interval))
    assert MeasuredLevel(1.0, stderr=math.inf).interval == (math.exp(-700), math.exp(700))


def test_a_level_of_zero_has_no_logarithm_and_no_interval():
    zero = MeasuredLevel(0.0, stderr=0.1, n=5)
    assert zero.log.value == -math.inf
    assert all(map(math.isnan, (zero.log_stderr, zero.sigma_stderr, *zero.interval)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MeasuredLevel(-1.0), "a noise variance t must be finite and not negative, but got -1.0;"),
        (
            lambda: MeasuredLevel(1.0, stderr=-0.1),
            "the error of a noise level must be a number that is not negative, but got -0.1;",
        ),
        (lambda: MeasuredLevel.from_log(Estimate(800.0, 1.0, 3)), "a noise variance t must be finite and not negative"),
    ],
)
def test_what_is_refused_and_how(make, message):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert message in str(caught.value)
