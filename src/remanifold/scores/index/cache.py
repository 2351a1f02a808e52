"""Indices of data that come from files are built once and kept in the cache folder, never beside the data."""

import hmac
import json
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from remanifold._core.errors import InvalidInput
from remanifold._core.kept.cache_folder import VARIABLE, cache_directory
from remanifold._core.kept.cache_secret import secret_of
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


def index_path(folder: Path, key: IndexKey, secret: bytes) -> Path:
    """Where the index is kept; users who share a cache folder have their own."""
    name = hmac.digest(secret, json.dumps(vars(key), sort_keys=True).encode(), "sha256").hex()[:32]
    return folder / "indices" / f"{name}.index"


def find_index(data: CentredData, chunk: int, *, rows: bool, room: int, progress: Progress) -> OpenedIndex:
    """Read the index of data that come from a file, or build it and keep it.

    What cannot be used (damaged, of another format, of other data, written by somebody else) is replaced. Where it
    cannot be kept, a warning says so and the work goes on.

    Args:
        data: The points.
        chunk, rows, room, progress: See `build_index`.
    """
    record = data.points.record
    key = IndexKey(data.fingerprint, record.scale, record.shift, rows)
    build = partial(build_index, data, chunk, rows=rows, room=room, progress=progress)
    folder = cache_directory() if data.points.files is not None else None
    if folder is None:
        return OpenedIndex(build(), data, "built in memory")
    refused = ""
    try:
        secret = secret_of(folder)
    except OSError as error:
        return OpenedIndex(build(), data, _not_kept(folder, error.strerror or str(error)))
    path = index_path(folder, key, secret)
    try:
        index, framed = read_index(path, key, data, secret)
        with suppress(OSError):  # a folder that is only read
            path.touch()  # it is in use
        return OpenedIndex(index, framed, f"read from {path}", MappedFile(path))
    except FileNotFoundError:
        pass
    except InvalidInput as error:
        refused = f" ({str(error).rstrip('.')})"
    index = build()
    try:
        write_index(path, key, index, data, secret)
    except InvalidInput as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else str(error)
        return OpenedIndex(index, data, _not_kept(path, str(reason)) + refused)
    _forget_unused(path.parent)
    return OpenedIndex(index, data, f"built and kept in {path}{refused}")


def _not_kept(path: Path, reason: str) -> str:
    warnings.warn(
        f"the index is not kept, since {path} could not be written ({reason}), and is built again next time; set "
        f"{VARIABLE} to a folder with room, or to nothing to keep none.",
        RuntimeWarning,
        stacklevel=3,
    )
    return f"built, not kept ({reason})"


def _forget_unused(folder: Path) -> None:
    """Delete indices that were not used for `_KEPT_DAYS`: data that changed or went leave theirs behind."""
    oldest = time.time() - _KEPT_DAYS * 86400
    for path in folder.glob("*.index"):
        with suppress(OSError):  # others may do the same
            if path.stat().st_mtime < oldest:
                path.unlink()
