"""What a column of text holds: numbers, dates, yes or no, or categories; cells that are missing.

Text is judged by the same rules whether it comes from a text file, a frame or a parquet file.
"""

import datetime
import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.exact import MOST_EXACT, require_exact_text
from remanifold.data.tables.cells import Column
from remanifold.data.tables.first_line import is_missing
from remanifold.data.tables.lines import ERRORS, Layout, column_layout
from remanifold.data.tables.spelling import TRUTHS, spelled

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?(?P<zone> ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?")
_WRITTEN = re.compile(r"[\s$€£<>~+-]*\d[\d.,\s]*\s*\D{0,4}")  # a number with a unit, a sign, or blanks in it
_FEW = 20  # words: as many numbers with a unit may be classes, like 1st
_DAY = datetime.timedelta(days=1)


class OddCellsError(Exception):
    """Cells of a column, as its arguments, that do not hold what the others do."""


def column_of_words(name: str, words: Sequence[str], codes: NDArray[np.int64], layout: Layout) -> Column:
    """The column of cells ``words[codes]``, each of which some cell is.

    It holds numbers where all of its cells do that are not missing, dates where all are like 2024-05-31, yes or no
    where all are (or true or false), and categories where none is a number.

    Raises:
        OddCellsError: with the words that do not fit: others beside numbers, or numbers that are written in another
            way.
    """
    plain = [spelled(word) for word in words]
    there = [k for k, word in enumerate(plain) if not is_missing(word) or word.upper() in ERRORS]
    absent = tuple(sorted({word for word in plain if word and is_missing(word)} - {plain[k] for k in there}))
    if not there:
        return Column(name, "empty", np.full(len(codes), np.nan), absent=absent)
    present = [plain[k] for k in there]

    def column(kind: str, value: Callable[[str], float], told: tuple[str, ...] = ()) -> Column:
        known = np.full(len(words), np.nan)
        known[there] = [value(word) for word in present]
        return Column(name, kind, known[codes], told, absent)

    numbers = [layout.is_number(word) for word in present]
    if any(numbers):
        odd = [words[k] for k, fits in zip(there, numbers) if not fits]
        if odd:
            raise OddCellsError(*odd)
        return column("number", layout.number)
    odd = [words[k] for k in there if plain[k].upper() in ERRORS]
    if odd:
        raise OddCellsError(*odd)
    if all(map(_DATE.fullmatch, present)):
        return column("date", lambda word: _days(word, name))
    for truth in TRUTHS:
        if all(word.casefold() in truth for word in present):
            told = tuple(next((word for word in present if word.casefold() == one), one) for one in truth)
            return column("yes or no", lambda word, yes=truth[1]: float(word.casefold() == yes), told)
    written = [words[k] for k in there if _WRITTEN.fullmatch(plain[k])]
    if len(present) > _FEW and len(written) > len(present) / 2:
        raise OddCellsError(*written)
    order = {word: k for k, word in enumerate(dict.fromkeys(present))}
    place = np.full(len(words), -1, dtype=np.int64)
    place[there] = [order[word] for word in present]
    return Column(name, "category", place[codes], tuple(order), absent)


def _days(word: str, name: str) -> float:
    """Days since 1970-01-01 of a date or moment, of one with a zone in UTC."""
    zone = _DATE.fullmatch(word)
    zoned = zone is not None and zone["zone"] is not None
    text = word.removesuffix("UTC").strip() + "+00:00" if word.endswith("UTC") else word.replace(" +", "+")
    try:
        moment = datetime.datetime.fromisoformat(text.replace(" -", "-").replace(" Z", "Z"))
    except ValueError as error:
        raise InvalidInput(
            f"dates must be days that exist, like 2024-05-31, but got {word} in column {name}; correct the cell."
        ) from error
    moment = moment.astimezone(datetime.UTC).replace(tzinfo=None) if zoned else moment
    return (moment - datetime.datetime(1970, 1, 1)) / _DAY


def column_of_values(name: str, values: Sequence[object], source: str) -> Column:
    """A column of Python objects, None or nan where a cell is missing: text, numbers, or yes or no.

    Text, alone or beside numbers, is read as that of a text file is (`column_of_words`).

    Raises:
        InvalidInput: for anything else, or cells that do not hold what the others do.
    """
    there = [value is not None and not (isinstance(value, float) and math.isnan(value)) for value in values]
    present = [value for value, known in zip(values, there) if known]
    if not present:
        return Column(name, "empty", np.full(len(values), np.nan))
    if all(isinstance(value, bool | np.bool_) for value in present):
        truth = np.array([float(v) if k else np.nan for v, k in zip(values, there)])  # type: ignore[arg-type]
        return Column(name, "yes or no", truth, ("False", "True"))
    if all(_is_number(value) for value in present):
        return Column(name, "number", np.array([float(v) if k else np.nan for v, k in zip(values, there)]))  # type: ignore[arg-type]
    if not all(isinstance(value, str | bool | np.bool_) or _is_number(value) for value in present):
        kinds = ", ".join(sorted({type(value).__name__ for value in present}))
        do = f"write it as one of these, or leave it out (`ignore` {name!r})"
        raise refusal("a column must hold numbers, words, dates, or yes or no", f"{kinds} in {name} of {source}", do)
    words: dict[str, int] = {}
    codes = np.array([words.setdefault(str(v) if k else "", len(words)) for v, k in zip(values, there)], np.int64)
    return _of_text(name, list(words), codes, source)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _of_text(name: str, words: list[str], codes: NDArray[np.int64], source: str) -> Column:
    layout = column_layout(words, f"column {name} of {source}")
    try:
        column = column_of_words(name, words, codes, layout)
    except OddCellsError as error:
        row = min(int(np.argmax(codes == words.index(word))) for word in error.args)
        got = f"{words[codes[row]]!r} in row {row} of column {name} of {source}"
        do = f"correct the cell, or leave the column out (`ignore` {name!r})"
        raise refusal("a cell must be a number", got, do) from None
    if column.kind == "number":
        for word in words:
            if layout.is_number(word) and abs(layout.number(word)) > MOST_EXACT:
                require_exact_text(layout.with_point(word.strip()), f"column {name} of {source}", name)
    return column
