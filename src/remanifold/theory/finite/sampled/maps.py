"""Generative maps z -> x in float32, many at once: hidden manifolds of many draws of F, or one map for all."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats, Integers
from remanifold.manifolds.activations import ACTIVATIONS, LEAK

Singles = NDArray[np.float32]


class GenerativeMaps(Protocol):
    """What a sweep needs: the dimensions, and the points of latents, each batch with a map of its own."""

    @property
    def latent_dim(self) -> int:
        """D."""
        ...

    @property
    def ambient_dim(self) -> int:
        """N."""
        ...

    def __call__(self, latents: Singles, which: Integers) -> Singles:
        """Points (batches, n, N) of latents (batches, n, D); batch i by the map number ``which[i]``."""
        ...


@dataclass(frozen=True)
class HiddenMaps:
    """g(F z/sqrt D) for several F.

    Attributes:
        factors: F^T/sqrt(D), (maps, D, N), float32.
        activation: g, elementwise.
    """

    factors: Singles
    activation: Callable[[Singles], Singles]

    @property
    def latent_dim(self) -> int:
        """D."""
        return self.factors.shape[1]

    @property
    def ambient_dim(self) -> int:
        """N."""
        return self.factors.shape[2]

    def __call__(self, latents: Singles, which: Integers) -> Singles:
        """Points (batches, n, N) of latents (batches, n, D)."""
        factors = self.factors[which] if len(self.factors) > 1 else self.factors
        return self.activation(np.matmul(latents, factors))


def hidden_maps(factors: Floats, activation: Callable[[Floats], Floats]) -> HiddenMaps:
    """The maps of draws of F, (maps, N, D), and g, which may want float64."""
    scaled = np.ascontiguousarray(np.swapaxes(factors, 1, 2) / math.sqrt(factors.shape[2]), dtype=np.float32)
    return HiddenMaps(scaled, _single(activation))


@dataclass(frozen=True)
class OneMap:
    """A map of the user's, z (n, D) -> x (n, N): a decoder, a simulator, the points of a mixture.

    Attributes:
        function: The map; must give finite numbers and the same x for the same z.
        latent_dim: D.
        ambient_dim: N.
    """

    function: Callable[[Singles], NDArray[np.floating]]
    latent_dim: int
    ambient_dim: int

    def __call__(self, latents: Singles, which: Integers) -> Singles:
        """Points (batches, n, N) of latents (batches, n, D).

        Raises:
            InvalidInput: if the map gives another shape, or numbers that are not finite.
        """
        flat = latents.reshape(-1, self.latent_dim)
        points = np.array(self.function(flat), dtype=np.float32)
        need = f"the map must give finite points of shape ({len(flat)}, {self.ambient_dim})"
        if points.shape != (len(flat), self.ambient_dim):
            raise refusal(need, f"shape {points.shape}", "return one row for each row of z")
        if not np.isfinite(points).all():
            raise refusal(need, "nan or inf", "mend the map")
        return points.reshape(*latents.shape[:2], self.ambient_dim)


def _single(activation: Callable[[Floats], Floats]) -> Callable[[Singles], Singles]:
    """g for float32, in place where it is a known one."""
    for name, function in _IN_PLACE.items():
        if activation is ACTIVATIONS[name]:
            return function
    return lambda u: np.asarray(activation(np.asarray(u)), dtype=np.float32)  # type: ignore[arg-type]


def _signs(u: Singles) -> Singles:
    """1 with the sign of each number: five times as fast as `numpy.copysign`."""
    bits = u.view(np.uint32)
    bits &= np.uint32(0x80000000)
    bits |= np.uint32(0x3F800000)
    return u


def _erf(u: Singles) -> Singles:
    """erf(u/sqrt 2) by torch, which is many times as fast as scipy."""
    import torch

    u *= np.float32(math.sqrt(0.5))
    torch.from_numpy(u).erf_()
    return u


_IN_PLACE: dict[str, Callable[[Singles], Singles]] = {
    "linear": lambda u: u,
    "tanh": lambda u: np.tanh(u, out=u),
    "sine": lambda u: np.sin(u, out=u),
    "relu": lambda u: np.maximum(u, np.float32(0), out=u),
    "leaky-relu": lambda u: np.maximum(u, np.float32(LEAK) * u, out=u),
    "sign": _signs,
    "erf": _erf,
}
