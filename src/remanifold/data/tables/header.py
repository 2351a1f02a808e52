"""The header of a text table, told from its first line and the lines after it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from remanifold._core.errors import refusal
from remanifold.data.tables.first_line import doubt, is_header, is_key, is_whole, require_one_line
from remanifold.data.tables.lines import Layout, Line, uncommented, usual

_REINDEXED = re.compile(r"Unnamed: \d+")  # the name that pandas gives to a column without one


@dataclass(frozen=True)
class Header:
    """What the first lines of a table tell.

    Attributes:
        names: Of the columns, "" for one without; as many as a line has cells.
        after: Lines with numbers begin after this line, from 1; 0: with the first.
        row_names: Number of the column that names the rows; None where there is none.
        left_out: Numbers of other columns that are no coordinates: further indices.
        empty: Numbers of columns without a name and without any cell.
        told: All of it in sentences.
    """

    names: tuple[str, ...]
    after: int
    row_names: int | None
    left_out: tuple[int, ...]
    empty: tuple[int, ...]
    told: tuple[str, ...]


def header_of(
    looked: Sequence[Line],
    is_comment: Callable[[list[str]], bool],
    layout: Layout,
    source: str,
    asked: frozenset[str] = frozenset(),
) -> Header:
    """The header of the table with the first lines ``looked``; ``asked``: names of columns that the user gave.

    Raises:
        InvalidInput: if there is no line of cells, or the first may be a header as well as a point.
    """
    comments = [line for line in looked if is_comment(line[1])]
    table = [line for line in looked if any(line[1]) and not is_comment(line[1])]
    if not table:
        raise refusal("a table must have lines of numbers", f"none in {source}", "pass a file with data")
    number, first = table[0]
    first = [uncommented(first[0]), *first[1:]]
    body = [cells for _, cells in table[1:]]
    width = usual([len(cells) for cells in body]) or len(first)
    before = _empty_before([first, *body])
    told = []
    if is_header(first[before:], [cells[before:] for cells in body if len(cells) > before], layout, source, asked):
        told.append(f"line {number} is the header")
        require_one_line(first, body, source)
    else:
        words = doubt(first, body, layout)
        number, first = _from_comments(comments, number, width, layout) or (0, [""] * len(first))
        no_header = f"no header: the first line is a point{words}"
        told.append(f"names from the comment in line {number}" if number else no_header)
        body = [cells for _, cells in table]
    after = _empty_after(first, body, width)
    names, row_names, left_out = list(first), None, []
    if len(first) + len(after) < width and _names_rows(first, body, layout.separator):
        names, row_names, before = ["", *names], 0, 0
        told.append("the first column, which the header does not name, holds row names")
    elif len(first) > 1 and any(first):
        unnamed = list(range(before, next(k for k, name in enumerate(first) if name)))
        row_names = unnamed[0] if len(unnamed) == 1 else None
        left_out = unnamed if len(unnamed) > 1 else []
        if row_names is not None:
            told.append(f"the {'' if before else 'first '}column, without a name, holds row names".replace("  ", " "))
        if left_out:
            told.append(f"left out the first {len(unnamed)} columns, without names: an index of several levels")
    again = [
        k for k in range(len(names)) if _REINDEXED.fullmatch(names[k]) and is_key([c[k] for c in body if k < len(c)])
    ]
    if again and row_names is None and again[0] == 0:
        row_names = again.pop(0)
        told.append(f"the column {names[0]}, an index of pandas, holds row names")
    told += [f"left out {names[k]}, an index of pandas" for k in again]
    if before:
        told.append(f"left out {before} empty at the beginnings of all lines (separators without a number before them)")
    if after:
        told.append(f"left out {len(after)} empty at the ends of all lines (separators without a number after them)")
        names += [""] * (width - len(names))
    return Header(tuple(names), number, row_names, (*left_out, *again), (*range(before), *after), tuple(told))


def _from_comments(comments: list[Line], first: int, width: int, layout: Layout) -> tuple[int, list[str]] | None:
    """The last comment above the numbers whose words are as many as there are columns, with its line."""
    for number, cells in reversed(comments):
        names = [cells[0].lstrip("#% "), *cells[1:]]
        names = names if names[0] else names[1:]
        named = len(names) == width and all(names) and not any(map(layout.is_number, names))
        if number < first and named:
            return number, names
    return None


def _empty_before(table: list[list[str]]) -> int:
    """How many columns before the others have no cell in any line."""
    most = min(map(len, table)) - 1 if len(table) > 1 else 0
    return next((k for k in range(most) if any(cells[k] for cells in table)), most)


def _empty_after(first: list[str], body: list[list[str]], width: int) -> tuple[int, ...]:
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
    fits = fits and (all(map(is_whole, column)) or not any(cell[:1].isdigit() for cell in column))
    return fits and any(first) and (separator != "," or len(first) > 1)
