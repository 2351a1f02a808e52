"""The sampled law of the energies: against the exact one of linear maps, prior samples of kinked ones, and a bias."""

import math

import numpy as np
import pytest
from scipy.special import logsumexp

from remanifold.manifolds.activations import ACTIVATIONS
from remanifold.manifolds.ensembles import draw_factor
from remanifold.theory.finite.log_sum import Energies, mean_log_sum
from remanifold.theory.finite.sampled.maps import hidden_maps
from remanifold.theory.finite.sampled.tempering import Effort, energy_laws
from remanifold.theory.finite.sampled.weight_sums import weight_sum

N, D, POINTS = 20, 6, 402


def queries(activation, count, level, seed=0):
    """(maps, clean points, noises or None)."""
    factor = draw_factor("gaussian", seed, N, D, None)
    maps = hidden_maps(factor[None], ACTIVATIONS[activation])
    random = np.random.default_rng(seed)
    latents = random.standard_normal((count, 1, D)).astype(np.float32)
    clean = maps(latents, np.zeros(count, dtype=np.int64))[:, 0].astype(np.float64)
    return factor, maps, clean, random.standard_normal((count, N)) if level else None


def laws_of(maps, clean, noises, level, effort, first=0):
    streams = [np.random.default_rng([3, first + k]) for k in range(len(clean))]
    which = np.zeros(len(clean), dtype=np.int64)
    return energy_laws(maps, which, clean, noises, level, math.log(POINTS), effort, streams)


def sampled(laws, t):
    return np.array([weight_sum(law.exponents(t), law.log_weights, math.log(POINTS)).mean_log for law in laws])


def exact(factor, clean, noises, t):
    """E log S of linear maps from their contour integral, in units of the own weight."""
    directions, values, _ = np.linalg.svd(factor / math.sqrt(D))
    spectrum = values**2
    rows = []
    for k, point in enumerate(clean):
        noise = np.zeros(N) if noises is None else noises[k]
        turned = directions.T @ (point + math.sqrt(t) * noise)
        squares = turned[:D] ** 2 / (spectrum + (t if noises is not None else 0))
        value = mean_log_sum(Energies(spectrum / t, squares[None], noises is not None), math.log(POINTS))[0][0]
        rows.append(value - (turned[D:] ** 2).sum() / (2 * t) + 0.5 * (noise**2).sum())
    return np.array(rows)


@pytest.mark.parametrize("level", [0.0, 0.6])
def test_linear_maps_have_the_exact_mean_of_the_log_sum(level):
    factor, maps, clean, noises = queries("linear", 32, level)
    laws = laws_of(maps, clean, noises, level, Effort(600, 12))
    for t in (level,) if level else (0.3, 1.0, 3.0):
        off = sampled(laws, t) - exact(factor, clean, noises, t)
        assert abs(off.mean()) < 0.1  # nats; a standard error of .02 to .03 is seen, a slope of 4 nats per log t
        assert off.std() < 0.6


def test_samples_seen_at_one_noise_serve_near_ones():
    factor, maps, clean, noises = queries("linear", 32, 0.6)
    laws = laws_of(maps, clean, noises, 0.6, Effort(600, 12))
    for t in (0.6 * math.exp(-0.3), 0.6 * math.exp(0.3)):
        assert abs((sampled(laws, t) - exact(factor, clean, noises, t)).mean()) < 0.12


@pytest.mark.parametrize("activation", ["sign", "tanh"])
def test_the_low_tail_is_that_of_prior_samples(activation):
    _, maps, clean, _ = queries(activation, 12, 0.0, seed=2)
    laws = laws_of(maps, clean, None, 0.0, Effort(600, 24))
    fresh = np.random.default_rng(5).standard_normal((1, 200_000, D)).astype(np.float32)
    points = maps(fresh, np.zeros(1, dtype=np.int64))[0]
    off = []
    for law, point in zip(laws, clean):
        energies = 0.5 * np.square(points - point.astype(np.float32)).sum(1)
        for theta in (0.3, 1.0):
            right = logsumexp(-theta * energies) - math.log(len(energies))
            off.append(logsumexp(law.log_weights - theta * law.energies) - right)
    assert abs(np.mean(off)) < 0.1  # a point scatters by .03 to .1 nats, its 200000 prior samples by .03
    assert np.abs(off).max() < 0.4


def test_too_few_moves_shift_with_effort():
    _, maps, clean, noises = queries("sign", 96, 1.5, seed=4)
    poor, better = (
        sampled(laws_of(maps, clean, noises, 1.5, effort, first), 1.5)
        for effort, first in ((Effort(64, 1), 0), (Effort(300, 24), 100))
    )
    change = better - poor  # what the audit of effort looks at: too little effort misses low energies
    assert change.mean() > 3 * change.std() / math.sqrt(len(change))


def test_a_point_does_not_depend_on_what_is_swept_beside_it():
    _, maps, clean, noises = queries("relu", 3, 0.5)
    together = sampled(laws_of(maps, clean, noises, 0.5, Effort(128, 4)), 0.5)
    alone = sampled(laws_of(maps, clean[2:], noises[2:], 0.5, Effort(128, 4), first=2), 0.5)
    assert together[2] == pytest.approx(alone[0], rel=1e-6)
