"""The points that trajectories are measured against: where they end, and how near they came."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import require
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike, open_points
from remanifold.measures.neighbours.near_rows import nearest_points
from remanifold.scores import EmpiricalScore

_ALL_WEIGHT = 1e-300  # noise at which the nearest point has all weight (`EmpiricalScore` raises it to its floor)
_PILOT = 500
_REST = 200.0  # at noise d^2/200 a neighbour at distance d is 10 standard deviations from where it would win


class TrainingPoints:
    """Distinct training points with their exact score.

    Attributes:
        points: As opened.
        score: Their `EmpiricalScore`.
        shape: Of one point.
        n_points: P.
        memory: Budget of readings, bytes.
    """

    def __init__(self, data: PointsLike, *, memory: str | float = "1GB", progress: Progress = silent) -> None:
        """Open ``data``, whatever `open_points` takes. Merge copies first (`find_duplicates`): no end tells them apart.

        Raises:
            InvalidInput: if the data cannot be used.
        """
        self.points, self.memory = open_points(data), bytes_of(memory)
        self.score = EmpiricalScore(self.points, memory=memory, progress=progress)
        self.shape, self.n_points = self.points.shape, self.points.n_points

    @classmethod
    def of(cls, training: Self | PointsLike) -> Self:
        """``training`` itself, or the points that it opens as."""
        return training if isinstance(training, cls) else cls(training)  # pyright: ignore[reportArgumentType]

    def rows(self, indices: NDArray[np.integer]) -> Floats:
        """The points at ``indices``, (k, *shape)."""
        return self.points.take(indices).reshape(len(indices), *self.shape)

    def choose(self, count: int, seed: int) -> Integers:
        """``count`` row numbers at random, none twice before all came once.

        Raises:
            InvalidInput: unless count is at least 2.
        """
        count = whole("the number of trajectories", count, least=2, example=500)
        order = generator(seed, "rows of trajectories").permutation(self.n_points)
        return order[np.arange(count) % self.n_points].astype(np.int64)

    def nearest(self, x: Floats) -> Integers:
        """Row number of the training point nearest to each of ``x`` (n, *shape)."""
        return self.score.weights(x, _ALL_WEIGHT)[1][:, 0].astype(np.int64)

    def own_weight(self, x: Floats, t: float, rows: NDArray[np.integer]) -> Floats:
        """Weight of the point at ``rows[i]``, seen from ``x[i]`` at noise ``t``: the chance that x[i] ends there."""
        n = x[0].size
        normaliser = np.log(self.n_points) + n / 2 * np.log(2 * np.pi * t)
        log_weight = -_squared(x - self.rows(rows)) / (2 * t) - normaliser - self.score.log_density(x, t)
        return np.exp(np.minimum(log_weight, 0.0))

    def weight_of_another(self, x: Floats, t: float, own: Floats) -> Floats:
        """Weight that each row of ``own`` (n, *shape) would have, seen from ``x``, if it were a training point more."""
        n = x[0].size
        others = self.score.log_density(x, t) + np.log(self.n_points) + n / 2 * np.log(2 * np.pi * t)
        log_odds = -_squared(x - own) / (2 * t) - others
        return np.exp(-np.logaddexp(0.0, -log_odds))

    def is_nearest(self, ends: Floats, own: Floats, rows: Integers | None) -> NDArray[np.bool_]:
        """Whether no training point is nearer to each end than its own row; ``rows``: numbers of training points."""
        nearest = self.nearest(ends)
        if rows is not None:
            return nearest == rows
        return _squared(ends - own) < _squared(ends - self.rows(nearest))

    def rest(self) -> float:
        """A noise variance so low that the nearest training point is beyond doubt: d^2/200, d the least distance of up
        to 500 rows to their nearest other.

        Raises:
            InvalidInput: if two of these rows are equal.
        """
        rows = np.sort(self.choose(max(2, min(_PILOT, self.n_points)), 0))
        every = np.arange(self.n_points)
        _, distances = nearest_points(self.points, every, self.points, rows, same=True, memory=self.memory)
        least = float(distances.min())
        do = "merge duplicates first, or say where trajectories stop"
        require(least > 0, "training points must be distinct", "two that are equal", do)
        return least**2 / _REST


def _squared(gaps: Floats) -> Floats:
    flat = gaps.reshape(len(gaps), -1)
    return (flat * flat).sum(axis=1)
