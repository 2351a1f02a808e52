"""The levels see both ends and are dense where the curves cross."""

import math

import numpy as np
import pytest
from point_sets import hard_sets

from remanifold._core.errors import NotConverged
from remanifold.data import open_points
from remanifold.measures import noise_profile
from remanifold.measures.profile.levels import FINE, is_fine, lattice, level_grid, search_range

SETS = hard_sets()


def check(profile):
    share = profile.own_surprisal.value / math.log(profile.n_points)
    assert share[0] < 0.005
    assert share[-1] > 0.95
    for curve in (profile.gap, profile.trap):
        assert curve.value[0] > 0 > curve.value[-1]
    assert 0 < profile.nll.value.argmin() < len(profile.t) - 1
    for time in (profile.t_collapse, profile.t_onset, profile.t_generalization):
        near = profile.t[np.abs(np.log(profile.t / time.value)) < 0.25]
        assert len(near) >= 4
        assert np.diff(np.log(near)).max() < (1 + 1e-6) / FINE
        assert near[0] < time.value < near[-1]


@pytest.mark.parametrize("name", SETS)
def test_every_set_is_bracketed_and_dense_at_its_crossings(name):
    check(noise_profile(open_points(SETS[name]), max_queries=60, threads=1))


@pytest.mark.parametrize("seed", range(3))
def test_a_pilot_that_missed_is_put_right(seed):
    # tails so heavy that 24 queries say little of 400: the first grid is wrong by factors
    data = np.random.default_rng(seed).standard_t(1.1, size=(600, 3))
    check(noise_profile(open_points(data), max_queries=400, threads=1))


def test_one_far_row_does_not_stop_the_profile():
    data = SETS["plain"].copy()
    data[0] = 1e11
    profile = noise_profile(open_points(data), max_queries=60, threads=1)
    assert profile.own_surprisal.value[-1] / math.log(len(data)) > 0.95


def test_the_smallest_set_has_a_profile():
    check(noise_profile(open_points(np.array([[0.0], [1.0], [3.0]])), threads=1))


def test_own_levels_are_taken_as_they_are():
    levels = np.array([3.0, 0.1, 1.0, 1.0])
    profile = noise_profile(open_points(SETS["plain"]), levels=levels, max_queries=10, threads=1)
    assert profile.t.tolist() == [0.1, 1.0, 3.0]
    assert profile.t_onset is None or profile.t_onset.value > 0


def test_a_curve_that_does_not_cross_has_no_time():
    profile = noise_profile(open_points(SETS["plain"]), levels=np.array([1e-6, 2e-6]), max_queries=10, threads=1)
    assert profile.t_collapse is None
    assert profile.t_onset is None
    assert profile.t_generalization is None


@pytest.mark.parametrize("stride", [1, 4])
def test_lattices_cover_and_step_evenly_within_each_factor_two(stride):
    levels = lattice(0.3, 7.0, stride)
    assert levels[0] <= 0.3 < levels[1]
    assert levels[-2] < 7.0 <= levels[-1]
    u = 1 / np.sqrt(levels[::-1])
    assert np.diff(u) == pytest.approx(stride / 16 * 2.0 ** np.floor(np.log2(u[:-1])), rel=1e-12)
    assert np.diff(np.log(levels)).max() < {1: 1 / FINE, 4: 0.45}[stride]


def test_the_grid_is_widened_to_hold_its_crossings():
    grid = level_grid(1.0, 2.0, [0.01, 50.0])
    assert (np.diff(grid) > 0).all()
    assert is_fine(grid, 0.01)
    assert is_fine(grid, 50.0)
    assert not is_fine(grid, 1.5)
    assert not is_fine(grid, 1e9)


def test_a_range_without_ends_is_refused():
    with pytest.raises(NotConverged, match=r"no noise level between .* ends the profile"):
        search_range(lambda t: 0.5, 1.0)
