"""Samples where the sampler stops at t: distances to hold-out points, with their null, and to the manifold."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.manifolds import HiddenManifold
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.laws.energy_distance import EnergyDistance, energy_distance
from remanifold.measures.laws.manifold_distance import manifold_distance
from remanifold.measures.neighbours.reading import values_of
from remanifold.noise import NoiseLevels, noise_variances
from remanifold.sampling import log_grid, simulate
from remanifold.sampling.means import LabelledMeans
from remanifold.scores.denoiser import DenoiserLike


@dataclass(frozen=True, eq=False)
class StopQuality:
    """Samples stopped at each noise, beside hold-out points.

    Attributes:
        t: Noise variances of the stops, ascending, (stops,).
        as_is: Energy distance of the states as they are to the hold-out points, with its null, one a stop.
        posterior_mean: The same of their posterior means.
        off_manifold: Mean squared distance of the states to the manifold a coordinate, the unit of t; None without one.
    """

    t: Floats
    as_is: tuple[EnergyDistance, ...]
    posterior_mean: tuple[EnergyDistance, ...]
    off_manifold: Series | None


def stop_quality(
    denoiser: DenoiserLike,
    stops: NoiseLevels | None = None,
    holdout: PointsLike = (),
    *,
    sigma: NoiseLevels | None = None,
    start_at: float,
    manifold: HiddenManifold | None = None,
    n_samples: int = 400,
    permutations: int = 199,
    steps_per_e: int = 24,
    method: str = "exponential",
    seed: int = 0,
    progress: Progress = silent,
) -> StopQuality:
    """Run the reverse SDE once and look at it wherever it could stop.

    Args:
        denoiser: What is sampled, a `Denoiser`.
        stops, sigma: Noise variances, positive, or their roots.
        holdout: Points (m, *shape) of the true law that the denoiser was not made of.
        start_at: Noise variance at the start, far above that of the data, e.g. 100 times.
        manifold: Linear and of known factor, for the distance to it.
        n_samples: Trajectories.
        permutations: Of the null of the energy distance.
        steps_per_e: Steps per factor e of the noise variance.
        method: Of `simulate`, one that follows the SDE.
        seed: Of the trajectories and the permutations.
        progress: Told the steps done.

    Raises:
        InvalidInput: if stops, start or shapes are bad.
    """
    t = np.unique(noise_variances(stops, sigma))
    require(t[0] > 0, "`stops` must be positive noise variances", stops, "pass e.g. [0.01, 0.1]")
    if not (start_at > t[-1]):
        raise refusal(f"the start must lie above the largest stop {t[-1]:.4g}", start_at, "raise `start_at`")
    clean, means_of = values_of(holdout), LabelledMeans(denoiser, None, None)
    run = simulate(
        denoiser,
        _levels(t, start_at, steps_per_e),
        n_samples=n_samples,
        shape=clean.shape[1:],
        record=list(t),
        method=method,
        seed=seed,
        progress=progress,
    )
    as_is, means, off = [], [], []
    for level in t:
        x = run.states[int(np.abs(np.log(run.times / level)).argmin())]
        as_is.append(energy_distance(x, clean, permutations=permutations, seed=seed))
        mean = means_of(x, float(level))
        means.append(energy_distance(mean, clean, permutations=permutations, seed=seed))
        if manifold is not None:
            off.append(manifold_distance(x, manifold) ** 2)
    return StopQuality(t, tuple(as_is), tuple(means), series_of(np.stack(off, axis=1)) if off else None)


def _levels(stops: Floats, high: float, steps_per_e: int) -> Floats:
    """From the start to the lowest stop, with every stop among them."""
    falling = [high, *stops[::-1].tolist()]
    pieces = [log_grid(a, b, math.ceil(steps_per_e * math.log(a / b))) for a, b in pairwise(falling)]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
