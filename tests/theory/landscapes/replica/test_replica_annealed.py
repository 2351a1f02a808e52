"""zeta of nonlinear manifolds against its definition: brute-force annealed sums at N = 10, 15, 20, extrapolated.

zeta_N = (1/N) E_F E_x log E_xi exp(-lam |x - xi|^2 / 2) with xi = g(F z / sqrt D), all three means over drawn numbers.
"""

import math
from functools import cache

import numpy as np
import pytest

from remanifold.manifolds import ACTIVATIONS
from remanifold.theory import IndependentLandscape, ReplicaLandscape

RATIO, LAM, DELTA = 0.4, 0.6, 0.5
SIZES = (10, 15, 20)
MATRICES, VIEWS, POINTS = 250, 64, 1500
NAMES = ("linear", "tanh", "relu", "sign")


@cache
def annealed(size):
    """(zeta_N, standard error) of each activation; numbers of known mean take out most of the noise."""
    random, latent = np.random.default_rng(size), round(RATIO * size)
    logs, controls = np.empty((len(NAMES), MATRICES, VIEWS)), np.empty((len(NAMES), MATRICES, VIEWS, 4))
    for k in range(MATRICES):
        factor = random.standard_normal((latent, size)) / math.sqrt(latent)
        z, fields = random.standard_normal((VIEWS, latent)), random.standard_normal((POINTS, latent)) @ factor
        noise = math.sqrt(DELTA) * random.standard_normal((VIEWS, size))
        for j, name in enumerate(NAMES):
            clean, xi = ACTIVATIONS[name](z @ factor), ACTIVATIONS[name](fields)
            x = clean + noise
            weight = np.exp(LAM * (x @ xi.T - (xi**2).sum(1) / 2 - (x**2).sum(1)[:, None] / 2))
            mean = weight.mean(1)
            bias = weight.var(1) / (2 * POINTS * mean**2)  # the log of a mean over POINTS is low by this
            logs[j, k] = (np.log(mean) + bias) / size
            known = (noise**2).mean(1) - DELTA, (noise * clean).mean(1), ((z @ factor) ** 2).mean(1) - 1
            controls[j, k] = np.stack([*known, (z**2).mean(1) - 1], axis=1)
    found = {}
    for name, y, c in zip(NAMES, logs, controls):
        flat = c.reshape(-1, 4)
        slopes = np.linalg.lstsq(flat - flat.mean(0), y.ravel() - y.mean(), rcond=None)[0]
        per_matrix = (y - c @ slopes).mean(1)  # independent of one another
        found[name] = float(per_matrix.mean()), float(per_matrix.std()) / math.sqrt(MATRICES)
    return found


def extrapolated(name):
    """The value and standard error at 1/N = 0 of the line in 1/N that fits best."""
    values, errors = np.array([annealed(size)[name] for size in SIZES]).T
    line = np.stack([np.ones(3), 1 / np.array(SIZES)], axis=1) / errors[:, None]
    covariance = np.linalg.inv(line.T @ line)
    return float((covariance @ line.T @ (values / errors))[0]), math.sqrt(covariance[0, 0])


@pytest.mark.parametrize("name", NAMES)
def test_zeta_by_brute_force(name):
    measured, error = extrapolated(name)
    assert error < 0.002
    assert abs(measured - ReplicaLandscape.of(RATIO, name).zeta(LAM, DELTA)) < 4 * error


def wrong_values(name):
    """zeta with a planted mistake: sign, factor, swap, one activation for another, a term left out."""
    landscape = ReplicaLandscape.of(RATIO, name)
    solution = landscape.solution(LAM, DELTA)
    width = solution.Q - solution.q
    latent = RATIO / 2 * (math.log(width) + (solution.q - solution.m**2) / width + 1 - solution.Q)
    return {
        "swapped arguments": landscape.zeta(DELTA, LAM),
        "a factor 2 in the inverse temperature": landscape.zeta(2 * LAM, DELTA),
        "sigma for sigma^2": landscape.zeta(LAM, math.sqrt(DELTA)),
        "N/D for D/N": ReplicaLandscape.of(1 / RATIO, name).zeta(LAM, DELTA),
        "the other sign of the latent part": solution.zeta - 2 * latent,
        "half of the latent part": solution.zeta - latent / 2,
        "no latent part": solution.zeta - latent,
        "independent coordinates": IndependentLandscape.of(name).zeta(LAM, DELTA),
        "another activation": ReplicaLandscape.of(RATIO, "linear" if name != "linear" else "sign").zeta(LAM, DELTA),
    }


@pytest.mark.parametrize("name", NAMES)
def test_planted_mistakes_are_seen(name):
    measured, error = extrapolated(name)
    unseen = [what for what, value in wrong_values(name).items() if abs(measured - value) < 6 * error]
    assert not unseen
