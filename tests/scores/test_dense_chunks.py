"""Single-precision sums seen from the centres of chunks: right where neighbours lie close, and only with these."""

import math
from functools import cache

import pytest
import torch
from float64_sums import miss, reference

from remanifold.scores import EmpiricalScore, indexed, over_all
from remanifold.scores.dense import chunks, single
from remanifold.scores.dense.chunks import ChunkCentres

P, B, DIM = 9000, 48, 250
LEVELS = (0.3, 3.0, 100.0)


def tight_set(generator, apart=0.2, outliers=0):
    """Points along an arc, as cut-outs of a picture are: neighbours differ by little, others by up to 40."""
    angle = torch.linspace(0, math.pi, P)
    directions = torch.linalg.qr(torch.randn(DIM, 2, generator=generator)).Q
    data = 20 * torch.stack([angle.cos(), angle.sin()], 1) @ directions.T + apart * torch.randn(
        P, DIM, generator=generator
    )
    data[:outliers] += 3 * torch.randn(outliers, DIM, generator=generator)
    return data


@pytest.fixture
def all_points(monkeypatch):
    """Every query is summed over all points."""
    monkeypatch.setattr(indexed, "products_cost_less", lambda *args: torch.ones_like(args[-1], dtype=torch.bool))


def indexed_sums(engine):
    """The index of a built engine and the centres of its chunks; here sums of one path are held against another's."""
    sums = engine._indexed  # callers get the better path, never both
    centres = sums and sums.over_all.chunks  # as above
    assert sums is not None and centres is not None and sums.index.rows is not None
    return sums, centres


@cache
def near_copies(outliers):
    """The set, and at each level (t, queries, what is exact)."""
    generator = torch.Generator().manual_seed(outliers)
    data, cases = tight_set(generator, outliers=outliers), []
    for t in LEVELS:
        x = data[: 200 * B : 200] + math.sqrt(t) * torch.randn(len(data[: 200 * B : 200]), DIM, generator=generator)
        x = torch.cat([x, data[:9] + math.sqrt(t) * torch.randn(9, DIM, generator=generator)])
        cases.append((t, x, reference(data, x, t)))
    return data, cases


@pytest.mark.parametrize("compile_it", [True, False])
@pytest.mark.parametrize("outliers", [0, 300])
def test_near_copies_are_told_apart(all_points, without_numba, compile_it, outliers):
    if not compile_it:
        without_numba()
    data, cases = near_copies(outliers)
    engine = EmpiricalScore(data)
    for t, x, expected in cases:
        found = (f(x, t) for f in (engine.denoise, engine.log_density, engine.participation, engine.mean_energy))
        for mine, exact, allowed in zip(found, expected, (2e-6, 2e-6, 4e-6, 4e-6), strict=True):
            assert miss(mine, exact) < allowed
    indexed_sums(engine)


def test_centres_save_what_products_lose():
    """The same queries, neither mended: rounding is less, by less than what is believed to be left."""
    generator = torch.Generator().manual_seed(1)
    data = tight_set(generator, apart=0.05)
    engine = EmpiricalScore(data)
    engine.build()
    sums, centres = indexed_sums(engine)
    x = data[::200].double() + 0.5 * torch.randn(45, DIM, generator=generator, dtype=torch.float64)
    noise = torch.full((45,), 0.25, dtype=torch.float64) / sums.data.radius**2
    scaled = sums.data.scaled(x)
    seen = chunks.dense_chunk_sums(sums.index, sums.index.rows, centres, scaled, noise, 1e-6)
    plain = single.dense_single_sums(sums.index, sums.index.rows, scaled, noise, 1e-6)
    exact = reference(data, x, 0.25)[0]
    error_seen, error_plain = (miss(x + sums.data.radius * found.sums.mean, exact) for found in (seen, plain))
    assert error_seen < 0.8 * error_plain
    assert float((seen.concentration / plain.concentration).max()) < 0.7


def test_outliers_in_a_tight_chunk_are_not_taken_for_its_typical_points(all_points):
    """All weight on two points far from their chunk: their roundings are not those of the chunk."""
    generator = torch.Generator().manual_seed(4)
    data = tight_set(generator, apart=0.01)
    there = torch.arange(100, P, 900)
    data[there] += 25 * torch.nn.functional.normalize(torch.randn(len(there), DIM, generator=generator), dim=1)
    data[there + 1] = data[there]
    data[there + 1, 0] += 0.3  # what rounding does to their weights shows in one coordinate
    engine = EmpiricalScore(data)
    for t in (0.01, 0.2, 2.0):
        x = ((data[there] + data[there + 1]) / 2).repeat(4, 1) + math.sqrt(t) * torch.randn(
            4 * len(there), DIM, generator=generator
        )
        mean, density, *_ = reference(data, x, t)
        assert miss(engine.denoise(x, t), mean) < 2e-6
        assert float(((engine.log_density(x, t) - density) / (1 + density.abs())).abs().max()) < 2e-6
    sums, centres = indexed_sums(engine)
    asked = sums.data.scaled(data[there].double()), torch.full((len(there),), 1e-4, dtype=torch.float64)
    seen = chunks.dense_chunk_sums(sums.index, sums.index.rows, centres, *asked, 1e-6)
    assert float(seen.crowding.min()) > 0.5  # all of the rounding, where typical points of the chunk have a tenth
    assert float(centres.size.median()) < 0.3


def test_a_centre_that_is_left_out_shows(all_points, monkeypatch):
    generator = torch.Generator().manual_seed(2)
    data = tight_set(generator)
    x = data[::200] + 10 * torch.randn(45, DIM, generator=generator)
    offsets = ChunkCentres.__dict__["offsets"].func
    monkeypatch.setattr(over_all, "attention_operator", lambda: None)  # no caller can choose a path
    monkeypatch.setattr(ChunkCentres, "offsets", property(lambda self: 0.8 * offsets(self)))  # planted
    assert miss(EmpiricalScore(data).log_density(x, 100.0), reference(data, x, 100.0)[1]) > 1e-5


def test_data_without_neighbours_are_not_seen_from_centres():
    rows = torch.randn(4096, 50, generator=torch.Generator().manual_seed(3))
    assert ChunkCentres.where_tight(rows) is None
