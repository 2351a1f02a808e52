"""The points of drawn data sets, in double precision: close ones differ by less than single precision tells."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import require
from remanifold._core.types import Floats
from remanifold.manifolds.activations import activation_of
from remanifold.manifolds.ensembles import draw_factor
from remanifold.theory.finite.sampled.family import Family, HiddenFamily

PointsOf = Callable[[int, Floats], Floats]
"""The points (P, width) of latents (P, D) on the map of this number; only their distances count."""

_MOST_POINTS = {1: 10**6, 2: 10**6, 3: 20_000}  # by latent dimension
_MOST_WIDE = 1.2e8  # P N^2: neighbours are looked for among points of N numbers, and means over all of them
_NO_OTHER = 2  # latent dimensions up to which nothing else has an answer


def is_drawn(n_points: int, latent_dim: int, width: int) -> bool:
    """Whether whole data sets of P points of ``width`` numbers are drawn: in few dimensions, unless they are large.

    Raises:
        InvalidInput: for more points in one or two dimensions than can be drawn.
    """
    most = _MOST_POINTS.get(latent_dim, 0)
    if latent_dim <= _NO_OTHER:
        need = f"in one or two latent dimensions finite-size times need at most {most} points"
        require(n_points <= most, need, n_points, "measure the data instead, with `noise_profile`")
    return n_points <= most and n_points * width**2 <= _MOST_WIDE


def width_of(family: Family) -> int:
    """Numbers of a point: of linear data the coordinates on the manifold are enough."""
    return family.latent_dim if _is_linear(family) else family.ambient_dim


def points_of_family(family: Family) -> PointsOf:
    """The points of a family of maps."""
    if not isinstance(family, HiddenFamily):
        one = family.maps(np.zeros(1, dtype=np.int64))
        return lambda k, latents: np.asarray(one(latents.astype(np.float32)[None], np.zeros(1, np.int64))[0], float)
    _, g = activation_of(family.activation)

    def points(k: int, latents: Floats) -> Floats:
        sizes = (family.ambient_dim, family.latent_dim)
        factor = draw_factor(family.ensemble, family.seed + k, *sizes, family.exponent) / math.sqrt(family.latent_dim)
        if _is_linear(family):
            return np.asarray(latents @ np.linalg.qr(factor)[1].T)
        return np.asarray(g(latents @ factor.T), dtype=np.float64)

    return points


def points_of_spectrum(eigenvalues: Sequence[float] | NDArray[np.floating]) -> PointsOf:
    """Gaussian points whose covariance has these eigenvalues."""
    scales = np.sqrt(np.asarray(eigenvalues, dtype=np.float64))
    return lambda k, latents: latents * scales


def _is_linear(family: Family) -> bool:
    return isinstance(family, HiddenFamily) and family.activation == "linear"
