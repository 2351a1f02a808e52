"""Detection rates at given false-positive rates: the right level, the right power, an error that covers."""

from statistics import NormalDist

import numpy as np
import pytest

from remanifold.audits.benchmark.detection_rate import detection_rate

NORMAL = NormalDist()


def _power(shift, alpha):
    return 1 - NORMAL.cdf(NORMAL.inv_cdf(1 - alpha) - shift)


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.001])
@pytest.mark.parametrize("shift", [0.0, 1.0, 3.0])
def test_normal_statistics_have_their_power(shift, alpha):
    """400 benchmarks of 2000 cases: the mean within 5 standard errors plus the bias of the threshold, 1/2000 of alpha.

    The threshold of few cases is one of them, so that the rate is off by about half a case, times the slope.
    """
    random = np.random.default_rng(5)
    found = [
        detection_rate(random.standard_normal(2000), shift + random.standard_normal(2000), alpha) for _ in range(400)
    ]
    values, errors = np.array([(one.value, one.stderr) for one in found]).T
    true = _power(shift, alpha)
    slope = (_power(shift, alpha * 1.01) - _power(shift, alpha * 0.99)) / (0.02 * alpha)
    assert abs(values.mean() - true) < 5 * values.std() / 20 + slope / 2000
    # The error: its size on average is that of the scatter, within what two expected exceedances let one know.
    assert 0.6 < np.sqrt((errors**2).mean()) / values.std() < 1.5


def test_the_error_of_the_threshold_counts():
    """Without it, the error of a rate near 1/2 at a false-positive rate of .1 % would be a tenth of the scatter."""
    random = np.random.default_rng(6)
    found = [
        detection_rate(random.standard_normal(1000), 3 + random.standard_normal(100_000), 0.001) for _ in range(200)
    ]
    scatter = np.std([one.value for one in found])
    binomial = np.sqrt(0.25 / 100_000)
    assert scatter > 10 * binomial and np.median([one.stderr for one in found]) > 3 * binomial


def test_ties_count_by_chance():
    null, alternative = np.zeros(100), np.zeros(80)
    assert detection_rate(null, alternative, 0.05).value == pytest.approx(0.05)
    null[:10] = 1.0  # a tenth of the null ties at the top: half of the ties are above the threshold
    alternative[:40] = 1.0
    assert detection_rate(null, alternative, 0.05).value == pytest.approx(0.5 * 40 / 80)


def test_too_few_cases_give_no_rate():
    random = np.random.default_rng(0)
    null, alternative = random.standard_normal((2, 999))
    assert detection_rate(null, alternative, 0.001) is None
    assert detection_rate(np.append(null, 0.0), alternative, 0.001) is not None
