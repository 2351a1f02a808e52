"""Nearest rows, equal rows and close pairs where a row counts under several transforms, and the nearest decides."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from remanifold._core.compute import Compute
from remanifold._core.progress import Progress
from remanifold._core.types import Floats, Integers
from remanifold.data import Points
from remanifold.measures.neighbours.close_pairs import FoundPairs, close_pairs
from remanifold.measures.neighbours.near_rows import NearRows, near_rows
from remanifold.measures.neighbours.reading import ArrayRows, RowReader

_HELD_PART = 8  # of the memory: one version of the rows is held where it fits into that part


def nearer(one: NearRows, other: NearRows) -> NearRows:
    """The k nearest rows (q, k) of the union of two searches, each row once, at the less of its distances.

    Exact for the union: a row among the k nearest is among them in the search that holds its least distance.
    """
    k = one.rows.shape[1]
    rows = np.concatenate([one.rows, other.rows], axis=1)
    distances = np.concatenate([one.distances, other.distances], axis=1)
    order = np.lexsort((distances, rows), axis=1)
    rows, distances = (np.take_along_axis(a, order, axis=1) for a in (rows, distances))
    again = np.zeros(rows.shape, dtype=bool)
    again[:, 1:] = rows[:, 1:] == rows[:, :-1]
    rows, distances = np.where(again, -1, rows), np.where(again | (rows < 0), np.inf, distances)
    order = np.lexsort((rows, distances), axis=1)[:, :k]
    return NearRows(np.take_along_axis(rows, order, axis=1), np.take_along_axis(distances, order, axis=1))


def first_alike(
    points: Points, views: Sequence[Points], stands: Integers, distance: float, compute: Compute
) -> Integers:
    """For every row the first row that it is linked to, (P,): by ``stands``, or as it lies near a transformed row.

    Args:
        points: The rows.
        views: The same rows under each transform.
        stands: For every row the first of its own duplicates, (P,).
        distance: At which rows count as one.
        compute: What the search may use.
    """
    ends: tuple[list[Integers], list[Integers]] = [np.arange(len(stands))], [stands]
    for view in views:
        pairs = close_pairs(view, points, distance, None, compute.memory_bytes, compute.progress)
        for side, rows in zip(ends, pairs.closest(None)[:2]):
            side.append(rows)
    links = [np.concatenate(side) for side in ends]
    graph = coo_array((np.ones(len(links[0])), links), shape=(len(stands),) * 2)
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    return first[label]


def versions_of(
    points: Points, views: Sequence[Points], others: Points, crops: Sequence[Points]
) -> list[tuple[Points, Points]]:
    """All that is compared: the rows as they are and under ``views`` with the others, and with ``crops`` of these."""
    return [*((rows, others) for rows in (points, *views)), *((points, crop) for crop in crops)]


def nearest_view(
    versions: Sequence[tuple[Points, Points]], a: Integers, b: Integers
) -> tuple[NDArray[np.int64], Floats]:
    """In which of the ``versions`` row ``a`` of the first is nearest to row ``b`` of the second, how far, (k,) both."""
    if not len(a):
        return np.empty(0, dtype=np.int64), np.empty(0)
    gaps = np.stack([np.linalg.norm(rows.take(a) - others.take(b), axis=1) for rows, others in versions])
    best = gaps.argmin(axis=0)
    return best, gaps[best, np.arange(len(a))]


def held(rows: RowReader, memory: int) -> RowReader:
    """``rows`` in memory where they fit a part of it: a search reads them three times, and makes them as often."""
    if 8 * rows.n_points * rows.ambient_dim > memory // _HELD_PART:
        return rows
    return ArrayRows(rows.chunk(0, rows.n_points))


def transformed_pairs(
    a: Points,
    views: Sequence[Points],
    b: Points | None,
    crops: Sequence[Points],
    distance: float,
    nearest: bool,
    limit: int | None,
    memory: int,
    progress: Progress,
) -> tuple[FoundPairs, dict[tuple[int, int], int]]:
    """Pairs of rows of ``a`` and ``b``, or of ``a``, of which the first lies near the second as it is or transformed.

    Every pair is listed once, at its least distance; within one set the lesser row first, unless each row's
    ``nearest`` is wanted.

    Args:
        a: The rows.
        views: The same rows under each transform.
        b: Other rows; None: pairs within ``a``.
        crops: These, or with None those of ``a``, cropped.
        distance: At most.
        nearest: For each row of ``a`` the nearest alone.
        limit: Most pairs that will be asked for.
        memory: Bytes.
        progress: Told the stages.

    Returns:
        The pairs, and for each (row, row) which of `versions_of` is so near; 0: both as they are.
    """
    first_set, second_set = held(a, memory), None if b is None else held(b, memory)
    parts: list[tuple[Integers, Integers, Floats]] = []
    for place, (rows, others) in enumerate(versions_of(a, views, a if b is None else b, crops)):
        rows = first_set if rows is a else held(rows, memory)
        if others is a:
            others = first_set
        else:
            others = second_set if second_set is not None and others is b else held(others, memory)
        if nearest:
            every, columns = np.arange(a.n_points), np.arange(others.n_points)
            near = near_rows(others, columns, rows, every, 1, same=b is None, memory=memory, progress=progress)
            kept = near.nearest <= distance
            parts.append((every[kept], near.rows[kept, 0], near.nearest[kept]))
        elif b is None and place == 0:
            parts.append(close_pairs(first_set, None, distance, None, memory, progress).closest(None))
        else:
            parts.append(close_pairs(rows, others, distance, None, memory, progress).closest(None))
    first = np.concatenate([part[0] for part in parts])
    second = np.concatenate([part[1] for part in parts])
    gaps = np.concatenate([part[2] for part in parts])
    view = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    if b is None and not nearest:
        first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((view, gaps, second, first)) if not nearest else np.lexsort((view, second, gaps, first))
    if b is None:
        order = order[first[order] != second[order]]  # a symmetric picture is near itself
    first, second, gaps, view = first[order], second[order], gaps[order], view[order]
    new = np.ones(len(first), dtype=bool)
    new[1:] = (first[1:] != first[:-1]) | ((second[1:] != second[:-1]) & (not nearest))
    pairs = FoundPairs(limit)
    pairs.add(first[new], second[new], gaps[new])
    return pairs, dict(zip(zip(first[new].tolist(), second[new].tolist()), view[new].tolist()))
