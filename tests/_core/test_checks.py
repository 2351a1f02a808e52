"""Number checks: what passes comes back as a plain number, what does not is one sentence."""

import math
from fractions import Fraction

import numpy as np
import pytest

from remanifold._core.checks import number, positive, share, whole
from remanifold._core.errors import InvalidInput


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_of_every_kind_pass(value):
    assert whole("`n`", value) == 3
    assert type(whole("`n`", value)) is int


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), Fraction(1, 2)])
def test_real_numbers_of_every_kind_pass(value):
    for check in (number, positive, share):
        assert check("`x`", value) == 0.5
        assert type(check("`x`", value)) is float


@pytest.mark.parametrize("value", [-1, 11, 3.0, "3", True, None, math.nan, np.array([3]), [3]])
def test_what_is_no_whole_number_in_range_is_refused(value):
    with pytest.raises(InvalidInput, match=r"`n` must be a whole number from 0 to 10, but got .*; pass e.g. 4\."):
        whole("`n`", value, most=10, example=4)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "0.5", True, None, 0.5j, np.array([0.5])])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(InvalidInput, match=r"`x` must be a number that is finite, but got "):
        number("`x`", value)


@pytest.mark.parametrize(
    ("check", "inside", "outside", "words"),
    [
        (lambda x: number("`x`", x, least=1, most=2), [1, 2], [0.99, 2.01], "of at least 1 and at most 2"),
        (lambda x: number("`x`", x, above=1, below=2), [1.01, 1.99], [1, 2], "above 1 and below 2"),
        (lambda x: positive("`x`", x), [1e-300, 1e300], [0, -1e-300], "above 0"),
        (lambda x: share("`x`", x), [1e-300, 0.999], [0, 1, -0.1], "above 0 and below 1"),
    ],
)
def test_ends_are_kept_and_named(check, inside, outside, words):
    assert [check(value) for value in inside] == inside
    for value in outside:
        with pytest.raises(InvalidInput, match=f"`x` must be a number {words}, but got {value}"):
            check(value)


def test_long_values_are_cut_in_the_sentence():
    with pytest.raises(InvalidInput) as caught:
        whole("`n`", list(range(10_000)))
    assert len(str(caught.value)) < 150
