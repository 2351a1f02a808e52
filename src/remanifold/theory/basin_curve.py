"""How far the basin of a training point reaches, over all noise levels."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats
from remanifold.theory import times
from remanifold.theory.curves import Curves, interpolate, through
from remanifold.theory.landscapes.landscape import Landscape

_ACCURACY = 1e-5  # of an interpolated delta, beside t_collapse
_MOST_NODES = 40


@dataclass(frozen=True, repr=False)
class BasinCurve:
    """How far the basin of a training point reaches at each noise level.

    Attributes:
        t: Noise variances, ascending, from below t_collapse to t_onset; empty where the times do not exist.
        delta: Noise variance delta_b(t) that the basin still attracts; t_collapse below t_collapse, 0 at t_onset.
        radius: sqrt(N delta), or None where N is not known.
    """

    t: tuple[float, ...]
    delta: tuple[float, ...]
    radius: tuple[float, ...] | None

    def __repr__(self) -> str:
        if not self.t:
            return "BasinCurve(none)"
        return f"BasinCurve({len(self.t)} levels, sigma {self.t[0] ** 0.5:.4g} to {self.t[-1] ** 0.5:.4g})"


def basin_curve(landscape: Landscape, load: float, ambient_dim: int | None, points: int) -> BasinCurve:
    """The basin on a grid of ``points`` noise levels, a quarter of them in the frozen phase.

    Where a landscape is dear to ask, delta_b is interpolated between as many exact values as it takes to know it to
    1e-5 of t_collapse.

    Raises:
        NotConverged: if a basin cannot be found.
    """
    collapse, onset = times.t_collapse(landscape, load), times.t_onset(landscape, load)
    generalization = times.t_generalization(landscape, load)
    if collapse is None or onset is None or generalization is None:
        return BasinCurve((), (), None if ambient_dim is None else ())
    frozen = points // 4
    lowest = min(generalization, collapse / 2)
    below = np.geomspace(lowest, collapse, frozen, endpoint=False)
    above = np.geomspace(collapse, onset, points - frozen)
    if landscape.rough is not landscape and len(above) > 3:
        reach = _interpolated(landscape, load, above, collapse)
    else:
        reach = [times.basin(landscape, load, float(t)) for t in above[1:]]
    delta = [collapse] * (frozen + 1) + reach
    radius = None if ambient_dim is None else tuple(math.sqrt(ambient_dim * d) for d in delta)
    return BasinCurve(tuple(map(float, np.concatenate([below, above]))), tuple(delta), radius)


def _interpolated(landscape: Landscape, load: float, levels: Floats, collapse: float) -> list[float]:
    """delta_b at levels[1:], of which the last is t_onset, by a polynomial in log t."""
    quick = landscape.with_tolerance(_ACCURACY / 10)

    def exact(log_t: float) -> Floats:
        near = float(through(known)(log_t)[0]) if len(known) > 2 else None
        return np.array([times.uncondensed_basin(quick, load, math.exp(log_t), near)])

    def miss(curves: Curves, log_t: float, value: Floats) -> float:
        return float(abs(curves(log_t) - value)[0]) / (_ACCURACY * collapse)

    log_t = np.log(levels)
    known = {float(log_t[0]): np.array([collapse]), float(log_t[-1]): np.zeros(1)}
    curves = interpolate(exact, known, miss, _MOST_NODES)
    if curves.converged:
        return [*(max(0.0, float(curves(x)[0])) for x in log_t[1:-1].tolist()), 0.0]
    return [*(float(exact(x)[0]) for x in log_t[1:-1].tolist()), 0.0]
