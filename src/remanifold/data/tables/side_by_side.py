"""Rows of a table beside each other, cell by cell, with the columns in which they agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats
from remanifold.data.maps.standardized import scaling_of
from remanifold.data.points import Points
from remanifold.data.tables.cells import Column
from remanifold.data.tables.compared_columns import column_names

MOST_PAIRS, _MOST_COLUMNS = 24, 200
_ALIKE = 0.01  # standard deviations of a column of the first set


@dataclass(frozen=True)
class PairOfRows:
    """Two rows.

    Attributes:
        row_a, row_b: Their numbers in the two sets.
        values_a, values_b: Their cells as text, by column; texts of unequal cells differ.
        agree: In which columns their cells are equal, or both are missing.
        near: In which columns they agree or are numbers or dates at most 0.01 standard deviations apart.
    """

    row_a: int
    row_b: int
    values_a: tuple[str, ...]
    values_b: tuple[str, ...]
    agree: tuple[bool, ...]
    near: tuple[bool, ...] = ()

    @property
    def words(self) -> str:
        """In how many columns they agree, and in how many they are near."""
        more = sum(self.near) - sum(self.agree)
        return f"agree in {sum(self.agree)} of {len(self.agree)} columns" + (f", near in {more} more" * (more > 0))


@dataclass(frozen=True)
class SideBySide:
    """Pairs of rows of a table.

    Attributes:
        columns: Names of its columns.
        pairs: The pairs.
    """

    columns: tuple[str, ...]
    pairs: tuple[PairOfRows, ...]


def side_by_side(train: Points, a: Points, b: Points, pairs: Sequence[tuple[int, int]]) -> SideBySide | None:
    """The first 24 of ``pairs``, rows of ``a`` and of ``b``; None without pairs or for rows of no table.

    Args:
        train: The set whose columns' standard deviations count.
        a, b: Sets of the same columns, embedded alike.
        pairs: Row numbers in ``a`` and in ``b``.
    """
    columns = column_names(train)
    if not pairs or not columns or len(columns) > _MOST_COLUMNS:
        return None
    shown = pairs[:MOST_PAIRS]
    spread = _spread(train)
    side_a, side_b = (_cells(points, [pair[side] for pair in shown]) for side, points in enumerate((a, b)))
    made = []
    for k, (row_a, row_b) in enumerate(shown):
        cells, agree, near = [], [], []
        for one, other, unit in zip(side_a[k], side_b[k], spread):
            agree.append(one.value == other.value)
            gap = abs(one.number - other.number)  # nan: no numbers
            near.append(agree[-1] or bool(gap <= _ALIKE * unit))
            exact = not agree[-1] and one.short == other.short
            cells.append((one.exact, other.exact) if exact else (one.short, other.short))
        text_a, text_b = (tuple(cell[side] for cell in cells) for side in (0, 1))
        made.append(PairOfRows(int(row_a), int(row_b), text_a, text_b, tuple(agree), tuple(near)))
    return SideBySide(columns, tuple(made))


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


@dataclass(frozen=True)
class _Cell:
    """A cell: as text of ten digits and of all, as what it equals, and as a number, nan where it is none."""

    short: str
    exact: str
    value: object
    number: float = np.nan


def _cells(points: Points, rows: Sequence[int]) -> list[list[_Cell]]:
    """Cells of ``rows``."""
    if points.cells is None:
        own = points if points.own is None else points.own
        values = own.take(np.array(rows, dtype=np.int64)).tolist()
        return [[_Cell(f"{x:.10g}", repr(x).removesuffix(".0"), x, x) for x in row] for row in values]
    columns = {column.name: column for column in points.cells.columns}
    return [[_cell(columns[one.name], row) for one in points.cells.embedding.columns] for row in rows]


def _cell(column: Column, row: int) -> _Cell:
    short, exact = column.text(row), column.text(row, exact=True)
    if column.lacks(row):
        return _Cell(short, exact, None)
    value = float(column.values[row])
    if column.kind in ("number", "date"):
        return _Cell(short, exact, value, value)
    return _Cell(short, exact, column.words[int(value)] if column.kind == "category" else value)
