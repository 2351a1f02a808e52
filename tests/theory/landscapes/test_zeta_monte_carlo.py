"""zeta against its definition: points drawn from F z, distances averaged by brute force, no Gaussian integral.

For linear data the formula holds at every N once the spectrum is that of the actual F, so a 5 x 3 matrix will do.
"""

import math

import numpy as np
import pytest

from remanifold.theory import LinearLandscape

AMBIENT, LATENT = 5, 3
BATCHES, VIEWS, POINTS = 60, 60, 20_000
CASES = [(0.3, 0.0), (1.0, 1.0), (1.5, 0.4), (0.8, 2.0)]


def manifold_matrix():
    return np.random.default_rng(3).standard_normal((AMBIENT, LATENT)) / math.sqrt(LATENT)


def measured_zeta(lam, delta):
    """(1/N) E_x log E_xi exp(-lam |x - xi|^2 / 2) and its standard error over batches with points of their own."""
    matrix, random = manifold_matrix(), np.random.default_rng(11)
    logs, squares = [], []
    for _ in range(BATCHES):
        xi = random.standard_normal((POINTS, LATENT)) @ matrix.T
        z = random.standard_normal((VIEWS, LATENT))
        x = z @ matrix.T + math.sqrt(delta) * random.standard_normal((VIEWS, AMBIENT))
        distance = (x**2).sum(1)[:, None] - 2 * x @ xi.T + (xi**2).sum(1)
        weight = np.exp(-lam * distance / 2)
        mean = weight.mean(1)
        logs.append(np.log(mean) + weight.var(1) / (2 * POINTS * mean**2))  # the log of a mean is biased low by this
        squares.append(x[:, :, None] * x[:, None, :])
    return controlled_mean(np.array(logs), np.array(squares).reshape(BATCHES, VIEWS, -1), matrix, delta)


def controlled_mean(logs, squares, matrix, delta):
    """Mean of ``logs`` per dimension with the products x_i x_j, whose means are known, as control variates."""
    known = (matrix @ matrix.T + delta * np.eye(AMBIENT)).ravel()
    excess = squares - known
    slope = np.linalg.lstsq(
        excess.reshape(-1, known.size) - excess.mean((0, 1)), logs.ravel() - logs.mean(), rcond=None
    )[0]
    batches = (logs - excess @ slope).mean(1) / AMBIENT
    return batches.mean(), batches.std(ddof=1) / math.sqrt(BATCHES)


def landscape():
    matrix = manifold_matrix()
    return LinearLandscape.from_eigenvalues(np.linalg.eigvalsh(matrix @ matrix.T))


@pytest.mark.parametrize(("lam", "delta"), CASES)
def test_zeta_is_what_it_says(lam, delta):
    value, error = measured_zeta(lam, delta)
    assert error < 1e-3
    assert abs(landscape().zeta(lam, delta) - value) < 5 * error


@pytest.mark.parametrize(("lam", "delta"), CASES[1:])
def test_a_wrong_factor_is_seen(lam, delta):
    """The same comparison refuses zeta without its off-manifold term, and with l in the place of l + delta."""
    value, error = measured_zeta(lam, delta)
    right = landscape()
    off_manifold = (1 - right.latent_ratio) * lam * delta / 2
    on_manifold = right.latent_ratio / 2 * float(right.weights @ (lam * delta / (1 + lam * right.eigenvalues)))
    for wrong in (right.zeta(lam, delta) + off_manifold, right.zeta(lam, delta) + on_manifold):
        assert abs(wrong - value) > 10 * error
