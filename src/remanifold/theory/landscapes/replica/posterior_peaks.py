"""Posterior moments of one field where its weight lies: panels around the peaks, at any sharpness of them.

Cells of the prior's range are cut until each is about as short as the posterior is wide there, and dropped as soon as a
Lipschitz bound shows that they hold no weight: the work grows with the logarithm of the sharpness, not with it.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import NotConverged
from remanifold.theory.landscapes.replica.activations import Nonlinearity
from remanifold.theory.landscapes.replica.posterior import Moments
from remanifold.theory.landscapes.replica.rules import gauss_legendre

_FIRST_CELLS = 12
_PANEL = 3.0  # length of a panel, in widths of the posterior there
_NEGLIGIBLE = 36.0  # nats: exp(-36) = 2e-16
_CAUTION = 1.2  # slopes are known from differences
_MOST_CHILDREN = 4
_STEP = 0.95  # of the trapezoid rule, in least widths: a Gaussian is then summed to exp(-2 pi^2 / 0.95^2) = 3e-10
_PAIRS = 8192  # posteriors at a time

Array = NDArray[np.float64]
Index = NDArray[np.int64]


class _Fields(NamedTuple):
    """What all posteriors share, and the (n,) pairs of an observed y and a prior mean omega."""

    g: Nonlinearity
    y: Array
    omega: Array
    root: float
    lam: float


class _Cells(NamedTuple):
    """Intervals of w: number of the pair, middle, half length, and bounds on what happens there.

    These are 1 / (least posterior width) and the largest log density of the weight.
    """

    pair: Index
    middle: Array
    half: Array
    sharpness: Array
    bound: Array

    def of(self, chosen: Index | NDArray[np.bool_]) -> "_Cells":
        pair, *rest = self
        return _Cells(pair[chosen], *(column[chosen] for column in rest))


class _Nodes(NamedTuple):
    """Quadrature over w, grouped by ascending pair: number of the pair, node, weight."""

    pair: Index
    w: Array
    weights: Array


def peak_moments(g: Nonlinearity, y: Array, omega: Array, root: float, lam: float, level: int, reach: float) -> Moments:
    """As `grid_moments`, for the prior deviation ``root`` = sqrt(V), up to ``reach`` from w = 0."""
    fields = _Fields(g, y.ravel(), np.repeat(omega, y.shape[1]), root, lam)
    parts = []
    for start in range(0, len(fields.y), _PAIRS):
        part = fields._replace(y=fields.y[start : start + _PAIRS], omega=fields.omega[start : start + _PAIRS])
        cells = _cells_with_weight(part, reach)
        parts.append(_sum_nodes(part, _quadrature(g, cells, level)))
    return Moments(*(np.concatenate(column).reshape(y.shape) for column in zip(*parts)))


def _cells_with_weight(fields: _Fields, reach: float) -> _Cells:
    """Cells, by pair and place, about as short as the posterior is wide, which hold all but 1e-16 of each posterior."""
    sharpest = math.sqrt(1 + fields.lam * (fields.root * fields.g.steepest) ** 2)
    margin = _NEGLIGIBLE + math.log(2 * reach * sharpest)
    best = np.full(len(fields.y), -np.inf)  # log density of the weight at the best middle seen
    finished, (pair, middle, half) = [], _first_cells(fields, reach)
    while len(pair):
        u = fields.omega[pair] + fields.root * middle
        slope = fields.root * fields.g.steepest_within(u, fields.root * float(half.max()))
        miss = np.abs(fields.y[pair] - _values(fields, pair, middle))
        np.maximum.at(best, pair, -0.5 * middle**2 - 0.5 * fields.lam * miss**2)
        nearest = np.maximum(miss - _CAUTION * slope * half, 0.0)
        bound = -0.5 * np.maximum(np.abs(middle) - half, 0.0) ** 2 - 0.5 * fields.lam * nearest**2
        cells = _Cells(pair, middle, half, np.sqrt(1 + fields.lam * slope**2), bound)
        cells = cells.of(bound >= best[pair] - margin)
        panels = 2 * cells.half * cells.sharpness / _PANEL
        finished.append(cells.of(panels <= 1))
        pair, middle, half = _split(cells.of(panels > 1), panels[panels > 1])
    done = _Cells(*(np.concatenate(column) for column in zip(*finished)))
    done = done.of(done.bound >= best[done.pair] - margin)
    return done.of(np.lexsort((done.middle, done.pair)))


def _first_cells(fields: _Fields, reach: float) -> tuple[Index, Array, Array]:
    """A coarse division of [-reach, reach] for every pair, cut at the breaks of g."""
    regular = np.linspace(-reach, reach, _FIRST_CELLS + 1)
    edges = np.broadcast_to(regular, (len(fields.y), len(regular)))
    if len(fields.g.breaks):
        broken = np.clip((fields.g.breaks - fields.omega[:, None]) / fields.root, -reach, reach)
        edges = np.sort(np.concatenate([edges, broken], axis=1), axis=1)
    half = np.diff(edges, axis=1) / 2
    real = half > 0
    pair = np.broadcast_to(np.arange(len(fields.y))[:, None], half.shape)
    return pair[real], ((edges[:, 1:] + edges[:, :-1]) / 2)[real], half[real]


def _split(cells: _Cells, panels: Array) -> tuple[Index, Array, Array]:
    children = np.clip(np.ceil(panels), 2, _MOST_CHILDREN).astype(np.int64)
    parent = np.repeat(np.arange(len(children)), children)
    place = np.arange(len(parent)) - np.repeat(np.cumsum(children) - children, children)
    half = (cells.half / children)[parent]
    return cells.pair[parent], (cells.middle - cells.half)[parent] + half * (2 * place + 1), half


def _quadrature(g: Nonlinearity, cells: _Cells, level: int) -> _Nodes:
    """Nodes for the cells: the trapezoid rule over each run of them, a whole peak; panels where those cost less."""
    order = 8 + 3 * level
    if len(g.breaks):
        return _panel_rule(cells, order)
    low, high = cells.middle - cells.half, cells.middle + cells.half
    first = np.ones(len(low), dtype=bool)
    first[1:] = (cells.pair[1:] != cells.pair[:-1]) | (low[1:] - high[:-1] > 0.5 * cells.half[1:])
    starts = np.flatnonzero(first)
    sizes = np.diff(starts, append=len(low))
    high = high[starts + sizes - 1]
    counts = np.ceil((high - low[starts]) * np.maximum.reduceat(cells.sharpness, starts) / (_STEP * 0.8**level))
    as_runs = counts <= order * sizes
    chosen = starts[as_runs]
    peaks = _peak_rule(cells.pair[chosen], low[chosen], high[as_runs], counts[as_runs].astype(np.int64))
    if as_runs.all():
        return peaks
    rest = _panel_rule(cells.of(~np.repeat(as_runs, sizes)), order)
    pair, w = np.append(peaks.pair, rest.pair), np.append(peaks.w, rest.w)
    by_pair = np.argsort(pair, kind="stable")
    return _Nodes(pair[by_pair], w[by_pair], np.append(peaks.weights, rest.weights)[by_pair])


def _panel_rule(cells: _Cells, order: int) -> _Nodes:
    nodes, weights = gauss_legendre(order)
    w = cells.middle[:, None] + cells.half[:, None] * nodes
    return _Nodes(np.repeat(cells.pair, order), w.ravel(), (cells.half[:, None] * weights).ravel())


def _peak_rule(pair: Index, low: Array, high: Array, counts: Index) -> _Nodes:
    run = np.repeat(np.arange(len(pair)), counts)
    place = np.arange(len(run)) - np.repeat(np.cumsum(counts) - counts, counts)
    step = ((high - low) / counts)[run]
    return _Nodes(pair[run], low[run] + (place + 0.5) * step, step)


def _sum_nodes(fields: _Fields, nodes: _Nodes) -> Moments:
    pair, w, weights = nodes
    energy = fields.y[pair] - _values(fields, pair, w)
    energy *= energy
    energy *= fields.lam / 2
    log_p = np.log(weights / math.sqrt(2 * math.pi)) - 0.5 * w * w - energy
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    if len(starts) < len(fields.y):  # every pair has nodes, those near its best middle, if slopes are what they seem
        raise NotConverged(
            f"{fields.g.name} changes more quickly than differences between points 0.02 apart show; declare its "
            "`breaks`, or use a smoother function."
        )
    top = np.maximum.reduceat(log_p, starts)
    p = np.exp(log_p - top[pair])
    mass, first, second, heat = (np.add.reduceat(p * factor, starts) for factor in (1.0, w, w * w, energy))
    mean, mean_energy, log_mass = first / mass, heat / mass, np.log(mass)
    return Moments(top + log_mass, mean, 1 + mean**2 - second / mass, mean_energy, (mean_energy + top) + log_mass)


def _values(fields: _Fields, pair: Index, w: Array) -> Array:
    return fields.g(fields.omega[pair] + fields.root * w)
