"""Speciation: the curvature of the noisy density between two modes, in three dimensions, by differences."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from remanifold import InvalidInput, NoiseLevel
from remanifold.theory import speciation_time

ROTATION = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
WITHIN = ROTATION @ np.diag([0.7, 2.0, 0.1]) @ ROTATION.T
MEAN = 1.9 * ROTATION[:, 0]


def log_density(x, t):
    inverse = np.linalg.inv(WITHIN + t * np.eye(3))
    return logsumexp([-(x - m) @ inverse @ (x - m) / 2 for m in (MEAN, -MEAN)])


def curvature(t):
    """Second derivative of the log density at the midpoint, along the line between the modes."""
    step = 1e-3 * MEAN / np.linalg.norm(MEAN)
    return (log_density(step, t) - 2 * log_density(0 * step, t) + log_density(-step, t)) / 1e-6


def test_the_midpoint_turns_from_peak_to_saddle():
    covariance = WITHIN + np.outer(MEAN, MEAN)
    largest = np.linalg.eigvalsh(covariance)[-1]
    t = speciation_time(largest, within_variance=0.7)
    assert float(t) == pytest.approx(1.9**2 - 0.7, rel=1e-12)
    assert curvature(1.001 * t) < -1e-5 < 1e-5 < curvature(0.999 * t)
    for wrong in (largest, largest - 0.7):  # the leading order, and one variance too few
        assert curvature(1.001 * wrong) < -1e-3 and curvature(0.999 * wrong) < -1e-3


def test_the_number_of_peaks():
    line = np.linspace(-4, 4, 801)[:, None] * MEAN / 1.9
    for factor, peaks in ((0.98, 2), (1.02, 1)):
        t = factor * speciation_time(1.9**2 + 0.7, 0.7)
        values = np.array([log_density(x, t) for x in line])
        inner = values[1:-1]
        assert ((inner > values[:-2]) & (inner > values[2:])).sum() == peaks


def test_clock_leading_order_and_never():
    t = speciation_time(9.0)
    assert isinstance(t, NoiseLevel)
    assert t == 9.0
    assert t.to_vp() == pytest.approx(0.5 * math.log(10))
    assert speciation_time(9.0, 0.0) == 9.0
    assert speciation_time(1.0, 0.5) is None
    assert speciation_time(1.0, 0.8) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0,), "the largest eigenvalue must be a number above 0, but got 0.0; pass that of the"),
        ((math.nan,), "the largest eigenvalue must be a number above 0, but got nan"),
        ((1.0, -0.1), "the variance within a mode must be a number of at least 0 and at most 1, but got -0.1"),
        ((1.0, 1.1), "the variance within a mode must be a number of at least 0 and at most 1, but got 1.1"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InvalidInput) as caught:
        speciation_time(*arguments)
    assert message in str(caught.value)
