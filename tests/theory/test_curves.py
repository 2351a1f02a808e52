"""Interpolation stops when it is right, says so, and says when it is not."""

import numpy as np
import pytest

from remanifold.theory.curves import interpolate, through


def sampled(function, ends, tolerance=1e-9, most=60):
    samples = {x: function(x) for x in ends}
    calls = []

    def counted(x):
        calls.append(x)
        return function(x)

    curves = interpolate(counted, samples, lambda p, x, y: float(np.abs(p(x) - y).max()) / tolerance, most)
    assert set(calls) < set(samples) and len(calls) == len(set(calls))
    return curves


def smooth(x):
    return np.array([np.exp(-x), np.log1p(np.exp(-x)), np.arctan(x)])


@pytest.mark.parametrize("ends", [(-3.0, 2.0), (0.0, 0.5), (-8.0, 6.0)])
def test_smooth_functions_within_the_tolerance_everywhere(ends):
    curves = sampled(smooth, ends, most=200)
    assert curves.converged
    grid = np.linspace(*ends, 997)
    assert max(np.abs(curves(x) - smooth(x)).max() for x in grid) < 1e-8
    middle = grid[100:-100:50]
    assert max(abs(curves.slope(x)[0] + np.exp(-x)) for x in middle) < 1e-3


def test_a_kink_is_never_taken_for_converged():
    assert not sampled(lambda x: np.array([abs(x - 0.1234)]), (-1.0, 1.0)).converged


def test_through_known_points_exactly():
    curves = through({0.0: np.array([1.0]), 2.0: np.array([5.0]), 1.0: np.array([2.0])})
    assert [float(curves(x)[0]) for x in (0.0, 1.0, 2.0)] == [1.0, 2.0, 5.0]
    assert curves(0.5)[0] == pytest.approx(1.25)  # the parabola 1 + x^2
    assert list(curves.x) == [0.0, 1.0, 2.0]


def test_nodes_where_the_error_does_not_matter_prove_nothing():
    samples = {x: smooth(x) for x in (-3.0, 1.0)}
    curves = interpolate(smooth, samples, lambda p, x, y: None, 40)
    assert not curves.converged and len(curves.x) == 40
