"""How far samples lie from the hidden manifold that their training points came from."""

import math

import numpy as np
from scipy.optimize import least_squares

from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.manifolds import HiddenManifold
from remanifold.measures.neighbours.reading import values_of

_STARTS = 256  # training points, from the nearest of which a search begins


def manifold_distance(samples: PointsLike, manifold: HiddenManifold, *, progress: Progress = silent) -> Floats:
    """Distance per root coordinate, |x - xi|/sqrt(N), of each sample to the manifold {g(F z / sqrt D)}, (n,).

    Exact for linear g. Else a local search over z (Levenberg-Marquardt, from the nearest of 256 training points) gives
    an upper bound, which is the distance for samples close to the manifold. On the manifold plus noise of variance t
    the square is t (1 - D/N) on average for linear g.

    Args:
        samples: (n, N).
        manifold: Of the training points; smooth g (not sign).
        progress: Told the samples done, of nonlinear g.

    Raises:
        InvalidInput: if samples have another width, or g is sign.
    """
    x = values_of(samples)
    n = manifold.ambient_dim
    if not (x.ndim == 2 and x.shape[1] == n):
        raise refusal(f"samples must have shape (n, {n})", x.shape, "reshape them")
    smooth = manifold.activation != "sign"
    do = "compare signs of coordinates instead"
    require(smooth, "a distance to the manifold needs a continuous activation", manifold.activation, do)
    if manifold.activation == "linear":
        basis, _ = np.linalg.qr(manifold.factor)
        off = x - (x @ basis) @ basis.T
        return np.linalg.norm(off, axis=1) / math.sqrt(n)
    stop = min(_STARTS, manifold.n_points)
    points, latents = manifold.points(0, stop), manifold.latents(0, stop)
    out = np.empty(len(x))
    for i, row in enumerate(x):
        nearest = int(((points - row) ** 2).sum(axis=1).argmin())
        out[i] = _searched(row, manifold, latents[nearest])
        progress("distances", i + 1, len(x))
    return out


def _searched(row: Floats, manifold: HiddenManifold, start: Floats) -> float:
    """The distance that a search from the latent vector ``start`` ends at."""
    scaled = manifold.factor / math.sqrt(manifold.latent_dim)
    fit = least_squares(lambda z: manifold.function(scaled @ z) - row, start, method="lm", x_scale="jac")
    return math.sqrt(2 * float(fit.cost) / len(row))
