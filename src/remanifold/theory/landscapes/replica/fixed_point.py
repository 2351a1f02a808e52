"""Fixed points of the replica equations: all of them on the Nishimori line, and those connected to them elsewhere."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import brentq

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats
from remanifold.theory.landscapes.replica.gaussian_channel import Averages, GaussianChannel, Levels
from remanifold.theory.landscapes.replica.solutions import Overlaps

_UNINFORMED = 1e-10  # conjugates as small as this are zero: an even activation does not tell the sign of its field
_SCAN = 1.4  # spacing of the scan for roots, in log x
_LOWEST, _HIGHEST = -12.0, 80.0  # log x
_LONGEST_STEP = 1.5  # in log A
_STEEPEST = 1 - 1e-6  # slope of the map at a stable solution; with D = N it tends to 1 as the noise goes to 0
_MOST_STEPS = 25
_PATIENCE = 3  # steps without progress before the slopes are measured afresh
_MOST_DAMPED = 400

Point = Floats


@dataclass(frozen=True, eq=False)
class ReplicaMap:
    """The right-hand sides of docs/explanation/theory.md (4.11) for one channel and latent ratio.

    Attributes:
        channel: Activation, inverse temperature and noise.
        latent_ratio: D/N.
    """

    channel: GaussianChannel
    latent_ratio: float

    def step(self, overlaps: Overlaps, levels: Levels) -> tuple[Overlaps, Averages]:
        """The conjugates that the channel sends back, and the averages behind them."""
        means = self.channel.averages(overlaps, levels)
        scale = overlaps.width * self.latent_ratio
        pull = means.alignment / (math.sqrt(overlaps.width) * overlaps.sine * self.latent_ratio)
        return Overlaps(means.shrink / scale, means.squared_mean / scale, pull), means

    def zeta(self, overlaps: Overlaps, means: Averages) -> float:
        """Free entropy at given overlaps; docs/explanation/theory.md (4.9)."""
        return self.latent_ratio / 2 * overlaps.latent_part + means.log_z

    def nishimori(self, x: float, levels: Levels) -> float:
        """The one conjugate sent back where truth and draws share a law: A = q^ = m^ = x."""
        return self.step(Overlaps(x, x, x), levels)[0].spread


def nishimori_roots(equations: ReplicaMap, levels: Levels) -> list[float]:
    """Every x = A = q^ = m^ that solves the equations and is locally stable, ascending; 0: an uninformed solution."""

    def excess(log_x: float) -> float:
        return math.log(max(equations.nishimori(math.exp(log_x), levels), 1e-300)) - log_x

    left, roots = _scan_start(equations, excess, levels)
    at_left, falling, bound = excess(left), 0, _rise_ends(equations)
    while (falling < 2 or left < bound) and left < _HIGHEST:
        right = left + _SCAN
        at_right = excess(right)
        if at_left > 0 >= at_right:
            log_x: Any = brentq(excess, left, right, xtol=1e-3)
            roots.append(math.exp(log_x))
        falling = falling + 1 if at_right < at_left and at_right < -_SCAN else 0
        left, at_left = right, at_right
    if not roots:
        raise NotConverged("no solution of the replica equations was found on the Nishimori line; change the noise.")
    return roots


def _rise_ends(equations: ReplicaMap) -> float:
    """The log x up to which the map may rise anew after a flat stretch.

    Where g has no jumps, the conjugate is a Fisher information of y about the field, at most lam E g'^2, by which no
    solution lies beyond this; the conjugate of jumps grows as sqrt(x) once V is less than the square of their spacing.
    """
    g = equations.channel.g
    told = equations.channel.lam * g.steepest**2 / equations.latent_ratio
    spacing = float(np.diff(g.breaks).min()) if len(g.breaks) > 1 else 1.0
    return math.log(max(told, spacing**-2))


def _scan_start(equations: ReplicaMap, excess: Callable[[float], float], levels: Levels) -> tuple[float, list[float]]:
    """The log x below which no solution lies, and a solution that sits at that end."""
    least = equations.nishimori(0.0, levels)  # the map increases with x
    start = math.log(least) if least > _UNINFORMED else _LOWEST
    if excess(start) > 0:
        return start, []
    return start, [math.exp(start) if least > _UNINFORMED else 0.0]


class Solver:
    """Newton's method with Broyden's updates in log A, (q - m^2)/V and 1 + A - m^, which stay finite as V -> 0."""

    def __init__(self, equations: ReplicaMap, start: Overlaps) -> None:
        self.equations = equations
        self.overlaps = start
        self._slopes: Point | None = None
        self._slope = 0.0
        self.complaint = ""

    def moved(self, equations: ReplicaMap, start: Overlaps) -> "Solver":
        """A solver of neighbouring equations with the slopes of this one."""
        other = Solver(equations, start)
        other._slopes, other._slope = self._slopes, self._slope
        return other

    def try_levels(self, levels: Sequence[int], tolerance: float) -> tuple[Averages, float] | None:
        """`settle` at the first of these refinements at which it works; None, and nothing changed, if none does."""
        start = self.overlaps
        for level in levels:
            try:
                return self.settle(Levels(level, level, level), tolerance)
            except NotConverged as error:
                self.overlaps, self._slopes, self.complaint = start, None, str(error)
        return None

    def settle(self, levels: Levels, tolerance: float) -> tuple[Averages, float]:
        """Solve at these levels; the averages at the solution, and its residual.

        The residual is the largest mismatch between the two sides of the equations for log V, (q - m^2)/V and m, the
        quantities that zeta depends on smoothly: its error is of the order of the residual squared.

        Raises:
            NotConverged: if the residual stays above tolerance.
        """
        if self.overlaps.pull == 0:
            return self._settle_uninformed(levels, tolerance)
        if self.equations.channel.matched and self.overlaps.bayes:
            return self._settle_matched(levels, tolerance)
        point = to_point(self.overlaps)
        mismatch, means = self._mismatch(point, levels)
        residual, poor = self._residual(mismatch), 0
        for _ in range(_MOST_STEPS):
            if residual <= tolerance:
                return means, residual
            if self._slopes is None or poor == _PATIENCE:
                self._slopes, poor = self._jacobian(point, mismatch, levels), 0
            newton, *_ = np.linalg.lstsq(self._slopes, mismatch, rcond=None)
            step = _shortened(point, -np.asarray(newton, dtype=np.float64))
            point = point + step
            new, means = self._mismatch(point, levels)
            self._slopes = self._slopes + np.outer(new - mismatch - self._slopes @ step, step) / (step @ step)
            poor = poor + 1 if self._residual(new) > residual / 2 else 0
            mismatch, residual = new, self._residual(new)
        raise NotConverged(self._complaint(residual))

    def _settle_matched(self, levels: Levels, tolerance: float) -> tuple[Averages, float]:
        """On the Nishimori line one number is left, A = q^ = m^ = x: secants of log(step(x) / x) in log x."""
        last: tuple[float, float] | None = None
        excess = math.inf
        for _ in range(_MOST_STEPS):
            log_x = math.log(self.overlaps.precision)
            sent, means = self.equations.step(self.overlaps, levels)
            excess = math.log(sent.spread) - log_x
            if abs(excess) <= tolerance:
                return means, abs(excess)
            if last is not None and log_x != last[0]:
                self._slope = (excess - last[1]) / (log_x - last[0]) + 1
            last = log_x, excess
            step = excess / (1 - min(self._slope, _STEEPEST))
            x = math.exp(log_x + max(-_LONGEST_STEP, min(_LONGEST_STEP, step)))
            self.overlaps = Overlaps(x, x, x)
        raise NotConverged(self._complaint(abs(excess)))

    def _mismatch(self, point: Point, levels: Levels) -> tuple[Point, Averages]:
        self.overlaps = from_point(point)
        sent, means = self.equations.step(self.overlaps, levels)
        if not min(sent.precision, sent.spread) > 0:
            raise NotConverged(self._complaint(math.inf))
        change = [
            math.log(sent.precision / self.overlaps.precision),
            (sent.spread - self.overlaps.spread) * self.overlaps.width,
            (sent.precision - sent.pull) - (self.overlaps.precision - self.overlaps.pull),
        ]
        return np.array(change), means

    def _residual(self, mismatch: Point) -> float:
        return float(np.abs(mismatch * [1.0, 1.0, self.overlaps.width]).max())

    def _jacobian(self, point: Point, mismatch: Point, levels: Levels) -> Point:
        steps = np.array([1e-4, 1e-3 * point[1] + 1e-7, 1e-4])
        columns = [(self._mismatch(point + h * unit, levels)[0] - mismatch) / h for h, unit in zip(steps, np.eye(3))]
        self.overlaps = from_point(point)
        return np.stack(columns, axis=1)

    def _settle_uninformed(self, levels: Levels, tolerance: float) -> tuple[Averages, float]:
        """No field is known, m = q = 0; only the draws' own length is left, by damped steps."""
        residual = math.inf
        for _ in range(_MOST_DAMPED):
            sent, means = self.equations.step(self.overlaps, levels)
            residual = abs(sent.precision - self.overlaps.precision) * self.overlaps.width
            if residual <= tolerance:
                return means, residual
            self.overlaps = Overlaps((sent.precision + self.overlaps.precision) / 2, 0.0, 0.0)
        raise NotConverged(self._complaint(residual))

    def _complaint(self, residual: float) -> str:
        channel = self.equations.channel
        return (
            f"the replica equations of {channel.g.name} at lam = {channel.lam:.6g}, delta = {channel.delta:.6g} did "
            f"not converge (residual {residual:.1g}); move the noise levels closer together."
        )


def to_point(overlaps: Overlaps) -> Point:
    """log A, (q - m^2)/V and 1 + A - m^."""
    ratio = overlaps.spread * overlaps.width
    return np.array([math.log(overlaps.precision), ratio, 1 + (overlaps.precision - overlaps.pull)])


def from_point(point: Point) -> Overlaps:
    """The inverse of `to_point`."""
    precision = math.exp(point[0])
    return Overlaps(precision, float(point[1]) * (1 + precision), 1 + (precision - float(point[2])))


def _shortened(point: Point, step: Point) -> Point:
    """The step, cut where it would leave the range in which A, q^ and m^ are positive."""
    step = step * min(1.0, _LONGEST_STEP / max(abs(float(step[0])), 1e-300))
    if point[1] + step[1] <= 0:
        step[1] = -0.9 * point[1]
    most = 1 + math.exp(point[0] + step[0])
    if point[2] + step[2] >= most:
        step[2] = 0.9 * (most - point[2])
    return step
