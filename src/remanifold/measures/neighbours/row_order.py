"""Do rows that follow each other in the data lie nearest to each other? Frames of a video do, shuffled rows do not."""

import numpy as np

from remanifold._core.types import Integers


def adjacent_pairs(rows: Integers, nearest: Integers, distinct: Integers) -> tuple[int, float]:
    """Pairs of rows that follow each other, one of them nearest to the other, and a bound on their expected share.

    A pair whose rows are nearest to each other counts once: such pairs are no two independent events. In random order
    the nearest of n points is the one before or after with probability 2/(n - 1) at most, so that the number of pairs
    lies below a binomial number of as many trials as ``rows``.

    Args:
        rows: Rows looked at, (q,).
        nearest: The nearest other of each, (q,), all among ``distinct``.
        distinct: Rows that count, ascending, (n,).

    Returns:
        The pairs; 2/(n - 1).
    """
    places = np.searchsorted(distinct, np.stack([rows, nearest]))
    low, high = places.min(axis=0), places.max(axis=0)
    return len(np.unique(low[high - low == 1])), min(1.0, 2 / max(1, len(distinct) - 1))
