"""All times at many loads for one landscape, from one sweep over t.

zeta does not depend on the load, so each condition of docs/theory.md section 5 gives the load as a function of t:

    onset         load = -zeta(1/t, 0)
    collapse      load = lam zeta' - zeta at (1/t, t)
    condensation  load = lam zeta' - zeta at (1/t, 0), and there t_g = -2 zeta'(1/t, 0)

All fall with t. They are sampled over x = log t until interpolation has converged, and solved for x at every load.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import NotConverged
from remanifold.theory import times
from remanifold.theory.curves import Curves, Samples, interpolate
from remanifold.theory.landscape import Landscape
from remanifold.theory.roots import root_between

TIMES = ("t_onset", "t_collapse", "t_generalization", "t_condensation")
_ONSET, _COLLAPSE, _CONDENSATION, _NEAREST = range(4)  # columns of a sweep: logs of three loads, and of t_g
_TOLERANCE = 1e-7  # of x
_MOST_NODES = 90
_MARGIN = 0.1  # of log load; farther from the loads that are asked for, accuracy is for nothing
_FARTHEST = 690.0  # exp(-690) is still a normal double
_LEAST_STEP, _OVERSHOOT = 0.1, 1.05
_ROUND_OFF = 1e-9  # full-rank data at large load reach t_g = t_condensation from below


@dataclass(frozen=True)
class Row:
    """The times of one landscape at each of its loads; None with a reason where there is none."""

    t_onset: list[float | None]
    t_collapse: list[float | None]
    t_generalization: list[float | None]
    t_condensation: list[float | None]
    reason: list[str | None]


def times_at(landscape: Landscape, loads: Sequence[float]) -> Row:
    """All times of ``landscape`` at ``loads`` (positive, any order), to about 1e-8 relative.

    Raises:
        NotConverged: if the landscape has no number at a noise level between those that the loads span.
    """
    reasons = [times.why_never(landscape, load) for load in loads]
    wanted = [load for load, reason in zip(loads, reasons) if reason is None]
    if not wanted:
        return Row([None] * len(loads), [None] * len(loads), [None] * len(loads), [None] * len(loads), reasons)
    sweep = _Sweep(landscape, math.log(min(wanted)), math.log(max(wanted)))
    cells = [sweep.cell(load) if reason is None else (None, None, None, None) for load, reason in zip(loads, reasons)]
    said = [reason or (sweep.limit if None in cell else None) for cell, reason in zip(cells, reasons)]
    onset, collapse, generalization, condensation = (list(column) for column in zip(*cells))
    return Row(onset, collapse, generalization, condensation, said)


class _Sweep:
    """Logarithms of three loads and of t_g over x = log t, wherever a log load lies between ``least`` and ``most``."""

    def __init__(self, landscape: Landscape, least: float, most: float) -> None:
        self.landscape, self.least, self.most = landscape, least, most
        self.limit: str | None = None  # why there are no times at lower noise, where that is so
        self._samples: Samples = {}
        high, low = self._reach(+1), self._reach(-1)
        self._samples = {x: y for x, y in self._samples.items() if low <= x <= high}
        self._curves = interpolate(self._values, self._samples, self._miss, _MOST_NODES)

    def cell(self, load: float) -> tuple[float | None, float | None, float | None, float | None]:
        """The times of `TIMES` at one load."""
        onset, collapse, condensation = (self._solve(k, math.log(load)) for k in (_ONSET, _COLLAPSE, _CONDENSATION))
        generalization = None if condensation is None else self._generalization(load, condensation)
        return _exp(onset), _exp(collapse), generalization, _exp(condensation)

    def _generalization(self, load: float, x: float) -> float | None:
        """t_g of a load that condenses at log t = x."""
        nearest = float((self._curves if self._curves.converged else self._values)(x)[_NEAREST])
        if nearest <= x + _ROUND_OFF:
            return math.exp(nearest)
        return times.t_generalization(self.landscape, load)  # the best noise is not frozen

    def _values(self, x: float) -> NDArray[np.float64]:
        t = math.exp(x)
        lam, clean = 1 / t, self.landscape
        loads = (-clean.zeta(lam, 0.0), clean.entropy_deficit(lam, t), clean.entropy_deficit(lam, 0.0))
        return np.log(np.maximum([*loads, -2 * clean.zeta_slope(lam, 0.0)], 1e-300))

    def _reach(self, direction: int) -> float:
        """Walk from x = 0 to lower (-1) or higher (+1) noise until all loads have passed the last; return where."""
        x, stride, before = 0.0, 1.0, None
        target = self.least if direction > 0 else self.most
        while True:
            try:
                y = self._samples[x] = self._values(x)
            except NotConverged as error:
                self.limit = str(error)
                return min(self._samples)
            loads = y[:_NEAREST]
            column = int(np.argmax(loads * direction))  # the one that lags behind
            gap = float(loads[column] - target)
            if gap * direction <= 0:
                return x
            slope = -1.0 if before is None else float(loads[column] - before[1][column]) / (x - before[0])
            step = _OVERSHOOT * gap / -slope if slope < 0 else math.inf
            before = x, y
            x += direction * min(max(abs(step), _LEAST_STEP), stride)
            stride *= 2
            if abs(x) > _FARTHEST:
                self.limit = "this time lies beyond the range of floating-point numbers"
                return min(self._samples)

    def _miss(self, curves: Curves, x: float, y: NDArray[np.float64]) -> float:
        """Error of log t, where it matters, in units of the tolerance."""
        wrong, slope = np.abs(y - curves(x)), np.maximum(np.abs(curves.slope(x)), 1e-300)
        shift = wrong[:_NEAREST] / slope[:_NEAREST]
        matters = (y[:_NEAREST] >= self.least - _MARGIN) & (y[:_NEAREST] <= self.most + _MARGIN)
        errors = list(shift[matters])
        if matters[_CONDENSATION]:
            errors.append(wrong[_NEAREST] + slope[_NEAREST] * shift[_CONDENSATION])
        return max(errors, default=0.0) / _TOLERANCE

    def _solve(self, column: int, log_load: float) -> float | None:
        """The highest x at which a log load falls to ``log_load``; by exact evaluations if interpolation failed."""
        curves = self._curves
        above = np.flatnonzero(curves.y[:, column] >= log_load)
        if not above.size or above[-1] == len(curves.x) - 1:
            return float(curves.x[-1]) if above.size and curves.y[-1, column] == log_load else None
        low, high = float(curves.x[above[-1]]), float(curves.x[above[-1] + 1])
        value = curves if curves.converged else self._values
        return root_between(lambda x: float(value(x)[column]) - log_load, low, high)


def _exp(x: float | None) -> float | None:
    return None if x is None else math.exp(x)
