"""The random energy model of the data: entropy, condensation, frozen and unfrozen free entropy.

Energies E_mu = |x - xi^mu|^2 / (2N) of exp(load N) independent points seen from x = xi^1 + sqrt(delta) w.
All below raise `NotConverged` as `condensation` does.
Source: arXiv 2502.09578 and 2304.14964 for the ideas, docs/explanation/theory.md section 4 for the algebra.
"""

from collections.abc import Callable

from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.roots import nearby_root, positive_root

Answer = Callable[[Landscape, float], float]
_NEAR, _ACCURACY = 1e-5, 1e-11  # of log lam


def annealed_entropy(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """log(number of points that carry the weight at lam)/N, nats; negative once condensed; (4.2)."""
    return load - landscape.entropy_deficit(lam, delta)


def crossing(landscape: Landscape, condition: Callable[[Landscape, float], float], what: str) -> float:
    """The lam at which ``condition`` (landscape, lam), increasing in lam, turns positive, to about 1e-13 relative
    (1e-11 where the landscape is dear to ask: then its rough version is asked first where to look).

    Raises:
        NotConverged: if there is none within the range of the landscape.
    """
    rough = landscape.rough
    if rough is landscape:
        return positive_root(lambda lam: condition(landscape, lam), what)
    start = positive_root(lambda lam: condition(rough, lam), what, accuracy=_NEAR)
    return nearby_root(lambda lam: condition(landscape, lam), what, start, _ACCURACY)


def condensation(landscape: Landscape, load: float, delta: float) -> float:
    """Inverse temperature lambda_c(delta) at which the annealed entropy vanishes, 1/(unit of t); (4.3).

    Raises:
        NotConverged: if the load is above `Landscape.information_ceiling`, so that there is none.
    """
    return crossing(landscape, lambda like, lam: like.entropy_deficit(lam, delta) - load, "the condensation point")


def lowest_energy(landscape: Landscape, load: float, delta: float) -> float:
    """eps_min(delta) = least |x - xi^mu|^2 / (2N) over the independent points, unit of t; (4.5)."""
    return landscape.mean_of_modes(lambda mode, own: -mode.zeta_slope(condensation(mode, own, delta), delta), load)


def _by_phase(landscape: Landscape, load: float, lam: float, delta: float, liquid: Answer, frozen: Answer) -> float:
    """Mean over the modes of ``liquid`` where the annealed entropy is not negative, of ``frozen`` elsewhere."""

    def of_mode(mode: Landscape, own: float) -> float:
        return (liquid if annealed_entropy(mode, own, lam, delta) >= 0 else frozen)(mode, own)

    return landscape.mean_of_modes(of_mode, load)


def free_entropy(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """phi(lam, delta) = (1/N) E log sum_mu exp(-lam |x - xi^mu|^2 / 2), nats, frozen beyond condensation; (4.4)."""
    at = landscape, load, lam, delta
    return _by_phase(
        *at, lambda mode, own: own + mode.zeta(lam, delta), lambda mode, own: -lam * lowest_energy(mode, own, delta)
    )


def participation(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """E sum_mu w_mu^2 over the independent points: 0 unfrozen, 1 - lambda_c/lam frozen; (7.3)."""
    at = landscape, load, lam, delta
    return _by_phase(*at, lambda *_: 0.0, lambda mode, own: 1 - condensation(mode, own, delta) / lam)


def mean_energy(landscape: Landscape, load: float, lam: float, delta: float) -> float:
    """Weighted mean of |x - xi^mu|^2 / (2N) over the independent points, -d phi/d lam, unit of t; from (4.4)."""
    at = landscape, load, lam, delta
    return _by_phase(
        *at, lambda mode, _: -mode.zeta_slope(lam, delta), lambda mode, own: lowest_energy(mode, own, delta)
    )
