"""Where a mean over maps and over points of each crosses zero in log t: the mean of log t over maps, with its error.

Every x gives a curve at Chebyshev nodes of a window in log t. Its mean over the points of one map crosses zero where
an experiment on that map would; the mean of those log t over maps follows from the crossing of the mean over all to
second order in how far maps differ, with the noise of few points a map taken out. An experiment averages over its own P
points, and the mean of log t over such sets of points follows from sets drawn of those seen.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import chdtri

from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.map_means import controlled, error_of_mean, means_of_maps

_SETS, _GRID = 400, 401  # data sets drawn of the points seen, places where their mean curves are looked at
_SURE = 0.95  # that a spread lies below its bound
_LARGEST_SHIFT = 0.5  # of the spread between maps: terms of second order beyond it are noise of few maps
_MANY = 1e6  # points whose mean is that of infinitely many


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
        return np.asarray(np.exp(self.middle + self.half * chebyshev.chebpts1(self.nodes)), dtype=np.float64)

    def coefficients(self, values: Floats) -> Floats:
        """Chebyshev coefficients of curves given at the levels: (..., nodes) -> (..., nodes)."""
        basis = chebyshev.chebvander(chebyshev.chebpts1(self.nodes), self.nodes - 1)
        return np.asarray(np.linalg.solve(basis, values[..., None])[..., 0], dtype=np.float64)

    def slopes(self, coefficients: Floats) -> Floats:
        """Coefficients of the derivative by log t."""
        fallen = chebyshev.chebder(coefficients, axis=-1) / self.half
        return np.asarray(np.concatenate([fallen, np.zeros((*fallen.shape[:-1], 1))], axis=-1), dtype=np.float64)

    def derivative(self, values: Floats) -> Floats:
        """Derivative by log t at the levels, of curves given at the levels."""
        basis = chebyshev.chebvander(chebyshev.chebpts1(self.nodes), self.nodes - 1)
        return np.asarray(self.slopes(self.coefficients(values)) @ basis.T, dtype=np.float64)

    def at(self, coefficients: Floats, log_t: float) -> Floats:
        """Curves at ``log_t``."""
        place = (log_t - self.middle) / self.half
        return np.asarray(chebyshev.chebval(place, np.moveaxis(coefficients, -1, 0)), dtype=np.float64)


@dataclass(frozen=True)
class Crossing:
    """A crossing of zero.

    Attributes:
        log_t: Mean over maps of log t.
        stderr: Its statistical error, from maps and points.
        spread: Standard deviation of log t between maps; 0 for one map.
        spread_bound: What it is at most, 95 % upper bound; few maps tell it roughly.
        data_shift: What of ``log_t`` comes from data sets of P points being no infinite ones.
        crossed: Share of such data sets whose mean curve crosses in the window: without the others ``data_shift`` says
            little where they are many.
        slope: Derivative of the mean curve by log t there, nats.
        of_maps: log t of each map to first order, in the order of their numbers; their mean is ``log_t``.
        inside: Whether it lies inside the window; beside, ``log_t`` is an end of it.
    """

    log_t: float
    stderr: float
    spread: float
    slope: float
    inside: bool
    of_maps: Floats
    data_shift: float = 0.0
    spread_bound: float = 0.0
    crossed: float = 1.0


def crossing(
    window: Window, curves: Floats, map_of: Integers, controls: Floats, chances: Floats, n_points: float = math.inf
) -> Crossing:
    """The crossing of the mean of ``curves``, which rises or falls through zero once in the window.

    Args:
        window: Of the nodes.
        curves: Value of each x at the nodes, (n, nodes).
        map_of: Number of the map of each x, (n,).
        controls: (n, controls), mean 0 over each map.
        chances: Weight of each x, (n,).
        n_points: P: of how many points an experiment takes the mean.
    """
    maps, place = np.unique(map_of, return_inverse=True)
    whole = window.coefficients(curves)
    coefficients = controlled(whole, place, controls, chances)
    total = np.bincount(place, chances)
    means = means_of_maps(coefficients, place, chances)
    pooled = means.mean(0)
    log_t, inside = _root(window, pooled)
    first = window.slopes(pooled)
    slope, bend = (float(window.at(c, log_t)) for c in (first, window.slopes(first)))
    offsets, tilts = window.at(means, log_t), window.at(window.slopes(means), log_t) - slope
    residuals = whole - means_of_maps(whole, place, chances)[place]
    data, crossed = _data_shift(window, pooled, log_t, residuals, chances, n_points) if inside else (0.0, 1.0)
    error = float(error_of_mean(window.at(whole, log_t)[:, None], place, controls, chances)[0])
    if len(maps) == 1:
        of_map = np.array([log_t + data])
        return Crossing(log_t + data, error / abs(slope), 0.0, slope, inside, of_map, data, crossed=crossed)
    # what few points a map add to the variance between maps is taken out again
    each = window.at(coefficients, log_t) - offsets[place]
    lean = window.at(window.slopes(coefficients), log_t) - (tilts + slope)[place]
    share = chances / total[place]
    freedom = np.bincount(place, share**2)[place]
    left = np.maximum(1 - freedom, 1e-9)
    within = np.array([np.bincount(place, share**2 * each * other / left) for other in (each, lean)])
    between = np.array([np.cov(offsets, other)[0, 1] for other in (offsets, tilts)]) - within.mean(1)
    variance = max(float(between[0]), 0.0)
    seen, free = float(offsets.var(ddof=1)), len(maps) - 1
    most = max(
        seen * free / float(chdtri(free, _SURE)) - float(within[0].mean()), 0.0
    )  # 95 % of all chi-squares lie above
    spread, spread_bound = math.sqrt(variance) / abs(slope), math.sqrt(most) / abs(slope)
    shift = between[1] / slope**2 - bend * variance / (2 * slope**3) if variance > 0 and inside else 0.0
    shift = max(-_LARGEST_SHIFT * spread, min(float(shift), _LARGEST_SHIFT * spread))
    mean = log_t + shift + data
    of_maps = mean - (offsets - offsets.mean()) / slope
    return Crossing(mean, error / abs(slope), spread, slope, inside, of_maps, data, spread_bound, crossed)


def _data_shift(
    window: Window, pooled: Floats, log_t: float, residuals: Floats, chances: Floats, n_points: float
) -> tuple[float, float]:
    """Mean over sets of P points, drawn of those seen, of where their mean curve crosses, less where all cross.

    And the share of the sets that this is the mean of: those that cross in the window.
    """
    if n_points > _MANY:
        return 0.0, 1.0
    random = np.random.default_rng(0)
    drawn = random.multinomial(int(n_points), chances / chances.sum(), _SETS)
    centred = residuals - np.average(residuals, axis=0, weights=chances)
    grid = np.linspace(-1, 1, _GRID)
    values = (pooled + drawn @ centred / n_points) @ chebyshev.chebvander(grid, window.nodes - 1).T
    here = (log_t - window.middle) / window.half
    change = np.diff(np.sign(values), axis=1) != 0
    away = np.where(change, np.abs(grid[:-1] - here), np.inf)
    k, row = away.argmin(1), np.arange(_SETS)
    left, right = values[row, k], values[row, k + 1]
    crossed = grid[k] + (grid[1] - grid[0]) * left / np.where(left == right, 1.0, left - right)
    found = np.isfinite(away[row, k])
    # the part of first order has no mean, but its scatter would be most of that of the few sets
    slope = float(window.at(window.slopes(pooled), log_t)) * window.half
    first = -window.at(drawn @ centred / n_points, log_t) / slope
    shift = float((crossed - here - first)[found].mean()) * window.half if found.any() else 0.0
    return shift, float(found.mean())


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
