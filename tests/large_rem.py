"""Random energy models of exp(load N) Gaussian points with N in the hundreds: the lowest energies drawn exactly.

Seen from x, energies |x - xi|^2 of standard normal xi are independent with a known law, a non-central chi square. The
lowest k of P draws are the quantiles of Gamma_1/P < Gamma_2/P < ..., Gamma_j sums of j exponential numbers. Nothing
here knows zeta.
"""

import math

import numpy as np
from scipy.special import gammainc


def log_law(ambient_dim, squared_norm, nodes=400):
    """A grid of u and log P(|x - xi|^2 <= u) for one x of that squared norm; the part along x by Gauss-Legendre."""
    norm = math.sqrt(squared_norm)
    u = np.geomspace(1e-2 * squared_norm, squared_norm + ambient_dim, 1500)
    g, weights = np.polynomial.legendre.leggauss(nodes)
    g, weights = 0.5 * (norm + 12) * (g + 1) - 12, 0.5 * (norm + 12) * weights  # from -12 to |x|
    rest = u[:, None] - (norm - g) ** 2
    inside = gammainc((ambient_dim - 1) / 2, np.maximum(rest, 0) / 2)
    probability = inside @ (weights * np.exp(-(g**2) / 2) / math.sqrt(2 * math.pi))
    kept = probability > 1e-290
    return u[kept], np.log(probability[kept])


def lowest_energies(ambient_dim, load, delta, *, draws, depth, seed):
    """(draws, depth) lowest |x - xi|^2/2 of exp(load N) points, x of squared norm N (1 + delta)."""
    u, log_probability = log_law(ambient_dim, ambient_dim * (1 + delta))
    waits = np.random.default_rng(seed).standard_exponential((draws, depth)).cumsum(1)
    return np.interp(np.log(waits) - load * ambient_dim, log_probability, u) / 2


def participation_of(energies, lam):
    """Mean and standard error of sum w^2 over the rows of ``energies``, w = softmax(-lam E)."""
    weights = np.exp(-lam * (energies - energies.min(1, keepdims=True)))
    shares = (weights**2).sum(1) / weights.sum(1) ** 2
    return shares.mean(), shares.std(ddof=1) / math.sqrt(len(shares))


def log_sum_of(energies, lam):
    """Mean and standard error of log sum exp(-lam E) over the rows of ``energies``."""
    least = energies.min(1, keepdims=True)
    logs = np.log(np.exp(-lam * (energies - least)).sum(1)) - lam * least[:, 0]
    return logs.mean(), logs.std(ddof=1) / math.sqrt(len(logs))
