"""Mean and standard deviation of every column and of all numbers, from one reading of the points."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats
from remanifold.data.points import Points

_BLOCK_BYTES = 2**25


@dataclass(frozen=True)
class Moments:
    """Location and scale of points.

    Attributes:
        column_mean, column_std: Of each coordinate, (N,), divisor P.
        mean, std: Of all numbers together.
    """

    column_mean: Floats
    column_std: Floats
    mean: float
    std: float


def moments_of(points: Points) -> Moments:
    """The moments of all points, read in blocks of 32 MiB."""
    step = max(1, _BLOCK_BYTES // (8 * points.ambient_dim))
    pivot = total = squares = np.zeros(points.ambient_dim)
    for start in range(0, points.n_points, step):
        block = points.chunk(start, min(start + step, points.n_points))
        if start == 0:
            pivot = block.mean(axis=0)
        block -= pivot
        total, squares = total + block.sum(axis=0), squares + np.einsum("ij,ij->j", block, block)
    shift = total / points.n_points
    variance = np.maximum(squares / points.n_points - shift**2, 0.0)
    column_mean = pivot + shift
    mean = float(column_mean.mean())
    std = float(np.sqrt((variance + (column_mean - mean) ** 2).mean()))
    return Moments(column_mean, np.sqrt(variance), mean, std)
