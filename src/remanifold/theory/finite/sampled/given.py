"""A generative map of the user's as a family of one: a drawn hidden manifold, a callable, a torch module."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.manifolds.hidden import HiddenManifold
from remanifold.theory.finite.sampled.family import OneManifold
from remanifold.theory.finite.sampled.maps import Singles

Generator = HiddenManifold | Callable[[Any], Any]
"""A manifold, or a map of latents z (n, D), z ~ N(0, I), to points (n, ...): numpy, or a torch module."""
_PROBES = 4
_CENTRED = 256  # latents whose mean point is taken off, lest single precision is spent on a distance from 0
_FARTHEST = 1e4
_SPREADS = (1e-12, 1e12)  # of points, whose squares single precision holds


def given_family(generator: Generator, latent_dim: int | None = None) -> OneManifold:
    """The family of one map.

    Args:
        generator: `HiddenManifold`; or a function of latents (n, D) that returns points (n, ...), whose latents are
            standard normal; a torch module is called with a float32 tensor, without gradients.
        latent_dim: D; not for a `HiddenManifold`, which says it.

    Raises:
        InvalidInput: if there is no D, or the map does not give one finite row for each row of z, always the same.
    """
    if isinstance(generator, HiddenManifold):
        dim = generator.latent_dim + (generator.mixture is not None)
        return OneManifold(_of_manifold(generator), dim, generator.ambient_dim)
    if not callable(generator):
        need = "the generator must be a HiddenManifold or a callable z -> x"
        raise refusal(need, type(generator).__name__, "pass a function of latents (n, D)")
    dim = whole("the latent dimension of a generator", latent_dim, least=1, example=8)
    function = _of_torch(generator) if hasattr(generator, "named_parameters") else generator
    probe = np.random.default_rng(0).standard_normal((_PROBES, dim)).astype(np.float32)
    try:
        points = np.asarray(function(probe), dtype=np.float64)
    except (TypeError, ValueError, RuntimeError, IndexError) as error:
        need = f"the generator must take latents of shape ({_PROBES}, {dim})"
        raise refusal(
            need, f"an error ({error})", "check `latent_dim`, and that rows are treated one by one"
        ) from error
    if points.ndim < 2 or len(points) != _PROBES or not np.isfinite(points).all():
        need = f"the generator must give {_PROBES} finite points for {_PROBES} latents"
        raise refusal(need, f"shape {points.shape}", "return one row for each row of z")

    _require_function(function, probe, points)
    many = np.asarray(function(np.random.default_rng(1).standard_normal((_CENTRED, dim)).astype(np.float32)))
    centre = many.reshape(_CENTRED, -1).mean(0, dtype=np.float64)
    spread = float(np.abs(many.reshape(_CENTRED, -1) - centre).max())
    if not _SPREADS[0] < spread < _SPREADS[1]:
        need = f"the generator must spread its points by {_SPREADS[0]:g} to {_SPREADS[1]:g}"
        raise refusal(need, f"{spread:.3g}", "give it in other units, or another map")

    if many.dtype == np.float32 and np.abs(centre).max() > _FARTHEST * spread:
        need = f"single precision needs points within {_FARTHEST:g} of their spread from 0"
        raise refusal(need, f"{np.abs(centre).max() / spread:.2g}", "take the mean off, or compute in float64")

    def flat(latents: Singles) -> NDArray[np.floating]:
        return np.asarray(function(latents)).reshape(len(latents), -1) - centre

    return OneManifold(flat, dim, math.prod(points.shape[1:]), origin=centre)


def _require_function(function: Callable[[Any], Any], probe: Singles, points: Floats) -> None:
    """The points of each latent must be the same at every call, whatever the rows beside it."""
    again = np.asarray(function(probe[::-1].copy()), dtype=np.float64)[::-1]
    few = np.asarray(function(probe[:2]), dtype=np.float64)
    near = 1e-4 * float(np.ptp(points)) + 1e-6 * float(np.abs(points).max())  # single precision, other block sizes
    if not (np.allclose(again, points, 0, near) and np.allclose(few, points[:2], 0, near)):
        need = "the generator must give the same point for the same latent"
        do = "leave out its noise; a torch module: call .eval() first, for dropout and batch normalisation"
        raise refusal(need, "points that change from call to call, or with the rows beside them", do)


def _of_manifold(manifold: HiddenManifold) -> Callable[[Singles], NDArray[np.floating]]:
    factor = (manifold.factor.T / math.sqrt(manifold.latent_dim)).astype(np.float32)
    mixture = manifold.mixture

    def points(latents: Singles) -> NDArray[np.floating]:
        if mixture is not None:  # one more latent chooses the mode
            steps = np.cumsum(mixture.weights)
            mode = np.minimum(np.searchsorted(steps, ndtr(latents[:, 0])), len(steps) - 1)
            latents = (mixture.means[mode] + mixture.scale * latents[:, 1:]).astype(np.float32)
        return manifold.function(np.asarray(latents @ factor, dtype=np.float64))

    return points


def _of_torch(module: Any) -> Callable[[Singles], NDArray[np.floating]]:
    import torch

    device = next((parameter.device for parameter in module.parameters()), torch.device("cpu"))

    def points(latents: Singles) -> NDArray[np.floating]:
        with torch.no_grad():
            return module(torch.from_numpy(np.ascontiguousarray(latents, dtype=np.float32)).to(device)).cpu().numpy()

    return points
