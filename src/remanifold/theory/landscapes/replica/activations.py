"""What the theory must know about an elementwise function g: where it breaks, whether it is made of straight lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.manifolds import ACTIVATIONS, Activation, activation_of
from remanifold.theory.landscapes.replica.breaks import find_breaks

REACH = 10.0  # a standard normal number is never larger: exp(-50)
_PROBES, _CELLS = 1001, 500
_ZOOMS = 10  # by 4 each: to where g itself is flat within round-off
_ROUND_OFF = 1e-12


@dataclass(frozen=True, eq=False)
class Nonlinearity:
    """An elementwise function g, cut at its jumps and kinks into pieces on which it is smooth.

    Attributes:
        name: Its name.
        function: g itself, float64 array to float64 array.
        breaks: (K-1,) ascending points at which g or a derivative of it jumps.
        values, slopes: (K,) piece k is values[k] + slopes[k] u; None unless every piece is a straight line.
        mirrored: Whether g is odd or even, so that half of the fields suffice.
        turns: Points within the smooth pieces at which g turns from rising to falling or back, ascending.
        steepness: Largest |g'| on the pieces in each of as many equal cells of [-10, 10].
    """

    name: str
    function: Activation
    breaks: Floats
    values: Floats | None
    slopes: Floats | None
    mirrored: bool
    turns: Floats
    steepness: Floats

    def __call__(self, u: Floats) -> Floats:
        """g(u), float64."""
        return np.asarray(self.function(u), dtype=np.float64)

    @property
    def steepest(self) -> float:
        """Largest |g'| on the pieces."""
        return float(self.steepness.max())

    def steepest_within(self, middle: Floats, reach: float) -> Floats:
        """Largest |g'| between middle - reach and middle + reach, for each entry of ``middle``."""
        cell = 2 * REACH / len(self.steepness)
        if reach >= 2 * REACH:
            return np.full_like(middle, self.steepest)
        from scipy.ndimage import maximum_filter1d  # only where it is needed: slow to load

        around = maximum_filter1d(self.steepness, 2 * math.ceil(reach / cell) + 3, mode="nearest")
        return around[np.clip(((middle + REACH) / cell).astype(np.int64), 0, len(around) - 1)]

    @property
    def discrete(self) -> bool:
        """Whether g takes finitely many values, so that data points can coincide."""
        return self.slopes is not None and not self.slopes.any()


def nonlinearity(choice: str | Activation, breaks: Sequence[float] | None = None) -> Nonlinearity:
    """Describe an activation: a name of the registry, or a vectorised numpy or torch function of one argument.

    Args:
        choice: Name or function.
        breaks: Points at which g, or a derivative of it, jumps; None finds them by bisection, () declares none.

    Raises:
        InvalidInput: if the function is not elementwise, or not smooth between at most a few dozen breaks.
    """
    if isinstance(choice, str) and choice in ACTIVATIONS and breaks is None:
        return _built_in(choice)
    name, function = activation_of(_takes_arrays(choice) if callable(choice) else choice)
    edges = find_breaks(name, function, REACH) if breaks is None else np.unique(np.asarray(breaks, dtype=np.float64))
    if edges.ndim != 1 or not np.all(np.abs(edges) < REACH):
        need = f"the breaks of {name} must be numbers between -{REACH:g} and {REACH:g}"
        raise refusal(need, breaks, "leave others out")
    return _describe(name, function, edges)


@lru_cache
def _built_in(name: str) -> Nonlinearity:
    function = ACTIVATIONS[name]
    return _describe(name, function, find_breaks(name, function, REACH))


def _takes_arrays(function: Activation) -> Activation:
    """``function`` itself if it takes numpy arrays, else with its arguments and results passed through torch."""
    try:
        function(np.zeros(2))
    except (TypeError, AttributeError, ValueError):
        import torch

        def through_torch(u: Floats) -> Floats:
            result = function(torch.from_numpy(u))  # pyright: ignore[reportArgumentType]
            return result.numpy() if isinstance(result, torch.Tensor) else result

        through_torch.__name__ = getattr(function, "__name__", type(function).__name__)
        return through_torch
    return function


def _describe(name: str, function: Activation, breaks: Floats) -> Nonlinearity:
    edges = np.concatenate([[-REACH], breaks, [REACH]])
    lines, steepness = [], np.zeros(_CELLS)
    for low, high in pairwise(edges):
        u = low + (high - low) * (np.arange(_PROBES) + 0.5) / _PROBES
        g = np.asarray(function(u), dtype=np.float64)
        steep, cells = np.abs(np.diff(g) / np.diff(u)), (u + REACH) * (_CELLS / (2 * REACH))
        for end in cells[:-1], cells[1:]:
            np.maximum.at(steepness, np.clip(end.astype(np.int64), 0, _CELLS - 1), steep)
        slope = float((g[-1] - g[0]) / (u[-1] - u[0]))
        value = float(g[0] - slope * u[0])
        straight = np.abs(g - value - slope * u).max() <= _ROUND_OFF * max(1.0, float(np.abs(g).max()))
        lines.append((_tidy(value), _tidy(slope)) if straight else None)
    straight = [line for line in lines if line is not None]
    table = np.array(straight) if len(straight) == len(lines) else None
    values, slopes = (None, None) if table is None else (table[:, 0], table[:, 1])
    mirrored, turns = _is_mirrored(function), _turns(function, breaks)
    return Nonlinearity(name, function, breaks, values, slopes, mirrored, turns, steepness)


def _tidy(number: float) -> float:
    """Free of the round-off that finding a line through two points leaves behind."""
    rounded = round(number, 12)
    return rounded if abs(rounded - number) < 1e-13 * max(1.0, abs(number)) else number


def _is_mirrored(function: Activation) -> bool:
    u = np.linspace(0.0137, 7.0, 997)
    right, left = np.asarray(function(u)), np.asarray(function(-u))
    near = _ROUND_OFF * max(1.0, float(np.abs(right).max()))
    return bool(np.all(np.abs(right + left) <= near) or np.all(np.abs(right - left) <= near))


def _turns(function: Activation, breaks: Floats) -> Floats:
    """Extrema of g between its breaks, by interval search from a grid; what turns more often is not followed."""
    u = np.linspace(-REACH, REACH - 0.0071, 2 * _PROBES)  # a symmetric grid would hide a turn at 0
    g = np.asarray(function(u), dtype=np.float64)
    rise = np.diff(g)
    rise[np.abs(rise) <= _ROUND_OFF * max(1.0, float(np.abs(g).max()))] = 0.0
    turns = []
    for k in np.flatnonzero(rise[:-1] * rise[1:] < 0):
        if not np.any((breaks >= u[k]) & (breaks <= u[k + 2])):
            sign = -np.sign(rise[k])
            inside = np.linspace(u[k], u[k + 2], 9)
            for _ in range(_ZOOMS):
                best = int(np.clip(np.argmin(sign * np.asarray(function(inside))), 1, 7))
                inside = np.linspace(inside[best - 1], inside[best + 1], 9)
            turns.append(float(inside[4]))
    return np.array(turns)
