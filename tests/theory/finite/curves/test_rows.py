"""Collapse of single rows of a known map: against drawn data sets, the exact law, and a planted wrong size."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from remanifold import HiddenManifold
from remanifold._core.errors import InvalidInput
from remanifold.theory import row_collapse
from remanifold.theory.finite.log_sum import Energies, mean_log_sum
from tests.theory.finite.curves.drawn_sets import row_times

N, D, P = 20, 6, 55


def exact_times(manifold, rows, n_points, random):
    """log t of each row of a linear manifold, over 120 noises, by the exact law."""
    directions, values, _ = np.linalg.svd(manifold.factor / math.sqrt(manifold.latent_dim), full_matrices=False)
    l = values**2
    half = random.standard_normal((60, len(l)))
    noise, levels, found = np.concatenate([half, -half]), np.exp(np.linspace(-2.5, 2.0, 25)), []
    for row in rows @ directions:
        gaps = []
        for t in levels:
            x = row + math.sqrt(t) * noise
            logs = mean_log_sum(Energies(l / t, x**2 / (l + t), 1.0), math.log(n_points - 1))[0]
            gaps.append(-(logs + 0.5 * (noise**2).sum(1)).mean())
        found.append(np.interp(0.0, gaps[::-1], np.log(levels)[::-1]))
    return np.array(found)


def test_linear_rows_have_the_times_of_the_exact_law():
    manifold, random = HiddenManifold(ambient_dim=N, latent_dim=D, n_points=P, seed=2), np.random.default_rng(0)
    rows = manifold.points(0, 6)
    found, exact = row_collapse(manifold, rows, P), exact_times(manifold, rows, P, random)
    off = np.log(found.t) - exact
    assert np.abs(off).max() < 0.15 and abs(off.mean()) < 0.04
    assert exact.std() > 0.15  # rows differ
    wrong = row_collapse(manifold, rows, 2 * P)
    assert (np.log(wrong.t) - exact).mean() < -0.1


def test_nonlinear_rows_against_drawn_sets():
    manifold = HiddenManifold(ambient_dim=N, latent_dim=D, n_points=P, activation="relu")
    random = np.random.default_rng(3)
    factor = manifold.factor / math.sqrt(D)
    rows = manifold.points(0, 8)
    found = row_collapse(manifold, rows, P)
    measured = [
        row_times(
            lambda n: manifold.function(random.standard_normal((n, D)) @ factor.T),
            row,
            P,
            t * np.exp(np.linspace(-0.6, 0.6, 13)),
            60,
            random,
        )
        for row, t in zip(rows, found.t.tolist())
    ]
    logs, errors = np.array(measured).T
    off = (np.log(found.t) - logs) / np.hypot(errors, found.log_stderr)
    assert np.abs(off).max() < 5 and np.sqrt(np.mean(off**2)) < 2.2
    assert spearmanr(found.t, logs)[0] > 0.9
    assert found.first[0] == np.argmax(found.t) and "8 rows" in repr(found)


def test_a_row_has_a_stream_of_its_own():
    manifold = HiddenManifold(ambient_dim=10, latent_dim=4, n_points=30, activation="tanh")
    rows = manifold.points(0, 3)
    three, two = (row_collapse(manifold, part, 30, n_noises=8).t for part in (rows, rows[:2]))
    np.testing.assert_array_equal(three[:2], two)


def test_the_origin_of_a_generator_does_not_matter():
    manifold = HiddenManifold(ambient_dim=10, latent_dim=4, n_points=30, activation="tanh")
    factor = manifold.factor.T / 2
    rows = manifold.points(0, 2)
    here, away = (
        row_collapse(lambda z, shift=shift: np.tanh(z @ factor) + shift, rows + shift, 30, 4, n_noises=8).t
        for shift in (0.0, 70.0)
    )
    np.testing.assert_allclose(here, away, rtol=0.02)


@pytest.mark.parametrize("change", [{"rows": np.zeros((2, 3))}, {"n_noises": 9}, {"n_points": 1}])
def test_bad_input_is_refused(change):
    manifold = HiddenManifold(ambient_dim=10, latent_dim=4, n_points=30)
    with pytest.raises(InvalidInput):
        row_collapse(manifold, **{"rows": manifold.points(0, 2), "n_points": 30} | change)


def test_rows_that_are_no_points_of_the_map_are_refused_at_once():
    manifold = HiddenManifold(ambient_dim=8, latent_dim=3, n_points=30, activation="tanh")
    with pytest.raises(InvalidInput, match="must be points of the generator"):
        row_collapse(manifold, np.full((1, 8), 100.0), 30)
