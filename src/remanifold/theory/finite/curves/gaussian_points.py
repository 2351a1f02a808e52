"""Points of Gaussian data with their noise, seen at any noise levels: exact but for the mean over them."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.theory.finite.log_sum import Energies
from remanifold.theory.finite.means import bundles, mean_with_controls


@dataclass(frozen=True)
class GaussianPoints:
    """Points xi and noises w of Gaussian data, on the directions of the manifold.

    Attributes:
        eigenvalues: Of the covariance, one of each bundle of nearly equal ones, (columns,).
        counts: Eigenvalues in each bundle, (columns,).
        latents: Sum of xi_i^2/l_i over the bundle, (n, columns).
        crossed: Sum of xi_i w_i/sqrt(l_i), likewise.
        noises: Sum of w_i^2, likewise.
    """

    eigenvalues: Floats
    counts: Floats
    latents: Floats
    crossed: Floats
    noises: Floats

    def energies(self, t: float, delta: float) -> Energies:
        """Energies over ``t`` of the others, seen from xi + sqrt(delta) w."""
        l = self.eigenvalues
        squares = (l * self.latents + 2 * np.sqrt(l * delta) * self.crossed + delta * self.noises) / (l + delta)
        return Energies(l / t, squares, delta / t, self.counts)

    def log_own(self, t: float, delta: float) -> Floats:
        """Logarithm of the weight of the own point, (n,)."""
        return -0.5 * delta / t * self.noises.sum(1)

    def mean(self, values: Floats, energies: Energies, delta: float, *known: Floats) -> Estimate:
        """Mean of ``values`` (n,) over the points, by regression on functions of x, xi and w of known mean.

        ``known`` are more such functions, of mean 0.
        """
        if delta == 0:
            return mean_with_controls(values, energies)
        l, away = self.eigenvalues, self.noises - self.counts
        columns = (away @ (l / (l + delta)), away.sum(1), self.crossed @ np.sqrt(l), (self.latents - self.counts) @ l)
        return mean_with_controls(values, energies, np.stack(columns + known, axis=1))


def gaussian_points(eigenvalues: Floats, n: int, least: float, seed: int) -> GaussianPoints:
    """``n`` random points; eigenvalues that differ by little at t of ``least`` and above count as equal."""
    order, firsts, counts = bundles(eigenvalues, least)
    z, w = (normals(seed, f"finite size {word}", 0, n, len(eigenvalues))[:, order] for word in ("0", "noise"))
    latents, crossed, noises = (np.add.reduceat(part, firsts, axis=1) for part in (z * z, z * w, w * w))
    levels = np.asarray(np.add.reduceat(eigenvalues[order], firsts) / counts, dtype=np.float64)
    return GaussianPoints(levels, counts, latents, crossed, noises)


def annealed(energies: Energies, log_points: float) -> Floats:
    """log of the mean of the sum over P points, (n,)."""
    return np.asarray(log_points + energies.cumulants(np.ones(1, dtype=np.complex128))[0][:, 0].real, dtype=np.float64)


def cross_entropy_shift(t: float, ambient_dim: int, log_points: float) -> float:
    """-E log p_t^emp + E log S: (N/2) log(2 pi t) + log P."""
    return ambient_dim / 2 * math.log(2 * math.pi * t) + log_points
