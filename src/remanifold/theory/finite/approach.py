"""How fast the times of Gaussian data come to their limits: the first corrections, from fluctuations of a REM.

Onset is annealed, with corrections that fall exponentially. At the collapse the other points are at their freezing
point, seen from half of all x beyond it: a correction like 1/N. Far below, at the best stop, the lowest of P energies
lies log(N)/2 above where their entropy ends: a correction like log(N)/N.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, log_ndtr

from remanifold._core.checks import number
from remanifold._core.errors import NotConverged
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.times import t_collapse, t_condensation, t_generalization, why_never

_NODES = 120


@dataclass(frozen=True)
class Approach:
    """N log(time at N dimensions/limit) for large N at fixed load and spectrum.

    Attributes:
        collapse: Of t_collapse, up to 1/sqrt(N).
        generalization_log: What multiplies log N in that of t_generalization: t_condensation/t_generalization.
        generalization: The rest of it, up to 1/N.
    """

    collapse: float
    generalization_log: float
    generalization: float

    def of_collapse(self, ambient_dim: int) -> float:
        """log(t_collapse/limit) at N."""
        return self.collapse / ambient_dim

    def of_generalization(self, ambient_dim: int) -> float:
        """log(t_generalization/limit) at N."""
        return (self.generalization_log * math.log(ambient_dim) + self.generalization) / ambient_dim


def approach(landscape: LinearLandscape, load: float) -> Approach:
    """The leading corrections for Gaussian data of this spectrum.

    Args:
        landscape: Spectrum of the covariance, the same at every N.
        load: log(P)/N, nats.

    Raises:
        InvalidInput: if the load is not positive.
        NotConverged: if the times do not exist at this load.

    Source: docs/explanation/finite-size-limit.md (9) to (13).

    >>> found = approach(LinearLandscape.isometric(0.3), 0.2)
    >>> print(f"{found.collapse:.2f}; {found.generalization_log:.2f} log N {found.generalization:+.2f}")
    7.92; 3.51 log N -2.60
    """
    number("the load", load, above=0, do="pass log(P)/N")
    collapse, best = t_collapse(landscape, load), t_generalization(landscape, load)
    frozen = t_condensation(landscape, load)
    if collapse is None or best is None or frozen is None:
        raise NotConverged(f"there is no approach to times that do not exist: {why_never(landscape, load)}.")
    counts = landscape.latent_ratio * landscape.weights  # of directions, a dimension
    a = landscape.eigenvalues / (landscape.eigenvalues + collapse)
    fluctuation = (counts @ np.square(a)) / 2 / (counts @ (a * (1 - a / 2)))
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    missing = -float(weights @ log_ndtr(math.sqrt(fluctuation) * nodes)) / math.sqrt(2 * math.pi)
    a, share = landscape.eigenvalues / (landscape.eigenvalues + frozen), best / frozen
    width = float(counts @ (np.square(a) * (3 - 2 * a))) / 2  # theta^2 K'', a dimension
    scatter = float(counts @ a**4) / 2 / width
    levels = 2 * (float(gammaln(1 - share)) + np.euler_gamma + share * float(digamma(1 - share)))
    return Approach(
        collapse=2 * missing / float(counts @ (landscape.eigenvalues / (landscape.eigenvalues + collapse))),
        generalization_log=1 / share,
        generalization=(math.log(2 * math.pi * width) + scatter - levels) / share,
    )
