"""Where a mean over maps and over points of each crosses zero in log t: the mean of log t over maps, with its error.

Every x gives a curve at Chebyshev nodes of a window in log t. Its mean over the points of one map crosses zero where
an experiment on that map would; the mean of those log t over maps follows from the crossing of the mean over all to
second order in how far maps differ, with the noise of few points a map taken out.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev

from remanifold._core.types import Floats, Integers


@dataclass(frozen=True)
class Window:
    """Levels at which curves are known: Chebyshev nodes in log t.

    Attributes:
        middle: log t.
        half: Half the width.
        nodes: Number of levels.
    """

    middle: float
    half: float
    nodes: int

    @property
    def levels(self) -> Floats:
        """t, (nodes,)."""
        return np.exp(self.middle + self.half * chebyshev.chebpts1(self.nodes))

    def coefficients(self, values: Floats) -> Floats:
        """Chebyshev coefficients of curves given at the levels: (..., nodes) -> (..., nodes)."""
        basis = chebyshev.chebvander(chebyshev.chebpts1(self.nodes), self.nodes - 1)
        return np.linalg.solve(basis, values[..., None])[..., 0]

    def slopes(self, coefficients: Floats) -> Floats:
        """Coefficients of the derivative by log t."""
        fallen = chebyshev.chebder(coefficients, axis=-1) / self.half
        return np.concatenate([fallen, np.zeros((*fallen.shape[:-1], 1))], axis=-1)

    def derivative(self, values: Floats) -> Floats:
        """Derivative by log t at the levels, of curves given at the levels."""
        basis = chebyshev.chebvander(chebyshev.chebpts1(self.nodes), self.nodes - 1)
        return self.slopes(self.coefficients(values)) @ basis.T

    def at(self, coefficients: Floats, log_t: float) -> Floats:
        """Curves at ``log_t``."""
        place = (log_t - self.middle) / self.half
        return chebyshev.chebval(place, np.moveaxis(coefficients, -1, 0))


@dataclass(frozen=True)
class Crossing:
    """A crossing of zero.

    Attributes:
        log_t: Mean over maps of log t.
        stderr: Its statistical error, from maps and points.
        spread: Standard deviation of log t between maps; 0 for one map.
        slope: Derivative of the mean curve by log t there, nats.
        inside: Whether it lies inside the window; beside, ``log_t`` is an end of it.
    """

    log_t: float
    stderr: float
    spread: float
    slope: float
    inside: bool


def crossing(window: Window, curves: Floats, map_of: Integers, controls: Floats, chances: Floats) -> Crossing:
    """The crossing of the mean of ``curves``, which rises or falls through zero once in the window.

    Args:
        window: Of the nodes.
        curves: Value of each x at the nodes, (n, nodes).
        map_of: Number of the map of each x, (n,).
        controls: (n, controls), mean 0 over each map.
        chances: Weight of each x, (n,).
    """
    maps, place = np.unique(map_of, return_inverse=True)
    coefficients = window.coefficients(_controlled(curves, place, controls, chances))
    total = np.bincount(place, chances)
    # the mean over the points of each map, every map counting alike
    means = np.zeros((len(maps), window.nodes))
    np.add.at(means, place, chances[:, None] * coefficients)
    means /= total[:, None]
    pooled = means.mean(0)
    log_t, inside = _root(window, pooled)
    first = window.slopes(pooled)
    slope, bend = (float(window.at(c, log_t)) for c in (first, window.slopes(first)))
    offsets, tilts = window.at(means, log_t), window.at(window.slopes(means), log_t) - slope
    if len(maps) == 1:
        rest = chances * (window.at(coefficients, log_t) - offsets[0])
        error = float(np.linalg.norm(rest)) / float(total[0])
        return Crossing(log_t, error / abs(slope), 0.0, slope, inside)
    # what few points a map add to the variance between maps is taken out again
    each = window.at(coefficients, log_t) - offsets[place]
    lean = window.at(window.slopes(coefficients), log_t) - (tilts + slope)[place]
    share = chances / total[place]
    freedom = np.bincount(place, share**2)[place]
    left = np.maximum(1 - freedom, 1e-9)
    within = np.array([_sum(place, share**2 * each * other / left).mean() for other in (each, lean)])
    between = np.array([np.cov(offsets, other)[0, 1] for other in (offsets, tilts)]) - within
    variance = max(float(between[0]), 0.0)
    shift = between[1] / slope**2 - bend * variance / (2 * slope**3) if variance > 0 else 0.0
    error = float(offsets.std(ddof=1)) / math.sqrt(len(maps)) / abs(slope)
    return Crossing(log_t + float(shift), error, math.sqrt(variance) / abs(slope), slope, inside)


def _sum(place: Integers, values: Floats) -> Floats:
    return np.bincount(place, values)


def _controlled(curves: Floats, place: Integers, controls: Floats, chances: Floats) -> Floats:
    """Curves less what the controls explain of them, by regression within maps."""
    total = np.bincount(place, chances)

    def within(values: Floats) -> Floats:
        means = np.stack([np.bincount(place, chances * column) for column in values.T], axis=1) / total[:, None]
        return values - means[place]

    scale = np.maximum(controls.std(0), 1e-300)
    root = np.sqrt(chances)[:, None]
    known = controls / scale
    loads, *_ = np.linalg.lstsq(root * within(known), root * within(curves), rcond=1e-9)
    return curves - known @ loads


def _root(window: Window, coefficients: Floats) -> tuple[float, bool]:
    """The place where the curve crosses zero, by bisection between nodes of opposite sign; the nearer end if none."""
    grid = np.linspace(window.middle - window.half, window.middle + window.half, 201)
    values = np.array([float(window.at(coefficients, float(u))) for u in grid])
    changes = np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1]))
    if len(changes) == 0:
        return float(grid[np.argmin(np.abs(values))]), False
    k = int(changes[np.argmin(np.abs(grid[changes] - window.middle))])
    low, high = float(grid[k]), float(grid[k + 1])
    rising = values[k + 1] > values[k]
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = float(window.at(coefficients, middle)) > 0
        low, high = (low, middle) if above == rising else (middle, high)
    return 0.5 * (low + high), True
