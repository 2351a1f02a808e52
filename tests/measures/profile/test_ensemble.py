"""Times over many draws of the data: spread between draws beside the error within one."""

import math

import numpy as np
import pytest
from montecarlo import sd_bounds

from remanifold.data import open_points
from remanifold.measures import ensemble_times, noise_profile

LEVELS = np.exp(np.arange(-12, 9) / 4)


def draw(seed):
    return open_points(np.random.default_rng(seed).normal(size=(300, 5)))


def test_an_ensemble_is_its_draws():
    told = []
    found = ensemble_times(
        draw, 3, seed=7, max_queries=40, levels=LEVELS, threads=1, progress=lambda *a: told.append(a)
    )
    alone = [noise_profile(draw(7 + k), max_queries=40, levels=LEVELS, seed=7 + k, threads=1) for k in range(3)]
    for name in ("t_onset", "t_collapse", "t_generalization"):
        drawn, times = getattr(found, name), [getattr(p, name) for p in alone]
        logs = np.array([math.log(t.value) for t in times])
        assert drawn.values == pytest.approx([t.value for t in times])
        assert drawn.log.value == pytest.approx(logs.mean())
        assert drawn.log.stderr == pytest.approx(logs.std(ddof=1) / math.sqrt(3))
        assert drawn.between == pytest.approx(logs.std(ddof=1))
        assert drawn.within == pytest.approx(math.sqrt(np.mean([t.log_stderr**2 for t in times])))
        assert drawn.value == pytest.approx(math.exp(logs.mean()))
    assert told == [("draws", k, 3) for k in (1, 2, 3)]


def test_the_spread_between_draws_holds_the_error_within():
    # 40 draws, few queries of each: the choice of queries makes nearly all of the spread
    found = ensemble_times(draw, 40, max_queries=20, levels=LEVELS, threads=1)
    low, high = sd_bounds(40, 1e-3)
    for drawn in (found.t_onset, found.t_collapse):
        assert low < drawn.between / drawn.within < 1.2 * high  # and a part from the draws themselves


def test_levels_are_chosen_where_none_are_given():
    found = ensemble_times(draw, 2, max_queries=20, threads=1)
    given = ensemble_times(draw, 2, max_queries=20, levels=LEVELS, threads=1)
    assert found.t_collapse.value == pytest.approx(given.t_collapse.value, rel=1e-2)
