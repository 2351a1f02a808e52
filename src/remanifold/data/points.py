"""Points: rows of numbers with their preprocessing, read a chunk at a time, and the record of where they came from."""

import copy
import math
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Protocol, Self, TypedDict

import numpy as np
from numpy.typing import DTypeLike, NDArray

from remanifold._core.errors import refusal
from remanifold._core.shown import plain, plain_html
from remanifold.data.exact import require_exact
from remanifold.data.maps.scaling import Scaling
from remanifold.data.rows import Rows, checked_rows
from remanifold.data.tables.cells import Cells
from remanifold.data.watch import FileWatch

AS_STORED = "taken as stored"
LATENTS = "latents"
"""The kind of rows that a latent model's encoder made of pictures."""
_SHOWN = 120  # characters of a source in one line


@dataclass(frozen=True)
class DataRecord:
    """Where points came from and what was done to them; ready for JSON.

    Attributes:
        source: Path (with ``::key`` where one was chosen) or "array in memory".
        kind: The reader: array, tensor, table in memory, npy, npy folder, npz, csv, pt, safetensors, pictures, dataset,
            huggingface, parquet, zarr; latents of pictures.
        shape: (n_points, *sample shape).
        dtype: Type of the numbers as stored.
        preprocessing: What was done to the numbers, in words.
        scale: A point is ``scale * stored + shift``.
        shift: See ``scale``.
        value_names: Names of the coordinates where the source has them (columns of a table), else empty.
        label_source: Where the labels came from, or None.
        reading: What else was found, left out or assumed when the source was read, in short sentences.
        opened: Keywords of `open_points` that open the same rows again, on any machine that has the files under the
            same path; empty where none do.
    """

    source: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    preprocessing: str = AS_STORED
    scale: float = 1.0
    shift: float = 0.0
    value_names: tuple[str, ...] = ()
    label_source: str | None = None
    reading: tuple[str, ...] = ()
    opened: tuple[tuple[str, Any], ...] = ()


class Points:
    """P points of one shape, as stored in memory or on disk; converted to floats a chunk at a time.

    Attributes:
        rows: The stored numbers, (P, *shape), without preprocessing.
        n_points: P.
        shape: Shape of one sample; () for a one-dimensional array, whose points are single numbers.
        ambient_dim: Numbers per sample, N; 1 for shape ().
        record: Where the points came from.
        labels: One label per point, int64 or text, (P,); None without labels.
        row_names: One name per point where the source has them (picture files), else None.
        files: The files that the points came from, watched; None for points that were given in memory.
        own: The same rows in their own units where their columns were scaled, else None.
        scaling: How their columns were scaled, see `standardized`; None where they were not.
        cells: The columns of a table with text, dates, yes or no, or missing cells, which `rows` embed; else None.
        as_read: The same rows before they were scaled, embedded beside other sets, or encoded, else None.
    """

    own: "Points | None" = None
    as_read: "Points | None" = None
    scaling: Scaling | None = None
    cells: Cells | None = None

    def __init__(
        self,
        rows: Rows,
        record: DataRecord,
        labels: NDArray[Any] | None = None,
        row_names: tuple[str, ...] | None = None,
        files: FileWatch | None = None,
    ) -> None:
        self.rows = rows
        self.n_points = int(rows.shape[0])
        self.shape = tuple(int(side) for side in rows.shape[1:])
        self.ambient_dim = math.prod(self.shape)
        self.record = record
        self.labels = labels
        self.row_names = row_names
        self.files = files

    @property
    def reading(self) -> tuple[str, ...]:
        """What was found, left out or assumed when the source was read, see `DataRecord`."""
        return self.record.reading

    def __len__(self) -> int:
        return self.n_points

    def __repr__(self) -> str:
        source = plain(self.record.source)
        source = source if len(source) <= _SHOWN else f"...{source[-_SHOWN:]}"
        return f"Points({self.n_points} x {self.shape} {self.record.dtype} from {source})"

    def _repr_html_(self) -> str:
        classes = 0 if self.labels is None else len(np.unique(self.labels))
        cells = {
            "points": f"{self.n_points} of shape {self.shape}",
            "source": f"{self.record.source} ({self.record.kind}, {self.record.dtype})",
            "preprocessing": self.record.preprocessing,
            "labels": f"{classes} classes ({self.record.label_source})" if classes else "none",
        }
        rows = (f"<tr><th>{name}</th><td>{plain_html(words)}</td></tr>" for name, words in cells.items())
        return f"<table>{''.join(rows)}</table>"

    def stored(self, start: int, stop: int) -> NDArray:
        """Rows ``start``..``stop-1`` as they are stored, (stop - start, *shape), without preprocessing.

        Raises:
            InvalidInput: if the range is not inside 0..P, or the data's files changed since they were opened.
        """
        if not 0 <= start <= stop <= self.n_points:
            need = f"a range of rows must lie in 0..{self.n_points}"
            raise refusal(need, f"{start}..{stop}", "pass start <= stop inside it")
        self.require_unchanged()
        return np.asarray(self.rows[start:stop])

    def stored_copy(self, start: int, stop: int) -> NDArray:
        """`stored`, read in full now: a map of a file would read when it is looked at. In memory it is no copy."""
        rows = self.stored(start, stop)
        if self.files is not None and self.files.live:
            rows = np.array(rows)
            self.require_unchanged(now=stop == self.n_points)
        return rows

    def chunk(self, start: int, stop: int, dtype: DTypeLike = np.float64) -> NDArray:
        """Rows ``start``..``stop-1`` as a new float array (stop - start, N), preprocessing applied; see `stored`."""
        values = self.converted(self.stored(start, stop), dtype)
        self.require_unchanged(now=stop == self.n_points)
        return values

    def take(self, indices: NDArray[np.integer] | list[int], dtype: DTypeLike = np.float64) -> NDArray:
        """Rows at ``indices`` (any order, repeats allowed) as a new float array (k, N), preprocessing applied.

        Raises:
            InvalidInput: if an index is not a whole number in 0..P-1, or the data's files changed.
        """
        values = self.converted(self.stored_at(indices), dtype)
        self.require_unchanged()
        return values

    def stored_at(self, indices: NDArray[np.integer] | list[int]) -> NDArray:
        """Rows at ``indices`` as they are stored, (k, *shape); see `take`."""
        wanted = np.asarray(indices if len(indices) else np.empty(0, np.int64))
        if wanted.ndim != 1 or wanted.dtype.kind not in "iu":
            got = f"{wanted.dtype} of shape {wanted.shape}"
            raise refusal("row indices must be a list of whole numbers", got, "pass integers")
        outside = wanted[(wanted < 0) | (wanted >= self.n_points)]
        if len(outside) != 0:
            raise refusal(f"row indices must lie in 0..{self.n_points - 1}", outside[:1], "pass rows that exist")
        self.require_unchanged()
        return np.asarray(self.rows[wanted.astype(np.int64)])

    def require_unchanged(self, *, now: bool = False) -> None:
        """Refuse (`InvalidInput`) to go on where the files that the rows are read from have changed (`FileWatch`)."""
        if self.files is not None:
            self.files.require_unchanged(now=now)

    def with_labels(self, labels: NDArray[Any], label_source: str) -> "Points":
        """The same points with ``labels`` (P,)."""
        return self.changed(record=replace(self.record, label_source=label_source), labels=labels)

    def told(self, reading: tuple[str, ...]) -> "Points":
        """The same points, with more sentences on how they were read."""
        return self.changed(record=replace(self.record, reading=(*reading, *self.record.reading)))

    def watching(self, files: FileWatch) -> "Points":
        """The same points, from ``files``: refused from the moment on when these change."""
        return self.changed(files=files)

    def changed(self, **attributes: Any) -> Self:
        """The same rows with other ``attributes``."""
        other = copy.copy(self)
        vars(other).update(attributes)
        return other

    def converted(self, stored: NDArray, dtype: DTypeLike = np.float64) -> NDArray:
        """Stored rows (k, *shape) as a new float array (k, N), preprocessing applied."""
        require_exact(stored, self.record.source)
        values = np.array(stored, dtype=dtype).reshape(len(stored), self.ambient_dim)
        if self.record.scale != 1:
            values *= self.record.scale
        if self.record.shift != 0:
            values += self.record.shift
        return values


class RowNames(TypedDict, total=False):
    """What a source says of its rows, see `Points` and `DataRecord`."""

    labels: NDArray[Any] | None
    row_names: tuple[str, ...] | None
    label_source: str | None


def points_of(
    rows: Rows,
    source: str,
    kind: str,
    *,
    labels: NDArray[Any] | None = None,
    row_names: tuple[str, ...] | None = None,
    **record: Any,
) -> Points:
    """`Points` from ``rows`` that a reader opened, once they are found fit; ``record``: more of its `DataRecord`.

    Raises:
        InvalidInput: see `rows.checked_rows`.
    """
    rows = checked_rows(rows, source)
    shape = tuple(int(side) for side in rows.shape)
    return Points(rows, DataRecord(source, kind, shape, str(rows.dtype), **record), labels, row_names)


class RowsLike(Protocol):
    """Anything with a length whose items are rows: array, tensor, nested list, torch or Hugging Face data set."""

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def __getitem__(self, index: int, /) -> object:
        """One row."""
        ...


PointsLike = str | PathLike[str] | Points | RowsLike
"""What `open_points` opens: a path, points that are open, or rows in memory."""
