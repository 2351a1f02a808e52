"""Integration rules: trapezoid for analytic functions under a Gaussian, Gauss-Legendre panels between breaks."""

import math
from functools import lru_cache

import numpy as np

from remanifold._core.types import Floats

_PANEL = 1.3
_MOST_DOUBLINGS = 60

Rule = tuple[Floats, Floats]


def normal_trapezoid(reach: float, step: float, mirrored: bool = False) -> Rule:
    """Nodes and weights of E f(w), w ~ N(0, 1): exponentially accurate in 1/step if f is analytic.

    Where f is even (``mirrored``) only the positive half of the nodes is given, with twice the weights.
    """
    count = math.ceil(reach / step)
    nodes = (np.arange(0 if mirrored else -count, count) + 0.5) * (reach / count)
    weights = np.exp(-(nodes**2) / 2)
    return np.asarray(nodes, dtype=np.float64), np.asarray(weights / weights.sum(), dtype=np.float64)


@lru_cache
def normal_gauss(order: int) -> Rule:
    """Gauss-Hermite nodes and weights of E f(w), w ~ N(0, 1)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    return nodes.astype(np.float64), (weights / weights.sum()).astype(np.float64)


@lru_cache
def gauss_legendre(order: int) -> Rule:
    """Gauss-Legendre nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(order)


def panels(edges: Floats, order: int) -> Rule:
    """Gauss-Legendre nodes and weights on the intervals between ascending ``edges`` (..., E) -> (..., (E-1) order)."""
    nodes, weights = gauss_legendre(order)
    half = np.diff(edges)[..., None] / 2
    middle = (edges[..., 1:] + edges[..., :-1])[..., None] / 2
    shape = (*edges.shape[:-1], -1)
    return (middle + half * nodes).reshape(shape), (half * weights).reshape(shape)


def graded_panels(low: Floats, high: Floats, features: list[tuple[Floats, float]], level: int) -> Rule:
    """`panels` on `graded_edges`, of an order that rises with ``level``."""
    return panels(graded_edges(low, high, features), 7 + 3 * level)


def normal_panels(low: Floats, high: Floats, features: list[tuple[Floats, float]], level: int) -> Rule:
    """`graded_panels` with the density of N(0, 1) in the weights."""
    w, weights = graded_panels(low, high, features, level)
    return w, weights * normal_density(w)


def graded_edges(low: Floats, high: Floats, features: list[tuple[Floats, float]]) -> Floats:
    """Panel edges (rows, E) from low to high, each panel about as long as the integrand needs there.

    That length is, for the most demanding feature, about _PANEL times its width or its distance, whichever is larger.

    Args:
        low, high: (rows,) ends.
        features: Pairs of a place (rows,) at which the integrand changes and the distance over which it does.
    """
    longest = float((high - low).max())
    knots = [low[:, None], high[:, None]]
    for place, width in features:
        doublings = min(_MOST_DOUBLINGS, max(1, math.ceil(math.log2(max(longest / width, 2.0)))))
        offsets = width * np.concatenate([[0.0, 0.5], 2.0 ** np.arange(doublings + 1)])
        knots += [place[:, None] + offsets, place[:, None] - offsets]
    knots = np.sort(np.clip(np.concatenate(knots, axis=1), low[:, None], high[:, None]), axis=1)
    middle, density = (knots[:, 1:] + knots[:, :-1]) / 2, np.zeros((1, 1))
    for place, width in features:
        density = np.maximum(density, 1 / np.hypot(width, middle - place[:, None]))
    climb = np.zeros_like(knots)
    np.cumsum(density * np.diff(knots), axis=1, out=climb[:, 1:])
    count = max(1, math.ceil(float(climb[:, -1].max()) / _PANEL))
    row = np.arange(len(low))[:, None]  # one interpolation serves all rows, each in a unit interval of its own
    known = row + climb / np.maximum(climb[:, -1:], 1e-300)
    edges = np.interp((row + np.arange(count + 1) / count).ravel(), known.ravel(), knots.ravel()).reshape(len(low), -1)
    edges[:, 0], edges[:, -1] = low, high
    return edges


def normal_density(w: Floats) -> Floats:
    """Density of N(0, 1)."""
    return np.exp(-(w**2) / 2) / math.sqrt(2 * math.pi)
