"""Rows of a table beside each other, cell by cell, with the columns in which they agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats
from remanifold.data.maps.standardized import scaling_of
from remanifold.data.points import Points

MOST_PAIRS, _MOST_COLUMNS = 24, 200
_ALIKE = 0.01  # standard deviations of a column of the first set


@dataclass(frozen=True)
class PairOfRows:
    """Two rows.

    Attributes:
        row_a, row_b: Their numbers in the two sets.
        values_a, values_b: Their cells as text, by column.
        agree: In which columns they agree: the same text, or numbers at most 0.01 standard deviations apart.
    """

    row_a: int
    row_b: int
    values_a: tuple[str, ...]
    values_b: tuple[str, ...]
    agree: tuple[bool, ...]


@dataclass(frozen=True)
class SideBySide:
    """Pairs of rows of a table whose columns have these names."""

    columns: tuple[str, ...]
    pairs: tuple[PairOfRows, ...]


def side_by_side(train: Points, a: Points, b: Points, pairs: Sequence[tuple[int, int]]) -> SideBySide | None:
    """The first 24 of ``pairs``, rows of ``a`` and of ``b``; None without pairs or for rows of no table.

    Args:
        train: The set whose columns' standard deviations count.
        a, b: Sets of the same columns, embedded alike.
        pairs: Row numbers in ``a`` and in ``b``.
    """
    columns = _names(train)
    if not pairs or not columns or len(columns) > _MOST_COLUMNS:
        return None
    shown = pairs[:MOST_PAIRS]
    spread = _spread(train)
    sides = [_cells(points, [pair[side] for pair in shown]) for side, points in enumerate((a, b))]
    made = []
    for k, (row_a, row_b) in enumerate(shown):
        (text_a, numbers_a), (text_b, numbers_b) = (side[k] for side in sides)
        near = np.abs(numbers_a - numbers_b) <= _ALIKE * spread  # nan: not numbers
        agree = tuple(bool(one == two or close) for one, two, close in zip(text_a, text_b, near))
        made.append(PairOfRows(int(row_a), int(row_b), text_a, text_b, agree))
    return SideBySide(columns, tuple(made))


def _names(points: Points) -> tuple[str, ...]:
    if points.cells is not None:
        return tuple(column.name for column in points.cells.embedding.columns)
    return points.record.value_names


def _spread(points: Points) -> Floats:
    """Standard deviation of each column, nan where it holds no numbers."""
    own = points if points.own is None else points.own
    if points.cells is not None:
        columns = {column.name: column for column in points.cells.columns}
        numbers = [columns[one.name] for one in points.cells.embedding.columns]
        return np.array([one.numbers.std() if one.kind in ("number", "date") else np.nan for one in numbers])
    scaling = points.scaling
    if scaling is None or scaling.kind != "sd":
        scaling = scaling_of(own, "sd")
    return np.array(scaling.scale)


def _cells(points: Points, rows: Sequence[int]) -> list[tuple[tuple[str, ...], Floats]]:
    """Cells of ``rows`` as text and as numbers, nan where they are none."""
    if points.cells is None:
        own = points if points.own is None else points.own
        values = own.take(np.array(rows, dtype=np.int64))
        return [(tuple(f"{value:.10g}" for value in row), row) for row in values]
    columns = {column.name: column for column in points.cells.columns}
    shown = [columns[one.name] for one in points.cells.embedding.columns]
    made = []
    for row in rows:
        numbers = [float(one.values[row]) if one.kind in ("number", "date") else np.nan for one in shown]
        made.append((tuple(one.text(row) for one in shown), np.array(numbers)))
    return made
