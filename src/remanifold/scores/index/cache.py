"""Indices of data that come from files are built once and kept in the cache folder, never beside the data."""

import hashlib
import json
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from remanifold._core.cache_folder import VARIABLE, cache_directory
from remanifold._core.errors import InvalidInput
from remanifold._core.progress import Progress
from remanifold.scores.centred import CentredData
from remanifold.scores.index.file import IndexKey, MappedFile, read_index, write_index
from remanifold.scores.index.score_index import ScoreIndex, build_index

_KEPT_DAYS = 60


@dataclass(frozen=True, eq=False)
class OpenedIndex:
    """An index and where it is from.

    Attributes:
        index: Of ``data``.
        data: The points in the frame of the index.
        origin: In words: built or read, and from where.
        mapped: The file that the index is mapped from, if any.
    """

    index: ScoreIndex
    data: CentredData
    origin: str
    mapped: "MappedFile | None" = None


def index_path(key: IndexKey) -> Path | None:
    """Where the index is kept; None where nothing is (see `cache_directory`)."""
    folder = cache_directory()
    name = hashlib.sha256(json.dumps(vars(key), sort_keys=True).encode()).hexdigest()[:32]
    return None if folder is None else folder / "indices" / f"{name}.index"


def find_index(data: CentredData, chunk: int, *, rows: bool, room: int, progress: Progress) -> OpenedIndex:
    """Read the index of data that come from a file, or build it and keep it.

    What cannot be used (damaged, of another format, of other data) is replaced. Where it cannot be kept, a warning says
    so and the work goes on.

    Args:
        data: The points.
        chunk, rows, room, progress: See `build_index`.
    """
    record = data.points.record
    key = IndexKey(data.fingerprint, record.scale, record.shift, rows)
    path = index_path(key) if data.points.files is not None else None
    if path is None:
        return OpenedIndex(build_index(data, chunk, rows=rows, room=room, progress=progress), data, "built in memory")
    refused = ""
    try:
        index, framed = read_index(path, key, data)
        with suppress(OSError):  # a folder that is only read
            path.touch()  # it is in use
        return OpenedIndex(index, framed, f"read from {path}", MappedFile(path))
    except FileNotFoundError:
        pass
    except InvalidInput as error:
        refused = f" ({str(error).rstrip('.')})"
    index = build_index(data, chunk, rows=rows, room=room, progress=progress)
    return OpenedIndex(index, data, _kept(path, key, index, data) + refused)


def _kept(path: Path, key: IndexKey, index: ScoreIndex, data: CentredData) -> str:
    try:
        write_index(path, key, index, data)
    except InvalidInput as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else str(error)
        warnings.warn(
            f"the index is not kept, since {path} could not be written ({reason}), and is built again next time; set "
            f"{VARIABLE} to a folder with room, or to nothing to keep none.",
            RuntimeWarning,
            stacklevel=2,
        )
        return f"built, not kept ({reason})"
    _forget_unused(path.parent)
    return f"built and kept in {path}"


def _forget_unused(folder: Path) -> None:
    """Delete indices that were not used for `_KEPT_DAYS`: data that changed or went leave theirs behind."""
    oldest = time.time() - _KEPT_DAYS * 86400
    for path in folder.glob("*.index"):
        with suppress(OSError):  # others may do the same
            if path.stat().st_mtime < oldest:
                path.unlink()
