"""The two training points nearest to each state, exactly: what the ratio d1/d2 is made of."""

import numpy as np
from numpy.typing import NDArray

from remanifold.measures.panel import column_blocks
from remanifold.measures.training_points import TrainingPoints

_KEPT = 6  # candidates by products, among which explicit differences decide


def two_nearest(
    training: TrainingPoints, x: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """(rows, d1, d2): nearest training point of each of ``x`` (n, *shape), and the two least distances, (n,) each.

    Products of centred rows choose six candidates, float64 differences the two among them.
    """
    flat = x.reshape(len(x), -1)
    centre = flat.mean(axis=0)
    rows, values = np.empty((len(x), 0), dtype=np.int64), np.empty((len(x), 0))
    for start, block in column_blocks(training.points, np.arange(training.n_points)):
        shifted = block - centre
        relative = (shifted * shifted).sum(axis=1) / 2 - (flat - centre) @ shifted.T  # (n, block), up to |x|^2 / 2
        rows = np.hstack([rows, np.broadcast_to(np.arange(start, start + len(block)), relative.shape)])
        values = np.hstack([values, relative])
        best = np.argsort(values, axis=1, kind="stable")[:, :_KEPT]
        rows, values = np.take_along_axis(rows, best, 1), np.take_along_axis(values, best, 1)
    gaps = training.points.take(rows.ravel()).reshape(*rows.shape, -1) - flat[:, None]
    distances = np.sqrt((gaps * gaps).sum(axis=2))
    order = np.argsort(distances, axis=1, kind="stable")
    distances = np.take_along_axis(distances, order, 1)
    return np.take_along_axis(rows, order, 1)[:, 0], distances[:, 0], distances[:, 1]
