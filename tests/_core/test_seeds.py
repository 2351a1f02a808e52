"""Random streams: a slice is a part of the whole, samples are independent, the law is normal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from remanifold._core.errors import InvalidInput
from remanifold._core.seeds import generator, normals, normals_at, uniforms


@given(st.integers(0, 2**63 - 1), st.integers(0, 60), st.integers(0, 60), st.integers(0, 9))
def test_a_slice_is_bit_for_bit_a_part_of_the_whole(seed, a, b, width):
    start, stop = min(a, b), max(a, b)
    whole = uniforms(seed, "x", 0, 60, width)
    assert np.array_equal(uniforms(seed, "x", start, stop, width), whole[start:stop])
    assert np.array_equal(normals(seed, "x", start, stop, width), normals(seed, "x", 0, 60, width)[start:stop])


def test_rows_in_any_order_are_those_rows():
    whole = normals(3, "x", 0, 50, 7)
    rows = np.array([41, 0, 41, 7])
    assert np.array_equal(normals_at(3, "x", rows, 7), whole[rows])
    assert normals_at(3, "x", [], 7).shape == (0, 7)


def test_wide_rows_are_drawn_in_pieces_by_any_number_of_threads():
    width, rows = 300_001, [5, 0, 7, 2]  # more than a piece, and enough numbers for threads
    want = np.concatenate([normals(3, "x", row, row + 1, width) for row in rows])
    for threads in (1, 3):
        assert np.array_equal(normals_at(3, "x", rows, width, threads), want)


def test_far_indices_cost_nothing_and_repeat():
    far = 10**12
    assert np.array_equal(uniforms(1, "x", far, far + 2, 5)[1:], uniforms(1, "x", far + 1, far + 2, 5))


def test_seeds_purposes_and_indices_give_different_numbers():
    draws = [uniforms(s, p, i, i + 1, 4)[0] for s in (0, 1, 2**62) for p in ("a", "b") for i in (0, 1, 10**9)]
    assert len(np.unique(np.concatenate(draws))) == 4 * len(draws)


def test_normals_have_the_normal_law():
    # Kolmogorov-Smirnov at level 1e-3 with a fixed seed; planted: a scale off by 2 % fails at 250000 numbers
    draws = normals(11, "law", 0, 5000, 50)
    assert stats.kstest(draws.ravel(), "norm").pvalue > 1e-3
    assert stats.kstest(1.02 * draws.ravel(), "norm").pvalue < 1e-3


@pytest.mark.parametrize("lag", [1, 2, 7])
def test_samples_and_coordinates_are_uncorrelated(lag):
    draws = normals(5, "lag", 0, 4000, 40)
    error = 1 / np.sqrt(draws.size)
    assert abs((draws[lag:] * draws[:-lag]).mean()) < 5 * error
    assert abs((draws[:, lag:] * draws[:, :-lag]).mean()) < 5 * error
    assert abs((normals(5, "other", 0, 4000, 40) * draws).mean()) < 5 * error


def test_uniforms_never_touch_the_ends():
    draws = uniforms(2, "ends", 0, 1000, 100)
    assert draws.min() > 0
    assert draws.max() < 1


def test_a_generator_repeats_and_depends_on_its_purpose():
    assert np.array_equal(generator(4, "F").normal(size=3), generator(4, "F").normal(size=3))
    assert not np.array_equal(generator(4, "F").normal(size=3), generator(4, "G").normal(size=3))


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, "0", None])
def test_bad_seeds_are_one_sentence(seed):
    with pytest.raises(InvalidInput, match=r"the seed must be a whole number from 0 to 2\*\*63-1, but got .*; pass"):
        generator(seed, "x")
