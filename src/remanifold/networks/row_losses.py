"""How well a denoiser denoises given rows at given noise, with noise that belongs to the rows."""

import math
from collections.abc import Callable
from typing import SupportsFloat

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.checks import positive, whole
from remanifold._core.errors import refusal
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.noise import NoiseLevel, noise_variance


def row_losses(
    denoiser: Callable[..., object],
    rows: ArrayLike,
    *,
    t: SupportsFloat | None = None,
    sigma: SupportsFloat | None = None,
    draws: int = 8,
    seed: int = 0,
) -> Floats:
    """Mean squared error per coordinate of m(xi + sigma w, sigma^2) for each row xi, over ``draws`` of w: (P,).

    The noise of row i depends on (seed, i) alone: two denoisers, or two noise levels, see the same w.

    Args:
        denoiser: ``denoiser(x, t)`` -> posterior mean.
        rows: Clean points, (P, *shape).
        t, sigma: Noise variance per coordinate, positive, or its root.
        draws: Of noise for each row.
        seed: Of the noise.

    Raises:
        InvalidInput: if the noise is not positive, or the denoiser does not give finite numbers of the rows' shape.
    """
    clean = np.asarray(rows, dtype=np.float64)
    level = NoiseLevel(positive("the noise", noise_variance(t, sigma), example="sigma=0.4"))
    whole("`draws`", draws, least=1, example=8)
    w = normals(seed, "denoising loss", 0, len(clean), draws * math.prod(clean.shape[1:]))
    repeated = np.repeat(clean, draws, axis=0)
    means = np.asarray(denoiser(repeated + level.sigma * w.reshape(repeated.shape), level.value), dtype=np.float64)
    if means.shape != repeated.shape or not np.isfinite(means).all():
        do = "return the mean of the clean point for each row of x"
        raise refusal(f"the denoiser must return finite numbers of shape {repeated.shape}", means.shape, do)
    return np.square(means - repeated).reshape(len(clean), -1).mean(axis=1)


def loss_ratio(training: NDArray, held_out: NDArray) -> Estimate:
    """Hold-out over training loss, from the losses of single rows; rows are the unit of its standard error."""
    ratio = float(held_out.mean() / training.mean())
    relative = sum(float(x.var(ddof=1)) / len(x) / float(x.mean()) ** 2 for x in (training, held_out))
    return Estimate(ratio, ratio * math.sqrt(relative), len(training) + len(held_out))
