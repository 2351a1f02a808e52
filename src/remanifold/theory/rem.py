"""The random energy model of the data: entropy, condensation, frozen and unfrozen free entropy.

Energies E_mu = |x - xi^mu|^2 / (2N) of exp(load N) independent points seen from x = xi^1 + sqrt(delta) w.
Source: arXiv 2502.09578 and 2304.14964 for the ideas, docs/theory.md section 4 for the algebra.
"""

from remanifold.theory.crossings import crossing
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.mixture import MixtureLandscape


def annealed_entropy(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """log(number of points that carry the weight at lam)/N, nats; negative once condensed; (4.2)."""
    return load - landscape.entropy_deficit(lam, delta)


def condensation(landscape: Landscape, load: float, delta: float) -> float:
    """Inverse temperature lambda_c(delta) at which the annealed entropy vanishes, 1/(unit of t); (4.3).

    Raises:
        NotConverged: if the load is above `Landscape.information_ceiling`, so that there is none.
    """
    return crossing(landscape, lambda like, lam: like.entropy_deficit(lam, delta) - load, "the condensation point")


def lowest_energy(landscape: Landscape, load: float, delta: float) -> float:
    """eps_min(delta) = least |x - xi^mu|^2 / (2N) over the independent points, unit of t; (4.5).

    Raises:
        NotConverged: as `condensation`.
    """
    if isinstance(landscape, MixtureLandscape):
        return landscape.mean_of_modes(lambda mode, own: lowest_energy(mode, own, delta), load)
    return -landscape.zeta_slope(condensation(landscape, load, delta), delta)


def free_entropy(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """phi(lam, delta) = (1/N) E log sum_mu exp(-lam |x - xi^mu|^2 / 2), nats, frozen beyond condensation; (4.4).

    Raises:
        NotConverged: as `condensation`.
    """
    if isinstance(landscape, MixtureLandscape):
        return landscape.mean_of_modes(lambda mode, own: free_entropy(mode, own, lam, delta), load)
    if annealed_entropy(landscape, load, lam, delta) >= 0:
        return load + landscape.zeta(lam, delta)
    return -lam * lowest_energy(landscape, load, delta)


def participation(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """E sum_mu w_mu^2 over the independent points: 0 unfrozen, 1 - lambda_c/lam frozen; (7.3).

    Raises:
        NotConverged: as `condensation`.
    """
    if isinstance(landscape, MixtureLandscape):
        return landscape.mean_of_modes(lambda mode, own: participation(mode, own, lam, delta), load)
    if annealed_entropy(landscape, load, lam, delta) >= 0:
        return 0.0
    return 1 - condensation(landscape, load, delta) / lam


def mean_energy(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """Weighted mean of |x - xi^mu|^2 / (2N) over the independent points, -d phi/d lam, unit of t; from (4.4).

    Raises:
        NotConverged: as `condensation`.
    """
    if isinstance(landscape, MixtureLandscape):
        return landscape.mean_of_modes(lambda mode, own: mean_energy(mode, own, lam, delta), load)
    if annealed_entropy(landscape, load, lam, delta) >= 0:
        return -landscape.zeta_slope(lam, delta)
    return lowest_energy(landscape, load, delta)
