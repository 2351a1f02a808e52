"""Whether the first line of a table is its header: told from its cells and the columns below them."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.labels import label_column
from remanifold.data.tables.lines import ERRORS, Layout

_MISSING = ("", "na", "n/a", "nan", "null", "none", "-", "?", ".")
_STEPS = 4  # numbers
_WHOLE = re.compile(r"[+-]?\d+")


def is_missing(cell: str) -> bool:
    """Whether a cell stands for a number that is not there."""
    return cell.lower() in _MISSING or cell.upper() in ERRORS


def is_whole(cell: str) -> bool:
    """Whether a cell is a whole number."""
    return _WHOLE.fullmatch(cell) is not None


def is_key(column: Sequence[str]) -> bool:
    """Whether a column holds another whole number in every line."""
    return len(column) > 0 and all(map(is_whole, column)) and len(set(column)) == len(column)


def is_header(first: list[str], body: list[list[str]], layout: Layout, source: str, asked: frozenset[str]) -> bool:
    """Whether ``first`` names the columns of the lines ``body``; ``asked``: names that the user gave.

    Raises:
        InvalidInput: if it may be a header as well as a point.
    """
    numbers = [layout.is_number(cell) for cell in first]
    if all(numbers):
        return _counts_columns(first, body, source)
    words = [k for k, cell in enumerate(first) if not numbers[k] and not is_missing(cell) and _is_word(cell)]
    if label_column(first) is not None or asked.intersection(first[k] for k in words):
        return True
    if not any(numbers):
        return any(map(_is_word, first)) or all(re.search(r"[^\W\d_eE]", cell) for cell in first)
    if first[0] == "" and all(numbers[1:]):  # an index without a name beside columns that are called by numbers
        column = [cells[0] for cells in body if not is_missing(cells[0])]
        return is_key(column) or not all(map(layout.is_number, column))
    shifted = bool(body) and len(first) == len(body[0]) - 1
    below = {k: [cells[k + shifted] for cells in body if k + shifted < len(cells)] for k in words}
    below = {k: [cell for cell in column if not is_missing(cell)] for k, column in below.items()}
    if any(column and all(map(layout.is_number, column)) for column in below.values()):
        return True
    rest = [k for k, number in enumerate(numbers) if number]
    return (
        any(below.values())
        and not shifted
        and _is_header_beside_text(
            [first[k] for k in rest],
            [[cells[k] for k in rest] for cells in body if len(cells) == len(first)],
            {first[k]: column for k, column in below.items()},
            layout,
            source,
        )
    )


def doubt(first: list[str], body: list[list[str]], layout: Layout) -> str:
    """Words where a first line of numbers has even steps, as wavelengths above a table have, and no other line has."""
    if len(first) < _STEPS or not all(map(layout.is_number, first)):
        return ""
    lines = [[layout.number(cell) for cell in cells] for cells in (first, *body) if all(map(layout.is_number, cells))]
    even = [max(steps) - min(steps) <= 1e-3 * abs(steps[0]) for steps in map(_steps, lines)]
    alone = even[0] and even.count(True) == 1
    return ", though its even steps may make it a header: then put a line of names in its place" if alone else ""


def require_one_line(first: list[str], body: list[list[str]], source: str) -> None:
    """Refuse (`InvalidInput`) a header of two lines, as pandas writes columns of levels: a,a,b,b and 0,1,0,1."""
    if not body or len(body[0]) != len(first):
        return
    second = body[0]
    unnamed = first[0] == second[0] == "" and any(second) and any(cells[0] for cells in body[1:])
    groups: dict[str, list[str]] = {}
    for name, cell in zip(first, second):
        groups.setdefault(name, []).append(cell)
    groups.pop("", None)
    levels = list(groups.values())
    alike = bool(levels) and len(levels[0]) > 1 and levels.count(levels[0]) == len(levels)
    counted = alike and all(map(is_whole, levels[0])) and (len(levels) > 1 or levels[0][0] in ("0", "1"))
    if unnamed or (counted and _counts_up(levels[0])):
        got = f"a second ({', '.join(second[:6])}) in {source}"
        raise refusal("a table must have one line of names", got, "join the names of several lines into one")


def _is_header_beside_text(
    rest: list[str], body: list[list[str]], words: dict[str, list[str]], layout: Layout, source: str
) -> bool:
    """Whether numbers ``rest`` beside ``words`` above columns of text (word -> column) are a header.

    Raises:
        InvalidInput: if they may be one: a word stands above classes and is none of them.
    """
    if any(word in column for word, column in words.items()):
        return False
    if _counts_columns(rest, body, source):
        return True
    steps = _steps([layout.number(cell) for cell in rest])
    rises = len(rest) > 1 and (min(steps) > 0 or max(steps) < 0)
    for word, column in words.items():
        classes = len(set(column)) <= len(column) // 2
        if classes or (rises and _form(word) not in map(_form, column)):
            raise _header_or_point([*rest, word], f"numbers and text in {source}", f", or pass `ignore` {word!r}")
    return False


def _form(word: str) -> str:
    """A word by its kinds of letters: s12 -> a0."""
    return re.sub(r"\d+", "0", re.sub(r"[^\W\d_]+", "a", word))


def _is_word(cell: str) -> bool:
    """Whether a cell is a word rather than a number that is written badly, such as 1.O5 or <0.1."""
    shown = re.search(r"[^\W_]", cell)
    return shown is not None and shown[0].isalpha()


def _counts_columns(first: list[str], body: list[list[str]], source: str) -> bool:
    """Whether a first line 0, 1, 2, ... is a header, as pandas writes one for columns without names."""
    width = len(first)
    if width < 2 or not body or first not in (_count(0, width), _count(1, width)) or all(map(_counts_up, body)):
        return False
    if not any(is_whole(cell) for cells in body for cell in cells):
        return True
    if width == 2:
        return False
    if first[0] == "0" and not any(sorted(cells) == sorted(first) for cells in body):
        return True
    raise _header_or_point(first, f"whole numbers in {source}")


def _header_or_point(first: list[str], above: str, names: str = "") -> InvalidInput:
    return refusal(
        "a first line must be told to be a header or a point",
        f"{', '.join(first[:6])}{', ...' * (len(first) > 6)} above {above}",
        f"put a line of names above it if it is a point, or in its place if it is a header{names}",
    )


def _steps(numbers: list[float]) -> list[float]:
    return [b - a for a, b in pairwise(numbers)] or [0.0]


def _count(start: int, width: int) -> list[str]:
    return list(map(str, range(start, start + width)))


def _counts_up(cells: Sequence[str]) -> bool:
    return all(map(is_whole, cells)) and all(b - a == 1 for a, b in pairwise(map(Decimal, cells)))
