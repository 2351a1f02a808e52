"""Means less what controls explain: their stated errors, and what the entropy that varies with x explains."""

import math

import numpy as np
import pytest

from remanifold.theory.finite.gaussian import finite_size_times
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.crossing import Window, crossing
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.map_means import controlled, effort_shift, error_of_mean, means_of_maps
from remanifold.theory.finite.sampled.moves import Effort

RUNS, CONTROLS = 400, 6


def deviations(n_maps, a_map):
    """Of controlled means of mean 0, in stated errors, and in those from the scatter of what the controls leave."""
    random = np.random.default_rng(3)
    place, ones = np.repeat(np.arange(n_maps), a_map), np.ones(n_maps * a_map)
    honest, planted = np.empty(RUNS), np.empty(RUNS)
    for run in range(RUNS):
        known = random.standard_normal((len(place), CONTROLS))
        known[:, 0] = np.square(known[:, 1]) - 1
        values = (known @ np.arange(1.0, 7.0) + random.standard_normal(len(place)))[:, None]
        means = means_of_maps(controlled(values, place, known, ones), place, ones)[:, 0]
        groups = means if n_maps > 1 else controlled(values, place, known, ones)[:, 0]
        honest[run] = means.mean() / error_of_mean(values, place, known, ones)[0]
        planted[run] = means.mean() / (groups.std(ddof=1) / math.sqrt(len(groups)))
    return honest, planted


@pytest.mark.parametrize(("n_maps", "a_map"), [(10, 3), (1, 24)])
def test_stated_errors_count_that_the_controls_were_fitted_to_the_very_points(n_maps, a_map):
    """The standard deviation of 400 z is known to 3.5 %, so that 15 % are four of its errors: 1 in 15000 by chance."""
    honest, planted = deviations(n_maps, a_map)
    assert 0.85 < honest.std() < 1.15
    assert planted.std() > 1.15


def test_the_entropy_that_varies_with_x_explains_where_the_sum_bends():
    """Isometric linear, N = 12, D = 4: .013 instead of .029 of t_c from 64 points, over 200 simulated runs."""
    right = finite_size_times([3.0] * 4, 200, 12).t_collapse
    views = Asked(HiddenFamily(12, 4, "linear", "isometric"), math.log(199), 0, Effort(256, 12), 4).look(
        np.arange(64), right.value
    )
    window = Window(right.log.value, 0.3, 5)
    curves, seen = -views.mean_logs(window.levels), [0, 1, 2, 3, 5]
    found, without = (
        crossing(window, curves, views.map_of, views.controls[:, k], views.chances, 200) for k in ([*seen, 4], seen)
    )
    assert abs(found.log_t - window.middle) < 4 * found.stderr
    assert found.stderr < 0.7 * without.stderr


def test_the_scatter_of_sweeps_is_no_shift_and_a_true_one_is_told():
    random = np.random.default_rng(4)
    squares, told = [], []
    for true in (0.0, 1.0):
        for _ in range(400):
            shift = effort_shift(true + random.standard_normal((8, 1)), np.ones(8))
            squares.append(shift.raw[0] ** 2 - shift.error[0] ** 2 - true**2)
            told.append(shift.told[0])
    assert abs(np.mean(squares)) < 4 * np.std(squares) / math.sqrt(len(squares))  # 1 in 15000 by chance
    assert np.mean(np.abs(told[:400])) < 0.2 < 0.7 < np.mean(told[400:])
