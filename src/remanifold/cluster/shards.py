"""Ranges of rows of files: what a worker is told to open, in a few words instead of the rows themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.data import Points, open_points
from remanifold.data.rows import LEAST_POINTS, SlicedRows

Source = str | PathLike | Points
Paths = Source | Sequence[Source]
"""Data on a cluster: a path that every worker can open, `Points` that were opened from one (workers then read it with
the same columns, split and so on), or several of these whose rows follow each other."""


@dataclass(frozen=True)
class Shard:
    """Rows ``start``..``stop-1`` of a file or folder that every worker can open.

    Attributes:
        opened: Keywords of `open_points`: its absolute path, and what was chosen of it.
        start, stop: The rows.
        offset: Number of the first of them among the rows of all sources.
        shape: (n_points, *sample shape) of the whole source, as it was where the work was planned.
        dtype: Of its stored numbers.
    """

    opened: tuple[tuple[str, Any], ...]
    start: int
    stop: int
    offset: int
    shape: tuple[int, ...]
    dtype: str

    @property
    def n_points(self) -> int:
        """Rows of the shard."""
        return self.stop - self.start

    @property
    def source(self) -> str:
        """Its path."""
        return str(dict(self.opened)["source"])

    @property
    def name(self) -> str:
        """In words."""
        return f"rows {self.start} to {self.stop - 1} of {self.source}"

    def open(self) -> Points:
        """The rows as `Points`, on the machine where this is called.

        Raises:
            InvalidInput: if the source is not there, or not what it was where the work was planned.
        """
        points = open_points(**dict(self.opened))
        if (points.record.shape, points.record.dtype) != (self.shape, self.dtype):
            got = f"shape {points.record.shape} of {points.record.dtype}"
            need = f"{self.source} must be the same on every worker, shape {self.shape} of {self.dtype}"
            raise refusal(need, got, "give every worker the same file")
        return rows_between(points, self.start, self.stop)


def rows_between(points: Points, start: int, stop: int) -> Points:
    """Rows ``start``..``stop-1`` of ``points`` as points of their own, read from where these are."""

    def at(indices: Any) -> Any:
        return points.rows[np.asarray(indices) + start]

    shape = (stop - start, *points.shape)
    rows = SlicedRows(shape, points.rows.dtype, lambda a, b: points.rows[start + a : start + b], at)
    return Points(rows, replace(points.record, shape=shape), files=points.files)


@dataclass(frozen=True)
class ShardPlan:
    """Files cut into shards.

    Attributes:
        points: The opened sources, in order.
        shards: Their rows, in order.
    """

    points: tuple[Points, ...]
    shards: tuple[Shard, ...]

    @property
    def n_points(self) -> int:
        """Rows of all sources."""
        return sum(source.n_points for source in self.points)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one point."""
        return self.points[0].shape

    @property
    def ambient_dim(self) -> int:
        """Numbers per point."""
        return self.points[0].ambient_dim

    def chunk(self, start: int, stop: int, dtype: type = np.float64) -> Floats:
        """Rows ``start``..``stop-1`` of all sources as (k, N)."""
        return self.take(np.arange(start, stop), dtype)

    def take(self, indices: NDArray[np.integer], dtype: type = np.float64) -> Floats:
        """Rows ``indices`` of all sources, ascending, as (k, N)."""
        parts, offset = [], 0
        for source in self.points:
            low, high = np.searchsorted(indices, [offset, offset + source.n_points])
            parts.append(source.take(indices[low:high] - offset, dtype))
            offset += source.n_points
        return np.concatenate(parts)


def plan_shards(data: Paths, count: int) -> ShardPlan:
    """Cut ``data`` into about ``count`` shards of nearly equal numbers of rows; a shard lies in one source.

    Args:
        data: A path, `Points` opened from one, or several of these whose rows follow each other.
        count: Shards wanted; fewer where that would leave less than 3 rows, more where there are more sources.

    Raises:
        InvalidInput: if the data are not paths, cannot be read, or differ in width, or ``count`` is not positive.
    """
    count = whole("`shards`", count, least=1, example=8)
    listed = [data] if isinstance(data, str | PathLike) or not isinstance(data, Sequence) else list(data)
    do = "save the array where all of them can read it and pass its path"
    if not listed or not all(isinstance(source, Source) for source in listed):
        got = ", ".join(sorted({type(source).__name__ for source in listed})) or "an empty list"
        raise refusal("data on a cluster must be paths that every worker can open", got, do)
    points = tuple(open_points(source) for source in listed)
    bare = next((source for source in points if source.files is None or not source.record.opened), None)
    if bare is not None:
        raise refusal("data on a cluster must lie in a file or folder", bare.record.source, do)
    widths = sorted({source.ambient_dim for source in points})
    if len(widths) > 1:
        other = next(source for source in points if source.ambient_dim != points[0].ambient_dim)
        got = "; ".join(f"{source.ambient_dim} in {source.record.source}" for source in (points[0], other))
        raise refusal("all files of the data must have equally many numbers a row", got, "leave others out")
    total, shards, offset = sum(source.n_points for source in points), [], 0
    for source in points:
        pieces = max(1, min(round(count * source.n_points / total), source.n_points // LEAST_POINTS))
        edges = [source.n_points * k // pieces for k in range(pieces + 1)]
        record = source.record
        for start, stop in pairwise(edges):
            shards.append(Shard(record.opened, start, stop, offset + start, record.shape, record.dtype))
        offset += source.n_points
    return ShardPlan(points, tuple(shards))
