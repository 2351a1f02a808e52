"""The divergence of the empirical measure from a known law, against explicit sums and closed forms."""

import math

import numpy as np
import pytest
from montecarlo import SIGMAS

from remanifold import EmpiricalScore, GaussianScore, HiddenManifold, InvalidInput
from remanifold._core.seeds import normals
from remanifold.measures import divergence

MANIFOLD = HiddenManifold(ambient_dim=12, latent_dim=4, n_points=300, seed=3)
LEVELS = np.exp(np.arange(-24, 13) / 8)


def explicit(x, t):
    energies = ((x[:, None] - MANIFOLD.points()) ** 2).sum(-1) / (2 * t)
    least = energies.min(1, keepdims=True)
    sums = np.log(np.exp(least - energies).sum(1)) - least[:, 0]
    return sums - math.log(300) - 6 * np.log(2 * math.pi * t)


def measured(**options):
    return divergence(EmpiricalScore(MANIFOLD.points()), MANIFOLD.fresh(400), LEVELS, **options)


def test_against_explicit_sums():
    found = measured(population=GaussianScore.of(MANIFOLD), seed=5)
    fresh, noise = MANIFOLD.fresh(400), normals(5, "divergence", 0, 400, 12)
    covariance = MANIFOLD.factor @ MANIFOLD.factor.T / 4
    for k in (0, 20, 36):
        t = float(LEVELS[k])
        nll = -explicit(fresh, t)
        assert found.cross_entropy.value[k] == pytest.approx(nll.mean(), rel=1e-6)
        assert found.cross_entropy.stderr[k] == pytest.approx(nll.std(ddof=1) / 20, rel=1e-5)
        noisy, total = fresh + math.sqrt(t) * noise, covariance + t * np.eye(12)
        truth = -0.5 * np.einsum("ij,ij->i", noisy, np.linalg.solve(total, noisy.T).T)
        truth = truth - np.linalg.slogdet(2 * math.pi * total)[1] / 2
        assert found.kl is not None
        assert found.kl.value[k] == pytest.approx((truth - explicit(noisy, t)).mean(), rel=1e-5, abs=1e-6)


def test_the_best_noise_is_where_the_curve_is_least():
    found = measured()
    assert found.kl is None and found.t_generalization is not None
    k = int(found.cross_entropy.value.argmin())
    assert LEVELS[k - 1] < found.t_generalization.value < LEVELS[k + 1]
    other = divergence(EmpiricalScore(MANIFOLD.points()), MANIFOLD.fresh(800)[400:], LEVELS).t_generalization
    assert other is not None
    gap = math.log(other.value / found.t_generalization.value)
    assert abs(gap) < SIGMAS * math.hypot(other.log_stderr, found.t_generalization.log_stderr)


def test_of_points_of_the_law_itself_it_is_never_below_zero_and_a_wrong_law_shows():
    right = measured(population=GaussianScore.of(MANIFOLD))
    wrong = measured(population=GaussianScore.of(HiddenManifold(ambient_dim=12, latent_dim=4, n_points=3, seed=4)))
    assert right.kl is not None and wrong.kl is not None
    assert np.all(right.kl.value > -SIGMAS * right.kl.stderr)
    assert np.any(wrong.kl.value < -SIGMAS * wrong.kl.stderr)


def test_no_minimum_at_an_end():
    score = EmpiricalScore(MANIFOLD.points())
    assert divergence(score, MANIFOLD.fresh(20), [5.0, 10.0, 20.0]).t_generalization is None


@pytest.mark.parametrize(
    ("fresh", "levels", "sentence"),
    [
        (np.zeros((3, 5)), [1.0], r"hold-out points must be at least 2 of shape \(12,\)"),
        (np.zeros((1, 12)), [1.0], "at least 2"),
        (np.zeros((3, 12)), [0.0], "the noise levels must be positive"),
    ],
)
def test_bad_input(fresh, levels, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        divergence(EmpiricalScore(MANIFOLD.points()), fresh, levels)
