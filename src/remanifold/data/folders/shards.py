"""Folders of array files: each holds many rows of one data set, or each is one row."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold.data.folders.listing import suffix_of
from remanifold.data.folders.parts import NUMBERED, require_one_set
from remanifold.data.points import Points, points_of
from remanifold.data.rows import SlicedRows, row_buffer
from remanifold.data.watch import FileWatch

Reader = Callable[[Path, str | None], Points]
_KEPT_OPEN = 200  # files; a process may open about a thousand


def read_shards(folder: Path, files: list[Path], reader: Reader, key: str | None, one_row: bool | None) -> Points:
    """Points from all ``files``, in their order; ``one_row``: each is one row, else each holds many.

    Raises:
        InvalidInput: if the files differ in type or in the shape of a row, one cannot be read, or it cannot be known
            what a file is: all have one shape, which may be that of a row or that of many rows, or their names are not
            those of parts of one set.
    """
    shards = [_Shard(path, reader, key, i < _KEPT_OPEN) for i, path in enumerate(files)]
    first, kind = shards[0], suffix_of(files[0].name)
    shape = first.shape
    if one_row is None and _either(shards):
        got = f"{len(files)} {kind} files of shape {shape} each in {folder}"
        many = f"{len(files) * shape[0]} rows of shape {shape[1:]}"
        do = f"pass `one_row_a_file` for {len(files)} rows of shape {shape}, or its opposite for {many}"
        raise refusal("it must be clear whether a file is one row or many", got, f"{do} (False, --many-rows-a-file)")
    names = [path.relative_to(folder).as_posix() for path in files]
    if one_row is None and any(shard.shape[0] > 1 for shard in shards):
        do = "or `one_row_a_file` False if their rows are to be joined (--many-rows-a-file)"
        require_one_set(folder, names, f"{kind} files", do)
    _require_alike(shards, shape if one_row else shape[1:], one_row is True)
    if one_row:
        rows = row_buffer((len(files), *shape), first.dtype)
        for i, shard in enumerate(shards):
            rows[i] = shard.take(slice(0, shard.shape[0]))
        said = f"{len(files)} {kind} files, one row each, in the order of their names"
    else:
        ends = np.cumsum([shard.shape[0] for shard in shards])
        parts = _Shards(shards, ends)
        rows = SlicedRows((int(ends[-1]), *shape[1:]), first.dtype, parts.read, parts.at)
        said = f"rows of {len(files)} {kind} files, one after another in the order of their names"
    points = points_of(rows, str(folder), f"{kind[1:]} folder", preprocessing=first.words, reading=(said,))
    return points.watching(FileWatch(folder, live=not one_row, names=tuple(names)))


def _either(shards: list["_Shard"]) -> bool:
    """Whether files may be rows as well as hold rows: two or more of one shape, not numbered as parts."""
    if len(shards) < 2 or len({shard.shape for shard in shards}) > 1 or shards[0].shape[0] == 1:
        return False
    return not all(NUMBERED.search(shard.path.stem) for shard in shards)


def _require_alike(shards: list["_Shard"], shape: tuple[int, ...], one_row: bool) -> None:
    first = shards[0]
    for shard in shards:
        its = shard.shape if one_row else shard.shape[1:]
        if (its, shard.dtype) != (shape, first.dtype):
            got = f"rows of shape {its} and type {shard.dtype} in {shard.path}"
            like = f"{shape} {first.dtype} as in {first.path.name}"
            do = "move it elsewhere"
            raise refusal(f"the files of a folder must have rows of one shape and type, {like}", got, do)


class _Shard:
    """One file, watched: a map of a file that was cut short kills the process that reads on."""

    def __init__(self, path: Path, reader: Reader, key: str | None, keep: bool) -> None:
        points = reader(path, key)
        self.path, self.words = path, points.record.preprocessing
        self.shape, self.dtype = tuple(points.rows.shape), points.rows.dtype
        self._rows = points.rows if keep else None
        self._open = lambda: reader(path, key).rows
        self._watch = FileWatch(path, live=True)

    def take(self, key: slice | NDArray[np.integer]) -> NDArray:
        """Some of its rows, as a copy."""
        self._watch.require_unchanged()
        rows = np.array((self._open() if self._rows is None else self._rows)[key])
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
        first = self._shards[0]
        out = np.empty((len(indices), *first.shape[1:]), first.dtype)
        for k in np.unique(which):
            here = which == k
            before = 0 if k == 0 else self._ends[k - 1]
            out[here] = self._shards[k].take(indices[here] - before)
        return out
