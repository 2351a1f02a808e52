"""How likely it is by chance that contents repeated in the training data miss the hold-out: against drawn splits."""

import numpy as np
import pytest

# a probability inside a test: what reports it is a count of groups
from remanifold.measures.memory.row_groups import _missed_by_chance, _misses


@pytest.mark.parametrize(("copies", "part"), [(2, 0.5), (3, 0.5), (4, 0.75), (11, 0.6)])
def test_a_content_that_training_holds_twice_misses_the_hold_out_as_often_as_drawn_splits_say(copies, part):
    inside = np.random.default_rng(copies).binomial(copies, part, size=200_000)
    drawn = (inside == copies)[inside >= 2]  # only such contents are looked at
    error = 5 * drawn.std() / np.sqrt(len(drawn)) + 1e-12
    assert abs(_misses(copies, part) - drawn.mean()) < error
    unconditional = part**copies  # the planted mistake: it forgets which contents are looked at
    assert copies == 11 or abs(unconditional - drawn.mean()) > error


def test_of_two_copies_nothing_is_learned_and_of_many_much():
    assert _missed_by_chance([2] * 10, [], 300, 300) == pytest.approx(1.0)
    assert _missed_by_chance([11] * 10, [], 300, 300) < 1e-20


def test_the_count_of_several_contents_is_that_of_drawn_splits():
    rng = np.random.default_rng(0)
    chances = [_misses(3, 0.5), _misses(3, 0.5), _misses(5, 0.5)]  # two missed, one hit with one copy more
    drawn = (rng.uniform(size=(200_000, 3)) < chances).sum(axis=1) >= 2
    assert _missed_by_chance([3, 3], [4], 300, 300) == pytest.approx(drawn.mean(), abs=0.005)
