"""The score engine on a CUDA device: the numbers of the CPU, and no TF32 unless asked."""

import math

import pytest
import torch
from float64_sums import miss

from remanifold.scores import EmpiricalScore
from remanifold.scores.screening import rounding_gamma

needs_device = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
P, B = 8200, 80
# path -> (dimensions, latent dimensions, noise variances)
SETS = {"pruned": (96, 12, (1e-6, 1e-2, 0.3)), "dense": (96, 96, (30.0, 1e3)), "narrow": (3, 3, (1e-6, 0.1, 30.0))}


@pytest.fixture
def tf32():
    """TF32 asked for; the switch exists without a device too."""
    torch.backends.cuda.matmul.allow_tf32 = True
    yield
    torch.backends.cuda.matmul.allow_tf32 = False


def problem(name, t, dtype):
    dim, latent, _ = SETS[name]
    generator = torch.Generator().manual_seed(dim)
    factor = torch.randn(latent, dim, generator=generator) / math.sqrt(latent)
    data = torch.tanh(3 * torch.randn(P, latent, generator=generator) @ factor) + 5
    return data, (data[:B] + math.sqrt(t) * torch.randn(B, dim, generator=generator)).to(dtype)


@needs_device
@pytest.mark.parametrize(("name", "t"), [(name, t) for name, (_, _, times) in SETS.items() for t in times])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_same_numbers_as_on_the_cpu(name, t, dtype):
    data, x = problem(name, t, dtype)
    here, there = EmpiricalScore(data, tolerance=1e-9), EmpiricalScore(data, tolerance=1e-9, device="cuda")
    allowed = 4e-6 if dtype == torch.float32 else 1e-8  # each side is right to half of it
    for method in ("denoise", "log_density", "participation", "mean_energy"):
        found = getattr(there, method)(x.cuda(), t)
        assert found.is_cuda
        assert miss(found, getattr(here, method)(x, t)) < allowed, method


@needs_device
@pytest.mark.parametrize("name", SETS)
def test_results_do_not_change_where_the_user_lets_products_be_coarse(name, request):
    t = SETS[name][2][1]
    data, x = problem(name, t, torch.float32)
    exact = EmpiricalScore(data, tolerance=1e-9).denoise(x.double(), t)
    request.getfixturevalue("tf32")
    assert miss(EmpiricalScore(data, tolerance=1e-9, device="cuda").denoise(x.cuda(), t), exact) < 2e-6


def test_float32_products_are_trusted_at_full_precision():
    assert math.isfinite(rounding_gamma(torch.float32, 100))


@pytest.mark.usefixtures("tf32")
def test_float32_products_are_not_trusted_with_tf32():
    assert rounding_gamma(torch.float32, 100) == math.inf
    assert math.isfinite(rounding_gamma(torch.float64, 100))


@pytest.mark.parametrize("place", ["torch.backends.cuda.matmul", "torch.backends.mkldnn.matmul"])
def test_newer_precision_settings_are_not_trusted(place):
    where = torch.backends.cuda.matmul if "cuda" in place else torch.backends.mkldnn.matmul
    if not hasattr(where, "fp32_precision"):
        pytest.skip("this torch has no such setting")
    before = where.fp32_precision
    try:
        where.fp32_precision = "tf32"
        assert rounding_gamma(torch.float32, 784) == math.inf
    finally:
        where.fp32_precision = before
    assert rounding_gamma(torch.float32, 784) < math.inf
