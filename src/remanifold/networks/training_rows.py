"""Training points in memory, with their fingerprint, mean and scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold.data import PointsLike, Survey, open_points, survey


@dataclass(frozen=True)
class TrainingRows:
    """Points that a network is trained on.

    Attributes:
        values: (P, N), float32.
        shape: Of one sample.
        survey: Fingerprint, mean and scale.
    """

    values: NDArray[np.float32]
    shape: tuple[int, ...]
    survey: Survey


def training_rows(rows: PointsLike) -> TrainingRows:
    """Read ``rows``, whatever `open_points` takes, into memory.

    Raises:
        InvalidInput: if they cannot be used, or are all equal.
    """
    points = open_points(rows)
    return TrainingRows(points.chunk(0, points.n_points, np.float32), points.shape, survey(points))
