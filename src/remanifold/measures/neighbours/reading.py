"""Rows of any data, read in float64 blocks, one block ahead, many blocks at once."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.read_ahead import ReadAhead
from remanifold._core.threads import one_thread
from remanifold._core.types import Floats
from remanifold.data import Points, PointsLike, open_points

COLUMN_BYTES = 2**25  # rows converted to float64 at a time: 32 MiB keeps the product efficient and the copy small
_ROWS_OF_PRODUCT = 64
DEFAULT_MEMORY = 2 * 10**9  # bytes of a search that is not told its budget

LARGEST = 1e150  # whose squares are numbers

T = TypeVar("T")


@runtime_checkable
class RowReader(Protocol):
    """The part of `remanifold.data.Points` that a panel needs."""

    @property
    def n_points(self) -> int:
        """Rows."""
        ...

    @property
    def ambient_dim(self) -> int:
        """Numbers per row."""
        ...

    def chunk(self, start: int, stop: int, dtype: type = np.float64) -> NDArray:
        """Rows ``start``..``stop-1`` as (k, N)."""
        ...

    def take(self, indices: NDArray[np.integer], dtype: type = np.float64) -> NDArray:
        """Rows ``indices`` as (k, N)."""
        ...


class ArrayRows:
    """Rows (n, *shape) in memory as a `RowReader`."""

    def __init__(self, values: Floats) -> None:
        self._values = values.reshape(len(values), -1)
        self.n_points, self.ambient_dim = self._values.shape

    def chunk(self, start: int, stop: int, dtype: type = np.float64) -> NDArray:
        """Rows ``start``..``stop-1``."""
        return self._values[start:stop].astype(dtype)

    def take(self, indices: NDArray[np.integer], dtype: type = np.float64) -> NDArray:
        """Rows ``indices``."""
        return self._values[indices].astype(dtype)


def rows_of(data: PointsLike | RowReader) -> RowReader:
    """``data`` opened, unless it reads rows already; see `open_points`."""
    return data if isinstance(data, RowReader) else open_points(data)


def open_holdout(data: PointsLike, shape: tuple[int, ...]) -> Points:
    """``data`` opened, if its rows have the ``shape`` of the training rows.

    Raises:
        InvalidInput: if they have not, or it cannot be opened.
    """
    points = open_points(data)
    if points.shape != shape:
        need = f"the hold-out must have rows of shape {shape}, as the training data have"
        raise refusal(need, points.shape, "prepare both alike")
    return points


def values_of(data: PointsLike) -> Floats:
    """All of ``data`` as one float64 array (n, *shape); an array may have fewer rows than points must have."""
    if isinstance(data, np.ndarray):
        if data.dtype.kind not in "biuf":
            raise refusal("rows must be real numbers", f"an array of {data.dtype}", "pass an array of floats")
        return _usable(np.asarray(data, dtype=np.float64))
    points = open_points(data)
    return _usable(points.chunk(0, points.n_points)).reshape(points.n_points, *points.shape)


def read_rows(points: RowReader, rows: NDArray[np.integer]) -> Floats:
    """Rows ``rows`` (ascending) of ``points`` as (k, N) float64, in one contiguous read where they are contiguous."""
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 == len(rows):
        return _usable(points.chunk(first, last + 1, np.float64), first)
    return _usable(points.take(rows, np.float64))


def _usable(values: Floats, first: int = 0) -> Floats:
    """``values`` (k, ...), unless one of them is not finite or its square is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        flat = np.ascontiguousarray(values).ravel()
        if np.isfinite(flat @ flat):
            return values
    bad = np.flatnonzero(~(np.abs(values.reshape(len(values), -1)) < LARGEST).all(axis=1))
    got = f"others in {len(bad)} rows, first row {first + bad[0]}" if len(bad) else "rows of that size"
    raise refusal(f"data must be finite numbers below {LARGEST:g} in size", got, "remove, fill or rescale such rows")


def share_of(memory: int, parts: int, width: int = 0) -> int:
    """Bytes of a block of rows of which ``parts`` are in memory at once, within ``memory``; no more than pays.

    ``width``: bytes of a row where the block is multiplied with other rows: few wide rows would wait for those.
    """
    return min(max(COLUMN_BYTES, _ROWS_OF_PRODUCT * width), memory // parts)


def column_blocks(
    points: RowReader, rows: NDArray[np.integer], n_queries: int = 1, most: int = COLUMN_BYTES
) -> Iterator[tuple[int, Floats]]:
    """Yield (position, block): the rows ``rows`` in float64 blocks of ``most`` bytes, also times ``n_queries``.

    The next block is read while the caller works on this one.
    """
    step = _block_rows(points, n_queries, most)
    read = ReadAhead(lambda start, stop: read_rows(points, rows[start:stop]), len(rows))
    for start in range(0, len(rows), step):
        yield start, read(start, min(start + step, len(rows)))


def over_blocks(
    points: RowReader,
    rows: NDArray[np.integer],
    n_queries: int,
    visit: Callable[[int, Any], T],
    threads: int,
    most: int = COLUMN_BYTES,
    read: Callable[[Any, Any], NDArray[Any]] = read_rows,
) -> Iterator[T]:
    """``visit(position, block)`` of every block of `column_blocks`, in order, ``threads`` blocks at once.

    One thread a block, which reads it too, and not many threads a product: a product is then the same bits whatever the
    number of threads, and no thread waits for another that a busy machine has put aside. One block is read at a time.
    """
    step = _block_rows(points, n_queries, most)
    one_reads = Lock()

    def work(start: int) -> T:
        with one_reads:
            block = read(points, rows[start : start + step])
        return visit(start, block)

    starts = range(0, len(rows), step)
    if threads == 1:
        with one_thread():
            yield from map(work, starts)
        return
    import torch

    with one_thread(), ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for start in starts:
                waiting.append(pool.submit(work, start))
                if len(waiting) >= threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _block_rows(points: RowReader, n_queries: int, most: int) -> int:
    """Rows of a block of ``most`` bytes, also times ``n_queries``."""
    return max(1, most // (8 * max(points.ambient_dim, n_queries)))
