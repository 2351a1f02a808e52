"""Labels: one whole number or text per point."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require

_NAMES = ("label", "labels")
CLASS_NAMES = ("class", "classes", "target", "targets", "y", "category", "species", "digit")
"""Names that a column of labels often has, though coordinates may have them too."""
_MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>")  # "none" and "-" may be classes


def label_column(names: Sequence[str]) -> int | None:
    """Number of the column that holds labels by its name; None where there is none."""
    return next((k for name in _NAMES for k, other in enumerate(names) if other.lower() == name), None)


def label_array(values: Any) -> NDArray[Any]:
    """``values`` (P,) or (P, 1) as int64 if all are whole numbers (text of whole numbers too), else as text.

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
    if labels.ndim == 2 and shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise refusal("labels must be one per point in a one-dimensional array", f"shape {shape}", "pass shape (n,)")
    if labels.dtype.kind == "O" and all(isinstance(label, str) for label in labels):  # text as pandas holds it
        return text_labels(_complete(list(labels)))
    if labels.dtype.kind in "UST":
        return text_labels(_complete(_decoded(labels)))
    _complete(labels.tolist() if labels.dtype.kind in "Of" else [])
    if labels.dtype.kind not in "biu" and (labels.dtype.kind != "f" or not np.all(labels == np.trunc(labels))):
        raise refusal("labels must be whole numbers or text", f"{labels.dtype} labels that are neither", "convert them")
    finite = labels.dtype.kind != "f" or bool(np.all(np.isfinite(labels)))
    require(finite, "labels must be whole numbers or text", "infinite ones", "convert them")
    if labels.dtype.kind in "uf" and labels.size and labels.max() >= 2**63:
        raise refusal("labels that are whole numbers must be below 2^63", labels.max(), "pass them as text")
    return labels.astype(np.int64)


def _decoded(labels: NDArray[Any]) -> list[str]:
    """Text of any kind that numpy has, bytes as UTF-8."""
    try:
        return [label.decode() if isinstance(label, bytes) else str(label) for label in labels]
    except UnicodeDecodeError as error:
        raise InvalidInput("labels that are bytes must be UTF-8 text, but got others; convert them to text.") from error


def _complete(labels: list[Any]) -> list[Any]:
    """``labels`` if none is missing: empty, nan, None, or what pandas and spreadsheets write for one."""
    lacking = [k for k, label in enumerate(labels) if _is_missing(label)]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        do = "fill them in, or remove such rows (or such a column of a table: `ignore`)"
        got = f"{labels[lacking[0]]!r} for row {lacking[0]} (from 0){more}"
        raise refusal("every row must have its label", got, do)
    return labels


def _is_missing(label: Any) -> bool:
    if isinstance(label, str):
        return label.strip() in _MISSING or label.strip().lower() == "nan"
    return (
        label is None
        or type(label).__name__ in ("NAType", "NaTType")
        or (isinstance(label, float) and math.isnan(label))
    )


def text_labels(cells: Sequence[str]) -> NDArray[Any]:
    """Text as int64 if all of it is whole numbers that differ where the text differs, (P,)."""
    try:
        numbers = [int(cell) for cell in cells]
        labels = np.array(numbers, dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(cells, dtype=np.str_)
    merged = len(set(numbers)) < len(set(cells))  # 7 and 007 are two labels
    return np.array(cells, dtype=np.str_) if merged or any("_" in cell for cell in cells) else labels
