"""All times at many loads for one landscape, from three sweeps over t.

zeta does not depend on the load, so each condition of theory.md section 5 gives the load as a function of t:

    onset         load = -zeta(1/t, 0)
    collapse      load = lam zeta' - zeta at (1/t, t)
    condensation  load = lam zeta' - zeta at (1/t, 0), and there t_g = -2 zeta'(1/t, 0)

All fall with t. Each is sampled over x = log t until interpolation has converged, and solved for x at every load.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats
from remanifold.theory import times
from remanifold.theory.curves import Curves, Samples, interpolate
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.roots import root_between

TIMES = ("t_onset", "t_collapse", "t_generalization", "t_condensation")
_TOLERANCE = 1e-7  # of x
_MOST_NODES = 70
_FLAT = 0.05  # of log load: nothing is asked beyond the highest load, and at a ceiling x is ill-defined
_FARTHEST = 690.0  # exp(-690) is still a normal double
_ROOM, _CLOSE = 0.1, 0.5  # of x: how tightly the ends enclose the loads at best, and at worst
_ROUND_OFF = 1e-9  # full-rank data at large load reach t_g = t_condensation from below

Values = Callable[[float], tuple[float, ...]]


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

    Args:
        landscape: What to sweep.
        loads: log(P)/N, positive.

    Raises:
        NotConverged: if the landscape has no number at a noise level between those that the loads span.
    """
    reasons = [times.why_never(landscape, load) for load in loads]
    wanted = [load for load, reason in zip(loads, reasons) if reason is None]
    if not wanted:
        none: list[float | None] = [None] * len(loads)
        return Row(none, none, none, none, reasons)
    row = _RowSweeps(landscape, min(wanted), max(wanted))
    cells = [row.cell(load) if reason is None else (None, None, None, None) for load, reason in zip(loads, reasons)]
    said = [reason or (row.limit if None in cell else None) for cell, reason in zip(cells, reasons)]
    onset, collapse, generalization, condensation = (list(column) for column in zip(*cells))
    return Row(onset, collapse, generalization, condensation, said)


class _RowSweeps:
    """The three sweeps of a row."""

    def __init__(self, landscape: Landscape, least: float, most: float) -> None:
        self.landscape, like = landscape, landscape.similar
        ceiling = math.log(landscape.information_ceiling) if landscape.information_ceiling < math.inf else math.inf
        asked: list[float] = []  # at these log t the landscape has answered, and has less to do for another sweep

        def sweep(values: Values, time: Callable[[Landscape, float], float | None]) -> _Sweep:
            starts = [math.log(time(like, load) or 1.0) for load in (least, most)]
            ends = math.log(least), math.log(most)
            done = _Sweep(values, (starts[0], starts[1]), ends, ceiling, asked=asked)
            asked.extend(done.curves.x.tolist())
            return done

        self.onset = sweep(lambda t: (-landscape.zeta(1 / t, 0.0),), times.t_onset)
        self.condensation = sweep(
            lambda t: (landscape.entropy_deficit(1 / t, 0.0), -2 * landscape.zeta_slope(1 / t, 0.0)),
            times.t_condensation,
        )
        self.collapse = sweep(lambda t: (landscape.entropy_deficit(1 / t, t),), times.t_collapse)

    @property
    def limit(self) -> str | None:
        """Why a time is missing."""
        return self.onset.limit or self.collapse.limit or self.condensation.limit

    def cell(self, load: float) -> tuple[float | None, float | None, float | None, float | None]:
        """The times of `TIMES` at one load."""
        onset, collapse, condensation = (
            sweep.solve(math.log(load)) for sweep in (self.onset, self.collapse, self.condensation)
        )
        generalization = None
        if condensation is not None:
            nearest = float(self.condensation.at(condensation)[1])
            frozen = nearest <= condensation + _ROUND_OFF  # the best noise
            generalization = math.exp(nearest) if frozen else times.t_generalization(self.landscape, load)
        return _exp(onset), _exp(collapse), generalization, _exp(condensation)


class _Sweep:
    """The logarithm of a load that falls with x = log t, and of what else is known there, between two loads."""

    def __init__(
        self,
        values: Values,
        starts: tuple[float, float],
        ends: tuple[float, float],
        ceiling: float,
        *,
        asked: Sequence[float],
    ) -> None:
        self.limit: str | None = None  # why there are no times at lower noise, where that is so
        self._values = values
        self._known: Samples = {}
        self._highest = min(ends[1] + _FLAT, (ends[1] + ceiling) / 2)
        high, low = self._end(+1, ends[0], starts[0]), self._end(-1, ends[1], starts[1])
        inside = {x: y for x, y in self._known.items() if low <= x <= high}
        self.curves = interpolate(self._exact, inside, self._miss, _MOST_NODES, asked)

    def at(self, x: float) -> Floats:
        """Logarithms of the load and of the rest at x."""
        return self.curves(x) if self.curves.converged else self._exact(x)

    def solve(self, log_load: float) -> float | None:
        """The highest x at which the load falls to a given one; by exact evaluations if interpolation failed."""
        x, y = self.curves.x, self.curves.y[:, 0]
        above = np.flatnonzero(y >= log_load)
        if not above.size:
            return None
        if above[-1] == len(x) - 1:
            return float(x[-1])
        return root_between(lambda x: float(self.at(x)[0]) - log_load, float(x[above[-1]]), float(x[above[-1] + 1]))

    def _exact(self, x: float) -> Floats:
        if x not in self._known:
            self._known[x] = np.log(np.maximum(self._values(math.exp(x)), 1e-300))
        return self._known[x]

    def _end(self, direction: int, log_load: float, start: float) -> float:
        """An x just below (-1) or above (+1) the place of a load, sought from ``start`` in strides that double."""
        beyond = before = None
        x, stride = start + direction * _ROOM, _CLOSE
        while beyond is None or before is None or abs(beyond - before) > _CLOSE * 1.01:
            try:
                y = float(self._exact(x)[0])
            except NotConverged as error:
                self.limit = str(error)
                return min(self._known)
            if (y - log_load) * direction <= 0:
                beyond = x
            else:
                before = x
            if beyond is None or before is None:
                x += direction * stride if beyond is None else -direction * stride
                stride *= 2
            else:
                x = (beyond + before) / 2
            if abs(x) > _FARTHEST:
                self.limit = "this time lies beyond the range of floating-point numbers"
                return min(self._known)
        return beyond

    def _miss(self, curves: Curves, x: float, y: Floats) -> float | None:
        """Error of log t, and of log t_g, in units of the tolerance."""
        if y[0] > self._highest:
            return None
        wrong, slope = np.abs(y - curves(x)), np.maximum(np.abs(curves.slope(x)), 1e-300)
        shift = wrong[0] / slope[0]
        return float(max([shift, *(wrong[1:] + slope[1:] * shift)])) / _TOLERANCE


def _exp(x: float | None) -> float | None:
    return None if x is None else math.exp(x)
