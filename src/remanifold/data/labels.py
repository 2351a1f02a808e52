"""Labels: one whole number or text per point, from an array or a file."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.data.lines import LABEL_COLUMN, table_lines
from remanifold.data.points import RowsLike

_TEXT_FILES = (".csv", ".tsv", ".txt")
_HEADERS = (LABEL_COLUMN, "labels")


LabelsLike = str | PathLike[str] | RowsLike
"""What `open_labels` opens: a path, or one label a row in memory."""


def open_labels(source: LabelsLike, n_points: int | None) -> NDArray[Any]:
    """Labels of ``n_points`` points as int64 or text, (n_points,).

    Args:
        source: An array, list or tensor; or a path: .npy, or .csv/.tsv/.txt with one label a line, or with a column
            named ``label``. A header line is known by that name, or as the only line that is no whole number.
        n_points: Number of points they belong to; None: any number.

    Raises:
        InvalidInput: if there are not ``n_points`` of them, or they are not whole numbers or text.
    """
    if isinstance(source, str | PathLike):
        labels, place = _from_file(Path(source)), str(source)
    else:
        labels, place = label_array(source), "the labels"
    if n_points is not None and len(labels) != n_points:
        raise refusal(f"there must be one label per point ({n_points})", f"{len(labels)} in {place}", "match them")
    return labels


def label_array(values: Any) -> NDArray[Any]:
    """``values`` (P,) as int64 if all are whole numbers (text of whole numbers too), else as text.

    Raises:
        InvalidInput: if the values are not one-dimensional, or are fractions, nan or objects.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        labels = np.asarray(values)
    except ValueError as error:
        raise InvalidInput("labels must be one per point, but got lists of several lengths; pass one each.") from error
    shape = labels.shape
    if labels.ndim != 1:
        raise refusal("labels must be one per point in a one-dimensional array", f"shape {shape}", "pass shape (n,)")
    if labels.dtype.kind in "UST":
        return _from_text([str(label) for label in labels.astype(np.str_)])
    if labels.dtype.kind not in "biu" and (labels.dtype.kind != "f" or not np.all(labels == np.trunc(labels))):
        raise refusal("labels must be whole numbers or text", f"{labels.dtype} labels that are neither", "convert them")
    finite = labels.dtype.kind != "f" or bool(np.all(np.isfinite(labels)))
    require(finite, "labels must be whole numbers or text", "infinite ones", "convert them")
    return labels.astype(np.int64)


def _from_text(cells: Sequence[str]) -> NDArray[Any]:
    try:
        return np.array([int(cell) for cell in cells], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(cells, dtype=np.str_)


def _from_file(path: Path) -> NDArray[Any]:
    if not path.is_file():
        raise refusal("the labels must be an existing file", f"{path}, which is none", "check the path")
    if path.suffix.lower() not in (".npy", *_TEXT_FILES):
        raise refusal("a file of labels must be .npy, .csv, .tsv or .txt", str(path), "save the labels as one of these")
    return _from_npy(path) if path.suffix.lower() == ".npy" else _from_lines(path)


def _from_npy(path: Path) -> NDArray[Any]:
    try:
        return label_array(np.load(path, allow_pickle=False))
    except InvalidInput:
        raise
    except (ValueError, EOFError, OSError) as error:
        raise InvalidInput(
            f"a .npy file of labels must hold plain numbers or text, but got a damaged or pickled {path}; "
            "save it again with numpy.save."
        ) from error


def _from_lines(path: Path) -> NDArray[Any]:
    lines = [cells for _, cells in table_lines(path)]
    if not lines:
        raise refusal("a file of labels must have lines", f"none in {path}", "pass a file with labels")
    names = [cell.lower() for cell in lines[0]]
    column = next((names.index(name) for name in _HEADERS if name in names), None)
    single = column is not None or all(len(cells) == 1 for cells in lines)
    got = f"{len(names)} columns in {path}"
    require(single, "a file of labels must have one column, or one named label", got, "name the column label")
    cells = [cells[column or 0] if len(cells) > (column or 0) else "" for cells in lines]
    headed = column is not None or (not _whole(cells[0]) and len(cells) > 1 and all(map(_whole, cells[1:])))
    return _from_text(cells[1:] if headed else cells)


def _whole(cell: str) -> bool:
    return cell.lstrip("+-").isdigit()
