"""One-dimensional roots on a logarithmic axis, bracketed before they are sought."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq

from remanifold._core.errors import NotConverged

_LARGEST_LOG = 700.0  # exp(+-700) are the largest and smallest normal doubles
_FIRST_STRIDE, _LONGEST_STRIDE = 1.0, 3.0  # longer ones would ask numerical landscapes far beyond their range
_SHORTEST_STRIDE, _SHORT_STRIDE = 0.02, 1e-4
_SMALLEST = 1e-300
_MOST_GUESSES = 6
_RELATIVE = 4 * np.finfo(np.float64).eps  # the least that brentq takes


def positive_root(
    increasing: Callable[[float], float], what: str, start: float = 1.0, accuracy: float = _SMALLEST
) -> float:
    """The x > 0 where ``increasing`` crosses zero, sought in strides that grow until they bracket it.

    Args:
        increasing: Function of x; where it raises NotConverged a shorter stride is tried.
        what: Name of the root, for the message.
        start: Where to begin.
        accuracy: Of log x; round-off, about 1e-13, if not given.

    Raises:
        NotConverged: if no crossing lies between exp(-700) and exp(700), or within the range of ``increasing``.
    """
    at = _of_log(increasing)
    return math.exp(_bracketed(at, *_bracket(at, math.log(start), _FIRST_STRIDE, what), accuracy))


def nearby_root(increasing: Callable[[float], float], what: str, start: float, accuracy: float) -> float:
    """As `positive_root`, for a smooth function that is dear to evaluate and a root within about 1e-5 of ``start``."""
    at = _of_log(increasing)
    low, high = _bracket(at, math.log(start), _SHORT_STRIDE, what)
    return math.exp(smooth_root(at, low, high, accuracy / max(abs(high), 1.0)))


def _of_log(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda log_x: function(math.exp(log_x))


def _bracket(at: Callable[[float], float], start: float, stride: float, what: str) -> tuple[float, float]:
    """Ends, lower first, of a stride away from ``start`` during which ``at`` turns positive."""
    side = -1.0 if at(start) > 0 else 1.0
    near, shorten, stride = start, False, side * stride
    while True:
        if abs(near) >= _LARGEST_LOG:
            where = "between exp(-700) and exp(700); rescale the data or change the load."
            raise NotConverged(f"{what} was not found {where}")
        far = max(-_LARGEST_LOG, min(_LARGEST_LOG, near + stride))
        try:
            value = side * at(far)
        except NotConverged:
            stride, shorten = stride / 4, True
            if abs(stride) < _SHORTEST_STRIDE:
                raise
            continue
        if value >= 0:
            return min(near, far), max(near, far)
        near = far
        if not shorten:
            stride = math.copysign(min(2 * abs(stride), _LONGEST_STRIDE), stride)


def root_between(function: Callable[[float], float], low: float, high: float, accuracy: float = _RELATIVE) -> float:
    """The root of ``function`` in [low, high], where it changes sign, to ``accuracy`` beside ``high``."""
    return _bracketed(function, low, high, max(accuracy * abs(high), _SMALLEST))


def smooth_root(
    function: Callable[[float], float], low: float, high: float, accuracy: float, near: float | None = None
) -> float:
    """As `root_between`, for smooth functions that are dear to evaluate: inverse interpolation through all values.

    Args:
        function: Changes sign between low and high.
        low, high: Ends.
        accuracy: Beside ``high``.
        near: Where the root is expected; then the function need not be evaluated at ``high``.
    """
    x = [low, high if near is None else near]
    y = [function(at) for at in x]
    guess = math.inf
    for _ in range(_MOST_GUESSES):
        last, guess = guess, _interpolated_zero(x, y)
        if not low < guess < high:
            break
        if abs(guess - last) <= accuracy * abs(high):
            return guess
        x.append(guess)
        y.append(function(guess))
    return root_between(function, low, high, accuracy)


def _interpolated_zero(x: list[float], y: list[float]) -> float:
    """Where the polynomial x(y) through the points meets y = 0, by Neville's scheme."""
    x = list(x)
    for order in range(1, len(x)):
        for k in range(len(x) - order):
            apart = y[k + order] - y[k]
            if apart == 0:
                return math.inf
            x[k] = (y[k + order] * x[k] - y[k] * x[k + 1]) / apart
    return x[0]


def _bracketed(function: Callable[[float], float], low: float, high: float, accuracy: float = _SMALLEST) -> float:
    if low == high:
        return low
    root: Any = brentq(function, low, high, xtol=accuracy, rtol=_RELATIVE, maxiter=500)
    return float(root)
