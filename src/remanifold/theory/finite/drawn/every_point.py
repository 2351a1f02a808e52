"""What some points of a drawn data set see of all others, in more than a few latent dimensions.

There a mean over points needs no lonely ones, all others count above the collapse, and single weights need no more than
single precision: distances are made in double precision.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.types import Floats

MOST_SEEN = 30_000  # points of a data set
_LOOK, _FEWEST_LOOK, _PAIRS = 512, 24, 1_000_000  # points that look: at most, at least, and pairs of a set


@dataclass(frozen=True)
class EveryPoint:
    """Points xi of a data set that look at all others: the same questions as `Looking` and `NearPoints` answer.

    Attributes:
        squares: Squares of distances, infinite to itself, (n, P), single precision.
        along: w (xi - xi'), w the noise of xi, (n, P), likewise.
        shares: Part of each in a mean over the data set, (n,), sum 1.
        nearest: Distance of the nearest other point, (n,).
        alone: Share of those looked at that have no exact copy; the others do not look.
        span: Square of the diagonal of the box around all points.
    """

    squares: NDArray[np.float32]
    along: NDArray[np.float32]
    shares: Floats
    nearest: Floats
    alone: float
    span: float

    reach: float = np.inf
    pair_work: float = 0.06  # of one weight, in those of `NearPoints`

    @staticmethod
    def drawing_work(n_points: int, latent_dim: int) -> float:
        """As that of `Looking`."""
        return 0.05 + 0.012 * latent_dim

    @property
    def pairs(self) -> int:
        """Pairs that are seen."""
        return self.squares.size

    def near(self, reach: float) -> "EveryPoint":
        """The same: it sees all at any t."""
        return replace(self, reach=reach)

    within = near

    def mean_log_sum(self, t: float, *, noisy: bool) -> float:
        """As that of `NearPoints`."""
        largest, weights = self._weights(t, noisy)
        return float(self.shares @ (largest + np.log(weights.sum(1, dtype=np.float64))))

    def mean_energy(self, t: float) -> float:
        """As that of `NearPoints`."""
        _, weights = self._weights(t, noisy=False)
        total = weights.sum(1, dtype=np.float64)
        weights *= np.where(np.isinf(self.squares), np.float32(0), self.squares)
        return float(self.shares @ (weights.sum(1, dtype=np.float64) / total)) / (2 * t)

    def _weights(self, t: float, noisy: bool) -> tuple[Floats, NDArray[np.float32]]:
        """(log of the largest, (n,); weights over it, (n, P))."""
        levels = self.squares * np.float32(-0.5 / t)
        if noisy:
            levels -= self.along * np.float32(t**-0.5)
        largest = levels.max(axis=1)
        levels -= largest[:, None]
        return largest.astype(np.float64), np.exp(levels, out=levels)


def every_point(points: Floats, random: np.random.Generator) -> EveryPoint:
    """Some points of a data set (P, N), that look at all; all of a few hundred.

    Args:
        points: Of the data set.
        random: Chooses them, and draws their noise.
    """
    points, n_points = points - points.mean(axis=0), len(points)  # far from 0 digits of distances are lost
    size = min(n_points, _LOOK, max(_FEWEST_LOOK, _PAIRS // n_points))
    chosen = random.permutation(n_points)[:size]
    noises = random.standard_normal((size, points.shape[1]))
    norms = np.square(points).sum(1)
    squares = norms[chosen, None] + norms - 2 * (points[chosen] @ points.T)
    squares[np.arange(size), chosen] = np.inf
    closest = squares.argmin(axis=1)  # where rounding counts most
    nearest = np.square(points[chosen] - points[closest]).sum(1)
    squares[np.arange(size), closest] = nearest
    kept = nearest > 0  # means are over points without an exact copy, as those of a profile
    along = (noises * points[chosen]).sum(1)[:, None] - noises @ points.T
    squares, along = (array[kept].astype(np.float32) for array in (np.maximum(squares, 0.0), along))
    along[np.isinf(squares)] = 0
    n, span = int(kept.sum()), float(np.square(np.ptp(points, axis=0)).sum())
    return EveryPoint(squares, along, np.full(n, 1 / max(n, 1)), np.sqrt(nearest[kept]), n / size, span)
