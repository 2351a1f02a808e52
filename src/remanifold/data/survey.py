"""One pass over the points: fingerprint, mean, variance, radius, and the refusal of data that cannot be used."""

import hashlib
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold._core.read_ahead import ReadAhead
from remanifold.data.points import Points

_LEAST = 1e-200  # of a variance; squares of it, and ratios of such, are still numbers, and so are those of its inverse
_COPIES = 4  # of a chunk in float64 at once: stored, the next one stored, converted, masks


@dataclass(frozen=True)
class Survey:
    """What one pass over the points found; numbers are after preprocessing.

    Attributes:
        fingerprint: SHA-256 of type, shape and row-major little-endian bytes of the STORED rows: the same array gives
            the same fingerprint from every container, chunk size and byte order; preprocessing is not part of it. Of
            the columns of a table that were scaled or embedded it is that of the coordinates.
        mean: Mean point, (N,) float64.
        total_variance: Mean squared distance from the mean = variance summed over coordinates (divisor P).
        widest: The coordinate of largest variance, from 0.
        widest_share: Its share of the total variance.
        as_read: Fingerprint of the rows as they were read, before columns were scaled, or embedded beside other sets
            (`Cells.fingerprint` where not all cells are numbers): what reports tell, the same whatever is beside them.
        squared_radius_bound: No point is farther than this from the mean, squared. The largest squared distance itself
            would need a second pass; sqrt(bound) exceeds it by at most 2 |c - mean|, c the mean of the first chunk (by
            nothing but round-off where one chunk holds all).
        n_points: P.
        ambient_dim: N.
    """

    fingerprint: str
    mean: NDArray[np.float64]
    total_variance: float
    squared_radius_bound: float
    n_points: int
    ambient_dim: int
    widest: int = 0
    widest_share: float = 1.0
    as_read: str = ""

    @property
    def std(self) -> float:
        """Root mean square deviation per coordinate, sqrt(total_variance / N)."""
        return math.sqrt(self.total_variance / self.ambient_dim)


def survey(
    points: Points,
    *,
    chunk_rows: int | None = None,
    memory: str | float = "256MB",
    equal: bool = False,
    progress: Progress = silent,
) -> Survey:
    """Read all points once and summarise them.

    Args:
        points: From `open_points`.
        chunk_rows: Rows read at a time; None: as many as ``memory`` holds. Changes the mean by round-off only.
        memory: Budget such as "256MB" for the chunks in flight.
        equal: Whether all points may be equal.
        progress: Told ("reading the data", rows done, rows).

    Raises:
        InvalidInput: if a number is nan or infinite (the row is named), all points are equal and may not be, squared
            distances do not fit a float, or the budget does not hold one row.
    """
    step = chunk_rows if chunk_rows is not None else _rows_within(points, bytes_of(memory))
    whole("`chunk_rows`", step, least=1, example=1000)
    hasher, before = _Hasher(points), points.as_read
    as_read = _Hasher(before) if before is not None and before.cells is None else None
    moments = _Moments(points.ambient_dim)
    first = points.stored(0, 1)
    read = ReadAhead(points.stored_copy, points.n_points)
    differ = False
    for start in range(0, points.n_points, step):
        stop = min(start + step, points.n_points)
        stored = read(start, stop)
        require_finite(stored, start, points.record.source)
        hasher.add(stored)
        if as_read is not None and before is not None:
            as_read.add(before.stored(start, stop))
        differ = differ or bool(np.any(stored != first))
        moments.add(points.converted(stored))
        progress("reading the data", stop, points.n_points)
    if not differ and not equal:
        got = f"{points.n_points} equal points in {points.record.source}"
        raise refusal("data must have points that differ", got, "check it")
    facts = moments.survey(hasher.fingerprint, points, equal=not differ)
    cells = points.cells if before is None else before.cells
    told = hasher.fingerprint if as_read is None else as_read.fingerprint
    return replace(facts, as_read=told if cells is None else cells.fingerprint)


class _Hasher:
    """The fingerprint of rows as they come."""

    def __init__(self, points: Points) -> None:
        shape = ",".join(str(int(side)) for side in points.rows.shape)
        self._hash = hashlib.sha256(f"{points.rows.dtype.newbyteorder('<').str}|{shape}|".encode())

    def add(self, stored: NDArray) -> None:
        plain = np.ascontiguousarray(stored, dtype=stored.dtype.newbyteorder("<"))
        self._hash.update(plain.reshape(-1).view(np.uint8).data)

    @property
    def fingerprint(self) -> str:
        return self._hash.hexdigest()


def _rows_within(points: Points, budget: int) -> int:
    row = 8 * points.ambient_dim * _COPIES
    if budget < row:
        raise refusal(f"the memory budget must hold one point ({row} bytes)", f"{budget} bytes", "raise `memory`")
    return min(points.n_points, budget // row)


def require_finite(stored: NDArray, start: int, source: str) -> None:
    """Refuse (`InvalidInput`) nan and infinite numbers in ``stored`` rows, of which the first is row ``start``."""
    if stored.dtype.kind != "f":
        return
    bad = ~np.isfinite(stored.reshape(len(stored), -1))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = stored.reshape(len(stored), -1)[row, column]
        got = f"{value} in row {start + row} of {source}"
        raise refusal("data must be finite numbers", got, "remove or fill such rows")


class _Moments:
    """Sums of deviations from a pivot c, the mean of the first chunk: no large mean is left to cancel."""

    def __init__(self, ambient_dim: int) -> None:
        self._pivot = np.zeros(ambient_dim)
        self._sum = np.zeros(ambient_dim)
        self._of_columns = np.zeros(ambient_dim)  # squares
        self._n = 0
        self._squares = 0.0
        self._farthest = 0.0

    def add(self, values: NDArray[np.float64]) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # numbers too large are refused at the end
            if self._n == 0:
                self._pivot = values.mean(axis=0)
            values -= self._pivot
            squared = np.einsum("ij,ij->i", values, values)
            self._sum += values.sum(axis=0)
            self._of_columns += np.einsum("ij,ij->j", values, values)
            self._squares += float(squared.sum())
        self._n += len(values)
        self._farthest = max(self._farthest, math.sqrt(squared.max()))

    def survey(self, fingerprint: str, points: Points, *, equal: bool) -> Survey:
        shift = self._sum / self._n
        with np.errstate(over="ignore", invalid="ignore"):
            total_variance = self._squares / self._n - float(shift @ shift)
        fits = _LEAST < total_variance < 1 / _LEAST or (equal and total_variance == 0)
        large = not total_variance < 1 / _LEAST  # or nan, where infinite numbers were subtracted
        what = "numbers too large for that, beyond about 1e100," if large else f"a variance of {total_variance:.6g}"
        got = f"{what} in {points.record.source}"
        require(fits, "data must have squared distances that fit a float", got, "rescale the data")
        radius = (self._farthest + float(np.linalg.norm(shift))) * (1 + 1e-9)
        variances = self._of_columns / self._n - shift * shift
        widest = int(variances.argmax())
        share = min(1.0, float(variances[widest]) / total_variance) if total_variance > 0 else 1 / points.ambient_dim
        size = self._n, points.ambient_dim
        return Survey(fingerprint, self._pivot + shift, total_variance, radius**2, *size, widest, share)
