"""Zeros of curves, and their errors: against a jackknife, and against the spread over many seeds."""

import math

import numpy as np
import pytest
from montecarlo import sd_bounds

from remanifold.data import open_points
from remanifold.measures import noise_profile
from remanifold.measures.estimates.crossings import crossing, mean_crossing
from remanifold.noise import MeasuredLevel

DATA = np.random.default_rng(3).normal(size=(1500, 5)) * np.array([3, 2, 1, 1, 0.5])
LEVELS = np.exp(np.arange(-21, 9) / 6)
TIMES = ("t_collapse", "t_onset", "t_generalization")


def test_the_highest_zero_and_its_slope():
    x = np.linspace(-3, 3, 25)
    root, slope = crossing(x, np.sin(3 * x), 3 * np.cos(3 * x))
    assert root == pytest.approx(2 * math.pi / 3, abs=1e-4)  # spacing .25: h^4/384 of the fourth derivative 81
    assert slope == pytest.approx(3.0, abs=5e-2)
    rough, _ = crossing(x, np.sin(3 * x))
    assert rough == pytest.approx(2 * math.pi / 3, abs=3e-2)


def test_an_interval_without_bound_stays_a_number():
    low, high = MeasuredLevel(2.0, 2e6, 10).interval
    assert 0 < low < 1e-300
    assert 1e300 < high < math.inf


def test_no_zero_is_none():
    assert crossing(np.arange(4.0), np.ones(4)) is None
    assert mean_crossing(np.arange(4.0), np.ones((2, 4))) is None


def jackknife(profile, values, slopes, name):
    """Leave one query out, search the zero again: the error of log t, and how many searches succeeded."""
    x, n = np.log(profile.t), len(values)
    if name == "t_generalization":
        k = int(profile.nll.value.argmin())
        x, values = x[k - 3 : k + 4], values[:, k - 3 : k + 4]
    roots = []
    for i in range(n):
        left = None if slopes is None else np.delete(slopes, i, 0).mean(0)
        roots.append(crossing(x, np.delete(values, i, 0).mean(0), left)[0])
    return math.sqrt((n - 1) / n * ((np.array(roots) - np.mean(roots)) ** 2).sum())


def test_the_delta_method_gives_the_jackknife_error():
    # equal to first order; the rest is of the order of the error itself (.2 for t_g, whose slopes have heavy tails)
    profile = noise_profile(open_points(DATA), max_queries=120, seed=4, threads=1)
    half = profile.half_squared[:, :, 0]
    curves = {
        "t_collapse": (profile.query_gap, -profile.query_dimension / 2),
        "t_onset": (profile.query_trap, -half / profile.t),
        "t_generalization": (profile.query_nll_slope, None),
    }
    for name, (values, slopes) in curves.items():
        exact = jackknife(profile, values, slopes, name)
        assert getattr(profile, name).log_stderr == pytest.approx(exact, rel=0.03 + 0.6 * exact), name


@pytest.fixture(scope="module")
def repeats():
    """Log times and stated errors over 60 seeds of noise and of the choice of 50 of 1500 rows."""
    points = open_points(DATA)
    runs = [noise_profile(points, levels=LEVELS, max_queries=50, seed=s, threads=1) for s in range(60)]
    return {n: np.array([(math.log(getattr(p, n).value), getattr(p, n).log_stderr) for p in runs]) for n in TIMES}


@pytest.mark.parametrize("name", TIMES)
def test_the_stated_error_is_the_spread_over_seeds(repeats, name):
    # 60 repeats fix a standard deviation to 9 %; bounds left by chance 1 in 1000: .71 to 1.31
    logs, errors = repeats[name].T
    ratio = logs.std(ddof=1) / math.sqrt((errors**2).mean())
    low, high = sd_bounds(60, 1e-3)
    assert low < ratio < high
    assert abs(ratio - 1) < 0.25
    assert not low < 1.5 * ratio < high  # planted: errors too small by a third


def test_intervals_hold_the_value_of_all_rows(repeats):
    whole = noise_profile(open_points(DATA), levels=LEVELS, max_queries=1500, seed=99, threads=1)
    for name in TIMES:
        logs, errors = repeats[name].T
        z = (logs - math.log(getattr(whole, name).value)) / errors
        assert np.mean(np.abs(z) < 1.96) > 0.8  # 60 draws of a coverage near .93: 4 sd
        assert abs(z.mean()) < 5 / math.sqrt(60) + 0.3


def test_an_estimate_of_a_time():
    time = MeasuredLevel(2.0, 0.2, 30)
    assert time.stderr == pytest.approx(0.2)
    assert time.log.value == pytest.approx(math.log(2))
    assert time.interval == pytest.approx((2 * math.exp(-0.196), 2 * math.exp(0.196)), rel=1e-4)


def test_a_mean_that_stands_still_at_zero_has_no_error():
    """As shares of few trajectories do: 1/2 at two neighbouring levels."""
    curves = np.array([[0.5, 0.5, -0.5, -0.5], [0.5, -0.5, 0.5, -0.5]])
    found = mean_crossing(np.arange(4.0), curves)
    assert found is not None and 1 <= math.log(found.value) <= 2
    assert math.isnan(found.log_stderr)
