"""Points seen through a map of their numbers or axes, a chunk at a time: samples in the scale of training rows."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.data.maps.expression import expression
from remanifold.data.maps.moments import Moments, moments_of
from remanifold.data.points import Points

RowMap = Callable[[Floats], Floats]
"""Rows (k, N) to rows (k, M) of the new shape."""
THEN = " then "
_COLOURS = 3
_CONSTANTS = ("mean", "std", "column_mean", "column_std")
NAMED = ("channels last to first", "channels first to last", "reverse channels", "standardise", "standardise columns")
"""Maps that have a name instead of an expression."""
_DO = f'pass e.g. "x * 255", "x * std + mean" (of the training rows), or one of: {", ".join(NAMED)}'


class MappedPoints(Points):
    """Other points with a map applied to every row that is read; what is stored, and its fingerprint, stay theirs."""

    def __init__(self, inner: Points, words: str, mapping: RowMap, shape: tuple[int, ...]) -> None:
        record = inner.record
        told = replace(
            record, shape=(inner.n_points, *shape), preprocessing=f"{record.preprocessing}; mapped by {words}"
        )
        super().__init__(inner.rows, told, inner.labels, inner.row_names, inner.files)
        self.shape, self.ambient_dim = shape, math.prod(shape)
        self._inner, self._mapping, self._words = inner, mapping, words

    def converted(self, stored: NDArray, dtype: DTypeLike = np.float64) -> NDArray:
        """Stored rows (k, *stored shape) as a new float array (k, N), mapped.

        Raises:
            InvalidInput: if the map makes numbers that are not finite.
        """
        values = self._mapping(self._inner.converted(stored))
        fits = np.isfinite(values).all()
        require(fits, "`samples_map` must give finite numbers", f"others from {self._words!r}", "correct it")
        return values.astype(dtype, copy=False)


def mapped_points(points: Points, text: str, train: Points) -> Points:
    """``points`` under the maps named in ``text``, one after the other where they are joined by "then".

    A map is an expression in x, the numbers of a row as opened, and perhaps mean, std, column_mean, column_std, those
    of all numbers or of each column of the training rows; or one of `NAMED`: the axes of channels moved or their order
    reversed, or the location and scale of all numbers, or of each column, brought to those of the training rows.

    Raises:
        InvalidInput: if a map is neither, or the rows do not have the axes it needs.
    """
    for step in text.split(THEN):
        points = _mapped(points, step.strip(), train)
    return points


def _mapped(points: Points, text: str, train: Points) -> Points:
    if text.startswith("channels ") or text == "reverse channels":
        return _moved(points, text)
    scales = _Scales(points, train)
    if text == "standardise":
        return MappedPoints(points, text, scales.of_all, points.shape)
    if text == "standardise columns":
        return MappedPoints(points, text, scales.of_columns, points.shape)
    read = expression("`samples_map`", text, ("x", *_CONSTANTS), _DO)

    def mapping(x: Floats) -> Floats:
        constants = {name: np.asarray(getattr(scales.train, name)) for name in read.names if name != "x"}
        return read({"x": x, **constants})

    return MappedPoints(points, text, mapping, points.shape)


class _Scales:
    """Moments of the points and of the training rows, read once, when they are first needed."""

    def __init__(self, points: Points, train: Points) -> None:
        self._points, self._train = points, train

    @cached_property
    def points(self) -> Moments:
        return moments_of(self._points)

    @cached_property
    def train(self) -> Moments:
        return moments_of(self._train)

    def of_all(self, x: Floats) -> Floats:
        ours, theirs = self.train, self.points
        return (x - theirs.mean) * (ours.std / theirs.std if theirs.std > 0 else 1.0) + ours.mean

    def of_columns(self, x: Floats) -> Floats:
        ours, theirs = self.train, self.points
        varies = theirs.column_std > 1e-12 * theirs.std
        slope = np.where(varies, ours.column_std / np.where(varies, theirs.column_std, 1.0), 1.0)
        return (x - theirs.column_mean) * slope + ours.column_mean


def _moved(points: Points, text: str) -> Points:
    if text not in NAMED:
        raise refusal("`samples_map` must be a known map", repr(text), _DO)
    shape = points.shape
    if len(shape) != _COLOURS:
        raise refusal(f"rows must have three axes to map them by {text!r}", f"shape {shape}", "leave that map out")
    if text == "reverse channels":
        axis = colour_axis(shape)
        if axis is None:
            raise refusal("rows must have three channels to reverse them", f"shape {shape}", "leave that map out")
        return MappedPoints(points, text, lambda x: _flat(np.flip(x.reshape(-1, *shape), axis + 1)), shape)
    source, target = (-1, 1) if text == "channels last to first" else (1, -1)
    new = (shape[2], *shape[:2]) if source == -1 else (*shape[1:], shape[0])
    return MappedPoints(points, text, lambda x: _flat(np.moveaxis(x.reshape(-1, *shape), source, target)), new)


def _flat(values: Floats) -> Floats:
    return np.ascontiguousarray(values).reshape(len(values), -1)


def colour_axis(shape: tuple[int, ...]) -> int | None:
    """The axis of three channels of rows of this shape, the first before the last; None where there is none."""
    if len(shape) != _COLOURS:
        return None
    return next((axis for axis in (0, 2) if shape[axis] == _COLOURS), None)


def moving_map(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str | None:
    """The map of `NAMED` that brings rows of one shape to another by moving their channels; None where none does."""
    if len(shape) != _COLOURS or len(wanted) != _COLOURS or shape == wanted:
        return None
    if (shape[2], *shape[:2]) == wanted:
        return "channels last to first"
    return "channels first to last" if (*shape[1:], shape[0]) == wanted else None


def map_option(text: str, before: str | None = None) -> str:
    """How to ask for the map ``text``, on top of the one ``before`` that was asked for already."""
    whole = text if before is None else f"{before}{THEN}{text}"
    return f'pass --samples-map "{whole}" (in Python samples_map="{whole}")'
