"""What a prediction is averaged over: the draws of F of a hidden manifold, or one map that is given."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.types import Floats, Integers
from remanifold.manifolds.activations import ACTIVATIONS, Activation, activation_of
from remanifold.manifolds.ensembles import draw_factor
from remanifold.theory.finite.sampled.maps import GenerativeMaps, OneMap, Singles, hidden_maps

_KINKED = ("relu", "leaky-relu", "sign")
_LEAST_PARTICLES, _PARTICLES_A_DIMENSION = 256, 50
_MOVES, _MOVES_KINKED, MOVES_UNKNOWN = 12, 24, 20


class Family(Protocol):
    """Maps to average over."""

    @property
    def latent_dim(self) -> int:
        """D."""
        ...

    @property
    def ambient_dim(self) -> int:
        """N."""
        ...

    @property
    def n_maps(self) -> int | None:
        """Number of maps; None: as many as are asked for."""
        ...

    @property
    def moves(self) -> int:
        """Of each particle at each level of a sweep."""
        ...

    def maps(self, numbers: Integers) -> GenerativeMaps:
        """The maps of these numbers."""
        ...


@dataclass(frozen=True)
class HiddenFamily:
    """g(F z/sqrt D) over draws of F.

    Attributes:
        ambient_dim, latent_dim: N and D.
        activation: Name of g, or g.
        ensemble: Of F, as in `remanifold.manifolds.ENSEMBLES`.
        exponent: Of a power law.
        seed: Of the first draw; the next ones have the next numbers, as `remanifold.HiddenManifold` takes them.

    Raises:
        InvalidInput: unless 1 <= D <= N, g can be used, and the ensemble can be drawn.
    """

    ambient_dim: int
    latent_dim: int
    activation: str | Activation
    ensemble: str = "gaussian"
    exponent: float | None = None
    seed: int = 1_000_003

    n_maps: int | None = None

    def __post_init__(self) -> None:
        n = whole("the ambient dimension", self.ambient_dim, least=1, example=30)
        whole("the latent dimension", self.latent_dim, least=1, most=n, example=9)
        activation_of(self.activation)
        draw_factor(self.ensemble, 0, 1, 1, self.exponent)  # refuses what cannot be drawn, at no cost

    @property
    def moves(self) -> int:
        """More where g has a kink or a jump, as measured."""
        if not isinstance(self.activation, str):
            return MOVES_UNKNOWN
        return _MOVES_KINKED if self.activation in _KINKED else _MOVES

    def maps(self, numbers: Integers) -> GenerativeMaps:
        """The draws of F of these numbers."""
        seeds = (self.seed + int(k) for k in numbers)
        n, d = self.ambient_dim, self.latent_dim
        factors = np.stack([draw_factor(self.ensemble, seed, n, d, self.exponent) for seed in seeds])
        g = ACTIVATIONS[self.activation] if isinstance(self.activation, str) else self.activation
        return hidden_maps(factors, g)


@dataclass(frozen=True)
class OneManifold:
    """One map z (n, D) -> x (n, N), z ~ N(0, I): a drawn hidden manifold, a decoder, a simulator.

    Attributes:
        function: The map, less ``origin``.
        latent_dim, ambient_dim: D and N.
        moves: Of each particle at each level of a sweep.
        origin: What was taken off the points, (N,) or a number.
    """

    function: Callable[[Singles], NDArray[np.floating]]
    latent_dim: int
    ambient_dim: int
    moves: int = MOVES_UNKNOWN

    n_maps: int | None = 1
    origin: Floats | float = 0.0

    def maps(self, numbers: Integers) -> GenerativeMaps:
        """The one map, whatever the numbers."""
        return OneMap(self.function, self.latent_dim, self.ambient_dim)


def is_named(family: Family) -> bool:
    """Whether equal families are the same maps: a function of the user's may change behind its name."""
    return isinstance(family, HiddenFamily) and isinstance(family.activation, str)


def has_kinks(family: Family) -> bool:
    """Whether the maps are known to have kinks or jumps."""
    return isinstance(family, HiddenFamily) and family.activation in _KINKED


def particles(latent_dim: int) -> int:
    """Particles of a sweep in D latent dimensions."""
    return max(_LEAST_PARTICLES, _PARTICLES_A_DIMENSION * latent_dim)
