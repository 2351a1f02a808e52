"""Names of rows in tables: where a cell tells a row by its number, its file stands beside it."""

from collections.abc import Mapping
from dataclasses import replace

from remanifold.plots.page.table import Cell, Table

_MOST = 3  # of one cell


def with_names(table: Table, names: Mapping[str, str]) -> Table:
    """``table`` with the ``names`` of the rows whose pictures its cells may show."""
    if not names:
        return table

    def told(cell: Cell) -> Cell:
        found = [names[row] for row in cell.pictures if row in names]
        shown = ", ".join(found[:_MOST]) + (", …" if len(found) > _MOST else "")
        return replace(cell, text=f"{cell.text} ({shown})") if found else cell

    return replace(table, rows=tuple(tuple(map(told, row)) for row in table.rows))
