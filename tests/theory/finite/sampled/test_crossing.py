"""Crossings of mean curves: the mean over maps, to second order, and over data sets."""

import numpy as np
import pytest

from remanifold.theory.finite.sampled.crossing import Window, crossing


def curves_of(window, roots, slopes, noise, a_map, random):
    """Rows of slope * (log t - root) + curvature, ``a_map`` for each map, with noise of their own."""
    u = np.log(window.levels)
    rows, maps = [], []
    for k, (root, slope) in enumerate(zip(roots, slopes)):
        for _ in range(a_map):
            away = u - root
            rows.append(slope * away + 0.5 * slope * away**2 + noise * random.standard_normal())
            maps.append(k)
    return np.array(rows), np.array(maps)


def test_the_mean_over_maps_is_right_where_maps_differ_and_each_has_few_noisy_points():
    random = np.random.default_rng(0)
    window = Window(0.05, 0.5, 7)
    roots = 0.1 * random.standard_normal(400)
    slopes = 4.0 * np.exp(2 * roots)  # a map that crosses late is steep: the pooled curve crosses late
    curves, maps = curves_of(window, roots, slopes, 0.8, 4, random)
    nothing = np.zeros((len(curves), 1))
    found = crossing(window, curves, maps, nothing, np.ones(len(curves)))
    assert found.inside
    assert abs(found.log_t - roots.mean()) < 3 * 0.1 / 20 / 2 + 0.01
    assert found.spread == pytest.approx(0.1, rel=0.25)
    assert found.spread < found.spread_bound < 0.15
    assert 0.003 < found.stderr < 0.02


def test_what_few_maps_cannot_tell_from_noise_is_a_bound_and_not_no_spread():
    """16 maps of 4 points: the spread is often 0, its bound is below the truth once in 20 times or so."""
    window, nothing = Window(0.0, 0.6, 5), np.zeros((64, 1))
    for true in (0.05, 0.15):
        found = []
        for seed in range(200):
            random = np.random.default_rng(seed)
            curves, maps = curves_of(window, true * random.standard_normal(16), np.full(16, 4.0), 1.0, 4, random)
            found.append(crossing(window, curves, maps, nothing, np.ones(64)))
        missed = sum(one.spread_bound < true for one in found)
        assert 2 <= missed <= 10 + 5 * 3.1, true  # 5 % of 200, with 5 errors
        assert true > 0.1 or sum(one.spread == 0 for one in found) > 20


def test_data_sets_that_do_not_cross_near_their_mean_are_counted():
    random = np.random.default_rng(4)
    window = Window(0.0, 0.3, 5)
    for noise, low, high in ((0.5, 0.99, 1.0), (40.0, 0.05, 0.5)):
        away = random.standard_normal((400, 1))
        curves = 4 * np.log(window.levels) + noise * (away - away.mean())
        found = crossing(window, curves, np.zeros(400, dtype=int), np.zeros((400, 1)), np.ones(400), 40)
        assert low <= found.crossed <= high


def test_controls_take_their_part_and_one_map_has_the_error_of_its_points():
    random = np.random.default_rng(1)
    window = Window(0.0, 0.4, 5)
    known, noise = random.standard_normal(300), random.standard_normal(300)
    curves = 5 * np.log(window.levels)[None, :] + 3 * known[:, None] + 0.5 * noise[:, None]
    found = crossing(window, curves, np.zeros(300, dtype=int), known[:, None], np.ones(300))
    assert abs(found.log_t) < 4 * found.stderr
    assert found.stderr == pytest.approx(0.5 / 5 / np.sqrt(300), rel=0.2)


def test_data_sets_of_few_points_cross_elsewhere_than_their_mean():
    random = np.random.default_rng(2)
    window, n = Window(0.0, 0.6, 7), 40
    u = np.log(window.levels)
    # the curve bends: the mean of crossings is not the crossing of the mean
    curves = (4 * u + 3 * u**2)[None, :] + 4 * random.standard_normal((2000, 1))
    nothing, ones = np.zeros((2000, 1)), np.ones(2000)
    found = crossing(window, curves, np.zeros(2000, dtype=int), nothing, ones, n_points=n)
    offsets = 4 * random.standard_normal((4000, n)).mean(1)
    right = np.mean([(-4 + np.sqrt(max(16 - 12 * c, 0.0))) / 6 for c in offsets])
    assert found.data_shift == pytest.approx(right, abs=0.01)
    assert abs(right) > 0.01


def test_a_crossing_outside_is_told():
    window = Window(0.0, 0.3, 5)
    curves = np.tile(np.log(window.levels) - 1.0, (8, 1))
    found = crossing(window, curves, np.arange(8) // 4, np.zeros((8, 1)), np.ones(8))
    assert not found.inside
    assert found.log_t == pytest.approx(0.3, abs=0.01)
