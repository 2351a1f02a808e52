"""Where a function jumps or bends: bisection of every interval on which a polynomial does not follow it."""

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.manifolds import Activation

_DEGREE = 20
_RESOLVED = 1e-12  # misfit of a polynomial beside the function's size: a little above round-off
_SMOOTH_WIDTH = 1e-3  # a smooth function needs no interval as short as this
_SHORTEST = 1e-13
_MOST_BREAKS = 64
_NODES = chebyshev.chebpts1(_DEGREE + 1)
_NEAR_ENDS = 1 - 0.5 ** np.arange(45.0)  # a break close to an end would lie outside all nodes
_CHECKS = np.concatenate([-_NEAR_ENDS[::-1], _NEAR_ENDS[1:]])
_TO_CHECKS = np.linalg.solve(chebyshev.chebvander(_NODES, _DEGREE).T, chebyshev.chebvander(_CHECKS, _DEGREE).T)
_FIRST = 64  # intervals to begin with: what is narrower than one of them may be missed
_UNEVEN = (0.03718281828, 0.01732050807)  # no bisection point falls on a round number, where breaks usually are


def find_breaks(name: str, function: Activation, reach: float) -> Floats:
    """Points in (-reach, reach) at which ``function`` or a derivative of it jumps, ascending.

    Jumps are located to round-off, kinks to about 1e-10, jumps of the second derivative to 1e-3.

    Raises:
        InvalidInput: if there are more than 64, as for functions computed in single precision or with noise.
    """
    edges = np.linspace(-reach - _UNEVEN[0], reach + _UNEVEN[1], _FIRST + 1)
    low, high = edges[:-1], edges[1:]
    size = max(1e-300, float(np.abs(_values(function, low, high, _CHECKS)).max()))
    short: list[tuple[float, float]] = []
    while len(low):
        rough = ~_follows(function, low, high, size)
        low, high = low[rough], high[rough]
        tiny = high - low < _SHORTEST * np.maximum(1.0, np.abs(low))
        narrow = high - low < _SMOOTH_WIDTH
        short += list(zip(low[narrow].tolist(), high[narrow].tolist()))
        if not (np.count_nonzero(narrow) <= _MOST_BREAKS and len(low) < 50 * _MOST_BREAKS):
            need = f"the activation {name} must be smooth between at most {_MOST_BREAKS} jumps and kinks"
            raise refusal(f"{need}, in double precision", "more", "pass `breaks`, or a smoother function")
        low, high = low[~tiny], high[~tiny]
        middle = (low + high) / 2
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    breaks = np.array(sorted({_roundest(*leaf) for leaf in _innermost(short)}))
    return breaks[np.abs(breaks) < reach]


def _values(function: Activation, low: Floats, high: Floats, nodes: Floats) -> Floats:
    u = (low + high)[:, None] / 2 + (high - low)[:, None] / 2 * nodes
    return np.asarray(function(u), dtype=np.float64)


def _follows(function: Activation, low: Floats, high: Floats, size: float) -> NDArray[np.bool_]:
    """Whether the Chebyshev interpolant of each interval fits at its check points."""
    fitted = _values(function, low, high, _NODES) @ _TO_CHECKS
    misfit = np.abs(fitted - _values(function, low, high, _CHECKS)).max(1)
    return misfit <= _RESOLVED * size


def _innermost(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The intervals that contain no other."""
    ordered = sorted(intervals, key=lambda ab: ab[1] - ab[0])
    inner: list[tuple[float, float]] = []
    for a, b in ordered:
        if not any(a <= c and d <= b for c, d in inner):
            inner.append((a, b))
    return inner


def _roundest(low: float, high: float) -> float:
    """The number with the fewest decimals in an interval a little wider than [low, high]."""
    margin, middle = high - low, (low + high) / 2
    for decimals in range(16):
        candidate = round(middle, decimals)
        if low - margin <= candidate <= high + margin:
            return candidate + 0.0
    return middle
