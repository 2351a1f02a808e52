"""How the times of Gaussian data come to their limits: the expansion beside the exact theory of each size."""

import math
from decimal import Decimal

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.theory import LinearLandscape, t_collapse, t_generalization, t_onset
from remanifold.theory.finite.approach import approach
from remanifold.theory.finite.gaussian import finite_size_times

CASES = {
    "isometric": (LinearLandscape.isometric(0.3), 0.2),
    "two variances": (LinearLandscape(0.4, np.array([6.0, 1.0]), np.array([0.5, 0.5])), 0.25),
}


def gaps(name, ambient_dim):
    """N log(exact/limit) of onset, collapse and best generalization."""
    landscape, load = CASES[name]
    counts = np.round(landscape.weights * landscape.latent_ratio * ambient_dim).astype(int)
    n_points = round(Decimal(str(load * ambient_dim)).exp())
    found = finite_size_times(np.repeat(landscape.eigenvalues, counts), n_points, ambient_dim)
    limits = (time(landscape, load) for time in (t_onset, t_collapse, t_generalization))
    times = (found.t_onset, found.t_collapse, found.t_generalization)
    return [ambient_dim * math.log(one / limit) for one, limit in zip(times, limits)]


@pytest.mark.parametrize("name", CASES)
def test_the_best_stop_comes_to_its_limit_like_log_n_over_n(name):
    found = approach(*CASES[name])
    near, far = (dim * found.of_generalization(dim) - gaps(name, dim)[2] for dim in (200, 1000))
    assert abs(far) < 0.1
    assert abs(far) < abs(near) < 0.3  # what is left falls like 1/N
    slope = (gaps(name, 1000)[2] - gaps(name, 200)[2]) / math.log(5)
    assert slope == pytest.approx(found.generalization_log, rel=0.03)
    assert abs(slope) > 1  # like 1/N alone it would be 0


@pytest.mark.parametrize("name", CASES)
def test_the_collapse_comes_to_its_limit_like_1_over_n_and_the_onset_faster(name):
    found = approach(*CASES[name])
    exact = {dim: gaps(name, dim)[1] for dim in (200, 1000)}
    left = {dim: (found.collapse - gap) * math.sqrt(dim) for dim, gap in exact.items()}
    assert left[1000] == pytest.approx(left[200], rel=0.25)  # the next order is N^(-3/2)
    planted = {dim: (1.1 * found.collapse - gap) * math.sqrt(dim) for dim, gap in exact.items()}
    assert planted[1000] != pytest.approx(planted[200], rel=0.25)
    assert abs(gaps(name, 200)[0]) < 0.01


def test_a_load_that_cannot_be_is_refused():
    with pytest.raises(InvalidInput, match="load"):
        approach(LinearLandscape.isometric(0.3), -0.1)
