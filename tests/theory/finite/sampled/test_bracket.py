"""log Z of noisy points lies between the ladder from the prior and the one from the planted latent."""

import math

import numpy as np
import pytest

from remanifold import NotConverged
from remanifold.theory.finite.sampled import moves
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.bracket import bracket
from remanifold.theory.finite.sampled.crossing import Crossing
from remanifold.theory.finite.sampled.family import HiddenFamily
from remanifold.theory.finite.sampled.moves import Effort, Seen
from remanifold.theory.finite.sampled.points import drawn
from remanifold.theory.finite.sampled.trust import trusted

N, D, POINTS = 24, 8, 20


def brackets_of(activation, t, effort):
    """(ends (n, 2), factors of the maps, points x)."""
    points = drawn(HiddenFamily(N, D, activation), np.arange(POINTS), 4, t, 0)
    seen = Seen(points.maps, points.place, points.seen.astype(np.float32))
    ends = []
    for k in range(POINTS):
        found = bracket(seen.of(np.array([k])), points.latents[k], t, effort, np.random.default_rng([7, k]))
        ends.append((found.lower, found.upper))
    return np.array(ends), points.maps.factors[points.place], points.seen


def error(values):
    return values.std(ddof=1) / math.sqrt(len(values))


def test_the_exact_value_of_linear_maps_lies_inside_and_the_bracket_closes():
    t = 1.2
    ends, factors, seen = brackets_of("linear", t, Effort(400, 12))
    exact = []
    for factor, x in zip(factors.astype(np.float64), seen):
        covariance = factor.T @ factor + t * np.eye(N)
        exact.append(-0.5 * np.linalg.slogdet(covariance / t)[1] - 0.5 * x @ np.linalg.solve(covariance, x))
    low, high = ends.T - np.array(exact)
    # each end is right on average but for a bias towards its side: 4 standard errors, 1 in 15000 by chance
    assert -0.1 - 4 * error(low) < low.mean() < 4 * error(low)
    assert -4 * error(high) < high.mean() < 0.1 + 4 * error(high)
    assert (ends[:, 1] - ends[:, 0]).mean() < 0.2


def test_little_effort_at_a_fixed_step_opens_it(monkeypatch):
    good = np.diff(brackets_of("tanh", 0.5, Effort(400, 16))[0])
    monkeypatch.setattr(moves, "_SPREAD", 0.0)  # the step of the moves is an inner matter that users cannot set
    poor = np.diff(brackets_of("tanh", 0.5, Effort(48, 1))[0])
    assert abs(good.mean()) < 0.3
    assert poor.mean() > 0.8 and poor.mean() > 3 * error(poor)


def test_effort_is_raised_until_it_closes_or_the_prediction_is_refused():
    collapse = Crossing(math.log(0.5), 0.0, 0.0, -4.0, True, np.zeros(1))
    asked = Asked(HiddenFamily(N, D, "tanh"), math.log(402), 0, Effort(200, 8), 4)
    more, gap = trusted(asked, collapse, 0.3)
    assert gap < 0.15 and more.effort.particles >= 200
    with pytest.raises(NotConverged, match=r"8 latent dimensions the bracket of log Z stays open by"):
        trusted(Asked(asked.family, asked.log_others, 0, Effort(32, 1), 4), collapse, 0.02)
