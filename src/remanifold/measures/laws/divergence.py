"""How far the smoothed empirical measure is from the truth: cross entropy of hold-out points, KL for a known law."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.neighbours.reading import values_of
from remanifold.measures.profile.noise_profile import best_level
from remanifold.noise import MeasuredLevel, NoiseLevels, noise_variances
from remanifold.scores import EmpiricalScore
from remanifold.scores.denoiser import ArrayT, Noise


class Population(Protocol):
    """A law that is known at every noise, e.g. `GaussianScore`."""

    def log_density(self, x: ArrayT, t: Noise) -> ArrayT:
        """log p_t(x), nats, (n,)."""
        ...


@dataclass(frozen=True, eq=False)
class Divergence:
    """Distances, nats, at every noise level; errors over hold-out points for the training points as they are.

    Only logarithms are averaged: their variance is finite at every noise, where that of densities and of weights is
    not (docs/explanation/theory.md, section 6), so standard errors may be trusted below `t_infinite_variance` too.

    Attributes:
        t: Noise variances, ascending, (levels,).
        cross_entropy: -log p_t^emp of hold-out points as they are: up to a constant KL(p_0 || p_t^emp).
        t_generalization: Where its mean is least, from the slopes of every point; None at an end of the levels.
        kl: KL(p_t || p_t^emp), from noised hold-out points; None without a population.
    """

    t: Floats
    cross_entropy: Series
    t_generalization: MeasuredLevel | None
    kl: Series | None


def divergence(
    empirical: EmpiricalScore,
    holdout: PointsLike,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    population: Population | None = None,
    seed: int = 0,
    stream: str = "divergence",
    progress: Progress = silent,
) -> Divergence:
    """Hold other points of the same law against the empirical measure. docs/explanation/theory.md, (5.8) to (5.10).

    Args:
        empirical: The score of the training points.
        holdout: Points (n, *shape), independent of the training points, from the same law; at least 2.
        t, sigma: Noise variances, or their roots.
        population: That law, if it is known.
        seed, stream: Of the noise on these points; the same at every level.
        progress: Told ("divergence", levels done, levels).

    Raises:
        InvalidInput: if levels are not positive, or there are fewer than 2 points or of another shape.
    """
    levels, points = np.unique(noise_variances(t, sigma)), values_of(holdout)
    require(levels[0] > 0, "the noise levels must be positive numbers", t, "pass e.g. t=[0.1, 1.0]")
    if points.ndim < 1 or len(points) < 2 or points.shape[1:] != empirical.shape:
        need = f"hold-out points must be at least 2 of shape {empirical.shape}"
        raise refusal(need, points.shape, "reshape or draw more")
    noise = normals(seed, stream, 0, len(points), empirical.ambient_dim).reshape(points.shape)
    nll, slopes, gaps = np.empty((3, len(points), len(levels)))
    for k, level in enumerate(levels.tolist()):
        nll[:, k] = -empirical.log_density(points, level)
        slopes[:, k] = empirical.ambient_dim / 2 - empirical.mean_energy(points, level) / level
        if population is not None:
            noisy = points + math.sqrt(level) * noise
            gaps[:, k] = population.log_density(noisy, level) - empirical.log_density(noisy, level)
        progress("divergence", k + 1, len(levels))
    best = best_level(levels, nll.mean(axis=0), slopes)
    return Divergence(levels, series_of(nll), best, None if population is None else series_of(gaps))
