"""The header of a text table, told from its first line and the lines after it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from remanifold._core.errors import refusal
from remanifold.data.labels import label_column
from remanifold.data.tables.lines import Layout, Line, first_lines, is_comment, usual

_MISSING = ("", "na", "n/a", "nan", "null", "none", "-", "?", ".")
_STEPS = 4  # numbers
_WHOLE = re.compile(r"[+-]?\d+")
_REINDEXED = re.compile(r"Unnamed: \d+")  # the name that pandas gives to a column without one


@dataclass(frozen=True)
class Header:
    """What the first lines of a table tell.

    Attributes:
        names: Of the columns, "" for one without; as many as a line has cells.
        after: Lines with numbers begin after this line, from 1; 0: with the first.
        row_names: Number of the column that names the rows; None where there is none.
        left_out: Numbers of other columns that are no coordinates: empty ones, a second index.
        told: All of it in sentences.
    """

    names: tuple[str, ...]
    after: int
    row_names: int | None
    left_out: tuple[int, ...]
    told: tuple[str, ...]


def header_of(lines: Iterable[Line], layout: Layout, source: str) -> Header:
    """The header of the table with these ``lines``.

    Raises:
        InvalidInput: if there is no line of cells, or the first may be a header as well as a point.
    """
    looked = list(first_lines(lines))
    comments = [line for line in looked if is_comment(line[1])]
    table = [line for line in looked if any(line[1]) and not is_comment(line[1])]
    if not table:
        raise refusal("a table must have lines of numbers", f"none in {source}", "pass a file with data")
    number, first = table[0]
    body = [cells for _, cells in table[1:]]
    width = usual([len(cells) for cells in body]) or len(first)
    told = []
    if _is_header(first, body, layout, source):
        told.append(f"line {number} is the header")
    else:
        doubt = _doubt(first, body, layout)
        number, first = _from_comments(comments, number, width, layout) or (0, [""] * len(first))
        no_header = f"no header: the first line is a point{doubt}"
        told.append(f"names from the comment in line {number}" if number else no_header)
        body = [cells for _, cells in table]
    trailing = _empty_at_the_end(first, body, width)
    names, row_names = list(first), None
    if len(first) + len(trailing) < width and _names_rows(first, body, layout.separator):
        names, row_names = ["", *names], 0
        told.append("the first column, which the header does not name, holds row names")
    elif len(first) > 1 and any(first) and first[0] == "":
        row_names = 0
        told.append("the first column, without a name, holds row names")
    again = [
        k for k in range(len(names)) if _REINDEXED.fullmatch(names[k]) and _is_key([c[k] for c in body if k < len(c)])
    ]
    if again and row_names is None and again[0] == 0:
        row_names = again.pop(0)
        told.append(f"the column {names[0]}, an index of pandas, holds row names")
    told += [f"left out {names[k]}, an index of pandas" for k in again]
    if trailing:
        told.append(f"left out {len(trailing)} empty at the ends of all lines (separators without a number after them)")
        names += [""] * (width - len(names))
    return Header(tuple(names), number, row_names, (*again, *trailing), tuple(told))


def is_missing(cell: str) -> bool:
    """Whether a cell stands for a number that is not there."""
    return cell.lower() in _MISSING


def _is_header(first: list[str], body: list[list[str]], layout: Layout, source: str) -> bool:
    if label_column(first) is not None:
        return True
    numbers = [layout.is_number(cell) for cell in first]
    if not any(numbers):
        return any(map(_is_word, first)) or all(re.search(r"[^\W\d_eE]", cell) for cell in first)
    if all(numbers):
        return _counts_columns(first, body, source)
    if first[0] == "" and all(numbers[1:]):  # an index without a name beside columns that are called by numbers
        column = [cells[0] for cells in body]
        return _is_key(column) or not all(map(layout.is_number, column))
    shifted = bool(body) and len(first) == len(body[0]) - 1
    words = [k for k, cell in enumerate(first) if not numbers[k] and not is_missing(cell) and _is_word(cell)]
    below = [[cells[k + shifted] for cells in body if k + shifted < len(cells)] for k in words]
    below = [[cell for cell in column if not is_missing(cell)] for column in below]
    return any(column and all(map(layout.is_number, column)) for column in below)


def _is_word(cell: str) -> bool:
    """Whether a cell is a word rather than a number that is written badly, such as 1.O5 or <0.1."""
    shown = re.search(r"[^\W_]", cell)
    return shown is not None and shown[0].isalpha()


def _counts_columns(first: list[str], body: list[list[str]], source: str) -> bool:
    """Whether a first line 0, 1, 2, ... is a header, as pandas writes one for columns without names."""
    width = len(first)
    if width < 2 or not body or first not in (_count(0, width), _count(1, width)) or all(map(_counts_up, body)):
        return False
    if not any(_WHOLE.fullmatch(cell) for cells in body for cell in cells):
        return True
    if width == 2:
        return False
    if first[0] == "0" and not any(sorted(cells) == sorted(first) for cells in body):
        return True
    raise refusal(
        "a first line must be told to be a header or a point",
        f"{', '.join(first[:6])}{', ...' * (width > 6)} above whole numbers in {source}",
        "put a line of names above it if it is a point, or in its place if it is a header",
    )


def _doubt(first: list[str], body: list[list[str]], layout: Layout) -> str:
    """Words where a first line of numbers has even steps, as wavelengths above a table have, and no other line has."""
    if len(first) < _STEPS or not all(map(layout.is_number, first)):
        return ""
    lines = [[layout.number(cell) for cell in cells] for cells in (first, *body) if all(map(layout.is_number, cells))]
    even = [max(steps) - min(steps) <= 1e-3 * abs(steps[0]) for steps in map(_steps, lines)]
    alone = even[0] and even.count(True) == 1
    return ", though its even steps may make it a header: then put a line of names in its place" if alone else ""


def _steps(numbers: list[float]) -> list[float]:
    return [b - a for a, b in pairwise(numbers)] or [0.0]


def _count(start: int, width: int) -> list[str]:
    return list(map(str, range(start, start + width)))


def _counts_up(cells: Sequence[str]) -> bool:
    return all(map(_WHOLE.fullmatch, cells)) and list(map(int, cells)) == list(
        range(int(cells[0]), int(cells[0]) + len(cells))
    )


def _is_key(column: Sequence[str]) -> bool:
    """Whether a column holds another whole number in every line."""
    return len(column) > 0 and all(map(_WHOLE.fullmatch, column)) and len(set(column)) == len(column)


def _from_comments(comments: list[Line], first: int, width: int, layout: Layout) -> tuple[int, list[str]] | None:
    """The last comment above the numbers whose words are as many as there are columns, with its line."""
    for number, cells in reversed(comments):
        names = [cells[0].lstrip("#% "), *cells[1:]]
        names = names if names[0] else names[1:]
        named = len(names) == width and all(names) and not any(map(layout.is_number, names))
        if number < first and named:
            return number, names
    return None


def _empty_at_the_end(first: list[str], body: list[list[str]], width: int) -> tuple[int, ...]:
    """Numbers of the last columns that have neither a name nor any cell."""
    empty = []
    for k in reversed(range(1, width)):
        if (k < len(first) and first[k]) or not body or any(len(cells) <= k or cells[k] for cells in body):
            break
        empty.append(k)
    return tuple(reversed(empty))


def _names_rows(first: list[str], body: list[list[str]], separator: str) -> bool:
    """Whether the header lacks the name of a column of row names, as R writes it."""
    column = [cells[0] for cells in body]
    fits = all(len(cells) == len(first) + 1 for cells in body) and len(set(column)) == len(column)
    fits = fits and (all(map(_WHOLE.fullmatch, column)) or not any(cell[:1].isdigit() for cell in column))
    return fits and any(first) and (separator != "," or len(first) > 1)
