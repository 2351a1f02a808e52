"""Rows so wide that a product in single precision rules nothing out: exact all the same, and by few differences."""

import numpy as np
import pytest
import torch
from float64_sums import miss, reference

from remanifold import EmpiricalScore

POINTS = torch.from_numpy(np.random.default_rng(3).normal(size=(50, 20_000)))
POINTS[7] = POINTS[3] + 1e-3


@pytest.mark.parametrize("t", [1e-8, 1.0, 300.0, 1e4])
def test_sums_are_those_of_differences(t: float) -> None:
    random = torch.Generator().manual_seed(0)
    x = POINTS[:6] + t**0.5 * torch.randn(6, 20_000, generator=random, dtype=torch.float64)
    sums = EmpiricalScore(POINTS).sums(x, t)
    mean, _, participation, energy = reference(POINTS, x, t)
    assert miss(sums.mean, mean) < 1e-9
    assert miss(sums.participation, participation) < 1e-9
    assert miss(sums.mean_energy, energy) < 1e-9


def test_few_points_are_left_for_differences_at_low_noise() -> None:
    assert EmpiricalScore(POINTS).plan(1e-2).survivors < 3  # of 50; a product in single precision left them all
