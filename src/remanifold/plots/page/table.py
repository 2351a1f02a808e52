"""A table of text cells, for pages and for Markdown."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from remanifold._core.shown import plain

T = TypeVar("T")
MOST_ROWS = 50
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")


@dataclass(frozen=True)
class Cell:
    """Text of one cell, the names of the rows whose pictures belong beside it ("train:12"), and its style class."""

    text: str
    pictures: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table: column heads, rows of cells, and how many rows were left out (they are in the JSON)."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0


EMPTY = Table("", (), ())


def table_of(
    caption: str,
    columns: Sequence[str],
    items: Sequence[T],
    cells: Callable[[T], Iterable[str | Cell]],
    most: int = MOST_ROWS,
) -> Table:
    """The table of the first ``most`` items, a row each; `EMPTY` where there is none."""
    if not items:
        return EMPTY
    rows = tuple(tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells(item)) for item in items[:most])
    return Table(caption, tuple(columns), rows, max(0, len(items) - most))


def markdown_table(table: Table, most: int = MOST_ROWS) -> str:
    """The first ``most`` rows of ``table`` as Markdown; pictures are left out."""
    rows = [[escaped(cell.text) for cell in row] for row in table.rows[:most]]
    lines = [[escaped(name) for name in table.columns], ["---"] * len(table.columns), *rows]
    left_out = table.left_out + len(table.rows) - len(rows)
    text = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return text + (f"\n\n{left_out} more in the JSON." if left_out else "")


def markdown_list(items: Iterable[str]) -> str:
    """A bulleted list."""
    return "\n".join(f"- {escaped(item)}" for item in items)


def escaped(text: str) -> str:
    """``text`` without effect on the Markdown around it."""
    return _SPECIAL.sub(r"\\\1", plain(" ".join(text.split())))
