"""Where data sets that everybody knows lie in the plane of load and latent ratio."""

import math
from dataclasses import dataclass

_POPE = "maximum likelihood with 20 neighbours, Pope et al. 2021, arXiv 2104.08894"


@dataclass(frozen=True)
class Place:
    """A data set in the plane.

    Attributes:
        name: What its mark says.
        n_points, ambient_dim, latent_dim: P, N and D.
        source: Where the latent dimension comes from.
        is_known: One of the sets below; false for the reader's own.
    """

    name: str
    n_points: int
    ambient_dim: int
    latent_dim: float
    source: str
    is_known: bool = True

    @property
    def load(self) -> float:
        """log(P)/N, nats."""
        return math.log(self.n_points) / self.ambient_dim

    @property
    def latent_ratio(self) -> float:
        """D/N."""
        return self.latent_dim / self.ambient_dim


KNOWN_SETS = (
    Place("digits", 1797, 64, 7, "maximum likelihood with 20 neighbours, on the digits of scikit-learn"),
    Place("MNIST", 60_000, 784, 13, _POPE),
    Place("CIFAR-10", 50_000, 3072, 26, _POPE),
)
"""Latent dimensions are estimates: other estimators and other numbers of neighbours give others."""


def your_place(n_points: int, ambient_dim: int, latent_dim: float) -> Place:
    """The reader's own data."""
    return Place("you are here", n_points, ambient_dim, latent_dim, "as given", is_known=False)
