"""Columns of a table that look as if they named the rows or their classes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remanifold.data.reading import listed
from remanifold.data.tables.columns import called, option_of

_LEAST = 10  # rows: fewer hold different whole numbers by chance
_CLASSES = ("class", "classes", "target", "targets", "y", "category", "species", "digit")
_FIRST = 50  # rows that are looked at before a column is


def identifier_notes(rows: NDArray, names: Sequence[str]) -> tuple[str, ...]:
    """Sentences on columns of ``rows`` (P, N) that may be row numbers, ids or classes, though read as coordinates."""
    n, width = rows.shape
    if n < _LEAST or width < 2:
        return ()
    counting, keys = [], []
    first = rows[:_FIRST]
    for k in np.flatnonzero(np.all(first == np.floor(first), axis=0)).tolist():
        if _differs(first[:, k]) and _differs(rows[:, k]):
            steps = np.diff(rows[:, k].astype(np.float64))
            (counting if np.all(steps == 1) else keys).append(k)
    told = []
    if len(counting) + len(keys) < width:
        told += _notes(counting, names, "counts the rows, as a row number does,")
        told += _notes(keys, names, "holds another whole number in every row, as a row number or an id does,")
    classes = [k for k, name in enumerate(names) if name.lower() in _CLASSES and _repeats(rows[:, k])]
    if len(classes) == 1:
        name = names[classes[0]]
        told.append(
            f"column {name} is read as a coordinate; if it holds classes, pass --labels-from {name} "
            f"(in Python labels_from={name!r})"
        )
    return tuple(told)


def _differs(column: NDArray) -> bool:
    """Whether the numbers are whole and no two of them are equal."""
    return bool(np.all(column == np.floor(column))) and len(np.unique(column)) == len(column)


def _repeats(column: NDArray) -> bool:
    """Whether the numbers are whole and every one of them stands twice on average."""
    return bool(np.all(column == np.floor(column))) and len(np.unique(column)) <= len(column) // 2


def _notes(columns: list[int], names: Sequence[str], does: str) -> list[str]:
    if not columns:
        return []
    option = ",".join(option_of(names, column) for column in columns[:4])
    who = listed([called(names, column) for column in columns])
    each = "column" if len(columns) == 1 else "each of the columns"
    do = f"if it is none, pass --ignore {option} (in Python ignore={option!r})"
    return [f"{each} {who} {does} and is read as a coordinate; {do}"]
