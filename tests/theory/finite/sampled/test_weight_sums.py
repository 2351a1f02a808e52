"""Means over sums of weights: against sums of drawn points, for a law that is known as weighted samples only."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from remanifold import NotConverged
from remanifold.theory.finite.sampled.weight_sums import own_weight, weight_sum

_SETS = 4000


def drawn(exponents, points, seed):
    """Log of the sum, own weight and whether above 1/2, participation, both mean logs: `_SETS` sets of ``points``."""
    random = np.random.default_rng(seed)
    logs = -random.choice(exponents, size=(_SETS, points))
    total = logsumexp(logs, axis=1)
    all_logs = np.concatenate([logs, np.zeros((_SETS, 1))], axis=1)
    weights = np.exp(all_logs - logsumexp(all_logs, axis=1)[:, None])
    majority = np.where(total < 0, 1.0, 0.0)
    return (
        total,
        weights[:, -1],
        majority,
        np.square(weights).sum(1),
        np.logaddexp(0, total),
        (weights[:, :-1] * logs).sum(1),
    )


@pytest.mark.parametrize(
    ("points", "middle", "width"), [(54, 2.0, 3.0), (402, 8.0, 6.0), (2000, 30.0, 8.0), (402, 900.0, 200.0)]
)
def test_means_are_those_of_drawn_sets(points, middle, width):
    random = np.random.default_rng(points)
    exponents = middle + width * random.standard_normal(3000)
    found = weight_sum(exponents, np.full(3000, -math.log(3000)), math.log(points))
    values = (found.mean_log, found.own_weight, found.majority, found.participation, *found.mean_logs)
    for value, sample in zip(values, drawn(exponents, points, points)):
        error = sample.std() / math.sqrt(_SETS)
        assert abs(value - sample.mean()) < 4.5 * error + 2e-3 * abs(value) + 1e-6


def test_a_law_that_lacks_its_low_tail_is_seen():
    random = np.random.default_rng(1)
    exponents = 8 + 6 * random.standard_normal(3000)
    cut = np.maximum(exponents, np.quantile(exponents, 0.02))  # the planted mistake
    found = weight_sum(cut, np.full(3000, -math.log(3000)), math.log(402))
    total = drawn(exponents, 402, 2)[0]
    assert abs(found.mean_log - total.mean()) > 10 * total.std() / math.sqrt(_SETS)


def test_points_beyond_floats_cost_nothing_and_the_annealed_sum_is_reached_above_the_collapse():
    exponents = 1 + 0.1 * np.random.default_rng(0).standard_normal(500)
    found = weight_sum(exponents, np.full(500, -math.log(500)), 60.0)
    assert found.mean_log == pytest.approx(60 + logsumexp(-exponents) - math.log(500), abs=2e-3)


def test_levels_thousands_of_nats_apart_have_wider_bins_which_single_weights_refuse():
    random = np.random.default_rng(3)
    exponents = 4e4 + 6e3 * random.standard_normal(3000)
    found = weight_sum(exponents, np.full(3000, -math.log(3000)), math.log(54))
    total = drawn(exponents, 54, 4)[0]
    assert abs(found.mean_log - total.mean()) < 4.5 * total.std() / math.sqrt(_SETS) + 20
    with pytest.raises(NotConverged, match="too far apart"):
        _ = found.own_weight


@pytest.mark.parametrize("scale", [1.0, 1e2, 1e6])
def test_the_own_weight_is_known_however_far_apart_levels_lie(scale):
    random = np.random.default_rng(5)
    exponents = scale * (6 + 3 * random.standard_normal(3000))
    logs = np.full(3000, -math.log(3000))
    sample = drawn(exponents, 54, 6)[1]
    error = sample.std() / math.sqrt(_SETS)
    assert error < 0.01
    assert abs(own_weight(exponents, logs, math.log(54)) - sample.mean()) < 4.5 * error + 2e-3
    assert abs(own_weight(exponents, logs, math.log(108)) - sample.mean()) > 4.5 * error + 2e-3
    if scale == 1.0:
        assert own_weight(exponents, logs, math.log(54)) == weight_sum(exponents, logs, math.log(54)).own_weight
