"""Lines of a text table, split into cells; how they are split is found from many lines, not from the first."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from remanifold._core.errors import InvalidInput, refusal

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_COMMENTS = ("#", "%")
ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
"""What spreadsheets write for a number that is not there."""
_END = "\x00"  # beyond the last line: a quote that is open there takes it
_LOOKED_AT = 200  # lines, fewer where they are long
_CELLS = 20_000
_SAID = re.compile(r"sep=.\s*")  # a first line that tells Excel the separator
_BLANKS = re.compile(r"[+-]?\d{1,3}(,\d{3})+([.,]\d+)?")  # blanks as commas: 1 037,5
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}")
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
Line = tuple[int, list[str]]
"""The number of a line, from 1, and its cells without blanks around them."""


class _NoTable(InvalidInput):
    """Lines that cannot be split into cells."""


class _OpenQuote(_NoTable):
    """Lines of which some stand in a quote that is not closed, or that closes in another line."""


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
        return float(self.with_point(cell))

    def with_point(self, cell: str) -> str:
        """``cell`` with a decimal point."""
        return cell.replace(",", ".") if self.decimal_comma else cell

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
        InvalidInput: if the file is not UTF-8 text, or a quote in it swallows lines.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from _split(file, layout.separator, path)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"a table must be UTF-8 text, but got other bytes in {path}; save it as text in UTF-8."
        ) from error
    except csv.Error as error:
        do = "separate them, or close a quote"
        raise _NoTable(f"a table must have cells of few letters, but got {error} in {path}; {do}.") from error


def first_lines(lines: Iterable[Line]) -> Iterator[Line]:
    """Those by which a table is judged: at least three."""
    cells = 0
    for k, line in enumerate(islice(lines, _LOOKED_AT)):
        yield line
        cells += len(line[1])
        if cells > _CELLS and k >= 2:
            return


def comments_among(lines: Sequence[Line], separator: str) -> Callable[[list[str]], bool]:
    """What tells whether a line above the first point is a comment, as numpy.savetxt writes its header.

    A comment begins with # or % and has not as many cells as the lines of the table; else it may be a row, whose first
    cell is #7, or the header. With a blank after the # it is none of these, unless it has numbers.
    """
    first = next((k for k, (_, cells) in enumerate(lines) if not cells[0].startswith(_COMMENTS)), 0)
    width = usual([len(cells) for _, cells in lines[first:] if any(cells)])
    numbers = Layout(separator, False)

    def is_comment(cells: list[str]) -> bool:
        if not cells[0].startswith(_COMMENTS):
            return False
        apart = cells[0][1:2].isspace() or (separator == " " and cells[0] in _COMMENTS)
        return len(cells) != width or (apart and not any(map(numbers.is_number, cells[1:])))

    return is_comment


def uncommented(cell: str) -> str:
    """The name in the first cell of a header, whose sign of a comment is none of it."""
    name = cell.lstrip("".join((*_COMMENTS, " ")))
    return name if name[:1].isalpha() and cell.upper() not in ERRORS else cell


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
        _require_decimals(str(path), best.commas)
    if best.layout.separator == " ":
        _require_no_thousands(path, best.table)
    return best.layout


class _Look:
    """The first lines of a table as one separator splits them."""

    def __init__(self, path: Path, separator: str) -> None:
        looked: list[Line] = []
        try:
            for line in first_lines(table_lines(path, Layout(separator, False))):
                looked.append(line)
        except _OpenQuote:
            pass
        except _NoTable:  # a long line without this separator
            looked = []
        is_comment = comments_among(looked, separator)
        table = [cells for _, cells in looked if any(cells) and not is_comment(cells)]
        self.table = table
        counts = [len(cells) for cells in table[1:] or table]
        self.columns = usual(counts)
        agree = counts.count(self.columns) / len(counts) if counts else 0.0
        fits = not table or len(table[0]) in (self.columns, self.columns - 1)
        cells = [cell for line in table[1:] or table for cell in line if cell]
        self.commas = [cell for cell in cells if "," in cell]
        shares = [sum(map(Layout(separator, comma).is_number, cells)) / max(1, len(cells)) for comma in (False, True)]
        self.layout = Layout(separator, shares[1] > shares[0])
        self.rank = (self.columns > 1, agree == 1 and fits, max(shares), agree, self.columns)


def column_layout(cells: Sequence[str], place: str) -> Layout:
    """How the numbers in ``cells``, those of one column at ``place``, are written.

    Raises:
        InvalidInput: if their commas may part thousands as well as decimals.
    """
    point, comma = Layout(",", False), Layout(",", True)
    layout = comma if sum(map(comma.is_number, cells)) > sum(map(point.is_number, cells)) else point
    if layout.decimal_comma:
        _require_decimals(place, [cell for cell in cells if "," in cell])
    return layout


def _require_decimals(place: str, cells: list[str]) -> None:
    large = next((cell for cell in cells if _THOUSANDS.fullmatch(cell)), None)
    if large is not None or all(map(_MAYBE_THOUSANDS.fullmatch, cells)):
        what = large or f"{cells[0]}, which may be a thousand or a decimal"
        raise refusal("a table must have decimal points", f"{what}, in {place}", "write numbers like 1234.5")


def _require_no_thousands(path: Path, table: list[list[str]]) -> None:
    """Refuse numbers of one column whose blanks part thousands: 1 037, not 1 and 37."""
    lines = table[1:] or table
    parted = all(len(cells) > 1 and _BLANKS.fullmatch(",".join(cells)) for cells in lines)
    padded = any(cell.startswith("0") for cells in lines for cell in cells[1:])
    if lines and parted and (padded or len(table[0]) == 1):
        got = f"{' '.join(lines[0])}, whose blank may part thousands, in {path}"
        raise refusal("a table must have numbers without blanks in them", got, "write numbers like 1234.5")


def _split(lines: Iterable[str], separator: str, path: Path) -> Iterator[Line]:
    reader = csv.reader(_whole_lines(lines, separator, path), delimiter=separator, skipinitialspace=True)
    first = 1
    for cells in reader:
        many = reader.line_num > first
        if many and (cells[-1].endswith(_END) or any(_swallows(cell, separator, len(cells)) for cell in cells)):
            got = f"one that opens in line {first} of {path} and holds the lines after it"
            raise _OpenQuote(f"a quote must close in its line, but got {got}; close or remove it.")
        first = reader.line_num + 1
        if cells != [_END] and (len(cells) > 1 or (cells and cells[0].strip())):
            yield reader.line_num, [cell.strip() for cell in cells]


def _whole_lines(lines: Iterable[str], separator: str, path: Path) -> Iterator[str]:
    for k, line in enumerate(lines):
        if _END in line:
            got = f"a zero byte in line {k + 1} of {path}, as UTF-16 and files of other programs have"
            raise refusal("a table must be UTF-8 text", got, "save it as text in UTF-8")
        if k == 0 and _SAID.fullmatch(line):
            yield "\n"
        else:
            yield line if separator != " " else line.strip().replace("\t", " ") + "\n"
    yield _END


def _swallows(cell: str, separator: str, width: int) -> bool:
    """Whether a cell that holds line breaks holds a line of the table in them."""
    lines = cell.splitlines()
    return len(lines) > 1 and any(line.count(separator) >= width - 1 for line in lines)
