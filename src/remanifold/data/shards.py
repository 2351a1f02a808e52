"""Folders of .npy files that hold the rows of one data set, one after another in the order of their names."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold.data.npy import mapped
from remanifold.data.pictures import SUFFIXES
from remanifold.data.points import Points, points_of
from remanifold.data.rows import SlicedRows
from remanifold.data.watch import FileWatch


def shard_files(folder: Path) -> list[Path]:
    """The .npy files of ``folder`` in the order of their names; none where it holds pictures."""
    files = sorted(folder.glob("*.npy"))
    pictures = bool(files) and any(path.suffix.lower() in SUFFIXES for path in folder.rglob("*"))
    return [] if pictures else files


def read_shards(folder: Path, files: list[Path]) -> Points:
    """Points from all ``files``, each memory-mapped."""
    shards = [_Shard(path) for path in files]
    first = shards[0].rows
    for path, shard in zip(files, shards, strict=True):
        if shard.rows.ndim == 0 or (shard.rows.shape[1:], shard.rows.dtype) != (first.shape[1:], first.dtype):
            got = f"rows of shape {shard.rows.shape[1:]} and type {shard.rows.dtype} in {path}"
            need = "the files of a folder must have rows of one shape and type"
            like = f"{first.shape[1:]} {first.dtype} as in {files[0].name}"
            raise refusal(f"{need}, {like}", got, "move it elsewhere")
    ends = np.cumsum([len(shard.rows) for shard in shards])
    rows = _Shards(shards, ends)
    shape = (int(ends[-1]), *first.shape[1:])
    points = points_of(SlicedRows(shape, first.dtype, rows.read, rows.at), str(folder), "npy folder")
    return points.watching(FileWatch(folder, live=True))


class _Shard:
    """One mapped file, watched: a map of a file that was cut short kills the process that reads on."""

    def __init__(self, path: Path) -> None:
        self.rows = mapped(path)
        self._watch = FileWatch(path, live=True)

    def take(self, key: slice | NDArray[np.integer]) -> NDArray:
        self._watch.require_unchanged()
        rows = np.array(self.rows[key])
        self._watch.require_unchanged()
        return rows


class _Shards:
    """Rows of several shards by their number in all; ``ends`` are the numbers after each shard's last."""

    def __init__(self, shards: list[_Shard], ends: NDArray[np.int64]) -> None:
        self._shards, self._ends = shards, ends

    def read(self, start: int, stop: int) -> NDArray:
        """Rows ``start``..``stop-1``."""
        parts = [self._shards[0].take(slice(0, 0))]
        if start < stop:
            first, last = np.searchsorted(self._ends, [start, stop - 1], side="right")
            for k in range(first, last + 1):
                before = 0 if k == 0 else int(self._ends[k - 1])
                parts.append(self._shards[k].take(slice(max(start - before, 0), stop - before)))
        return parts[1] if len(parts) == 2 else np.concatenate(parts)

    def at(self, indices: NDArray[np.integer]) -> NDArray:
        """Single rows, in any order."""
        which = np.searchsorted(self._ends, indices, side="right")
        first = self._shards[0].rows
        out = np.empty((len(indices), *first.shape[1:]), first.dtype)
        for k in np.unique(which):
            here = which == k
            before = 0 if k == 0 else self._ends[k - 1]
            out[here] = self._shards[k].take(indices[here] - before)
        return out
