"""What the random energy model needs to know about a manifold of data."""

from typing import Protocol


class Landscape(Protocol):
    """The energies |x - xi|^2 / (2N) that independent data points xi present to a noisy point x = xi^1 + sqrt(delta) w.

    Everything in `remanifold.theory.rem` and `remanifold.theory.times` follows from these few functions. Here lam is an
    inverse temperature (1 / noise variance), delta a noise variance per coordinate; results are per ambient dimension.
    """

    @property
    def information_ceiling(self) -> float:
        """Limit of the information I(xi; x_t)/N as t -> 0, nats: infinite unless the data sit on discrete points.

        At loads above it two data points coincide before noise can hide them, and no time exists.
        """
        ...

    def zeta(self, lam: float, delta: float) -> float:
        """Annealed free entropy (1/N) E_x log E_xi exp(-lam |x - xi|^2 / 2), nats; docs/theory.md (4.1)."""
        ...

    def zeta_slope(self, lam: float, delta: float) -> float:
        """Derivative of `zeta` in lam, minus the mean energy: negative, unit of t."""
        ...

    def entropy_deficit(self, lam: float, delta: float) -> float:
        """Entropy lost by the annealed weights, lam * zeta_slope - zeta >= 0, nats; increasing in lam; (4.3).

        Implementations leave out the off-manifold terms, which cancel between the two but swamp the rest as lam grows.
        """
        ...
