"""A softmax at an inverse temperature other than 1/t: against ten lines of numpy, gradients, and retrieval itself."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp, softmax

from remanifold import EmpiricalScore, InvalidInput

RANDOM = np.random.default_rng(3)
DATA, X = RANDOM.standard_normal((300, 5)), RANDOM.standard_normal((7, 5))
NOISE = np.geomspace(0.05, 4, 7)


def reference(beta):
    """Posterior mean, log density of kernels of variance 1/beta, and sum of squared weights."""
    energies = ((X[:, None] - DATA) ** 2).sum(2) / 2
    weights = softmax(-beta[:, None] * energies, axis=1)
    log_density = logsumexp(-beta[:, None] * energies, axis=1) - math.log(300) - 2.5 * np.log(2 * np.pi / beta)
    return weights @ DATA, log_density, (weights**2).sum(1)


@pytest.mark.parametrize(
    ("inverse_temperature", "beta"),
    [(None, 1 / NOISE), (0.7, np.full(7, 0.7)), (3, np.full(7, 3.0)), (lambda t: 0.5 / t, 0.5 / NOISE)],
)
def test_against_numpy(inverse_temperature, beta):
    engine = EmpiricalScore(DATA, tolerance=1e-12, inverse_temperature=inverse_temperature)
    mean, log_density, participation = reference(beta)
    assert engine.denoise(X, NOISE) == pytest.approx(mean, rel=1e-9, abs=1e-10)
    assert engine(X, NOISE) == pytest.approx(mean, rel=1e-9, abs=1e-10)
    assert engine.log_density(X, NOISE) == pytest.approx(log_density, rel=1e-9)
    assert engine.participation(X, NOISE) == pytest.approx(participation, rel=1e-9)
    assert engine.score(X, NOISE) == pytest.approx((mean - X) / NOISE[:, None], rel=1e-9, abs=1e-9)
    sums = engine.sums(X, NOISE, top=2)
    assert sums.mean.numpy() == pytest.approx(mean, rel=1e-9, abs=1e-10)
    if inverse_temperature is not None:
        plain = EmpiricalScore(DATA, tolerance=1e-12)
        assert engine.denoise(X, NOISE) == pytest.approx(plain.denoise(X, 1 / beta), rel=1e-12)
        assert np.abs(engine.denoise(X, NOISE) - plain.denoise(X, NOISE)).max() > 1e-2


def test_score_is_the_gradient_over_beta_t():
    engine, t, beta, step = EmpiricalScore(DATA, tolerance=1e-12, inverse_temperature=2.5), 0.8, 2.5, 1e-4
    for i in range(5):
        shift = step * np.eye(5)[i]
        slope = (engine.log_density(X + shift, t) - engine.log_density(X - shift, t)) / (2 * step)
        assert engine.score(X, t)[:, i] == pytest.approx(slope / (beta * t), rel=1e-5, abs=1e-6)


def test_a_hot_softmax_sees_the_mean_and_a_cold_one_the_nearest_point():
    nearest = DATA[((X[:, None] - DATA) ** 2).sum(2).argmin(1)]
    assert EmpiricalScore(DATA, inverse_temperature=1e6).denoise(X, 1.0) == pytest.approx(nearest)
    hot = EmpiricalScore(DATA, inverse_temperature=1e-9).denoise(X, 1.0)
    assert hot == pytest.approx(np.tile(DATA.mean(0), (7, 1)), abs=1e-6)


def test_a_hot_softmax_finds_the_own_point_later():
    """At a noise where 1/t names the own point of most queries, 0.2/t names that of few."""
    data = RANDOM.standard_normal((3000, 24))
    x = data[:100] + math.sqrt(0.6) * RANDOM.standard_normal((100, 24))
    found = {}
    for tempering in (0.2, 1.0):
        engine = EmpiricalScore(data, inverse_temperature=lambda t, c=tempering: c / t)
        weights, indices = engine.weights(x, 0.6, top=1)
        found[tempering] = ((weights[:, 0] > 0.5) & (indices[:, 0] == np.arange(100))).mean()
    assert found[1.0] > 0.8
    assert found[0.2] < 0.2


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan, "1", [1.0]])
def test_bad_numbers_are_refused(value):
    need = "the inverse temperature must be a positive finite number or a function of t, but got"
    with pytest.raises(InvalidInput, match=need):
        EmpiricalScore(DATA, inverse_temperature=value)


@pytest.mark.parametrize("function", [lambda t: t[:1], lambda t: -t, lambda t: 1.0, lambda t: t * math.inf])
def test_bad_functions_are_refused(function):
    engine = EmpiricalScore(DATA, inverse_temperature=function)
    with pytest.raises(InvalidInput, match="must be 7 positive finite numbers, one per query, but got"):
        engine.denoise(X, NOISE)


def test_torch_queries_keep_kind_and_precision():
    engine = EmpiricalScore(DATA, inverse_temperature=lambda t: 2 / t)
    out = engine.denoise(torch.tensor(X, dtype=torch.float32), torch.tensor(NOISE))
    assert out.dtype == torch.float32
    assert out.numpy() == pytest.approx(reference(2 / NOISE)[0], abs=1e-5)
