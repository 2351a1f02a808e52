"""The one pass against two-pass numpy, whatever the chunk size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanifold import InvalidInput
from remanifold.data import open_points, survey


@given(st.integers(0, 2**32), st.integers(3, 40), st.integers(1, 6), st.integers(1, 50), st.floats(-8, 8))
def test_moments_are_those_of_two_passes(seed, n, width, chunk_rows, power):
    x = np.random.default_rng(seed).normal(size=(n, width)) + 10.0**power
    found = survey(open_points(x), chunk_rows=chunk_rows)
    centred = x - x.mean(axis=0)
    squared = (centred**2).sum(axis=1)
    # Round-off of numbers as large as the mean, 2.2e-16 |mean|, against deviations of order one.
    slack = 1e-12 + 1e-14 * 10.0**power
    assert found.mean == pytest.approx(x.mean(axis=0), rel=1e-12, abs=1e-12)
    assert found.total_variance == pytest.approx(squared.mean(), rel=slack * 10)
    assert found.std == pytest.approx(np.sqrt((centred**2).mean()), rel=slack * 10)
    first = np.linalg.norm(x[:chunk_rows].mean(axis=0) - x.mean(axis=0))
    radius, bound = np.sqrt(squared.max()), np.sqrt(found.squared_radius_bound)
    assert radius * (1 - slack) <= bound <= (radius + 2 * first) * (1 + slack) * (1 + 2e-9)


def test_a_large_mean_does_not_cancel():
    x = np.random.default_rng(0).normal(size=(1000, 5))
    moved = survey(open_points(x + 1e9), chunk_rows=13)
    assert moved.total_variance == pytest.approx(
        survey(open_points(x)).total_variance, rel=1e-6
    )  # x + 1e9 itself rounds by 1e-7
    naive = ((x + 1e9) ** 2).mean(axis=0).sum() - ((x + 1e9).mean(axis=0) ** 2).sum()
    assert naive != pytest.approx(moved.total_variance, rel=1e-2)


def test_the_fingerprint_does_not_depend_on_chunks():
    x = np.random.default_rng(0).normal(size=(50, 3))
    assert len({survey(open_points(x), chunk_rows=rows).fingerprint for rows in (1, 7, 50, 1000)}) == 1
    assert survey(open_points(x), memory=96).fingerprint == survey(open_points(x)).fingerprint


def test_the_fingerprint_can_be_recomputed_by_hand():
    import hashlib

    x = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    assert survey(open_points(x)).fingerprint == hashlib.sha256(b"<f4|3,2,2|" + x.tobytes()).hexdigest()


def test_progress_is_told_and_may_interrupt():
    told = []
    survey(open_points(np.eye(10)), chunk_rows=4, progress=lambda *news: told.append(news))
    assert told == [("reading the data", 4, 10), ("reading the data", 8, 10), ("reading the data", 10, 10)]

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey(open_points(np.eye(10)), progress=stop)


def _with(value, row):
    x = np.random.default_rng(0).normal(size=(10, 3))
    x[row, 1] = value
    return x


@pytest.mark.parametrize(
    ("x", "options", "message"),
    [
        (
            _with(np.nan, 7),
            {},
            "data must be finite numbers, but got nan in row 7 of array in memory; remove or fill such rows.",
        ),
        (_with(np.inf, 9), {"chunk_rows": 4}, "data must be finite numbers, but got inf in row 9 of array in memory;"),
        (_with(np.inf, 2).astype(np.float16), {}, "but got inf in row 2"),
        (
            np.ones((5, 2)),
            {},
            "data must have points that differ, but got 5 equal points in array in memory; check it.",
        ),
        (np.full((5, 2), 0.1), {"chunk_rows": 2}, "but got 5 equal points"),
        (np.zeros((4, 0 + 1), np.uint8), {}, "but got 4 equal points"),
        (
            _with(1e200, 1),
            {},
            "squared distances that fit a float, but got numbers too large for that, beyond about 1e100, in array in "
            "memory; rescale the data.",
        ),
        (
            _with(0, 0) * 1e-200,
            {},
            "squared distances that fit a float, but got a variance of 0 in array in memory; rescale",
        ),
        (
            _with(1, 0) * 1e130,
            {},
            "squared distances that fit a float, but got numbers too large for that, beyond about 1e100, in array in "
            "memory; rescale the data.",
        ),
        (_with(1, 0) * 1e-130, {}, "squared distances that fit a float, but got a variance of"),
        (
            np.eye(3),
            {"memory": 50},
            "the memory budget must hold one point (96 bytes), but got 50 bytes; raise `memory`.",
        ),
        (np.eye(3), {"chunk_rows": 0}, "`chunk_rows` must be a whole number of at least 1, but got 0; pass e.g. 1000."),
    ],
)
def test_what_cannot_be_used_is_refused(x, options, message):
    with pytest.raises(InvalidInput) as caught:
        survey(open_points(x), **options)
    assert message in str(caught.value)
