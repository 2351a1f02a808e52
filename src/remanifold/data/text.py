"""Tables of numbers in text files: comma, semicolon, tab or space between the columns, a header line or none."""

from array import array
from itertools import islice
from pathlib import Path

import numpy as np

from remanifold._core.errors import refusal
from remanifold.data.labels import label_array
from remanifold.data.lines import LABEL_COLUMN, table_lines
from remanifold.data.points import AS_STORED, Points, points_of


def read_table(path: Path, key: str | None) -> Points:
    """Points from a .csv, .tsv or .txt file, one per line, as float64.

    The first line is a header if none of its cells is a number, or one is ``label``. A column named ``label`` becomes
    the labels; a first column without a name (as pandas writes its index) becomes the row names.

    Raises:
        InvalidInput: if a cell is no number (line and column are named), lines differ in length, or it is no text.
    """
    if key is not None:
        raise refusal("a table holds one array, so the key must be left out", repr(key), "leave it out")
    lines = list(islice(table_lines(path), 1))
    if not lines:
        raise refusal("a table must have lines of numbers", f"none in {path}", "pass a file with data")
    cells = lines[0][1]
    header = _is_header(cells)
    body = _Body(path, cells if header else [""] * len(cells))
    for line, cells in islice(table_lines(path), int(header), None):
        body.add(line, cells)
    return body.points()


def _is_header(cells: list[str]) -> bool:
    pandas = len(cells) > 1 and cells == ["", *map(str, range(len(cells) - 1))]
    named = LABEL_COLUMN in [cell.lower() for cell in cells]
    return pandas or named or not any(map(_is_number, cells))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


class _Body:
    """The cells of a table as they come: numbers, labels, row names."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self._path = path
        self._columns = columns
        self._named = any(columns)
        self._index = self._named and len(columns) > 1 and columns[0] == ""
        self._label = next((i for i, name in enumerate(columns) if name.lower() == LABEL_COLUMN), None)
        self._kept = [i for i in range(len(columns)) if i != self._label and not (self._index and i == 0)]
        self._numbers = array("d")
        self._n = 0
        self._labels: list[str] = []
        self._names: list[str] = []

    def add(self, line: int, cells: list[str]) -> None:
        if len(cells) != len(self._columns):
            got = f"{len(cells)} in line {line} of {self._path}"
            raise refusal(f"every line must have {len(self._columns)} cells like the first", got, "correct the line")
        try:
            self._numbers.extend([float(cells[i]) for i in self._kept])
        except ValueError:
            self._refuse(line, cells)
        self._n += 1
        if self._label is not None:
            self._labels.append(cells[self._label])
        if self._index:
            self._names.append(cells[0])

    def _refuse(self, line: int, cells: list[str]) -> None:
        column = next(i for i in self._kept if not _is_number(cells[i]))
        place = f"line {line}, column {column + 1}"
        name = f" ({self._columns[column]})" if self._columns[column] else ""
        got = f"{cells[column]!r} in {place}{name} of {self._path}"
        raise refusal("a cell must be a number", got, "correct the cell or remove the column")

    def points(self) -> Points:
        """The points of all lines added."""
        flat = np.frombuffer(self._numbers, np.float64) if self._numbers else np.empty(0)
        return points_of(
            flat.reshape(self._n, len(self._kept)),
            str(self._path),
            "csv",
            labels=None if self._label is None else label_array(self._labels),
            row_names=tuple(self._names) if self._index else None,
            preprocessing="first column taken as row names" if self._index else AS_STORED,
            value_names=tuple(self._columns[i] for i in self._kept) if self._named else (),
            label_source=None if self._label is None else f"column {self._columns[self._label]} of {self._path}",
        )
