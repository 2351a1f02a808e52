"""Lines of a text table, split into cells; how they are split is found from many lines, not from the first."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from remanifold._core.errors import InvalidInput, refusal

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_COMMENTS = ("#", "%")
_LOOKED_AT = 200  # lines, fewer where they are long
_CELLS = 20_000
_SAID = re.compile(r"sep=.\s*")  # a first line that tells Excel the separator
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}")
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
Line = tuple[int, list[str]]
"""The number of a line, from 1, and its cells without blanks around them."""


class _NoTable(InvalidInput):
    """Lines that cannot be split into cells."""


@dataclass(frozen=True)
class Layout:
    """How the lines of a table are split.

    Attributes:
        separator: A comma, semicolon, tab or bar; a space for any run of blanks.
        decimal_comma: Whether 0,5 is a half.
    """

    separator: str
    decimal_comma: bool

    def number(self, cell: str) -> float:
        """The number in ``cell``.

        Raises:
            ValueError: if it holds none.
        """
        if "_" in cell or (self.decimal_comma and "." in cell):  # Python takes 1_0 for ten; 1.234 may be a thousand
            raise ValueError(cell)
        return float(cell.replace(",", ".") if self.decimal_comma else cell)

    def numbers(self, cells: list[str]) -> list[float]:
        """The numbers in ``cells``.

        Raises:
            ValueError: if one holds none.
        """
        if self.decimal_comma or "_" in "".join(cells):
            return [self.number(cell) for cell in cells]
        return list(map(float, cells))

    def is_number(self, cell: str) -> bool:
        """Whether ``cell`` holds a number."""
        try:
            self.number(cell)
        except ValueError:
            return False
        return True

    @property
    def words(self) -> str:
        """What splits the lines."""
        commas = "; numbers have decimal commas" if self.decimal_comma else ""
        return f"columns separated by {_SEPARATORS[self.separator]}{commas}"


def table_lines(path: Path, layout: Layout) -> Iterator[Line]:
    """Yield every line that is not blank; one of separators alone has empty cells.

    Raises:
        InvalidInput: if the file is not UTF-8 text.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _split(file, layout.separator)
    except UnicodeDecodeError as error:
        raise InvalidInput(f"a table must be UTF-8 text, but got other bytes in {path}; save it as text.") from error
    except csv.Error as error:
        raise _NoTable(f"a table must have cells of few letters, but got {error} in {path}; separate them.") from error


def first_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """Those by which a table is judged: at least three."""
    cells = 0
    for k, line in enumerate(islice(lines, _LOOKED_AT)):
        yield line
        cells += len(line[1])
        if cells > _CELLS and k >= 2:
            return


def is_comment(cells: list[str]) -> bool:
    """Whether a line is a comment, as numpy.savetxt writes its header."""
    return cells[0].startswith(_COMMENTS)


def usual(counts: list[int]) -> int:
    """The most frequent number of cells, of two the larger; 0 without lines."""
    return max(counts, key=lambda count: (counts.count(count), count), default=0)


def layout_of(path: Path) -> Layout:
    """How the table is split: that by which its lines agree and most of its cells are numbers.

    Raises:
        InvalidInput: if it is no UTF-8 text, or its commas may part thousands as well as decimals.
    """
    looks = [_Look(path, separator) for separator in _SEPARATORS]
    best = max(looks, key=lambda look: look.rank)  # of equals the first
    if best.columns <= 1:
        return Layout(",", False)
    if best.layout.decimal_comma:
        _require_decimals(path, best.commas)
    return best.layout


class _Look:
    """The first lines of a table as one separator splits them."""

    def __init__(self, path: Path, separator: str) -> None:
        lines = first_lines(table_lines(path, Layout(separator, False)))
        try:
            table = [cells for _, cells in lines if any(cells) and not is_comment(cells)]
        except _NoTable:  # a long line without this separator
            table = []
        counts = [len(cells) for cells in table[1:] or table]
        self.columns = usual(counts)
        agree = counts.count(self.columns) / len(counts) if counts else 0.0
        fits = not table or len(table[0]) in (self.columns, self.columns - 1)
        cells = [cell for line in table[1:] or table for cell in line if cell]
        self.commas = [cell for cell in cells if "," in cell]
        shares = [sum(map(Layout(separator, comma).is_number, cells)) / max(1, len(cells)) for comma in (False, True)]
        self.layout = Layout(separator, shares[1] > shares[0])
        self.rank = (self.columns > 1, agree == 1 and fits, max(shares), agree, self.columns)


def _require_decimals(path: Path, cells: list[str]) -> None:
    large = next((cell for cell in cells if _THOUSANDS.fullmatch(cell)), None)
    if large is not None or all(map(_MAYBE_THOUSANDS.fullmatch, cells)):
        what = large or f"{cells[0]}, which may be a thousand or a decimal"
        raise refusal("a table must have decimal points", f"{what}, in {path}", "write numbers like 1234.5")


def _split(lines: Iterable[str], separator: str) -> Iterator[Line]:
    lines = ("\n" if k == 0 and _SAID.fullmatch(line) else line for k, line in enumerate(lines))
    if separator == " ":
        lines = (line.strip().replace("\t", " ") for line in lines)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    for cells in reader:
        if len(cells) > 1 or (cells and cells[0].strip()):
            yield reader.line_num, [cell.strip() for cell in cells]
