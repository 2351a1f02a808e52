"""Means and log densities by the operator of attention: as right as any path, taken only where it is, or left out."""

import math
from typing import Any

import pytest
import torch
from float64_sums import miss, reference

from remanifold.scores import EmpiricalScore, over_all
from remanifold.scores.dense import heads
from remanifold.scores.pruned import single_accuracy

P, B = 9001, 40
PROMISED = 2e-6

needs_operator = pytest.mark.skipif(heads.attention_operator() is None, reason="this torch has no such operator")


def normal(dim, *, mean=0.0):
    return torch.randn(P, dim, generator=torch.Generator().manual_seed(dim)) + mean


def noisy(data, t):
    points = data[:: len(data) // B][:B]
    return points + math.sqrt(t) * torch.randn(points.shape, generator=torch.Generator().manual_seed(1))


def dominated(apart):
    """Clumps of one near point and many that hold less than single precision tells beside it, all on one side."""
    generator = torch.Generator().manual_seed(3)
    middles = 0.5 * torch.randn(9, 40, generator=generator)
    data = middles.repeat_interleave(1000, 0) + 0.01 * torch.randn(9000, 40, generator=generator)
    data[:, 0] += apart
    data[::1000, 0] -= apart
    return data, middles.repeat(5, 1)


def worst(engine, data, x, t):
    mean, density, *_ = reference(data, x, t)
    found = engine.log_density(x, t)
    return miss(engine.denoise(x, t), mean), float(((found - density) / (1 + density.abs())).abs().max())


@needs_operator
@pytest.mark.parametrize("t", [0.3, 1.0, 3.0, 10.0, 100.0])
@pytest.mark.parametrize(("dim", "mean"), [(20, 0.0), (20, 5.0), (130, 0.0), (300, 0.0)])
def test_means_and_densities_near_and_above_collapse(dim, mean, t):
    data = normal(dim, mean=mean)
    engine, x = EmpiricalScore(data), noisy(data, t)
    assert max(worst(engine, data, x, t)) < PROMISED
    assert engine.plan(t, x).heads == B or t < 100


@needs_operator
@pytest.mark.parametrize("apart", [0.5, 2.0, 5.7, 6.0])
def test_many_light_points_beside_a_heavy_one_in_every_head(apart):
    data, x = dominated(apart)
    for t in (0.5, 1.0, 3.0):
        assert max(worst(EmpiricalScore(data), data, x, t)) < PROMISED


@needs_operator
def test_noise_of_its_own_for_each_query():
    data = normal(30)
    t = torch.linspace(5.0, 80.0, B)
    x = data[:B] + t.sqrt()[:, None] * torch.randn(B, 30, generator=torch.Generator().manual_seed(2))
    found = EmpiricalScore(data).denoise(x, t)
    exact = torch.cat([reference(data, x[k : k + 1], float(t[k]))[0] for k in range(B)])
    assert miss(found, exact) < PROMISED


@needs_operator
def test_heads_in_groups_as_memory_allows_give_the_same():
    data = normal(500)
    x = noisy(data, 200.0)
    large, small = EmpiricalScore(data), EmpiricalScore(data, memory="75MB")
    assert miss(large.denoise(x, 200.0), small.denoise(x, 200.0)) < 1e-6
    assert small.plan(200.0, x).heads == large.plan(200.0, x).heads == B


def test_many_coordinates_take_products_which_leave_fewer_queries_to_be_summed_again():
    data = normal(600)
    x = noisy(data, 200.0)
    engine = EmpiricalScore(data)
    assert engine.plan(200.0, x).heads == 0
    assert max(worst(engine, data, x, 200.0)) < PROMISED


@pytest.mark.parametrize(("dim", "t"), [(20, 10.0), (130, 30.0), (130, 0.1)])
def test_threads_and_a_missing_operator_change_nothing(monkeypatch, dim, t):
    data = normal(dim)
    x, threads, found = noisy(data, t), torch.get_num_threads(), []
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(EmpiricalScore(data).denoise(x, t))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    monkeypatch.setattr(over_all, "attention_operator", lambda: None)  # no caller can take it away
    engine = EmpiricalScore(data)
    found.append(engine.denoise(x, t))
    assert engine.plan(t, x).heads == 0
    assert max(miss(each, found[0]) for each in found[1:]) < 1e-6


@needs_operator
def test_a_wrong_log_sum_exp_shows(monkeypatch):
    data = normal(40)
    operator: Any = heads.attention_operator()
    x = noisy(data, 30.0)

    def planted(queries, keys, *args, **options):
        means, logs = operator(queries, keys, *args, **options)
        return means, logs + 1e-3 * torch.arange(logs.shape[1])[:, None]

    monkeypatch.setattr(heads, "attention_operator", lambda: planted)  # nothing public returns wrong sums
    assert worst(EmpiricalScore(data), data, x, 30.0)[0] > 1e-5


def test_an_operator_of_another_kind_is_not_used(monkeypatch):
    right = torch.nn.functional.scaled_dot_product_attention
    for other in (right, lambda *args, **options: (right(*args, **options), torch.zeros(1, 2, 4)), None):
        fake = type("Ops", (), {"default": other})
        # the operator itself is private: no public call returns the log-sum-exp
        monkeypatch.setattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", fake, raising=False)
        heads.attention_operator.cache_clear()
        assert heads.attention_operator() is None
    heads.attention_operator.cache_clear()


def test_a_tolerance_decides_what_double_queries_cost():
    data = normal(60)
    x = noisy(data, 30.0).double()
    exact, loose = EmpiricalScore(data), EmpiricalScore(data, tolerance=1e-4)
    assert exact.plan(30.0, x).single == 0
    assert "float64" in exact.plan(30.0, x).reason and exact.plan(30.0, x).reason in str(exact.plan(30.0, x))
    assert loose.plan(30.0, x).single == B
    mean = reference(data, x, 30.0)[0]
    assert miss(exact.denoise(x, 30.0), mean) < 1e-9
    assert 1e-10 < miss(loose.denoise(x, 30.0), mean) < 1e-4


@needs_operator
def test_energies_and_participation_are_there_when_asked():
    data = normal(40)
    x, engine = noisy(data, 20.0), EmpiricalScore(data)
    assert engine.plan(20.0, x).heads == B
    _, _, participation, energy = reference(data, x, 20.0)
    sums = engine.sums(x, 20.0)
    assert miss(sums.participation, participation) < 4e-6 and miss(sums.mean_energy, energy) < 1e-5


@needs_operator
def test_queries_that_the_estimate_refuses_go_another_way(monkeypatch):
    data = normal(60)
    x = noisy(data, 30.0)
    monkeypatch.setattr(single_accuracy, "_OF_EXPONENTIALS", 1.0)  # planted: no log density is believed
    assert EmpiricalScore(data).plan(30.0, x).heads == 0


@pytest.mark.parametrize("t", [0.05, 0.3, 0.8])
def test_compiled_levels_keep_what_the_others_keep(without_numba, t):
    data = normal(150)
    x, compiled = noisy(data, t).double(), EmpiricalScore(data)
    found, plan = compiled.sums(x, t, top=3), compiled.plan(t, x)
    without_numba()
    plain = EmpiricalScore(data)
    other = plain.sums(x, t, top=3)
    assert torch.equal(found.top_indices, other.top_indices)
    assert miss(found.log_sum, other.log_sum) < 1e-9
    assert plan.pruned == plain.plan(t, x).pruned and abs(plan.survivors - plain.plan(t, x).survivors) < 0.5
