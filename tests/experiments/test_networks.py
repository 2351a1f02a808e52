"""Networks beside the theory: training times by hand, and both scores at the ends where they belong."""

import math

import numpy as np
import pytest

from remanifold.experiments.catalogue import network_looks
from remanifold.experiments.catalogue.network_looks import look, stage_of
from remanifold.experiments.catalogue.networks import memory_onset, tasks
from remanifold.experiments.rows import column, select

TASK = tasks("quick")[0]


def looks(seed, index, steps=(100, 200, 400, 800)):
    return [{"seed": seed, "step": step, "index": value} for step, value in zip(steps, index)]


def test_the_training_time_to_a_fifth():
    rows = looks(1, (0.0, 0.1, 0.3, 0.5)) + looks(2, (0.0, 0.0, 0.1, 0.19)) + looks(3, (0.3, 0.4, 0.5, 0.6))
    assert memory_onset(rows) == pytest.approx([math.log(200 * math.sqrt(2)), math.nan, math.nan], nan_ok=True)


@pytest.fixture(scope="module")
def stage():
    return stage_of(TASK)


@pytest.fixture(scope="module")
def scores(stage):
    return look(stage, "empirical", 0, stage.training.score) + look(stage, "population", 0, stage.population)


def test_the_empirical_score_is_a_perfect_memorizer(scores):
    mine = select(scores, denoiser="empirical")
    assert column(select(mine, kind="memory"), "index") == pytest.approx([1])
    assert column(select(mine, kind="level"), "share_fresh") == pytest.approx(np.ones(5))
    assert column(select(mine, kind="memory"), "copied")[0] > 0.95
    for row in select(mine, kind="turn"):
        assert abs(row["back_less_weight"]) < 4 * row["back_less_weight_stderr"]


def test_the_score_of_the_law_remembers_nothing(scores):
    mine = select(scores, denoiser="population")
    (memory,) = select(mine, kind="memory")
    assert abs(memory["index"]) < 4 * memory["index_stderr"]
    assert memory["p_value"] > 0.001
    assert column(select(mine, kind="level"), "share_fresh") == pytest.approx(np.zeros(5))
    for row in select(mine, kind="turn"):
        assert abs(row["back_less_fresh"]) < 4 * row["back_less_fresh_stderr"] + 1 / TASK["n_points"]


def test_a_mixture_of_both_lies_between(stage):
    """Planted: an answer 40 % of the way. Losses are not linear in it: over 40 other seeds of the noise its index is
    .2555, with a scatter of .0182 beside a stated error of .0197."""
    score, law = stage.training.score, stage.population

    def part(x, t):
        return 0.4 * score(x, t) + 0.6 * law(x, t)

    rows = look(stage, "network", 1, part)
    assert column(select(rows, kind="level"), "share_fresh") == pytest.approx(np.full(5, 0.4))
    (memory,) = select(rows, kind="memory")
    assert abs(memory["index"] - 0.2555) < 4 * memory["index_stderr"] < 0.2
    assert memory["p_value"] < 1e-3


def test_a_large_set_stands_for_a_curved_law(monkeypatch):
    """The error of the stand-in, told by two sets, falls as the root of its size: a third for 9 times the points."""
    errors = []
    for size in (1000, 9000):
        monkeypatch.setattr(network_looks, "_REFERENCE", size)  # the size whose error is looked at
        errors.append(stage_of(TASK | {"activation": "tanh", "ensemble": "gaussian"}).reference_error[1.0])
    assert 2 < errors[0] / errors[1] < 4.5
