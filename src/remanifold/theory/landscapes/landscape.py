"""What the random energy model asks a landscape of data."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from remanifold._core.types import Floats

Answer = TypeVar("Answer")


class Landscape(ABC):
    """The energies |x - xi|^2 / (2N) that independent data points xi present to a noisy point x = xi^1 + sqrt(delta) w.

    Everything in `remanifold.theory.rem` and `remanifold.theory.times` follows from the three functions that a subclass
    must give (they raise `NotConverged` where there is no number within the tolerance of the landscape); it overrides
    the other answers where it knows better. Here lam is an inverse temperature (1 / noise
    variance), delta a noise variance per coordinate; results are per ambient dimension.
    """

    @abstractmethod
    def zeta(self, lam: float, delta: float) -> float:
        """Annealed free entropy (1/N) E_x log E_xi exp(-lam |x - xi|^2 / 2), nats; docs/explanation/theory.md (4.1)."""

    @abstractmethod
    def zeta_slope(self, lam: float, delta: float) -> float:
        """Derivative of `zeta` in lam, minus the mean energy: negative, unit of t."""

    @abstractmethod
    def entropy_deficit(self, lam: float, delta: float) -> float:
        """Entropy lost by the annealed weights, lam * zeta_slope - zeta >= 0, nats; increasing in lam; (4.3).

        Implementations leave out the off-manifold terms, which cancel between the two but swamp the rest as lam grows.
        """

    @property
    def information_ceiling(self) -> float:
        """Limit of the information I(xi; x_t)/N as t -> 0, nats: infinite unless the data sit on discrete points.

        At loads above it two data points coincide before noise can hide them, and no time exists.
        """
        return math.inf

    @property
    def least_load(self) -> float:
        """Least load per latent dimension, log(P)/D, at which the times stay within the range of doubles."""
        return 1e-12

    @property
    def basin_accuracy(self) -> float:
        """How well a basin can be located, beside t."""
        return 1e-10

    @property
    def rough(self) -> "Landscape":
        """The same landscape to few digits, where those are quicker to ask for; else itself."""
        return self

    @property
    def similar(self) -> "Landscape":
        """A landscape with times of similar size that costs little to ask."""
        return self

    @property
    def gaussian_spectrum(self) -> Floats | None:
        """Positive eigenvalues of the covariance if the data are Gaussian, else None."""
        return None

    @property
    def several_modes(self) -> bool:
        """Whether it averages several kinds of modes, each of which freezes on its own."""
        return False

    def with_tolerance(self, tolerance: float) -> Self:
        """The same landscape to ``tolerance`` beside zeta, where fewer digits cost less; else itself."""
        return self

    def closed_collapse(self, load: float) -> float | None:
        """`t_collapse` where a closed form gives it, else None."""
        return None

    def closed_basin(self, load: float, t: float) -> float | None:
        """`basin` at t between collapse and onset where a closed form gives it, else None."""
        return None

    def certificates(self, points: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, Any]] | None:
        """What vouches for the answers at named points (lam, delta); None where they need no certificate."""
        return None

    def each_mode(self, function: "Callable[[Landscape, float], Answer]", load: float) -> list[Answer]:
        """function(mode, load of the mode) for each mode: one, itself, unless it is a mixture."""
        return [function(self, load)]

    def mean_of_modes(self, function: "Callable[[Landscape, float], float]", load: float) -> float:
        """Mean of `each_mode` over the data."""
        return function(self, load)
