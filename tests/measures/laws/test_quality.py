"""Quality of samples: energy distance with its null, distance to the manifold."""

import math

import numpy as np
import pytest
from montecarlo import SIGMAS, agrees, mean_and_error
from scipy import stats

from remanifold import HiddenManifold, InvalidInput
from remanifold.measures import energy_distance, manifold_distance

RNG = np.random.default_rng(4)


def brute(a, b):
    def mean(x, y, same):
        gaps = np.linalg.norm(x[:, None] - y[None], axis=-1)
        return gaps.sum() / (len(x) * (len(y) - same))

    return 2 * mean(a, b, 0) - mean(a, a, 1) - mean(b, b, 1)


def test_energy_distance_by_brute_force():
    a, b = RNG.normal(size=(30, 2, 3)), 1e3 + RNG.normal(size=(41, 2, 3))
    flat = a.reshape(30, -1), b.reshape(41, -1)
    assert energy_distance(a, b, permutations=19).value == pytest.approx(brute(*flat), rel=1e-9)
    near = energy_distance(a, b - 1e3, permutations=19)
    assert near.value == pytest.approx(brute(flat[0], flat[1] - 1e3), abs=1e-9)


def test_energy_distance_of_shifted_normals_has_its_closed_form():
    """In one dimension, N(0,1) against N(m,1): 2 E|a-b| - 2 E|a-a'| with a - b ~ N(m, 2)."""
    m, s = 1.5, math.sqrt(2)
    mean_abs = s * math.sqrt(2 / math.pi) * math.exp(-(m**2) / 4) + m * (1 - 2 * stats.norm.cdf(-m / s))
    exact = 2 * mean_abs - 2 * s * math.sqrt(2 / math.pi)
    draws = [brute(RNG.normal(size=(40, 1)), m + RNG.normal(size=(40, 1))) for _ in range(300)]
    ours = [
        energy_distance(RNG.normal(size=(40, 1)), m + RNG.normal(size=(40, 1)), permutations=19).value
        for _ in range(300)
    ]
    assert agrees(*mean_and_error(ours), exact)
    assert agrees(*mean_and_error(draws), exact)
    assert not agrees(*mean_and_error(ours), exact / 2)


def test_p_values_are_uniform_under_the_null_even_with_heavy_tails():
    values = [
        energy_distance(RNG.standard_t(1.5, (25, 3)), RNG.standard_t(1.5, (35, 3)), permutations=99, seed=k).p_value
        for k in range(300)
    ]
    assert stats.kstest(values, "uniform").pvalue > 1e-4
    shifted = [
        energy_distance(RNG.standard_t(1.5, (25, 3)), 1.0 + RNG.standard_t(1.5, (35, 3)), permutations=99).p_value
        for _ in range(50)
    ]
    assert stats.kstest(shifted, "uniform").pvalue < 1e-4


def test_distance_to_a_linear_manifold():
    manifold = HiddenManifold(ambient_dim=30, latent_dim=6, n_points=100, seed=1)
    assert manifold_distance(manifold.fresh(20), manifold) == pytest.approx(np.zeros(20), abs=1e-12)
    noisy = manifold.fresh(2000) + math.sqrt(0.3) * RNG.normal(size=(2000, 30))
    mean, error = mean_and_error(manifold_distance(noisy, manifold) ** 2)
    assert abs(mean - 0.3 * 24 / 30) < SIGMAS * error
    assert abs(mean - 0.3) > SIGMAS * error, "the part along the manifold is no distance"


@pytest.mark.parametrize("activation", ["tanh", "relu", "erf"])
def test_distance_to_a_curved_manifold(activation):
    """On it: 0. Off it by little noise: t (1 - D/N) where the tangent has D dimensions, less where relu kills none."""
    manifold = HiddenManifold(ambient_dim=40, latent_dim=4, n_points=300, activation=activation, seed=2)
    clean = manifold.points(250, 300) + 0.0
    assert np.median(manifold_distance(clean, manifold)) < 1e-6
    t = 1e-4
    noisy = clean + math.sqrt(t) * RNG.normal(size=clean.shape)
    squares = np.sort(manifold_distance(noisy, manifold) ** 2)[:40]  # a search may end at another sheet
    assert squares.mean() == pytest.approx(t * 36 / 40, rel=0.1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: energy_distance(np.ones((3, 2)), np.ones((3, 4))), "two samples must have rows of one shape"),
        (lambda: energy_distance(np.ones((1, 2)), np.ones((3, 2))), "two samples must have rows of one shape"),
        (lambda: energy_distance(np.ones((15000, 1)), np.ones((9000, 1))), "two samples must have at most 20000 rows"),
        (lambda: energy_distance(np.eye(3), np.eye(3), permutations=5), "`permutations` must be a whole number of at"),
        (
            lambda: manifold_distance(np.eye(3), HiddenManifold(ambient_dim=5, latent_dim=2, n_points=9)),
            "samples must have shape (n, 5), but got (3, 3)",
        ),
        (
            lambda: manifold_distance(
                np.eye(5), HiddenManifold(ambient_dim=5, latent_dim=2, n_points=9, activation="sign")
            ),
            "a distance to the manifold needs a continuous activation, but got sign",
        ),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
