"""Columns of a table that look as if they named the rows or their classes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remanifold.data.labels import CLASS_NAMES
from remanifold.data.reading import listed
from remanifold.data.tables.columns import called, option_of

_LEAST = 10  # rows: fewer hold different whole numbers by chance
_CLASSES = (*CLASS_NAMES, "quality", "outcome", "group", "cluster", "survived", "diagnosis")
_FLAG = "is_"  # how names of yes or no begin
_FEW = 20  # classes
_EACH = 5  # rows of each on average
_RARE = 0.01  # share of the rarest
_FIRST = 50  # rows that are looked at before a column is


def identifier_notes(rows: NDArray, names: Sequence[str], headed: bool = True) -> tuple[str, ...]:
    """Sentences on columns of ``rows`` (P, N) that may be row numbers, ids or classes, though read as coordinates.

    ``headed``: the table has these names; else they are numbers of its columns.
    """
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
    classes = [k for k, name in enumerate(names) if _is_called_class(name) and _repeats(rows[:, k])]
    classes = classes or [k for k in (0, width - 1) if _looks_like_classes(rows, k)]
    if len(classes) == 1:
        name = names[classes[0]]
        option = "labels_from" if headed else "ignore"
        told.append(
            f"column {name} looks like labels and is read as a coordinate; if it holds classes, "
            f"pass --{option.replace('_', '-')} {name} (in Python {option}={name!r})"
        )
    return tuple(told)


def _is_called_class(name: str) -> bool:
    return name.lower() in _CLASSES or name.lower().startswith(_FLAG)


def _looks_like_classes(rows: NDArray, k: int) -> bool:
    """Whether column ``k`` counts few classes, all of them frequent, while hardly any other column does."""
    if not _counts_classes(rows[:, k]):
        return False
    first = rows[: 4 * _FIRST]
    others = sum(_counts_classes(first[:, j]) for j in range(rows.shape[1]) if j != k)
    return others <= _RARE * rows.shape[1]


def _counts_classes(column: NDArray) -> bool:
    if not bool(np.all(column == np.floor(column))) or len(np.unique(column[:_FIRST])) > _FEW:
        return False
    values, counts = np.unique(column, return_counts=True)
    counted = 2 <= len(values) <= _FEW and values[-1] - values[0] == len(values) - 1
    return counted and len(column) >= _EACH * len(values) and bool(counts.min() >= max(2, _RARE * len(column)))


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
