"""Smooth curves from as few evaluations as they need: polynomial interpolation at nodes that are placed one at a time.

Each new node goes where the product of its distances to the others is largest (Leja's rule), so that the nodes end up
spread like Chebyshev's and the barycentric formula is stable. Before a node joins, the curve so far predicts it: what
it misses by is an error estimate that costs nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats

Samples = dict[float, Floats]
"""x -> the values (K,) of K curves at x."""

_CANDIDATES = 1500
_HITS = 3  # consecutive predictions that must come true
_NEARLY = 1.0  # of the logarithm of the product of distances
_STEP = 1e-4  # of the interval, for slopes


@dataclass(frozen=True, eq=False)
class Curves:
    """K polynomials through the same nodes.

    Attributes:
        x: (n,) nodes, ascending.
        y: (n, K) values.
        weights: (n,) barycentric weights.
        converged: Whether the last few nodes were predicted within the tolerance.
    """

    x: Floats
    y: Floats
    weights: Floats
    converged: bool

    def __call__(self, x: float) -> Floats:
        """Values (K,) at x."""
        distance = x - self.x
        if (at := np.flatnonzero(distance == 0)).size:
            return self.y[at[0]]
        share = self.weights / distance
        return share @ self.y / share.sum()

    def slope(self, x: float) -> Floats:
        """Derivatives (K,) at x, to a few digits."""
        h = _STEP * (self.x[-1] - self.x[0])
        return (self(x + h) - self(x - h)) / (2 * h)


def through(samples: Samples, converged: bool = False) -> Curves:
    """The polynomials through ``samples``."""
    x = np.array(sorted(samples))
    apart = x[:, None] - x
    np.fill_diagonal(apart, 1.0)
    logs = -np.log(np.abs(apart)).sum(1)
    weights = np.prod(np.sign(apart), axis=1) * np.exp(logs - logs.max())
    return Curves(x, np.array([samples[float(node)] for node in x]), weights, converged)


def interpolate(
    function: Callable[[float], Floats],
    samples: Samples,
    miss: Callable[[Curves, float, Floats], float | None],
    most: int,
    cheap: Sequence[float] = (),
) -> Curves:
    """Curves between the ends of ``samples``; every evaluation is added to ``samples``.

    Args:
        function: x -> values (K,).
        samples: At least two nodes that are known; the outermost are the ends.
        miss: (curves so far, new x, its values) -> error in units of the tolerance, None where it does not matter.
        most: Number of nodes after which to give up, with ``converged`` false.
        cheap: Nodes at which ``function`` costs less; taken where they are nearly as good as the best place.
    """
    low, high = min(samples), max(samples)
    places = (low + high) / 2 - (high - low) / 2 * np.cos(np.pi * (np.arange(_CANDIDATES) + 0.5) / _CANDIDATES)
    spare = np.array([x for x in cheap if low < x < high])
    hits = 0
    while len(samples) < most:
        curves = through(samples)
        x = _emptiest(places, spare, curves.x)
        values = function(x)
        error = miss(curves, x, values)
        samples[x] = values
        if error is not None:
            hits = hits + 1 if error <= 1 else 0
        if hits == _HITS:
            return through(samples, converged=True)
    return through(samples)


def _emptiest(places: Floats, spare: Floats, nodes: Floats) -> float:
    best, at_best = _farthest(places, nodes)
    if spare.size:
        other, at_other = _farthest(spare, nodes)
        if at_other >= at_best - _NEARLY:
            return other
    return best


def _farthest(places: Floats, nodes: Floats) -> tuple[float, float]:
    """The place whose product of distances to the nodes is largest, and the logarithm of that product."""
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(places[:, None] - nodes)).sum(1)
    return float(places[logs.argmax()]), float(logs.max())
