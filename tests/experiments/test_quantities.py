"""What experiments compute themselves, against brute force and closed forms."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from remanifold import open_points
from remanifold.experiments.catalogue.capture import widths
from remanifold.experiments.catalogue.condensation import posterior_entropy
from remanifold.experiments.catalogue.real_data import two_neighbours
from remanifold.experiments.catalogue.stopping import _STEPS, best_steps  # the grid that the best one must come from
from remanifold.experiments.rows import pooled
from remanifold.measures import noise_profile

LEVELS = np.array([0.05, 0.3, 2.0])


def brute_entropies(points, t, n_draws=60):
    """-sum w log w at noised points, (points, draws)."""
    rng, found = np.random.default_rng(7), []
    for point in points:
        x = point + math.sqrt(t) * rng.normal(size=(n_draws, points.shape[1]))
        logits = -((x[:, None] - points) ** 2).sum(-1) / (2 * t)
        w = np.exp(logits - logits.max(1, keepdims=True))
        w /= w.sum(1, keepdims=True)
        found.append(-(w * np.log(np.maximum(w, 1e-300))).sum(1))
    return np.array(found)


def test_entropy_of_the_weights_by_brute_force():
    """The same points, other noise: the error is that of at least one draw a point."""
    points = np.random.default_rng(0).normal(size=(150, 4))
    measured = posterior_entropy(noise_profile(open_points(points), max_queries=150, levels=LEVELS, seed=1))
    for k, t in enumerate(LEVELS):
        brute = brute_entropies(points, t)
        error = brute.std(axis=1).mean() / math.sqrt(len(points))
        assert abs(measured[k] - brute.mean()) < 4 * error
        assert abs(1.3 * measured[k] - brute.mean()) > 4 * error  # planted
    assert 0 < measured[0] < measured[1] < measured[2] < math.log(150)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_dimension_from_two_neighbours_of_a_cube(dim):
    points = np.random.default_rng(dim).uniform(size=(4000, dim)) @ np.eye(dim, 12)
    found = two_neighbours(points, 1000)
    assert found["dimension_stderr"] == pytest.approx(found["dimension"] / math.sqrt(1000))
    bias = 0.06 * dim  # of the cube's border
    assert abs(found["dimension"] - dim) < 4 * found["dimension_stderr"] + bias
    assert abs(1.5 * found["dimension"] - dim) > 4 * found["dimension_stderr"] + bias  # planted


def test_the_best_stop_of_a_lopsided_curve():
    """e^(-2x) + e^x has its least value at log(2)/3: steep to one side, as cross entropies are."""
    lopsided = np.exp(-2 * (_STEPS - 0.1)) + np.exp(_STEPS - 0.1)
    rows = [{"seed": 1, "log_step": float(s), "q": float(y)} for s, y in zip(_STEPS, lopsided)]
    rows += [{"seed": 2, "log_step": float(s), "q": float(s)} for s in _STEPS]  # falls to the end of the levels
    assert best_steps(rows, "q") == pytest.approx([0.1 + math.log(2) / 3, _STEPS[0]], abs=2e-3)


def test_width_of_a_normal_law():
    quantiles = [
        {"kind": "quantile", "share": share, "last_change": math.exp(0.7 * norm.ppf(1 - share) + shift)}
        for share in (0.25, 0.75)
        for shift in (0.0, 2.0)
    ]
    assert widths(quantiles, "last_change") == pytest.approx([0.7, 0.7], rel=1e-3)


def test_pooled_errors_add_in_squares():
    found = pooled([{"a": 1.0, "a_stderr": 3.0}, {"a": 2.0, "a_stderr": 4.0}], "a")
    assert (found.value, found.stderr, found.n) == (1.5, 2.5, 2)
