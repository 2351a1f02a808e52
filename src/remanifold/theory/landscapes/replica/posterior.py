"""What one coordinate y = g(u) + noise tells about its field u: moments of w under exp(-lam (y - g)^2 / 2).

The field is u = omega + sqrt(V) w with w ~ N(0, 1) a priori; theory.md (4.10). Here the closed forms for g made of
straight lines, such as relu, leaky relu, sign or steps: on the piece where g(u) = c + d u the weight is a truncated
Gaussian in w; theory.md (4.12). Exact at every lam. A grid in w (`posterior_grid`) does everything else.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf, erfcx, log_ndtr

Array = NDArray[np.float64]
_ROOT_2, _ROOT_2_PI, _ROOT_HALF_PI = math.sqrt(2), math.sqrt(2 * math.pi), math.sqrt(math.pi / 2)


class Moments(NamedTuple):
    """Arrays of one shape, an entry for each y.

    Attributes:
        log_z: log E_w exp(-lam (y - g)^2 / 2).
        mean: <w>.
        shrink: 1 - var(w).
        energy: <lam (y - g)^2 / 2>.
        entropy: log_z + energy = -KL(posterior | prior), computed without the terms that cancel.
    """

    log_z: NDArray[np.float64]
    mean: NDArray[np.float64]
    shrink: NDArray[np.float64]
    energy: NDArray[np.float64]
    entropy: NDArray[np.float64]


def line_moments(
    breaks: NDArray[np.float64],
    values: NDArray[np.float64],
    slopes: NDArray[np.float64],
    y: NDArray[np.float64],
    omega: NDArray[np.float64],
    variance: float,
    lam: float,
) -> Moments:
    """Moments at each y for prior means omega of the same (or a broadcast) shape and one prior variance V.

    Args:
        breaks: (K-1,) ascending ends of the pieces.
        values, slopes: (K,) piece k is values[k] + slopes[k] u.
        y: Observed values.
        omega: Prior means of u.
        variance: Prior variance V of u.
        lam: Inverse noise variance.
    """
    root = math.sqrt(variance)
    ends = [-math.inf, *breaks.tolist(), math.inf]
    parts = [_piece(y, omega, root, lam, c, d, ends[k], ends[k + 1]) for k, (c, d) in enumerate(zip(values, slopes))]
    logs, first, second, energy, relative = (np.stack(column) for column in zip(*parts))
    top = logs.max(0)
    share = np.exp(logs - top)
    total = share.sum(0)
    share /= total
    log_share = np.log(np.maximum(share, 1e-300))
    mean = (share * first).sum(0)
    mixed = (share * second).sum(0) - mean**2
    return Moments(
        top + np.log(total), mean, 1 - mixed, (share * energy).sum(0), (share * (relative - log_share)).sum(0)
    )


def _piece(
    y: Array, omega: Array, root: float, lam: float, c: float, d: float, low: float, high: float
) -> tuple[Array, ...]:
    """log weight, <w>, <w^2>, <energy>, log weight + <energy> of one piece (the last without what cancels)."""
    residual = y - c - d * omega
    if d == 0:  # the field is only known to lie on the piece: its moments do not depend on y
        log_mass, z1, z2 = truncated_normal((low - omega) / root, (high - omega) / root)
        energy = 0.5 * lam * residual**2
        return tuple(np.broadcast_arrays(log_mass - energy, z1, z2, energy, log_mass))
    pull = d * root
    precision = 1 + lam * pull * pull
    sharp = math.sqrt(precision)
    centre = lam * pull / precision * residual
    log_mass, z1, z2 = truncated_normal(
        ((low - omega) / root - centre) * sharp, ((high - omega) / root - centre) * sharp
    )
    log_rest = log_mass - 0.5 * math.log(precision)
    at_centre = 0.5 * lam * (residual / precision) ** 2
    fluctuation = -lam * residual / precision * (pull / sharp) * z1 + 0.5 * lam * pull * pull / precision * z2
    first = centre + z1 / sharp
    second = centre**2 + 2 * centre * z1 / sharp + z2 / precision
    log_weight = log_rest - 0.5 * lam / precision * residual**2
    return log_weight, first, second, at_centre + fluctuation, log_rest - 0.5 * centre**2 + fluctuation


def truncated_normal(low: Array, high: Array) -> tuple[Array, Array, Array]:
    """log P(low < z < high), <z> and <z^2> within, for z ~ N(0, 1): relative accuracy in both tails."""
    if np.all(np.isneginf(low)) and np.all(np.isposinf(high)):
        return np.zeros_like(low), np.zeros_like(low), np.ones_like(low)
    if np.all(np.isposinf(high)):
        return _upper(low)
    if np.all(np.isneginf(low)):
        log_mass, first, second = _upper(-high)
        return log_mass, -first, second
    return _between(low, high)


def _upper(near: Array) -> tuple[Array, Array, Array]:
    """Below -37 the hazard, density at near over mass beyond it, is under 1e-297, and erfcx would overflow."""
    hazard = 1 / (_ROOT_HALF_PI * erfcx(np.maximum(near, -37.0) / _ROOT_2))
    return log_ndtr(-near), hazard, 1 + near * hazard


def _between(low: Array, high: Array) -> tuple[Array, Array, Array]:
    flip = low + high < 0  # mirrored so that the end nearer to the top comes first
    near, far = np.where(flip, -high, low), np.where(flip, -low, high)
    ratio = np.exp((near - far) * (near + far) / 2)  # density at far / density at near
    tail = near > 0
    upper = np.where(tail, near, 0.0)
    in_tail = _ROOT_HALF_PI * (erfcx(upper / _ROOT_2) - ratio * erfcx(np.where(tail, far, 0.0) / _ROOT_2))
    inside = 0.5 * (erf(far / _ROOT_2) - erf(np.where(tail, -1.0, near) / _ROOT_2))
    per_mass = np.where(tail, 1 / np.where(tail, in_tail, 1.0), np.exp(-near * near / 2) / _ROOT_2_PI / inside)
    log_mass = np.log(np.where(tail, in_tail / _ROOT_2_PI, inside)) - 0.5 * upper**2
    first = per_mass * (1 - ratio)
    return log_mass, np.where(flip, -first, first), 1 + per_mass * (near - far * ratio)
