"""Data sets that are indexed item by item, such as a torch Dataset: x or (x, label)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from remanifold._core.errors import refusal, require
from remanifold.data.arrays import WIDENED, is_tensor, read_tensor, tensor_rows
from remanifold.data.labels import label_array
from remanifold.data.pictures.stack import PictureStack, Resize, picture_points
from remanifold.data.points import AS_STORED, Points, points_of
from remanifold.data.rows import row_buffer

_LABEL_KEY = "label"
_FROM_ITEMS = "items of the data set"


def read_indexed(source: Any, key: str | None, resize: Resize) -> Points:
    """Points from ``source[0] .. source[len(source) - 1]``, each x, (x, label, ...) or a dict with ``key``.

    x is a tensor, an array or a picture; pictures are mapped to [-1, 1] and kept as uint8. Items are read once.
    """
    name = f"{type(source).__name__} in memory"
    if _is_tensor_dataset(source) and resize is None:
        return _whole_tensors(list(source.tensors), name)
    n = len(source)
    stack = PictureStack(n, resize)
    arrays = _Items(n, name)
    labels: list[Any] = []
    for i in range(n):
        x, label = _split(source[i], key)
        if isinstance(x, Image.Image):
            stack.add(x, f"item {i} of {name}")
        else:
            if resize is not None:
                raise refusal("resize is for pictures", f"{type(x).__name__} items in {name}", "leave resize out")
            arrays.put(i, x)
        if label is not None:
            labels.append(label)
    return _points(stack, arrays, labels if len(labels) == n else None, name)


def _points(stack: PictureStack, arrays: "_Items", labels: list[Any] | None, name: str) -> Points:
    if arrays.rows is not None and len(stack) > 0:
        raise refusal("items must be all pictures or all arrays", f"both in {name}", "convert them")
    if arrays.rows is None:
        points = picture_points(stack, name, "dataset")
    else:
        points = points_of(arrays.rows, name, "dataset", preprocessing=arrays.words)
    return points if labels is None else points.with_labels(label_array(labels), _FROM_ITEMS)


def _is_tensor_dataset(source: Any) -> bool:
    tensors = getattr(source, "tensors", None)
    return isinstance(tensors, tuple) and len(tensors) > 0 and all(map(is_tensor, tensors))


def _whole_tensors(tensors: list[Any], name: str) -> Points:
    points = read_tensor(tensors[0])
    labelled = len(tensors) > 1 and tensors[1].ndim == 1 and not tensors[1].is_floating_point()
    points = points_of(points.rows, name, "dataset", preprocessing=points.record.preprocessing)
    return points.with_labels(label_array(tensors[1]), _FROM_ITEMS) if labelled else points


def _split(item: Any, key: str | None) -> tuple[Any, Any]:
    if isinstance(item, dict):
        listed = ", ".join(map(str, item))
        if key not in item:
            raise refusal(f"items with several entries need a key, one of {listed}", repr(key), "pass key=")
        return item[key], _label(item.get(_LABEL_KEY)) if key != _LABEL_KEY else None
    if key is not None:
        raise refusal("a key is for items that are dicts", repr(key), "leave it out")
    if isinstance(item, tuple | list):
        parts = list(item)
        require(parts, "an item must be x or (x, label)", "an empty one", "return the point first")
        return parts[0], _label(parts[1]) if len(parts) > 1 else None
    return item, None


def _label(value: Any) -> Any:
    """The label if it is one whole number or text; targets of other kinds (masks, boxes) are none."""
    if is_tensor(value) or isinstance(value, np.ndarray | np.generic):
        value = value.item() if value.ndim == 0 else None
    return value if isinstance(value, int | str) else None


class _Items:
    """Array items copied into one buffer of their own type."""

    def __init__(self, n: int, name: str) -> None:
        self._n = n
        self._name = name
        self.rows: NDArray | None = None
        self.words = AS_STORED

    def put(self, i: int, x: Any) -> None:
        if is_tensor(x):
            rows, words = tensor_rows(x.reshape(1, *x.shape), self._name)
            values = np.asarray(rows[0:1])[0]
            self.words = WIDENED if words == WIDENED else self.words
        else:
            values = np.asarray(x)
        if self.rows is None:
            self.rows = row_buffer((self._n, *values.shape), values.dtype)
        if values.shape != self.rows.shape[1:] or not np.can_cast(values.dtype, self.rows.dtype):
            like = f"{self.rows.shape[1:]} {self.rows.dtype} like the first"
            got = f"{values.shape} {values.dtype} in item {i} of {self._name}"
            raise refusal(f"items must have one shape and type, {like}", got, "make them alike")
        self.rows[i] = values
