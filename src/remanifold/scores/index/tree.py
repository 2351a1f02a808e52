"""An order of points in which neighbours in space are neighbours in memory: balanced bisection."""

import numpy as np
from numpy.typing import NDArray


def bisection_order(coordinates: NDArray[np.float32], leaf: int) -> NDArray[np.int64]:
    """Permutation of the points (P, r) into runs of ``leaf`` points that lie close together; the last may be shorter.

    Each run is split at a multiple of ``leaf`` near its middle, along its axis of largest variance, until one block is
    left; points within a block keep their order in the data.
    """
    order = np.arange(len(coordinates))
    waiting = [(0, len(order))]
    while waiting:
        low, high = waiting.pop()
        if high - low <= leaf:
            order[low:high].sort()
            continue
        blocks = -(-(high - low) // leaf)
        middle = (blocks // 2) * leaf
        rows = coordinates[order[low:high]]
        axis = int(rows.var(axis=0, dtype=np.float64).argmax())
        order[low:high] = order[low:high][np.argpartition(rows[:, axis], middle, kind="introselect")]
        waiting += [(low, low + middle), (low + middle, high)]
    return order
