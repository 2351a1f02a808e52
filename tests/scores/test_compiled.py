"""The compiled paths of the score: right at every noise, and the same numbers as without numba."""

import math

import numpy as np
import pytest
import torch
from float64_sums import miss, reference

from remanifold._core.compiled.functions import numba_installed
from remanifold.scores import EmpiricalScore, indexed
from remanifold.scores.dense import narrow, single

pytestmark = pytest.mark.skipif(not numba_installed(), reason="numba is not installed (extra `fast`)")
P, B = 8200, 40


@pytest.mark.parametrize("t", [1e-6, 1e-3, 0.1, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize("dim", [1, 2, 7, 20])
def test_few_coordinates(dim, t):
    generator = torch.Generator().manual_seed(dim)
    data = 3 * torch.randn(P, dim, generator=generator) + 5
    x = data[:B] + math.sqrt(t) * torch.randn(B, dim, generator=generator)
    engine = EmpiricalScore(data)
    found = (f(x, t) for f in (engine.denoise, engine.log_density, engine.participation, engine.mean_energy))
    for mine, exact in zip(found, reference(data, x, t), strict=True):
        assert miss(mine, exact) < 2e-6
    plan = engine.plan(t, x)
    assert plan.indexed
    assert plan.direct + plan.pruned + plan.dense + plan.fine == plan.queries == B
    assert plan.direct > 0 or t != 1.0


def test_queries_far_away_and_points_that_coincide():
    generator = torch.Generator().manual_seed(0)
    data = torch.randn(P, 3, generator=generator)
    data[100:3000] = data[7]
    x = torch.cat([data[:5], data[7:8] + 1e-4, 50 * torch.randn(20, 3, generator=generator)])
    engine = EmpiricalScore(data)
    for t in (1e-4, 0.5, 20.0):
        mean, density, participation, _ = reference(data, x, t)
        assert miss(engine.denoise(x, t), mean) < 2e-6
        assert float(((engine.log_density(x, t) - density) / (1 + density.abs())).abs().max()) < 2e-6
        assert miss(engine.participation(x, t), participation) < 4e-6


@pytest.mark.parametrize(("dim", "t"), [(6, 0.3), (6, 5.0), (250, 3.0), (250, 300.0)])
def test_without_numba_the_numbers_are_the_same(without_numba, dim, t):
    generator = torch.Generator().manual_seed(1)
    data = torch.randn(P, dim, generator=generator)
    x = data[:B] + math.sqrt(t) * torch.randn(B, dim, generator=generator)
    compiled = EmpiricalScore(data).sums(x, t)
    without_numba()
    plain = EmpiricalScore(data).sums(x, t)
    assert miss(compiled.mean, plain.mean) < 2e-6
    assert miss(compiled.log_sum, plain.log_sum) < 2e-6
    assert miss(compiled.participation, plain.participation) < 4e-6
    assert miss(compiled.mean_energy, plain.mean_energy) < 4e-6


def test_a_wrong_weight_shows(monkeypatch):
    data = torch.randn(P, 4, generator=torch.Generator().manual_seed(2))
    x = data[:B] + 0.5
    monkeypatch.setattr(narrow.NarrowSums, "sums", _planted(narrow.NarrowSums.sums))
    mean, density, *_ = reference(data, x, 0.3)
    engine = EmpiricalScore(data)
    assert miss(engine.denoise(x, 0.3), mean) > 1e-4
    assert miss(engine.log_density(x, 0.3), density) > 1e-4


def _planted(sums):
    """With the noise 1 % too large."""
    return lambda self, scaled, noise, **options: sums(self, scaled, noise * 1.01, **options)


@pytest.mark.parametrize(("dim", "t"), [(3, 0.2), (250, 300.0)])
def test_results_do_not_depend_on_the_number_of_threads(dim, t):
    data = torch.randn(P, dim, generator=torch.Generator().manual_seed(4))
    x = data[:B] + math.sqrt(t) * torch.randn(B, dim, generator=torch.Generator().manual_seed(5))
    threads, found = torch.get_num_threads(), []
    try:
        for count in (1, 3):
            torch.set_num_threads(count)
            found.append(EmpiricalScore(data).sums(x, t))
    finally:
        torch.set_num_threads(threads)
    if dim == 3:  # no product that torch divides in its own way
        assert torch.equal(found[0].mean, found[1].mean)
    assert miss(found[0].mean, found[1].mean) < 1e-7
    assert miss(found[0].log_sum, found[1].log_sum) < 1e-7


def test_all_points_but_one_equal_and_queries_far_away():
    """Thousands of equal points share one rounding: it must be small, or the query goes another way."""
    data = torch.zeros(9001, 1)
    data[0] = 1.0
    x = torch.tensor([[1000.0], [-1000.0], [0.3], [1.0]])
    engine = EmpiricalScore(data)
    for t in (1.0, 30.0, 1000.0):
        mean, density, *_ = reference(data, x, t)
        assert miss(engine.denoise(x, t), mean) < 2e-6
        assert float(((engine.log_density(x, t) - density) / (1 + density.abs())).abs().max()) < 2e-6


def test_noise_beyond_single_precision():
    data = torch.randn(P, 2, generator=torch.Generator().manual_seed(6))
    found = EmpiricalScore(data).denoise(data[:5], 1e-60)
    assert torch.equal(found, data[:5])


def clusters(dim, spread, generator):
    """Points in clumps, so that a group of neighbouring queries needs few of them."""
    middles = 3 * torch.randn(41, dim, generator=generator)
    return middles.repeat_interleave(P // 41, 0) + spread * torch.randn(P // 41 * 41, dim, generator=generator)


@pytest.mark.parametrize("compile_it", [True, False])
def test_groups_of_queries_leave_out_only_what_is_negligible(monkeypatch, without_numba, compile_it):
    """Products over the points that a group needs, against float64; a share neglected too boldly shows."""
    generator = torch.Generator().manual_seed(7)
    data = clusters(250, 1.0, generator)
    if not compile_it:
        without_numba()
    x = torch.cat([data[:20], data[4000:4020]]) + 3 * torch.randn(B, 250, generator=generator)
    monkeypatch.setattr(indexed, "products_cost_less", lambda *args: torch.ones_like(args[-1], dtype=torch.bool))
    mean, density, *_ = reference(data, x, 9.0)
    engine = EmpiricalScore(data)
    looked_at = []
    monkeypatch.setattr(single, "_WORTH_A_GATHER", _Noted(0.6, looked_at))  # which groups were tried, nothing tells
    assert miss(engine.denoise(x, 9.0), mean) < 2e-6
    assert miss(engine.log_density(x, 9.0), density) < 2e-6
    assert any(share < 0.6 for share in looked_at)  # groups were used
    bold = EmpiricalScore(data)
    monkeypatch.setattr(single.Running, "__init__", _bold(single.Running.__init__))
    assert miss(bold.denoise(x, 9.0), mean) > 1e-4


class _Noted(float):
    """A threshold that remembers what was compared with it."""

    def __new__(cls, value, seen):
        self = super().__new__(cls, value)
        self.seen = seen
        return self

    def __lt__(self, other):
        self.seen.append(other)
        return float(self) < other


def _bold(init):
    """With a neglected share a billion times too large."""

    def planted(self, queries, inverse, rows, negligible, heavy):
        init(self, queries, inverse, rows, 1e9 * negligible, heavy)

    return planted


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_copies_seen_from_very_far(seed):
    """Copies share one rounding: what single precision may do for ordinary queries it may not do here."""
    generator = torch.Generator().manual_seed(seed)
    data = torch.randn(90, 8, generator=generator).repeat_interleave(100, 0)
    x = torch.randn(6, 8, generator=generator)
    x = 1000 * data.norm(dim=1).max() * x / x.norm(dim=1, keepdim=True)
    engine = EmpiricalScore(data)
    for t in (30.0, 1000.0):
        logits = -((x.double()[:, None] - data.double()) ** 2).sum(2).numpy().astype("longdouble") / (2 * t)
        w = np.exp(logits - logits.max(1, keepdims=True))
        mean = (w @ data.double().numpy()) / w.sum(1, keepdims=True)
        assert miss(engine.denoise(x, t), torch.from_numpy(mean.astype(float))) < 2e-6


def test_a_long_sum_of_values_far_from_zero():
    """Thousands of small weights after a large one: what single precision rounds away must not add up."""
    generator = torch.Generator().manual_seed(8)
    data = torch.randn(P, 200, generator=generator) * torch.logspace(-3, 1, 200)
    x = data[:B] + math.sqrt(30.0) * torch.randn(B, 200, generator=generator)
    engine, exact = EmpiricalScore(data), reference(data, x, 30.0)[0]
    for k in range(B):  # one at a time: a product of one row sums its terms one by one
        assert miss(engine.denoise(x[k : k + 1], 30.0)[0], exact[k]) < 2e-6


def worst(engine, x, t):
    """Largest errors over queries, each beside 1 plus its own size: mean, log density, energy (beside t too)."""
    data, low = x.double(), torch.float64
    mean, density, energy = (f(data, t) for f in (engine.denoise, engine.log_density, engine.mean_energy))
    assert mean.dtype == low
    of_mean = (engine.denoise(x, t) - mean).abs().amax(1) / (1 + mean.abs().amax(1))
    of_density = (engine.log_density(x, t) - density).abs() / (1 + density.abs())
    of_energy = (engine.mean_energy(x, t) - energy).abs() / (1 + t + energy)
    return float(of_mean.max()), float(of_density.max()), float(of_energy.max())


@pytest.mark.parametrize(("dim", "t"), [(60, 4.0), (100, 6.0), (200, 9.13), (200, 12.0), (20, 0.9)])
@pytest.mark.parametrize("apart", [0.0, 4.0])
def test_many_light_points_beside_one_that_has_nearly_all_weight(dim, t, apart):
    """Queries are points of the set: 1 in single precision has no room for the thousands of light ones."""
    generator = torch.Generator().manual_seed(3)
    data = torch.randn(9000, dim, generator=generator)
    data[:4500] += apart
    found = worst(EmpiricalScore(data), data[:512], t)
    assert found[0] < 1e-6
    assert found[1] < 1e-6
    assert found[2] < 1e-5


def test_light_points_that_are_lost_show(monkeypatch, without_numba):
    """Planted: weights below the rounding of 1 do not reach the sum of weights, as in one sum in single precision."""
    data = torch.randn(9000, 200, generator=torch.Generator().manual_seed(3))
    data[:4500] += 4.0
    right = worst(EmpiricalScore(data), data[:256], 9.13)[0]
    without_numba()
    weigh = single.Running._weigh  # for the mistake planted below

    def planted(self, logits):
        found = weigh(self, logits)
        self.total -= torch.where(logits < 6e-8, logits, 0.0).sum(1)
        return found

    monkeypatch.setattr(single.Running, "_weigh", planted)  # nothing public loses weights
    assert right < 1e-6 < 2e-6 < worst(EmpiricalScore(data), data[:256], 9.13)[0]


@pytest.mark.parametrize(("dim", "t"), [(24, 3.00616e-6), (784, 2.1367e-5)])
def test_log_densities_near_zero_of_data_of_small_scale(dim, t):
    """A density has no unit: small coordinates do not excuse logits that miss."""
    rng = np.random.default_rng(14)
    data = torch.tensor(3e-3 * rng.standard_normal((9000, dim)), dtype=torch.float32)
    away = 6e-3 * rng.standard_normal((1, dim)) if dim == 24 else 4 * (12e-6) ** 0.5 * rng.standard_normal((1, dim))
    x = (data[:1] * (dim == 24) + torch.tensor(away, dtype=torch.float32)).repeat(40, 1)
    assert worst(EmpiricalScore(data), x, t)[1] < 2e-6


@pytest.mark.parametrize(("dim", "scale", "t"), [(3, 1000.0, 1.0), (20, 100.0, 1.0), (8, 100.0, 10.0)])
def test_energies_of_data_of_large_scale(dim, scale, t):
    generator = torch.Generator().manual_seed(4)
    data = scale * torch.randn(9000, dim, generator=generator)
    x = data[:40] + torch.randn(40, dim, generator=generator)
    assert max(worst(EmpiricalScore(data), x, t)) < 1e-6


def test_finer_coordinates_take_what_single_ones_leave_too_coarse(monkeypatch):
    """Planted: without the part of the coordinates that single precision leaves, the same estimate lets errors pass."""
    generator = torch.Generator().manual_seed(5)
    data = torch.randn(60000, 2, generator=generator) + 20
    x, t = data[:200] + 0.1 * torch.randn(200, 2, generator=generator), 0.01
    engine = EmpiricalScore(data)
    plan = engine.plan(t, x)
    assert plan.direct == 200 and worst(engine, x, t)[0] < 5e-7
    low = engine._indexed.over_all.narrow._low  # pyright: ignore[reportOptionalMemberAccess]  planted below
    assert len(low) and np.abs(low).max() > 0
    right = worst(engine, x, t)[1]
    low[:] = 100 * low
    assert worst(engine, x, t)[1] > 4 * right
