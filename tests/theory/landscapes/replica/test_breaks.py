"""Breaks of random piecewise functions are found where they were put."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold import InvalidInput
from remanifold.theory.landscapes.replica.breaks import find_breaks

REACH = 10.0
places = st.lists(st.integers(-900, 900), min_size=1, max_size=6, unique=True).map(
    lambda n: sorted(0.01 * k for k in n)
)


@settings(max_examples=40, deadline=None)
@given(places, st.integers(0, 10_000), st.sampled_from(["jump", "kink"]))
def test_each_break_is_found_and_no_other(breaks, seed, kind):
    random = np.random.default_rng(seed)
    size = random.uniform(0.2, 2, len(breaks)) * random.choice([-1, 1], len(breaks))

    def function(u):
        beyond = u[..., None] - np.array(breaks)
        steps = beyond > 0 if kind == "jump" else np.maximum(beyond, 0)
        return np.sin(u) + steps @ size

    assert find_breaks("test", function, REACH).tolist() == pytest.approx(breaks, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 20), st.floats(-3, 3))
def test_smooth_functions_have_none(steepness, middle):
    assert find_breaks("test", lambda u: np.tanh(steepness * (u - middle)), REACH).size == 0
    assert find_breaks("test", lambda u: np.exp(-((u - middle) ** 2) * steepness), REACH).size == 0


@settings(max_examples=40, deadline=None)
@given(st.floats(-9, 9), st.floats(0.15, 0.3))
def test_a_narrow_box_is_seen(middle, width):
    ends = [middle - width, middle + width]
    assert find_breaks("test", lambda u: np.where(abs(u - middle) < width, 1.0, 0.0), REACH).tolist() == pytest.approx(
        ends
    )


def test_no_jump_at_a_round_number_hides_on_an_edge():
    for place in [-1.89, *np.round(np.linspace(-9.7, 9.7, 63), 2)]:  # about where the first intervals meet
        assert find_breaks("test", lambda u, at=place: np.where(u > at, 1.0, 0.0), REACH) == pytest.approx(
            [place], abs=1e-9
        )


def test_a_jump_at_a_number_without_a_short_form():
    place = np.sqrt(3) / 7
    assert find_breaks("test", lambda u: np.where(u < place, 0.0, 1.0), REACH) == pytest.approx([place], abs=1e-11)


def test_breaks_beyond_the_reach_do_not_matter():
    assert find_breaks("test", lambda u: np.where(u < 10.01, 0.0, 1.0), REACH).size == 0


def test_too_many_are_refused():
    with pytest.raises(InvalidInput, match="the activation stairs must be smooth between at most 64 jumps and kinks"):
        find_breaks("stairs", lambda u: np.floor(10 * u), REACH)
