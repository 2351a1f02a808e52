"""Estimates: the mean, its error, its interval."""

import math

import numpy as np
import pytest

from remanifold._core.errors import InvalidInput
from remanifold._core.estimate import Estimate, mean_estimate


def test_mean_error_and_count():
    draws = np.array([1.0, 2.0, 4.0, 9.0])
    got = mean_estimate(draws)
    means = [np.delete(draws, i).mean() for i in range(4)]
    jackknife = math.sqrt(3 / 4 * sum((m - np.mean(means)) ** 2 for m in means))
    assert got.value == 4.0
    assert got.stderr == pytest.approx(jackknife, rel=1e-12)
    assert got.n == 4


def test_the_interval_covers_19_of_20():
    # 4000 repeats: binomial sd of the coverage .0034; Student's t at n = 40 takes off .006
    rng = np.random.default_rng(0)
    found = [mean_estimate(rng.normal(3.0, 2.0, size=40)).interval for _ in range(4000)]
    coverage = np.mean([low < 3.0 < high for low, high in found])
    assert abs(coverage - 0.944) < 5 * 0.0036
    halved = np.mean([abs((low + high) / 2 - 3.0) < (high - low) / 4 for low, high in found])  # planted: half the error
    assert abs(halved - 0.944) > 5 * 0.0036


def test_one_draw_has_no_error():
    got = mean_estimate(np.array([2.0]))
    assert got.value == 2.0
    assert math.isnan(got.stderr)


def test_z_counts_standard_errors():
    assert Estimate(3.0, 0.5, 9).z(2.0) == 2.0
    assert Estimate(3.0, 0.0, 9).z(3.0) == 0.0
    assert Estimate(3.0, 0.0, 9).z(4.0) == -math.inf


def test_format():
    assert f"{Estimate(1.23456, 0.0123, 5)}" == "1.235 +- 0.012"
    assert f"{Estimate(1.23456, 0.0123, 5):.2f}" == "1.23 +- 0.012"


@pytest.mark.parametrize("draws", [np.empty(0), np.ones((2, 2))])
def test_bad_draws_are_one_sentence(draws):
    with pytest.raises(InvalidInput, match=r"a mean needs a one-dimensional array of draws, but got .*; pass draws"):
        mean_estimate(draws)
