"""Rows: what holds the numbers of a data set, in memory or on disk, in the type they are stored in."""

import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal

_IN_MEMORY_BYTES = 2**31  # decoded data beyond 2 GiB goes to a temporary file, which the system pages in and out
LEAST_POINTS = 3
_NOT_NUMBERS = {
    "c": ("complex numbers", "pass real and imaginary parts as separate coordinates"),
    "U": ("text", "pass numbers"),
    "S": ("text", "pass numbers"),
    "T": ("text", "pass numbers"),
    "O": ("Python objects", "convert them to an array of numbers"),
    "M": ("dates", "convert them to numbers"),
    "m": ("durations", "convert them to numbers"),
    "V": ("records", "pass their numeric fields as one plain array"),
}


class Rows(Protocol):
    """What `Points` reads from: a numpy array, a memory map, or `SlicedRows`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_points, *sample shape)."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """Type of the stored numbers."""
        ...

    def __getitem__(self, key: slice | NDArray[np.integer], /) -> NDArray:
        """The rows of a slice, or at indices."""
        ...


@dataclass(frozen=True)
class SlicedRows:
    """Rows of a container that is read slice by slice.

    Attributes:
        shape: (n_points, *sample shape).
        dtype: Type of the arrays that ``read`` returns.
        read: ``read(start, stop)`` gives rows ``start``..``stop-1``.
        at: ``at(indices)`` gives single rows; None: they are read as runs of neighbours.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    read: Callable[[int, int], NDArray]
    at: Callable[[NDArray[np.integer]], NDArray] | None = None

    def __getitem__(self, key: slice | NDArray[np.integer], /) -> NDArray:
        """The rows of a slice, or at indices in the order asked for."""
        if isinstance(key, slice):
            start, stop, _ = key.indices(self.shape[0])
            return self.read(start, stop)
        if self.at is not None or len(key) == 0:
            return self.at(key) if self.at is not None else self.read(0, 0)
        wanted, place = np.unique(key, return_inverse=True)
        runs = np.split(wanted, np.flatnonzero(np.diff(wanted) > 1) + 1)
        return np.concatenate([self.read(int(run[0]), int(run[-1]) + 1) for run in runs])[place]


def row_buffer(shape: tuple[int, ...], dtype: np.dtype | type) -> NDArray:
    """An array to decode rows into: in memory, or beyond 2 GiB in a temporary file without a name."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size <= _IN_MEMORY_BYTES:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile() as file:  # the map keeps it alive; the system frees it with the last reference
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)


def checked_rows(rows: Rows, source: str) -> Rows:
    """``rows`` if they can be points: real numbers, at least one number a row.

    Numbers wider than 8 bytes are narrowed to float64 as they are read (their padding bytes have no meaning).

    Raises:
        InvalidInput: with what ``source`` holds instead.
    """
    what, do = _NOT_NUMBERS.get(rows.dtype.kind, ("", ""))
    if what:
        raise refusal("data must be real numbers", f"{what} ({rows.dtype}) in {source}", do)
    if not rows.shape:
        raise refusal("data must be an array with one row per point", f"a single number in {source}", "pass an array")
    if math.prod(rows.shape[1:]) == 0:
        got = f"shape {tuple(rows.shape)} in {source}"
        raise refusal("a point must have at least one number", got, "pass rows that hold numbers")
    if rows.dtype.itemsize > 8:
        return SlicedRows(tuple(rows.shape), np.dtype(np.float64), lambda a, b: rows[a:b].astype(np.float64))
    return rows
