"""What some points of a drawn data set see of those near them, in few latent dimensions.

Few points need be near: weights fall like exp(-distance^2/(2t)), and t is that of the nearest neighbours.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from remanifold._core.types import Floats, Integers

_ALL, _FARTHEST, _OF_SHELL = 512, 128, 64  # points up to which all look; else the loneliest, and so many of each shell
_REACH = 9.0  # standard deviations of the noise beyond the nearest point: exp(-11) of all where the noise is 4
_NEAREST, _OTHERS = 256, 512  # points that are seen one by one, and about how many stand for all others


@dataclass(frozen=True)
class NearPoints:
    """Points near to some points xi of a data set, one after the other.

    Attributes:
        starts: Place of the first point near each xi, (n,).
        shares: Part of each xi in a mean over the data set, (n,), sum 1.
        nearest: Square of the distance of its nearest other point, (n,).
        squares: Squares of distances, (pairs,).
        along: w (xi - xi'), w the noise of xi, (pairs,).
        counts: Points that each stands for, logarithm, (pairs,).
        reach: Largest t for which these are enough.
    """

    starts: Integers
    shares: Floats
    nearest: Floats
    squares: Floats
    along: Floats
    counts: Floats
    reach: float

    pair_work: float = 1.0

    @property
    def pairs(self) -> int:
        """Pairs that are seen."""
        return len(self.squares)

    def mean_log_sum(self, t: float, *, noisy: bool) -> float:
        """Mean over xi of the log of the sum of the others' weights over the own one: nats."""
        return float(self.shares @ self._sums(t, noisy)[0])

    def mean_energy(self, t: float) -> float:
        """Mean over xi of the mean energy over t, |xi - xi'|^2/(2t), by the others' weights."""
        _, weights = self._sums(t, noisy=False)
        means = np.add.reduceat(weights * self.squares, self.starts) / np.add.reduceat(weights, self.starts)
        return float(self.shares @ means) / (2 * t)

    def within(self, reach: float) -> "NearPoints":
        """Those that are enough for t up to a smaller reach."""
        lengths = np.diff(self.starts, append=len(self.squares))
        farthest = np.square(np.sqrt(self.nearest) + _REACH * np.sqrt(reach))
        kept = self.squares <= np.repeat(farthest, lengths) * (1 + 1e-12)
        starts = np.concatenate([[0], np.cumsum(kept)])[self.starts]
        rest = (self.squares[kept], self.along[kept], self.counts[kept], reach)
        return NearPoints(starts, self.shares, self.nearest, *rest)

    def _sums(self, t: float, noisy: bool) -> tuple[Floats, Floats]:
        """(log sums (n,), weights up to a factor of each xi (pairs,))."""
        levels = self.squares * (-0.5 / t) + self.counts
        if noisy:
            levels -= self.along / np.sqrt(t)
        largest = np.maximum.reduceat(levels, self.starts)
        lengths = np.diff(self.starts, append=len(levels))
        weights = np.exp(levels - np.repeat(largest, lengths))
        return largest + np.log(np.add.reduceat(weights, self.starts)), weights


@dataclass(frozen=True)
class Looking:
    """The points of a data set that look at the others.

    Attributes:
        tree: Of all points.
        places: Of those that look among all, (n,).
        noises: w, (n, N).
        shares: Part of each in a mean over the data set, (n,), sum 1.
        nearest: Distance of the nearest other point, (n,).
        alone: Share of the points that have no exact copy; the others do not look.
    """

    tree: KDTree
    places: Integers
    noises: Floats
    shares: Floats
    nearest: Floats
    alone: float

    @staticmethod
    def drawing_work(n_points: int, latent_dim: int) -> float:
        """Of drawing and sorting a point, in weights, for each of its numbers."""
        return 0.3 * math.log2(n_points)

    @property
    def span(self) -> float:
        """Square of the diagonal of the box around all points."""
        return float(np.square(np.ptp(self.tree.data, axis=0)).sum())

    @cached_property
    def _neighbours(self) -> tuple[Floats, Integers]:
        """Distances and places of the nearest points, itself first, in the order of distances: (n, 1 + nearest)."""
        distances, places = self.tree.query(self.tree.data[self.places], k=min(_NEAREST, self.tree.n - 1) + 1)
        return np.asarray(distances), np.asarray(places)

    def near(self, reach: float) -> NearPoints:
        """What they see at t up to ``reach``: the nearest points, and of many others some that stand for the rest."""
        points, radii = self.tree.data[self.places], self.nearest + _REACH * np.sqrt(reach)
        distances, near = self._neighbours
        n_near = near.shape[1] - 1
        seen, looker = near[:, 1:].ravel(), np.repeat(np.arange(len(points)), n_near)
        kept = distances[:, 1:].ravel() <= radii[looker]
        seen, looker, counts = seen[kept], looker[kept], np.zeros(int(kept.sum()))
        many = np.flatnonzero(distances[:, -1] <= radii)
        if len(many) > 0 and n_near < self.tree.n - 1:
            lengths = self.tree.query_ball_point(points[many], radii[many], return_length=True)
            every = max(1, math.ceil(float(lengths.mean()) / _OTHERS))
            lists = KDTree(self.tree.data[::every]).query_ball_point(points[many], radii[many])
            others, theirs = np.concatenate(lists).astype(np.int64) * every, np.repeat(many, [len(x) for x in lists])
            far = np.sqrt(np.square(points[theirs] - self.tree.data[others]).sum(1)) > distances[theirs, -1]
            seen, looker = np.concatenate([seen, others[far]]), np.concatenate([looker, theirs[far]])
            counts = np.concatenate([counts, np.full(int(far.sum()), math.log(every))])
            order = np.argsort(looker, kind="stable")
            seen, looker, counts = seen[order], looker[order], counts[order]
        apart = points[looker] - self.tree.data[seen]
        squares, along = np.square(apart).sum(1), (apart * self.noises[looker]).sum(1)
        starts = np.searchsorted(looker, np.arange(len(points)))
        return NearPoints(starts, self.shares, self.nearest**2, squares, along, counts, reach)


def looking(points: Floats, random: np.random.Generator) -> Looking:
    """The points that look: all of a few; else the loneliest, on which means depend most, and parts of the rest.

    Args:
        points: Of the data set, (P, N).
        random: Chooses them, and draws their noise.
    """
    tree = KDTree(points)
    nearest = tree.query(points, k=2)[0][:, 1]
    kept = np.flatnonzero(nearest > 0)  # means are over points without an exact copy, as those of a profile
    chosen, shares = _chosen(nearest[kept], random)
    noises = random.standard_normal((len(chosen), points.shape[1]))
    places = kept[chosen]
    return Looking(tree, places, noises, shares, nearest[places], len(kept) / len(points))


def _chosen(nearest: Floats, random: np.random.Generator) -> tuple[Integers, Floats]:
    n = len(nearest)
    if n <= _ALL:
        return np.arange(n), np.full(n, 1 / max(n, 1))
    order = np.argsort(-nearest)
    chosen, shares, first = [order[:_FARTHEST]], [np.full(_FARTHEST, 1 / n)], _FARTHEST
    while first < n:
        last = min(2 * first, n)
        size = min(_OF_SHELL, last - first)
        steps = (np.arange(size) + random.random()) * (last - first) / size
        chosen.append(order[first + steps.astype(np.int64)])
        shares.append(np.full(size, (last - first) / size / n))
        first = last
    return np.concatenate(chosen), np.concatenate(shares)
