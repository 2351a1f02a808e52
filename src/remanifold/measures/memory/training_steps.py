"""At which training step the memory index reaches a level: read off the looks of a monitor."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from remanifold._core.types import Floats

Look = Mapping[str, float]
_LOWEST = 0.05  # of the index: below, its error is as large as itself


def step_at(history: Sequence[Look], level: float) -> float | None:
    """The training step at which the memory index reaches ``level``, log-interpolated; None if it never does.

    The index is made to rise first (isotonic regression), as memory does.

    Args:
        history: Looks of a `MemorizationMonitor`, ``step`` and ``memory/index`` of each.
        level: Of the index.
    """
    steps, index = _rising(history)
    above = np.flatnonzero(index >= level)
    if not len(above):
        return None
    last = int(above[0])
    if last == 0 or index[last] == index[last - 1]:
        return float(steps[last])
    part = (level - index[last - 1]) / (index[last] - index[last - 1])
    low, high = (math.log(max(step, 1.0)) for step in steps[last - 1 : last + 1])
    return math.exp(low + part * (high - low))


def doubling(history: Sequence[Look]) -> float | None:
    """tau(2y)/tau(y): how many times as many steps the index takes to double, at the largest y that has doubled.

    About 2.5 where the network has weights enough for its rows, above 3 where they run short; None before an index of
    .05 has doubled.
    """
    _, index = _rising(history)
    if not len(index) or index[-1] < 2 * _LOWEST:
        return None
    high = float(index[-1])
    first, second = step_at(history, high / 2), step_at(history, high)
    if not first or second is None or index[0] >= high / 2:  # it doubled before the first look
        return None
    return second / first


def _rising(history: Sequence[Look]) -> tuple[Floats, Floats]:
    """Steps, and the isotonic index there."""
    from scipy.optimize import isotonic_regression

    looks = [(float(look["step"]), float(look["memory/index"])) for look in history]
    steps, index = np.array(looks).reshape(-1, 2).T
    return steps, np.asarray(isotonic_regression(index).x) if len(index) else index
