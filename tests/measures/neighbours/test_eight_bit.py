"""Rows stored in 8 bits: exact distances, and noise projections as good as the sweep's single precision."""

from dataclasses import replace

import numpy as np
import pytest

from remanifold import noise_profile
from remanifold.data import open_points
from remanifold.measures import covariance_spectrum
from remanifold.measures.neighbours import eight_bit
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.panel import compute_panel, noise_of

available = pytest.mark.skipif(not eight_bit.products_are_exact(), reason="this processor has no exact 8-bit products")
DRAWS = 2


def panel_of(points, columns, queries):
    noise = noise_of(0, queries, DRAWS, points.ambient_dim)
    return compute_panel(points, columns, points.take(queries), noise, np.searchsorted(columns, queries)), noise


def exact(rows, columns, queries, noise):
    """A and B by differences, and |x - y|."""
    gap = rows[queries][:, None] - rows[columns]
    half = (gap**2).sum(2) / 2
    return half, np.einsum("qkn,qdn->qdk", gap, noise), np.sqrt(2 * half)


@available
@pytest.mark.parametrize("numba", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
@pytest.mark.parametrize("unit", [1.0, 2 / 255])
def test_distances_are_exact_and_projections_those_of_rounded_noise(monkeypatch, dtype, unit, numba):
    if not numba:
        monkeypatch.setattr(eight_bit, "can_compile", lambda kernels: False)
    else:
        monkeypatch.setattr(eight_bit, "_WORTH_COMPILING", 1)  # private: a panel of that size takes too long
    random = np.random.default_rng(0)
    stored = random.integers(np.iinfo(dtype).min, np.iinfo(dtype).max + 1, (1500, 3, 30), dtype=dtype)
    stored[9], stored[11], stored[13] = stored[7], np.iinfo(dtype).min, np.iinfo(dtype).max
    points = open_points(stored)
    points = points.changed(record=replace(points.record, scale=unit, shift=-1.0 if unit < 1 else 0.0))
    columns, queries = np.delete(np.arange(1500), [3, 5]), np.array([0, 7, 9, 11, 13, 900])
    got, noise = panel_of(points, columns, queries)
    half, projection, distance = exact(points.take(np.arange(1500)), columns, queries, noise)
    ours = got.half_squared.numpy()
    assert np.abs(ours - half).max() <= 1e-12 * half.max()
    if unit == 1:
        assert np.array_equal(ours, half)
    seven, nine = np.searchsorted(columns, [7, 9])
    for k, column in ((0, got.own[0]), (1, seven), (1, nine), (2, seven)):  # itself and copies
        assert ours[k, column] == 0
        assert (got.projection[k, :, column] == 0).all()
    error = np.abs(got.projection.numpy() - projection)
    bound = 4e-7 * distance  # 6 times the rounding of one number, as its sum over the numbers of a row adds up
    assert (error <= bound[:, None]).all()
    assert not (error <= bound[:, None] / 50).all()  # planted: noise that is not rounded


@available
def test_a_profile_does_not_depend_on_how_its_rows_are_stored():
    rows = np.random.default_rng(1).integers(0, 40, (300, 50), dtype=np.uint8)
    bytes_, floats = (noise_profile(r, threads=1, max_queries=40) for r in (rows, rows.astype(float)))
    assert bytes_.t == pytest.approx(floats.t, rel=1e-6)
    assert bytes_.gap.value == pytest.approx(floats.gap.value, rel=1e-5, abs=1e-5)
    assert bytes_.nearest_distances.tolist() == floats.nearest_distances.tolist()


@available
@pytest.mark.parametrize("unit", [1.0, 2 / 255])
def test_neighbours_and_spectrum_do_not_depend_on_how_rows_are_stored(unit):
    stored = np.random.default_rng(3).integers(100, 256, (700, 40), dtype=np.uint8)
    stored[5] = stored[4]
    bytes_ = open_points(stored)
    bytes_ = bytes_.changed(record=replace(bytes_.record, scale=unit, shift=-1.0 if unit < 1 else 0.0))
    floats, rows = open_points(bytes_.chunk(0, 700)), np.arange(700)
    near, wanted = (near_rows(p, rows, p, rows[::7], 3, same=True) for p in (bytes_, floats))
    assert near.rows.tolist() == wanted.rows.tolist()
    assert near.distances == pytest.approx(wanted.distances, rel=1e-12)
    values, exact = (covariance_spectrum(p)[0] for p in (bytes_, floats))
    assert values == pytest.approx(exact, rel=1e-10)
    assert values == pytest.approx(np.linalg.eigvalsh(np.cov(floats.rows.T, bias=True))[::-1], rel=1e-10)


def test_other_rows_are_multiplied_in_double_precision(monkeypatch):
    rows = np.random.default_rng(2).integers(0, 256, (20, 8)).astype(np.uint8)
    points, queries = open_points(rows), rows[:4].astype(float)
    assert eight_bit.eight_bit_rows(open_points(rows.astype(float)), queries) is None
    assert eight_bit.eight_bit_rows(points, queries + 0.5) is None
    assert eight_bit.eight_bit_rows(points, queries + 300) is None
    monkeypatch.setattr(eight_bit, "products_are_exact", lambda: False)
    assert eight_bit.eight_bit_rows(points, queries) is None
