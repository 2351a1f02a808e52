"""The collapse of single points: against a root finder, the typical point, and a simulated data set."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import spearmanr

from remanifold import InvalidInput
from remanifold.theory import LinearLandscape, sample_collapse, t_collapse

positive = st.floats(-8, 8).map(math.exp)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(positive, st.floats(0, 1e4)), min_size=1, max_size=6), st.integers(3, 10**9))
@example([(1.0, 1e-15)], 555)
def test_against_a_root_finder(pairs, n_points):
    values, squared = np.array(pairs).T
    right = lambda y: (  # noqa: E731
        0.5 * (np.log1p(values / math.exp(y)) + (squared - values) / (values + math.exp(y))).sum()
    )
    expected = brentq(lambda y: right(y) - math.log(n_points - 1), -600, 600, xtol=1e-13)
    found = sample_collapse(values, np.stack([squared, 9 * squared]), n_points)
    assert math.log(found[0]) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert math.log(found[1]) >= math.log(found[0]) - 1e-9  # within the accuracy asked for above: roots may be equal


def test_a_typical_point_collapses_with_the_set():
    values = np.array([4.0, 2.0, 1.0, 0.5])
    found = sample_collapse(values, values[None], 1000)[0]
    assert found == pytest.approx(t_collapse(LinearLandscape.from_eigenvalues(values), math.log(999) / 4), rel=1e-12)


DIM, POINTS, QUERIES, NOISES = 12, 2000, 50, 16
SPECTRUM = np.linspace(0.4, 2.0, DIM)


def simulated_crossings():
    """t at which the gap of each of the first QUERIES points, averaged over noise, crosses zero; and the points."""
    random = np.random.default_rng(7)
    points = np.sqrt(SPECTRUM) * random.standard_normal((POINTS, DIM))
    noise = random.standard_normal((QUERIES, NOISES, DIM))
    levels = np.geomspace(0.15, 4, 10)
    gaps = []
    for t in levels:
        x = points[:QUERIES, None] + math.sqrt(t) * noise
        x = np.concatenate([x, points[:QUERIES, None] - math.sqrt(t) * noise], axis=1)
        energies = (x**2).sum(2)[..., None] / 2 + (points**2).sum(1) / 2 - x @ points.T
        own = energies[np.arange(QUERIES), :, np.arange(QUERIES)].copy()
        energies[np.arange(QUERIES), :, np.arange(QUERIES)] = np.inf
        gaps.append((-own / t - logsumexp(-energies / t, axis=2)).mean(1))
    gaps = np.array(gaps)
    log_t = [np.interp(0, gaps[::-1, q], np.log(levels)[::-1]) for q in range(QUERIES)]
    return np.exp(log_t), points[:QUERIES]


def test_ranking_of_a_simulated_set():
    """Rank correlation with simulation; exchanging the roles of xi^2 and l, or forgetting the noise, does worse."""
    measured, points = simulated_crossings()
    predicted = sample_collapse(SPECTRUM, points**2, POINTS)
    rank = spearmanr(predicted, measured).statistic
    assert rank > 0.9
    radius = spearmanr((points**2).sum(1), measured).statistic
    assert rank > radius
    # 12 dimensions: the level itself is low by a finite-size shift, about 7/N in the logarithm at most
    shift = np.log(measured / predicted)
    assert 0 < shift.mean() < 7 / DIM
    assert shift.std() < 0.25 * np.log(measured).std() + 0.1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.0], [[1.0, 1.0]], 10), "the eigenvalues must be a list of positive finite numbers, but got"),
        (([1.0], [1.0], 10), "the squared coordinates must have shape (points, 1), but got (1,); project"),
        (([1.0], [[1.0, 2.0]], 10), "the squared coordinates must have shape (points, 1), but got (1, 2)"),
        (([1.0], [[-1.0]], 10), "the squared coordinates must be finite and not negative"),
        (([1.0], [[1.0]], 2), "the number of points must be a whole number of at least 3, but got 2; pass e.g. 3."),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InvalidInput) as caught:
        sample_collapse(*arguments)
    assert message in str(caught.value)
