"""Few rows that carry the mean: named where they do, nobody named where none does, and levels without them right."""

import math

import numpy as np
import pytest

from remanifold import noise_profile
from remanifold.measures import carried_levels
from remanifold.measures.profile.carried import CarriedLevels

TIMES = ("t_onset", "t_collapse", "t_generalization")


def student(seed, freedom=2, n=300, dim=8):
    random = np.random.default_rng(seed)
    return random.standard_normal((n, dim)) / np.sqrt(random.chisquare(freedom, (n, 1)) / freedom)


def found(data, queries=2000, seed=0) -> CarriedLevels | None:
    return carried_levels(noise_profile(data, max_queries=queries, seed=seed, threads=1))


@pytest.mark.parametrize("queries", [2000, 60])
def test_no_row_is_named_in_regular_sets(queries):
    for seed in range(6):
        random = np.random.default_rng(seed)
        clusters = 3 * random.standard_normal((10, 8))[random.integers(10, size=300)]
        for data in (random.standard_normal((300, 10)), clusters + 0.3 * random.standard_normal((300, 8))):
            assert found(data, queries, seed) is None


def test_planted_far_rows_are_named_farthest_first_and_the_levels_are_those_of_the_others():
    data = np.random.default_rng(0).standard_normal((300, 8))
    plain = noise_profile(data, threads=1)
    data[[5, 17, 200]] *= np.array([[20.0], [60.0], [40.0]])
    carried = found(data)
    assert carried is not None and carried.rows.tolist() == [17, 200, 5]
    moved = noise_profile(data, threads=1)
    assert plain.t_collapse is not None and moved.t_collapse is not None and carried.t_collapse is not None
    assert math.log(moved.t_collapse / plain.t_collapse) > 1
    alone = noise_profile(data, rows=np.setdiff1d(np.arange(300), [5, 17, 200]), threads=1)
    for name in TIMES:
        without, other = getattr(carried, name), getattr(alone, name)
        assert abs(without.log.value - other.log.value) < 0.02  # log 300/297, and levels less dense here
        assert without.log_stderr == pytest.approx(other.log_stderr, rel=0.1)


@pytest.mark.parametrize("queries", [2000, 40])
def test_heavy_tails_are_told(queries):
    # 50 of 50 sets in the measured rates; 5 of 6 or fewer would be a loss of power
    named = [found(student(seed), queries, seed) for seed in range(6)]
    for seed, carried in enumerate(named):
        assert carried is not None and len(carried.rows) <= 30
        alone = noise_profile(student(seed), rows=np.setdiff1d(np.arange(300), carried.rows), threads=1)
        assert carried.t_collapse is not None and alone.t_collapse is not None
        error = math.hypot(carried.t_collapse.log_stderr, alone.t_collapse.log_stderr)
        assert abs(carried.t_collapse.log.value - alone.t_collapse.log.value) < 4 * error


def test_many_far_rows_are_a_part_of_the_data():
    data = np.random.default_rng(0).standard_normal((300, 8))
    data[:60] *= 10
    assert found(data) is None and found(data, 60) is None
    data[30:60] /= 10
    few = found(data)
    assert few is not None and set(few.rows.tolist()) == set(range(30))
