"""Independent signs with copies merged, against drawn sets of vertices."""

import math

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.theory import IndependentLandscape, t_collapse, t_onset
from remanifold.theory.finite.signs import sign_times

N, SETS = 12, 60
P = round(math.exp(0.5 * N))


def drawn_logs(onset, collapse, n_points):
    """Mean over the points of each drawn set of log S at onset, of log S + |w|^2/2 at collapse: (sets, 2)."""
    random, found = np.random.default_rng(5), []
    for _ in range(SETS):
        points = 2.0 * np.unique(random.integers(0, 2, (n_points, N)), axis=0) - 1
        energies = N - points @ points.T
        noise = random.standard_normal(points.shape)
        crossed = (points * noise).sum(1)[:, None] - noise @ points.T
        np.fill_diagonal(energies, np.inf)
        exponents = (energies / onset, energies / collapse + crossed / math.sqrt(collapse))
        found.append([float(np.log(np.exp(-one).sum(1)).mean()) for one in exponents])
    return np.array(found)


def test_sums_over_drawn_vertices_cross_zero_where_it_is_predicted():
    found = sign_times(N, P)
    logs = drawn_logs(found.onset.value, found.collapse.value, P)
    slope = 5.0  # nats by log t of both, within a fifth; the numerical error of the collapse is a tenth of the scatter
    for mean, error in zip(logs.mean(0), logs.std(0, ddof=1) / math.sqrt(SETS)):
        assert abs(mean) < 4.5 * error + 0.002 * slope
    planted = drawn_logs(found.onset.value, found.collapse.value, 2 * P).mean(0)  # twice the points: log 2 nats more
    assert (planted > 0.3).all()


def test_times_tend_to_their_limits():
    limit = IndependentLandscape.of("sign")
    gaps, limits = [], (float(t_onset(limit, 0.5) or 0), float(t_collapse(limit, 0.5) or 0))
    for dim in (12, 20, 28):
        found = sign_times(dim, round(math.exp(0.5 * dim)), n_views=512)
        gaps.append((math.log(found.onset / limits[0]), math.log(found.collapse / limits[1])))
    first, second, third = gaps
    for k, least in ((0, 0.0), (1, 0.05)):
        assert first[k] > second[k] > third[k] > least
    assert 2.5 < 12 * first[1] < 4 and 2.5 < 28 * third[1] < 4  # a correction like 1/N


@pytest.mark.parametrize("sizes", [(9, 100), (29, 100), (12, 2)])
def test_sizes_out_of_range_are_refused(sizes):
    with pytest.raises(InvalidInput):
        sign_times(*sizes)
