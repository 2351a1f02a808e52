"""Points drawn from the posterior: those that brute force draws from the same numbers, with the weights' law."""

import numpy as np
import pytest
from montecarlo import SIGMAS

from remanifold import EmpiricalScore, InvalidInput

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(5000, 6))
X, U = RNG.normal(size=(200, 6)), RNG.random(200)


def all_weights(x, t):
    logits = -((x[:, None] - POINTS) ** 2).sum(-1) / (2 * t)
    weights = np.exp(logits - logits.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize("t", [1e-12, 1e-3, 0.3, 1e3])
@pytest.mark.parametrize("memory", ["1GB", "2MB"])
def test_the_point_where_the_summed_weights_reach_the_number(t, memory):
    """From products and, at 1e-12, from differences; in chunks of any size."""
    score = EmpiricalScore(POINTS, memory=memory)
    along = all_weights(X, t).cumsum(1)
    rows = [np.searchsorted(one / one[-1], u) for one, u in zip(along, U)]
    assert (score.draw(X, t, uniforms=U) == POINTS[rows]).all(axis=1).mean() == 1
    assert np.array_equal(score.draw(X, sigma=t**0.5, uniforms=U), score.draw(X, t, uniforms=U))
    planted = score.draw(X, 1.1 * t, uniforms=U)
    assert t < 1e-2 or t > 1e2 or (planted != POINTS[rows]).any(axis=1).mean() > 0.1


def test_the_ends_of_the_numbers_are_points_too():
    score = EmpiricalScore(POINTS[:50])
    near = POINTS[7:9]
    assert np.array_equal(score.draw(near, 1e-9, uniforms=[0.0, 1.0]), near), "no point without weight"


def test_points_come_as_often_as_their_weights():
    score, t, copies = EmpiricalScore(POINTS[:12]), 2.0, 20000
    x = np.repeat(X[:1], copies, axis=0)
    drawn = score.draw(x, t, uniforms=np.random.default_rng(1).random(copies))
    counts = (drawn[:, None] == POINTS[:12]).all(-1).sum(0)

    def farthest(noise):
        weights = score_weights(noise)
        return np.abs((counts / copies - weights) / np.sqrt(weights * (1 - weights) / copies)).max()

    def score_weights(noise):
        logits = -((X[0] - POINTS[:12]) ** 2).sum(-1) / (2 * noise)
        return np.exp(logits) / np.exp(logits).sum()

    assert counts.sum() == copies
    assert farthest(t) < SIGMAS < farthest(1.2 * t)


@pytest.mark.parametrize("uniforms", [[0.5], [0.5, 1.5], [0.5, float("nan")]])
def test_bad_numbers_are_one_sentence(uniforms):
    with pytest.raises(InvalidInput, match=r"^`uniforms` must be 2 numbers from 0 to 1, one a query, but got"):
        EmpiricalScore(POINTS[:5]).draw(X[:2], 1.0, uniforms=uniforms)
