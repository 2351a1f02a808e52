"""Which rows are looked at where there are too many to look at all."""

import numpy as np
from numpy.typing import NDArray

from remanifold._core.seeds import generator


def choose_queries(rows: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """At most ``most`` of ``rows``, at random, ascending; a larger ``most`` keeps the earlier choice and adds to it."""
    if most >= len(rows):
        return rows
    order = generator(seed, "choice of queries").permutation(len(rows))
    return np.sort(rows[order[:most]])
