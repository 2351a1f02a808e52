"""Labels: one whole number or text per point."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal, require

_NAMES = ("label", "labels")


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
        return _from_text(list(labels))
    if labels.dtype.kind in "UST":
        return _from_text([str(label) for label in labels.astype(np.str_)])
    if labels.dtype.kind not in "biu" and (labels.dtype.kind != "f" or not np.all(labels == np.trunc(labels))):
        raise refusal("labels must be whole numbers or text", f"{labels.dtype} labels that are neither", "convert them")
    finite = labels.dtype.kind != "f" or bool(np.all(np.isfinite(labels)))
    require(finite, "labels must be whole numbers or text", "infinite ones", "convert them")
    if labels.dtype.kind in "uf" and labels.size and labels.max() >= 2**63:
        raise refusal("labels that are whole numbers must be below 2^63", labels.max(), "pass them as text")
    return labels.astype(np.int64)


def _from_text(cells: Sequence[str]) -> NDArray[Any]:
    try:
        numbers = [int(cell) for cell in cells]
        labels = np.array(numbers, dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(cells, dtype=np.str_)
    merged = len(set(numbers)) < len(set(cells))  # 7 and 007 are two labels
    return np.array(cells, dtype=np.str_) if merged or any("_" in cell for cell in cells) else labels
