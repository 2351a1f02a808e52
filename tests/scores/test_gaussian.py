"""The Gaussian population score: against autograd, scipy, high-precision arithmetic and many empirical points."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from remanifold._core.errors import InvalidInput
from remanifold.manifolds import HiddenManifold, LatentMixture
from remanifold.scores import Denoiser, EmpiricalScore, GaussianScore


def _problem(width=8, rank=3, seed=0):
    rng = np.random.default_rng(seed)
    factor, mean = rng.normal(size=(width, rank)), rng.normal(size=width)
    return factor, mean, factor @ factor.T / rank, rng.normal(size=(6, width))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), width=st.integers(1, 12), rank=st.integers(1, 12), log_t=st.floats(-3, 4))
def test_log_density_is_that_of_scipy(seed, width, rank, log_t):
    factor, mean, covariance, x = _problem(width, rank, seed)
    t = 10.0**log_t
    expected = multivariate_normal(mean, covariance + t * np.eye(width)).logpdf(x)
    for score in (GaussianScore(mean, covariance), GaussianScore.from_factor(factor, mean)):
        np.testing.assert_allclose(score.log_density(x, t), np.atleast_1d(expected), rtol=1e-8, atol=1e-8)


def test_the_comparison_would_see_other_noise():
    factor, mean, covariance, x = _problem()
    planted = multivariate_normal(mean, covariance + (1 + 1e-6) * 0.1 * np.eye(8)).logpdf(x)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(GaussianScore.from_factor(factor, mean).log_density(x, 0.1), planted, rtol=1e-8)


@pytest.mark.parametrize("t", [1e-3, 0.3, 10.0])
def test_score_is_the_gradient_and_gives_the_posterior_mean(t):
    factor, mean, covariance, x = _problem()
    y = torch.tensor(x, requires_grad=True)
    total = torch.tensor(covariance) + t * torch.eye(8, dtype=torch.float64)
    law = torch.distributions.MultivariateNormal(torch.tensor(mean), total)
    (gradient,) = torch.autograd.grad(law.log_prob(y).sum(), y)
    score = GaussianScore.from_factor(factor, mean)
    np.testing.assert_allclose(score.score(x, t), gradient.numpy(), rtol=1e-9, atol=1e-9 / t)
    np.testing.assert_allclose(score.denoise(x, t), x + t * gradient.numpy(), rtol=1e-9, atol=1e-9)
    by_solve = mean + (x - mean) @ np.linalg.solve(total.numpy(), covariance)
    np.testing.assert_allclose(score(x, t), by_solve, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("t", [1e-14, 1e-10, 1e-6])
def test_small_noise_off_the_manifold_keeps_its_digits(t):
    """Axis-aligned covariance, where the answer is known coordinate by coordinate, seen through a rotation."""
    rng = np.random.default_rng(1)
    width, rank = 40, 5
    l = np.linspace(1, 3, rank)
    c, w = rng.normal(size=(4, rank)) * np.sqrt(l), math.sqrt(t) * rng.normal(size=(4, width))
    flat = np.concatenate([c + w[:, :rank], w[:, rank:]], 1)
    q = np.linalg.qr(rng.normal(size=(width, width)))[0]
    score = GaussianScore.from_factor(q[:, :rank] * np.sqrt(rank * l))
    variances = np.concatenate([l + t, np.full(width - rank, t)])
    # the rotated x is itself rounded: 1e-16, which the score multiplies by 1/t and log p by |w|/t
    error = 1e-15 / math.sqrt(t)
    expected = -flat / variances @ q.T
    assert np.abs(score.score(flat @ q.T, t) - expected).max() < 20 * error * np.abs(expected).max()
    log_p = -(flat**2 / variances + np.log(2 * np.pi * variances)).sum(1) / 2
    np.testing.assert_allclose(score.log_density(flat @ q.T, t), log_p, rtol=100 * error)


def test_full_rank_leaves_nothing_off_the_manifold():
    _, mean, _, x = _problem()
    covariance = np.diag(np.linspace(0.5, 2, 8))
    score = GaussianScore(mean, covariance)
    np.testing.assert_allclose(score.score(x, 1e-20), -(x - mean) / np.linspace(0.5, 2, 8), rtol=1e-12)


def test_population_score_is_the_limit_of_many_points():
    """log p and m of P = 40000 empirical points; sd of the log over draws of the data set ~ sqrt(participation)."""
    manifold = HiddenManifold(ambient_dim=6, latent_dim=3, n_points=40000)
    population, t = GaussianScore.of(manifold), 0.5
    x = manifold.fresh(50) + math.sqrt(t) * np.random.default_rng(0).normal(size=(50, 6))
    draws = EmpiricalScore(manifold.points())
    error = np.sqrt(draws.participation(x, t))  # relative standard error of the sum of weights
    z = (draws.log_density(x, t) - population.log_density(x, t)) / error
    assert np.abs(z).max() < 5
    z_mean = (draws.denoise(x, t) - population.denoise(x, t)) / (error[:, None] * math.sqrt(t))
    assert np.abs(z_mean).max() < 5  # posterior sd along an axis is below sqrt(t)
    planted = GaussianScore.from_factor(manifold.factor * 1.1)
    assert np.abs((draws.log_density(x, t) - planted.log_density(x, t)) / error).max() > 5
    assert np.abs((draws.denoise(x, t) - planted.denoise(x, t)) / (error[:, None] * math.sqrt(t))).max() > 5


@pytest.mark.parametrize("ensemble", ["gaussian", "isometric"])
def test_of_a_manifold_has_its_spectrum(ensemble):
    manifold = HiddenManifold(ambient_dim=20, latent_dim=6, n_points=3, ensemble=ensemble)
    score = GaussianScore.of(manifold)
    np.testing.assert_allclose(score.spectrum.numpy(), manifold.spectrum, rtol=1e-12)
    points = manifold.points()
    np.testing.assert_allclose(score.denoise(points, 1e-15), points, atol=1e-12)  # points lie on the manifold


def test_limits_of_the_noise():
    factor, mean, _, x = _problem()
    score = GaussianScore.from_factor(factor, mean)
    np.testing.assert_allclose(score.denoise(x, 1e15), np.broadcast_to(mean, x.shape), atol=1e-12)
    on_manifold = mean + (x - mean) @ factor @ np.linalg.pinv(factor)
    np.testing.assert_allclose(score.denoise(x, 1e-14), on_manifold, atol=1e-12)
    assert np.isfinite(score.score(x, 1e-300)).all()


def test_a_point_mass_is_a_gaussian_too():
    score = GaussianScore(np.ones(3), np.zeros((3, 3)))
    assert score.denoise(np.zeros((2, 3)), 0.5).tolist() == [[1, 1, 1]] * 2
    expected = multivariate_normal(np.ones(3), 0.5 * np.eye(3)).logpdf(np.zeros(3))
    np.testing.assert_allclose(score.log_density(np.zeros((2, 3)), 0.5), expected)


def test_kind_precision_and_shape_of_the_result():
    score = GaussianScore(np.zeros((2, 4)), np.eye(8))
    assert isinstance(score, Denoiser)
    x = np.ones((5, 2, 4), dtype=np.float32)
    assert score(x, 1.0).shape == (5, 2, 4)
    assert score(x, 1.0).dtype == np.float32
    ours = score.log_density(torch.ones(5, 2, 4, dtype=torch.float64), torch.linspace(0.1, 1, 5))
    assert (ours.dtype, tuple(ours.shape)) == (torch.float64, (5,))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: GaussianScore(np.zeros(3), np.eye(4)),
            "the mean must have 4 numbers, the ambient dimension, but got 3",
        ),
        (lambda: GaussianScore(np.zeros(3), np.ones(3)), r"a symmetric \(N, N\) matrix, but got shape \(3,\)"),
        (lambda: GaussianScore(np.zeros(2), [[1, 2], [0, 1]]), "but got one that is not symmetric"),
        (lambda: GaussianScore(np.zeros(2), -np.eye(2)), "no negative eigenvalue, but got -1"),
        (lambda: GaussianScore(np.zeros(2), np.full((2, 2), np.nan)), "the covariance must be finite"),
        (lambda: GaussianScore(np.zeros(2), 1j * np.eye(2)), "the covariance must be real numbers, but got"),
        (lambda: GaussianScore.from_factor(np.ones(3)), r"the factor must be an \(N, D\) array, but got shape \(3,\)"),
        (
            lambda: GaussianScore.of(HiddenManifold(ambient_dim=4, latent_dim=2, n_points=3, activation="tanh")),
            "a Gaussian score needs a linear manifold without mixture, but got HiddenManifold",
        ),
        (
            lambda: GaussianScore.of(
                HiddenManifold(ambient_dim=4, latent_dim=2, n_points=3, mixture=LatentMixture.two_modes(2, 1.0))
            ),
            "a Gaussian score needs a linear manifold without mixture",
        ),
        (lambda: GaussianScore(np.zeros(2), np.eye(2)).score(np.ones((3, 2)), -1.0), "t must be positive and finite"),
        (lambda: GaussianScore(np.zeros(2), np.eye(2)).score(np.ones((3, 4)), 1.0), r"must have shape \(batch, 2\)"),
    ],
)
def test_bad_input_is_one_sentence(make, sentence):
    with pytest.raises(InvalidInput, match=sentence) as caught:
        make()
    assert str(caught.value).endswith(".")


def test_sigma_is_the_root_of_t():
    score, x = GaussianScore(np.zeros(2), np.diag([3.0, 1.0])), np.array([[1.0, -2.0]])
    for name in ("denoise", "score", "log_density"):
        assert np.array_equal(getattr(score, name)(x, sigma=0.5), getattr(score, name)(x, 0.25))
        assert not np.array_equal(getattr(score, name)(x, sigma=0.5), getattr(score, name)(x, 0.5))  # planted
    assert len(repr(score)) < 300
