"""One-dimensional roots on a logarithmic axis, bracketed before they are sought."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq

from remanifold._core.errors import NotConverged

_LARGEST_LOG = 700.0  # exp(+-700) are the largest and smallest normal doubles
_FIRST_STRIDE, _LONGEST_STRIDE = 1.0, 3.0  # longer ones would ask numerical landscapes far beyond their range
_SMALLEST = 1e-300
_RELATIVE = 4 * np.finfo(np.float64).eps  # the least that brentq takes


def positive_root(increasing: Callable[[float], float], what: str, start: float = 1.0) -> float:
    """The x > 0 where ``increasing`` crosses zero, to about 1e-13 relative; strides grow until they bracket it.

    Raises:
        NotConverged: if no crossing lies between exp(-700) and exp(700).
    """

    def at(log_x: float) -> float:
        return increasing(math.exp(log_x))

    low = high = math.log(start)
    stride = _FIRST_STRIDE
    while at(high) < 0:
        low, high, stride = high, _step(high, stride, what), min(2 * stride, _LONGEST_STRIDE)
    stride = _FIRST_STRIDE
    while at(low) > 0:
        high, low, stride = low, _step(low, -stride, what), min(2 * stride, _LONGEST_STRIDE)
    return math.exp(_bracketed(at, low, high))


def root_between(function: Callable[[float], float], low: float, high: float, accuracy: float = _RELATIVE) -> float:
    """The root of ``function`` in [low, high], where it changes sign, to ``accuracy`` beside ``high``."""
    return _bracketed(function, low, high, max(accuracy * abs(high), _SMALLEST))


def _step(log_x: float, stride: float, what: str) -> float:
    if abs(log_x) >= _LARGEST_LOG:
        raise NotConverged(f"{what} was not found between exp(-700) and exp(700); rescale the data or change the load.")
    return max(-_LARGEST_LOG, min(_LARGEST_LOG, log_x + stride))


def _bracketed(function: Callable[[float], float], low: float, high: float, accuracy: float = _SMALLEST) -> float:
    if low == high:
        return low
    root: Any = brentq(function, low, high, xtol=accuracy, rtol=_RELATIVE, maxiter=500)
    return float(root)
