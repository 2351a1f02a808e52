"""Directions: what a posterior mean knows of each, by regression on draws; and whose names pay for the collapse."""

import math

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.theory import LinearLandscape, freeze_out, t_collapse

VALUES = np.array([0.3, 4.0, 1.0])


def test_overlap_is_the_squared_correlation_with_the_truth():
    """The regression of xi on x_t along each direction, from draws: its R^2, and the unexplained part."""
    t, random, n = 0.8, np.random.default_rng(1), 40_000
    xi = np.sqrt(VALUES) * random.standard_normal((n, 3))
    x = xi + math.sqrt(t) * random.standard_normal((n, 3))
    out = freeze_out(LinearLandscape.from_eigenvalues(VALUES, 5), t)
    assert out.eigenvalues.tolist() == [4.0, 1.0, 0.3]
    for value, overlap, undecided, information in zip(out.eigenvalues, out.overlap, out.undecided, out.information):
        i = int(np.flatnonzero(value == VALUES)[0])
        correlation = np.corrcoef(xi[:, i], x[:, i])[0, 1] ** 2
        error = 2 * math.sqrt(correlation / n)
        assert abs(correlation - overlap) < 5 * error
        assert abs(correlation - value / (value + 2 * t)) > 10 * error  # a wrong factor on t is seen
        assert undecided == pytest.approx(1 - overlap)
        assert information == pytest.approx(-0.5 * math.log(1 - overlap), rel=1e-12)  # of a Gaussian pair


def test_shares_of_the_collapse_add_up_to_log_p():
    landscape, load = LinearLandscape.from_eigenvalues(VALUES, 5), math.log(500) / 5
    out = freeze_out(landscape, t_collapse(landscape, load))
    assert out.information.sum() == pytest.approx(math.log(500), rel=1e-12)
    assert out.share * math.log(500) == pytest.approx(out.information, rel=1e-12)
    continuous = LinearLandscape.gaussian(0.3)
    out = freeze_out(continuous, t_collapse(continuous, 0.2))
    assert out.share.sum() == pytest.approx(1, rel=1e-12)
    assert 0.3 * (out.weights @ out.information) == pytest.approx(0.2, rel=1e-12)


def test_narrow_directions_are_lost_first():
    landscape = LinearLandscape.from_eigenvalues(VALUES)
    for value in VALUES:
        out = freeze_out(landscape, value)
        assert out.overlap[out.eigenvalues == value] == pytest.approx(0.5)
        assert (np.diff(out.overlap) < 0).all() and (np.diff(out.share) < 0).all()
        assert (np.diff(out.undecided) > 0).all()


@pytest.mark.parametrize("t", [0.0, -1.0, math.inf, math.nan])
def test_refusals(t):
    with pytest.raises(InvalidInput, match="noise variance t must be "):
        freeze_out(LinearLandscape.from_eigenvalues(VALUES), t)
