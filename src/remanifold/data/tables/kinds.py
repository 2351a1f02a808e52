"""What a column of text holds: numbers, dates, or categories; cells that are missing."""

import math
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal
from remanifold.data.tables.cells import Column
from remanifold.data.tables.first_line import is_missing
from remanifold.data.tables.lines import ERRORS, Layout

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?")
_WRITTEN = re.compile(r"[\s$€£<>~+-]*\d[\d.,\s]*\s*\D{0,4}")  # a number with a unit, a sign, or blanks in it
_FEW = 20  # words: as many numbers with a unit may be classes, like 1st


class OddCellsError(Exception):
    """Cells of a column, as its arguments, that do not hold what the others do."""


def column_of_words(name: str, words: Sequence[str], codes: NDArray[np.int64], layout: Layout) -> Column:
    """The column of cells ``words[codes]``.

    It holds numbers where all of its cells do that are not missing, dates where all are like 2024-05-31, and
    categories where none is a number.

    Raises:
        OddCellsError: with the words that do not fit: others beside numbers, or numbers that are written in another
            way.
    """
    there = [k for k, word in enumerate(words) if not is_missing(word) or word.upper() in ERRORS]
    if not there:
        return Column(name, "empty", np.full(len(codes), np.nan))
    present = [words[k] for k in there]
    numbers = [layout.is_number(word) for word in present]
    if any(numbers):
        odd = [word for word, fits in zip(present, numbers) if not fits]
        if odd:
            raise OddCellsError(*odd)
        return Column(name, "number", _at(words, there, [layout.number(word) for word in present], codes))
    odd = [word for word in present if word.upper() in ERRORS]
    if odd:
        raise OddCellsError(*odd)
    if all(map(_DATE.fullmatch, present)):
        return Column(name, "date", _at(words, there, [_days(word, name) for word in present], codes))
    if len(present) > _FEW and sum(map(bool, map(_WRITTEN.fullmatch, present))) > len(present) / 2:
        raise OddCellsError(*(word for word in present if _WRITTEN.fullmatch(word)))
    place = np.full(len(words), -1, dtype=np.int64)
    place[there] = np.arange(len(there))
    return Column(name, "category", place[codes], tuple(present))


def _at(words: Sequence[str], there: list[int], values: list[float], codes: NDArray[np.int64]) -> NDArray[np.float64]:
    known = np.full(len(words), np.nan)
    known[there] = values
    return known[codes]


def _days(word: str, name: str) -> float:
    try:
        return float((np.datetime64(word.replace(" ", "T"), "us") - np.datetime64(0, "us")) / np.timedelta64(1, "D"))
    except ValueError as error:
        raise InvalidInput(
            f"dates must be days that exist, like 2024-05-31, but got {word} in column {name}; correct the cell."
        ) from error


def column_of_values(name: str, values: Sequence[object], source: str) -> Column:
    """A column of Python objects, None or nan where a cell is missing: text, or yes or no.

    Raises:
        InvalidInput: for anything else, or both.
    """
    there = [value is not None and not (isinstance(value, float) and math.isnan(value)) for value in values]
    present = [value for value, known in zip(values, there) if known]
    if not present:
        return Column(name, "empty", np.full(len(values), np.nan))
    if all(isinstance(value, bool | np.bool_) for value in present):
        return Column(name, "yes or no", np.array([float(v) if k else np.nan for v, k in zip(values, there)]))  # type: ignore[arg-type]
    if all(isinstance(value, int | float | np.number) and not isinstance(value, bool) for value in present):
        return Column(name, "number", np.array([float(v) if k else np.nan for v, k in zip(values, there)]))  # type: ignore[arg-type]
    if not all(isinstance(value, str) for value in present):
        kinds = ", ".join(sorted({type(value).__name__ for value in present}))
        do = f"write it as one of these, or leave it out (`ignore` {name!r})"
        raise refusal("a column must hold numbers, words, dates, or yes or no", f"{kinds} in {name} of {source}", do)
    words: dict[str, int] = {}
    codes = [
        words.setdefault(str(v), len(words)) if k and not is_missing(str(v)) else -1 for v, k in zip(values, there)
    ]
    return Column(name, "category", np.array(codes, dtype=np.int64), tuple(words))
