"""The columns of tables that are compared: their names, and their cells as numbers, alike in all sets."""

from collections.abc import Iterator, Sequence

import numpy as np

from remanifold._core.types import Floats
from remanifold.data.points import Points


def column_names(points: Points) -> tuple[str, ...]:
    """Names of the columns that are compared; empty for rows of no table."""
    if points.cells is not None:
        return tuple(column.name for column in points.cells.embedding.columns)
    return points.record.value_names


def column_values(sets: Sequence[Points]) -> Iterator[list[Floats]]:
    """Each column of all ``sets``, (rows,) each, in its own units, nan where a cell is missing.

    Words are numbered alike, -1 where one is missing.
    """
    if sets[0].cells is None:
        rows = [(points if points.own is None else points.own) for points in sets]
        tables = [points.take(np.arange(points.n_points), np.float64) for points in rows]
        yield from ([table[:, k] for table in tables] for k in range(tables[0].shape[1]))
        return
    for name in column_names(sets[0]):
        columns = [next(c for c in points.cells.columns if c.name == name) for points in sets if points.cells]
        words: dict[str, int] = {}
        values = []
        for column in columns:
            if column.kind != "category":
                values.append(column.values.astype(np.float64))
                continue
            place = np.array([*(words.setdefault(word, len(words)) for word in column.words), -1], dtype=np.float64)
            values.append(place[column.values])
        yield values
