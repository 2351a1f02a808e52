"""Nearest rows of other persons, where rows belong together: of its own person every row has near ones."""

from typing import Any

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.types import Floats, Integers
from remanifold.measures.neighbours.near_rows import NearRows, near_rows, nearest_points
from remanifold.measures.neighbours.reading import DEFAULT_MEMORY, RowReader

_K = 16  # neighbours among which another person is looked for before the whole set is


def nearest_of_others(
    points: RowReader,
    columns: Integers,
    rows: Integers,
    persons: Integers,
    *,
    threads: int = 1,
    device: str = "cpu",
    memory: int = DEFAULT_MEMORY,
) -> tuple[Integers, Floats]:
    """(row numbers, distances) of the nearest row of another person, for each of ``rows``, (q,) both.

    Args:
        points: Where rows are read.
        columns: Rows that count, ascending.
        rows: Rows asked about, some of ``columns``, ascending.
        persons: Of all rows of ``points``, (P,).
        threads, device, memory: See `near_rows`.

    Raises:
        InvalidInput: if all rows belong to one person.
    """
    how: dict[str, Any] = {"threads": threads, "device": device, "memory": memory}
    near = near_rows(points, columns, points, rows, _K, same=True, **how)
    return _first_of_others(points, columns, rows, persons, persons[rows], near, how)


def by_persons(
    near: NearRows,
    points: RowReader,
    columns: Integers,
    queries: RowReader,
    query_rows: Integers,
    persons: Integers,
    *,
    threads: int = 1,
    device: str = "cpu",
) -> NearRows:
    """The nearest row of each query and the nearest row of another person than that, (q, 2).

    So d1/d2 is small where a query is near to one person, of whom there may be several rows.

    Args:
        near: The nearest rows of the queries, nearest first.
        points, columns, queries, query_rows: See `near_rows`.
        persons: Of all rows of ``points``, (P,).
        threads, device: See `near_rows`.

    Raises:
        InvalidInput: if all rows belong to one person.
    """
    first = near.rows[:, 0]
    rows, distances = _first_of_others(
        queries, columns, query_rows, persons, persons[first], near, {"threads": threads, "device": device}, points
    )
    return NearRows(np.column_stack([first, rows]), np.column_stack([near.nearest, distances]))


def _first_of_others(
    queries: RowReader,
    columns: Integers,
    rows: Integers,
    persons: Integers,
    own: Integers,
    near: NearRows,
    how: dict[str, Any],
    points: RowReader | None = None,
) -> tuple[Integers, Floats]:
    """The first of ``near`` that is not of the person ``own``; where none is, the nearest of all others."""
    other = (near.rows >= 0) & (persons[near.rows] != own[:, None])
    place = other.argmax(axis=1)
    at = np.arange(len(rows))
    found, distances = near.rows[at, place].copy(), near.distances[at, place].copy()
    missing = np.flatnonzero(~other.any(axis=1))
    for person in np.unique(own[missing]):
        asked = missing[own[missing] == person]
        others = columns[persons[columns] != person]
        if not len(others):
            raise refusal("groups must be at least two", "one group of all rows", "give every row its group")
        found[asked], distances[asked] = nearest_points(
            points or queries, others, queries, rows[asked], same=False, **how
        )
    return found, distances
