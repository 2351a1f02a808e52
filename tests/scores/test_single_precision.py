"""What single precision cannot hold is found out: gaps below its rounding, points far from the mean, tiny units."""

import math

import pytest
import torch
from float64_sums import reference

from remanifold._core.compiled.functions import numba_installed
from remanifold.scores import EmpiricalScore
from remanifold.scores.pruned import single_accuracy

P, B = 8200, 30
PROMISED = 2e-6


def normal(dim, seed=0):
    return torch.randn(P, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def worst_energy(data, x, t):
    _, density, _, energy = reference(data, x, t)
    engine = EmpiricalScore(data)
    of_density = ((engine.log_density(x, t) - density).abs() / (1 + density.abs())).max()
    return float(of_density), float(((engine.mean_energy(x, t) - energy).abs() / (t + energy)).max())


@pytest.mark.parametrize("dim", [1, 2, 7, 20])
@pytest.mark.parametrize("gap", [1e-8, 1e-7, 1e-6, 1e-5])
def test_noise_as_small_as_what_queries_lost_by_rounding(dim, gap):
    data = normal(dim)
    x = data[:B].float()  # nearer to a point than its scaled coordinates tell in single precision
    of_density, of_energy = worst_energy(data, x, gap**2)
    assert of_density < PROMISED and of_energy < 1e-5


@pytest.mark.skipif(not numba_installed(), reason="numba is not installed (extra `fast`)")
def test_an_estimate_that_forgets_this_shows(monkeypatch):
    monkeypatch.setattr(single_accuracy, "ROUNDING", 0.0)  # planted: every difference is believed
    assert worst_energy(normal(2), normal(2)[:B].float(), 1e-14)[1] > 1e-4


def clouds(dim):
    data = 0.01 * normal(dim)
    data[::2] += 1000.0
    return data


def giant(dim):
    data = normal(dim)
    data[0] *= 1e6
    return data


@pytest.mark.parametrize("dim", [3, 20, 60])
@pytest.mark.parametrize("make", [clouds, giant])
def test_most_points_far_from_the_mean_of_all(make, dim):
    data = make(dim)
    x = data[1 : 2 * B : 2].float()
    spread = float((x - data[1]).abs().median())
    for t in (1e-3 * spread**2, spread**2, 100 * spread**2):
        mean = reference(data, x, t)[0]
        found = EmpiricalScore(data).denoise(x, t).double()
        assert float(((found - mean).abs().amax(1) / (1 + mean.abs().amax(1))).max()) < PROMISED


@pytest.mark.parametrize("dim", [20, 60])
def test_all_points_share_the_weight_but_for_a_huge_one(dim):
    data = giant(dim)
    x, t = data[1:B].float(), 5e11
    mean = reference(data, x, t)[0]
    assert float((EmpiricalScore(data).denoise(x, t).double() - mean).abs().max()) < PROMISED


@pytest.mark.parametrize("scale", [1e-8, 1e-3])
@pytest.mark.parametrize("dim", [5, 20, 60])
def test_units_in_which_the_data_are_small(scale, dim):
    unit = normal(dim)
    x = unit[:B] + math.sqrt(10) * normal(dim, 1)[:B]
    x[::3] += 100 * normal(dim, 2)[:B][::3]
    x, data = (scale * x).float(), scale * unit
    t = 10.0 * scale**2
    mean = reference(data, x, t)[0]
    assert float((EmpiricalScore(data).denoise(x, t).double() - mean).abs().max()) < 8e-6 * scale
