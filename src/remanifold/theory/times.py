"""The noise levels at which things happen, all as noise variances t (variance-exploding clock).

Each function takes any `Landscape` and the load log(P)/N in nats; where it takes a noise, its variance t or
``sigma=``, one of them (else `InvalidInput`).
A time is None where the load is above the landscape's information ceiling: there it does not exist (`why_never` says so
in words).
Source: arXiv 2502.09578 and 2402.18491 for the ideas, docs/explanation/theory.md section 5 for the algebra.
"""

import math
from typing import SupportsFloat

from remanifold.noise import noise_variance
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.rem import condensation, crossing, free_entropy, mean_energy
from remanifold.theory.roots import root_between, smooth_root

_ROUND_OFF = 1e-9  # full-rank data at large load reach lambda_c t_g = 1 from below


def exists(landscape: Landscape, load: float) -> bool:
    """Whether the times exist: false for discrete data loaded above their information ceiling."""
    return load < landscape.information_ceiling


def why_never(landscape: Landscape, load: float) -> str | None:
    """One sentence on why the times do not exist at this load, or None where they do."""
    if exists(landscape, load):
        return None
    return (
        f"never: the load {load:g} is above {landscape.information_ceiling:g} nats per dimension, all that one such "
        "point can tell, so training points coincide before any noise level separates them"
    )


def t_collapse(landscape: Landscape, load: float) -> float | None:
    """Noise below which a typical noisy point belongs to one training point: I(xi; x_t)/N = load; (5.1), (5.3)."""
    if not exists(landscape, load):
        return None
    closed = landscape.closed_collapse(load)
    if closed is not None:
        return closed
    return 1 / crossing(landscape, lambda like, lam: like.entropy_deficit(lam, 1 / lam) - load, "the collapse")


def t_onset(landscape: Landscape, load: float) -> float | None:
    """Noise below which every training point is a trap, load + zeta(1/t, 0) = 0; (5.4)."""
    if not exists(landscape, load):
        return None
    return 1 / crossing(landscape, lambda like, lam: -load - like.zeta(lam, 0.0), "the onset of traps")


def t_condensation(landscape: Landscape, load: float) -> float | None:
    """Noise below which a fresh point sees one training point only, 1/lambda_c(0); (5.11).

    The third mark of kernel density estimation (arXiv 2408.05807); `t_infinite_variance` lies at twice this noise.
    """
    return 1 / condensation(landscape, load, 0.0) if exists(landscape, load) else None


def t_infinite_variance(landscape: Landscape, load: float) -> float | None:
    """Noise below which the empirical density at a fresh point has no variance, 2 `t_condensation`; (7.8).

    Below it a few terms carry the sum of the squared kernels, and their law has a tail exponent less than 2.
    """
    condensed = t_condensation(landscape, load)
    return None if condensed is None else 2 * condensed


def t_generalization(landscape: Landscape, load: float) -> float | None:
    """Noise at which the empirical density fits fresh points best: the minimum of `cross_entropy`; (5.9).

    In the frozen phase the minimum is the squared distance per dimension from a fresh point to its nearest training
    point. A landscape whose frozen branch does not reach that low has its minimum above condensation instead.
    """
    if not exists(landscape, load):
        return None
    best = landscape.each_mode(_best_of_mode, load)
    low, high = min(best), max(best)
    if high - low <= _ROUND_OFF * high:
        return (low + high) / 2
    # least mean cross entropy, t = 2 sum_k pi_k eps_k(t) (docs/explanation/theory.md section 8), between the modes' own
    return root_between(lambda t: t - 2 * mean_energy(landscape, load, 1 / t, 0.0), low, high)


def _best_of_mode(mode: Landscape, load: float) -> float:
    lam_c = condensation(mode, load, 0.0)
    nearest = -2 * mode.zeta_slope(lam_c, 0.0)
    if lam_c * nearest <= 1 + _ROUND_OFF:
        return nearest
    return 1 / root_between(lambda lam: -2 * lam * mode.zeta_slope(lam, 0.0) - 1, 0.0, lam_c)


def basin(
    landscape: Landscape, load: float, t: SupportsFloat | None = None, *, sigma: SupportsFloat | None = None
) -> float:
    """Noise variance delta_b that a training point's basin at noise t attracts; radius sqrt(N delta_b); (5.6).

    Zero from t_onset upwards; equal to t_collapse at and below t_collapse, where the noise is frozen and the basin is
    the training point's Voronoi cell.

    Raises:
        NotConverged: if a root is not found (not for linear landscapes within the loads that `phases` takes).
    """
    noise = noise_variance(t, sigma).value
    return landscape.mean_of_modes(lambda mode, own: _basin_of_mode(mode, own, noise), load)


def _basin_of_mode(mode: Landscape, load: float, t: float) -> float:
    if not exists(mode, load) or load + mode.zeta(1 / t, 0.0) >= 0:
        return 0.0
    collapse = t_collapse(mode, load) if mode.entropy_deficit(1 / t, t) >= load else None
    if collapse is not None:
        return collapse
    closed = mode.closed_basin(load, t)
    return uncondensed_basin(mode, load, t) if closed is None else closed


def uncondensed_basin(landscape: Landscape, load: float, t: float, near: float | None = None) -> float:
    """`basin` at noise ``t`` between collapse and onset, by (5.6) with the annealed free entropy.

    ``landscape`` is any but a mixture; ``near`` is where the basin is expected to end, if that is known.

    Raises:
        NotConverged: if the landscape has no number there.
    """

    def balance(delta: float) -> float:
        return load + landscape.zeta(1 / t, delta) + delta / (2 * t)

    return smooth_root(balance, 0.0, t, landscape.basin_accuracy, near)


def cross_entropy(
    landscape: Landscape, load: float, t: SupportsFloat | None = None, *, sigma: SupportsFloat | None = None
) -> float:
    """-E log p_t^emp / N over fresh noiseless points, nats per dimension; least at `t_generalization`; (5.8).

    Raises:
        NotConverged: if the load is above the information ceiling and t lies in the frozen phase.
    """
    noise = noise_variance(t, sigma).value
    return load + 0.5 * math.log(2 * math.pi * noise) - free_entropy(landscape, load, 1 / noise, 0.0)


def kl(
    landscape: Landscape, load: float, t: SupportsFloat | None = None, *, sigma: SupportsFloat | None = None
) -> float:
    """KL(p_t || p_t^emp)/N of population to empirical law, nats per dimension; 0 from t_collapse up; (5.10).

    Raises:
        NotConverged: as `cross_entropy`.
    """
    noise = noise_variance(t, sigma).value

    def of_mode(mode: Landscape, own: float) -> float:
        if mode.entropy_deficit(1 / noise, noise) <= own:
            return 0.0
        return own + mode.zeta(1 / noise, noise) - free_entropy(mode, own, 1 / noise, noise)

    return landscape.mean_of_modes(of_mode, load)
