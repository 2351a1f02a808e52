"""Pairs of rows at most a radius apart, from products of those rows that are near in one coordinate.

Where rows fill many dimensions evenly a k-d tree excludes next to nothing; a product takes a nanosecond or two a pair.
"""

import numpy as np

from remanifold._core.types import Floats, Integers

_MOST_PAIRS = 10**9  # of rows whose windows meet: a second or two; a tree does better beyond
_MOST_FOUND = 10**6  # in one product: more says that the radius tells little apart
_ROWS, _OTHERS = 512, 2048  # of a product: 8 MB
_ROUNDING = 1e-13  # of the largest squared norm: far above the error of a product


def pairs_in_windows(table: Floats, radius: float, most: int) -> Integers | None:
    """All pairs (i, j), i < j, of rows of ``table`` (n, few) at Euclidean distance ``radius`` or less, (pairs, 2).

    None where the rows are too dense along every coordinate for this way, or there are more than ``most``.
    """
    along = int(table.var(axis=0).argmax())
    order = np.argsort(table[:, along], kind="stable")
    rows = table[order]
    stops = np.searchsorted(rows[:, along], rows[:, along] + radius * (1 + 1e-9), side="right")
    if int((stops - np.arange(len(rows))).sum()) > _MOST_PAIRS:
        return None
    centred = rows - rows.mean(axis=0)
    half = np.square(centred).sum(axis=1) / 2
    one = np.ones(len(rows))
    left, right = np.column_stack([centred, -half, one]), np.column_stack([centred, one, -half])
    least = -(radius**2) / 2 - _ROUNDING * float(half.max())
    found = [np.empty((0, 2), dtype=np.int64)]
    for start in range(0, len(rows), _ROWS):
        stop = min(start + _ROWS, len(rows))
        for begin in range(start, int(stops[stop - 1]), _OTHERS):
            end = min(begin + _OTHERS, int(stops[stop - 1]))
            i, j = np.nonzero(left[start:stop] @ right[begin:end].T >= least)  # minus half the squared distances
            i, j = i + start, j + begin
            i, j = i[later := j > i], j[later]
            if len(i) > _MOST_FOUND:
                return None
            near = np.linalg.norm(rows[i] - rows[j], axis=1) <= radius
            most -= int(near.sum())
            if most < 0:
                return None
            found.append(np.sort(np.stack([order[i[near]], order[j[near]]], axis=1), axis=1))
    return np.concatenate(found)
