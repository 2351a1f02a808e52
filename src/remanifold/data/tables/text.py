"""Tables in text files: comma, semicolon, tab or blanks between the columns, a header line or none."""

import math
from array import array
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.exact import MOST_EXACT, require_exact_text
from remanifold.data.labels import label_array
from remanifold.data.points import AS_STORED, Points, points_of
from remanifold.data.tables.columns import ColumnChoice, called, label_beside, label_name, option_of, require_names
from remanifold.data.tables.embedded import embedded
from remanifold.data.tables.header import Header, header_of
from remanifold.data.tables.identifiers import identifier_notes
from remanifold.data.tables.lines import Layout, Line, comments_among, first_lines, layout_of, table_lines
from remanifold.data.tables.mixed_text import MixedBody
from remanifold.data.tables.other_formats import require_table_text


def read_table(path: Path, key: str | None, choice: ColumnChoice) -> Points:
    """Points from a .csv, .tsv or .txt file, one per line, as float64; words, dates and missing cells are embedded.

    What separates the columns, whether there is a header and which column names the rows is found from the first 200
    lines and told in `Points.reading`. A column named ``label``, or the one that ``choice`` names, becomes the labels.

    Raises:
        InvalidInput: if a cell is no number (line and column are named), lines differ in length, the first line may be
            a header as well as a point, or it is no text.
    """
    if key is not None:
        raise refusal("a table holds one array, so the key must be left out", repr(key), "leave it out")
    require_table_text(path)
    layout = layout_of(path)
    looked = list(first_lines(table_lines(path, layout)))
    is_comment = comments_among(looked, layout.separator)
    header = header_of(looked, is_comment, layout, str(path), choice.named)

    def read(body: _Body) -> Points:
        for line, cells in table_lines(path, layout):
            if is_comment(cells):
                body.skip(line, cells)
            elif line > header.after:
                body.add(line, cells)
        return body.points((layout.words, *header.told))

    try:
        return read(_Body(path, layout, header, choice))
    except _NotNumbersError:
        return read(_Body(path, layout, header, choice, mixed=True))


class _NotNumbersError(Exception):
    """A cell holds no number: the table is read by columns."""


class _Body:
    """The cells of a table as they come: numbers, labels, row names."""

    def __init__(self, path: Path, layout: Layout, header: Header, choice: ColumnChoice, mixed: bool = False) -> None:
        self._path, self._layout, self._header, self._choice = path, layout, header, choice
        self._columns = header.names
        label = label_name(header.names, choice, str(path))
        self._label = None if label is None else header.names.index(label)
        aside = {self._label, header.row_names, *header.left_out, *header.empty}
        self._by_default = [k for k in range(len(self._columns)) if k not in aside]
        self._kept = choice.kept(self._columns, self._by_default, str(path)) if self._by_default or choice.keep else []
        chosen = [self._columns[k] for k in self._kept]
        label, self._told = label_beside(label, chosen, choice, str(path))
        self._label = None if label is None else self._label
        self._row_names = None if header.row_names in self._kept else header.row_names
        self._empty = header.empty
        self._numbers = array("d")
        self._n = 0
        self._labels: list[str] = []
        self._names: list[str] = []
        self._comments = 0
        self._line = 0
        self._broken: list[int] = []
        self._at_end: list[Line] = []
        names = [name or str(k) for name, k in zip(chosen, self._kept)]
        if mixed:
            require_names(names, str(path))
        self._mixed = MixedBody(names, self._kept, layout) if mixed else None

    def skip(self, line: int, cells: list[str]) -> None:
        """A comment; below the first point it must stand below the last."""
        self._comments += line != self._header.after
        if self._n:
            self._at_end.append((line, cells))

    def add(self, line: int, cells: list[str]) -> None:
        if not any(cells) and len(cells) > 1:
            self._at_end.append((line, cells))
            return
        for before in self._at_end:
            self._add(*before)  # refuses it
        self._add(line, cells)

    def _add(self, line: int, cells: list[str]) -> None:
        columns = len(self._columns)
        if len(cells) != columns:
            got = f"{len(cells)} in line {line} of {self._path}"
            raise refusal(f"every line must have {columns} cells like the first", got, "correct the line")
        extra = next((k for k in self._empty if cells[k]), None)
        if extra is not None:
            got = f"{cells[extra]!r} in {self._place(line, extra)} of {self._path}"
            raise refusal("a column without name or numbers in the first lines must stay empty", got, "name the column")
        if self._mixed is not None:
            if not any(cells):
                raise refusal("a line must have a cell", f"none in line {line} of {self._path}", "remove the line")
            self._mixed.add(line, cells)
        else:
            self._add_numbers(line, cells)
        self._n += 1
        if line > self._line + 1 and any(len(cell.splitlines()) > 1 for cell in cells):
            self._broken.append(line)
        self._line = line
        if self._label is not None:
            self._labels.append(cells[self._label])
        if self._row_names is not None:
            self._names.append(cells[self._row_names])

    def _add_numbers(self, line: int, cells: list[str]) -> None:
        try:
            numbers = self._layout.numbers([cells[k] for k in self._kept])
        except ValueError:
            raise _NotNumbersError from None
        if any(map(math.isnan, numbers)):
            raise _NotNumbersError
        self._numbers.extend(numbers)
        if max(numbers, default=0) > MOST_EXACT or min(numbers, default=0) < -MOST_EXACT:
            for k in self._kept:
                self._require_exact(line, k, cells[k])

    def _require_exact(self, line: int, column: int, cell: str) -> None:
        place = f"{self._place(line, column)} of {self._path}"
        require_exact_text(self._layout.with_point(cell), place, option_of(self._columns, column))

    def _place(self, line: int, column: int) -> str:
        name = f" ({self._columns[column]})" if self._columns[column] else ""
        return f"line {line}, column {column + 1}{name}"

    def _refusal(self, line: int, column: int, cell: str) -> InvalidInput:
        option, got = option_of(self._columns, column), f"{cell!r} in {self._place(line, column)} of {self._path}"
        do = f"correct the cell, or leave the column out (`ignore` {option!r})"
        return refusal("a cell must be a number", got, do)

    def points(self, told: tuple[str, ...]) -> Points:
        """The points of all lines added; ``told``: how the file was split."""
        flat = np.frombuffer(self._numbers, np.float64) if self._numbers else np.empty(0)
        shape = self._n, len(self._kept)
        rows = flat.reshape(shape) if self._mixed is None else np.broadcast_to(0.0, shape)
        names = [self._columns[k] for k in self._kept]
        if self._n == 0:
            do = "pass a table of numbers"
            raise refusal("a table must have lines of numbers", f"none below its first in {self._path}", do)
        blank = [line for line, cells in self._at_end if not any(cells)]
        told += (f"{self._comments} more lines of comments skipped",) if self._comments else ()
        told += (f"left out {len(blank)} at the end without any number ({_lines(blank)})",) if blank else ()
        told += (f"line breaks inside quotes of {len(self._broken)} rows ({_lines(self._broken)})",) * bool(
            self._broken
        )
        told += self._told
        told += self._choice.told(self._columns, self._by_default, self._kept)
        label = None if self._label is None else called(self._columns, self._label)
        points = points_of(
            rows,
            str(self._path),
            "csv",
            labels=None if self._label is None else label_array(self._labels),
            row_names=tuple(self._names) if self._row_names is not None else None,
            preprocessing="first column taken as row names" if self._row_names == 0 else AS_STORED,
            value_names=_value_names(names, self._kept),
            label_source=None if label is None else f"column {label} of {self._path}",
            reading=told + (_notes(rows, names, self._kept) if self._mixed is None else ()),
        )
        if self._mixed is None:
            return points
        columns = self._mixed.columns(self._refusal, self._require_exact)
        numbers = [column for column in columns if column.kind == "number" and not column.missing.any()]
        if numbers:
            notes = identifier_notes(np.stack([one.values for one in numbers], 1), [one.name for one in numbers])
            points = points.told(notes)
        return embedded(points, columns)


def _lines(numbers: list[int]) -> str:
    return f"line {', '.join(map(str, numbers[:3]))}{', ...' * (len(numbers) > 3)}"


def _value_names(names: list[str], kept: list[int]) -> tuple[str, ...]:
    chosen = kept != list(range(len(kept)))
    return tuple(name or str(k) for name, k in zip(names, kept)) if any(names) or chosen else ()


def _notes(rows: NDArray, names: list[str], kept: list[int]) -> tuple[str, ...]:
    """Notes on columns that may be none; a column without a name is called by its number in the file."""
    return identifier_notes(rows, [name or str(k) for name, k in zip(names, kept)], any(names))
