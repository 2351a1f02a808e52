"""Where data sets that everybody knows lie in the plane of load and latent ratio."""

import math
from dataclasses import dataclass

_LIKELIHOOD = "maximum likelihood of 20 nearest distances (Levina and Bickel), measured here: "
_JPEG = "of a copy in JPEG of quality 75, which may count 1 or 2 more: saved anew at 50 it has 29.5 ± 0.5"


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
    Place("digits", 1797, 64, 7, f"{_LIKELIHOOD}6.84 ± 0.06; 8.1 with 5, 5.8 with 80"),
    Place("MNIST", 60_000, 784, 13, f"{_LIKELIHOOD}13.3 ± 0.1 (1000 rows); 14.3 with 5, 12.4 with 80"),
    Place("Fashion-MNIST", 60_000, 784, 14, f"{_LIKELIHOOD}14.4 ± 0.2 (1000 rows); 14.7 with 5, 13.0 with 80"),
    Place("CIFAR-10", 50_000, 3072, 28, f"{_LIKELIHOOD}27.8 ± 0.5 (1000 rows); 28.7 with 5, 24.7 with 80; {_JPEG}"),
)
"""Latent dimensions are estimates: other estimators and other numbers of neighbours give others. No set without a
measurement of ours stands here."""


def your_place(n_points: int, ambient_dim: int, latent_dim: float) -> Place:
    """The reader's own data."""
    return Place("you are here", n_points, ambient_dim, latent_dim, "as given", is_known=False)
