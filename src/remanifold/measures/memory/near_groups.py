"""Groups of near copies among training rows, and how much a network remembers each group."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats, Integers
from remanifold.measures.memory.nearest_training import NearestTraining


@dataclass(frozen=True)
class NearGroup:
    """Training rows that are linked as nearest others at a small distance.

    Attributes:
        members: Row numbers, ascending.
        max_distance: Of its links, data units.
        gap: Mean loss gap of its rows, nats: 0 without memory.
    """

    members: tuple[int, ...]
    max_distance: float
    gap: float


def near_groups(training_rows: Integers, nearest: NearestTraining, within: float, gap: Floats) -> tuple[NearGroup, ...]:
    """Groups of rows whose nearest other training row lies within a distance, largest gap first.

    Args:
        training_rows: Distinct training rows that were looked at, ascending, (n,).
        nearest: Their nearest other training rows; links to rows that were not looked at make no group.
        within: The distance, data units.
        gap: Loss gaps of the rows, nats, (n,).
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(training_rows)
    place = np.minimum(np.searchsorted(training_rows, nearest.rows), n - 1)
    linked = np.flatnonzero((nearest.own <= within) & (training_rows[place] == nearest.rows))
    graph = coo_array((np.ones(len(linked)), (linked, place[linked])), shape=(n, n))
    label = connected_components(graph, directed=False)[1]
    found = []
    for one in np.unique(label[linked]):
        members = np.flatnonzero(label == one)
        far = float(nearest.own[members][nearest.own[members] <= within].max())
        found.append(NearGroup(tuple(training_rows[members].tolist()), far, float(gap[members].mean())))
    return tuple(sorted(found, key=lambda group: -group.gap))
