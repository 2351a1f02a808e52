"""How well a denoiser denoises given rows at given noise, with noise that belongs to the rows."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import normals


def row_losses(denoiser: Any, rows: ArrayLike, sigma: float, *, draws: int = 8, seed: int = 0) -> NDArray:
    """Mean squared error per coordinate of m(xi + sigma w, sigma^2) for each row xi, over ``draws`` of w: (P,).

    The noise of row i depends on (seed, i) alone: two denoisers, or two noise levels, see the same w.

    Args:
        denoiser: ``denoiser(x, t)`` -> posterior mean.
        rows: Clean points, (P, *shape).
        sigma: Standard deviation of the noise.
        draws: Of noise for each row.
        seed: Of the noise.

    Raises:
        InvalidInput: if the noise is not positive, or the denoiser does not give finite numbers of the rows' shape.
    """
    clean = np.asarray(rows, dtype=np.float64)
    require(math.isfinite(sigma) and sigma > 0, "sigma must be positive", sigma, "pass e.g. 0.4")
    require(isinstance(draws, int) and draws >= 1, "`draws` must be a whole number of at least 1", draws, "pass 8")
    w = normals(seed, "denoising loss", 0, len(clean), draws * math.prod(clean.shape[1:]))
    repeated = np.repeat(clean, draws, axis=0)
    means = np.asarray(denoiser(repeated + sigma * w.reshape(repeated.shape), sigma**2), dtype=np.float64)
    good = means.shape == repeated.shape and bool(np.isfinite(means).all())
    do = "return the mean of the clean point for each row of x"
    if not good:
        raise refusal(f"the denoiser must return finite numbers of shape {repeated.shape}", means.shape, do)
    return np.square(means - repeated).reshape(len(clean), -1).mean(axis=1)


def loss_ratio(training: NDArray, held_out: NDArray) -> Estimate:
    """Held-out over training loss, from the losses of single rows; rows are the unit of its standard error."""
    ratio = float(held_out.mean() / training.mean())
    relative = sum(float(x.var(ddof=1)) / len(x) / float(x.mean()) ** 2 for x in (training, held_out))
    return Estimate(ratio, ratio * math.sqrt(relative), len(training) + len(held_out))
