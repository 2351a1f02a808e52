"""A profile in other units is the same profile: single precision neither loses tiny distances nor tiny levels."""

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold._core.compiled.functions import numba_installed
from remanifold.measures import noise_profile
from remanifold.measures.profile import sweep

SIZES = [60, pytest.param(5000, marks=pytest.mark.skipif(not numba_installed(), reason="numba is not installed"))]


def profile_of(n, scale, **options):
    data = np.random.default_rng(0).normal(size=(n, 3))
    return noise_profile(data * scale, max_queries=20, threads=1, **options)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("power", [-400, -80, -60, -10, 40])
def test_a_power_of_two_changes_no_digit(n, power):
    unit, other = profile_of(n, 1.0), profile_of(n, 2.0**power)
    square = 4.0**power
    assert np.array_equal(other.t, unit.t * square)
    for name in ("query_gap", "query_trap", "query_dimension"):
        assert np.array_equal(getattr(other, name), getattr(unit, name)), name
    assert np.array_equal(other.half_squared, unit.half_squared * square)
    for name in ("t_onset", "t_collapse", "t_generalization"):
        assert getattr(other, name).value == pytest.approx(square * getattr(unit, name).value, rel=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_tiny_distances_in_their_own_unit_show(monkeypatch, n):
    monkeypatch.setattr(sweep, "_NEAR", 0.0)  # planted: nothing is scaled
    with np.errstate(all="ignore"), pytest.raises((InvalidInput, AssertionError, ValueError)):
        test_a_power_of_two_changes_no_digit(n, -80)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("levels", [[1e-40, 1.0], [1.0, 1e38], [1e-300, 1e300]])
def test_levels_beyond_single_precision_are_refused(n, levels):
    with pytest.raises(InvalidInput, match="nearer to the squared distances"):
        profile_of(n, 1.0, levels=levels)


@pytest.mark.parametrize("n", SIZES)
def test_levels_far_from_the_data_but_within_it(n):
    profile = profile_of(n, 1.0, levels=[1e-30, 1e-12, 1e12, 1e36])
    nearest = profile.nearest_distances**2 / 2
    np.testing.assert_allclose(profile.query_trap[:, 0], nearest / 1e-30, rtol=1e-6)
    np.testing.assert_allclose(profile.query_gap[:, 2:], -np.log(n - 1), rtol=1e-5)
