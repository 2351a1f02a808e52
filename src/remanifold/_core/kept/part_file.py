"""Finished pieces of long work, kept in a file so that work that was killed can go on."""

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.errors import InvalidInput
from remanifold._core.files import write_whole

_UNFIT = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)


class PartFile:
    """JSON values by whole-number keys, each on disk as soon as it is added, valid for one stamp only.

    The first line of the file holds the stamp, every other line one piece with its checksum. A file with another
    stamp, or one that is not such a file, counts as empty; lines that are damaged, of another stamp, or that whoever
    has the file could not have written, are dropped, with all after them. Two processes may write to one file, of one
    stamp or of two: what either finds there later is its own work.
    """

    def __init__(self, path: Path, stamp: dict[str, Any], fits: Callable[[int, Any], object]) -> None:
        """Read what ``path`` holds for ``stamp`` (plain JSON); nothing is written before the first `add`.

        ``fits(key, value)`` says whether that can be a piece: a checksum tells damage, not who wrote it. An error such
        as a missing key or an index out of range says no, too.
        """
        self.path, self._fits = path, fits
        self._stamp = json.dumps({"stamp": stamp}, allow_nan=False, sort_keys=True) + "\n"
        self._pieces = self._read()
        self._clean = False

    @property
    def pieces(self) -> dict[int, Any]:
        """Everything that is finished."""
        return dict(self._pieces)

    def add(self, key: int, value: Any) -> None:
        """Keep ``value`` (plain JSON without NaN) under ``key``.

        Raises:
            InvalidInput: if the file cannot be written.
        """
        if not (self._clean and self.path.is_file()):  # nothing but whole lines in it, and no other run removed it
            kept = [self._line(k, v) for k, v in self._pieces.items()]
            write_whole(self.path, "".join([self._stamp, *kept]))
            self._clean = True
        self._pieces[key] = value
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(self._line(key, value))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise InvalidInput(
                f"the output must go to a directory that can be written, but got {self.path} ({error.strerror}); "
                "name another path."
            ) from error

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> dict[int, Any]:
        if not self.path.is_file():  # a pipe would wait for ever
            return {}
        try:
            first, *lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        except (OSError, ValueError):
            return {}
        pieces: dict[int, Any] = {}
        for line in lines if first == self._stamp else ():
            try:
                piece = json.loads(line)
                key, value = int(piece["key"]), piece["value"]
                if line != self._line(key, value) or not self._fits(key, value):
                    break
                pieces[key] = value
            except _UNFIT:
                break
        return pieces

    def _line(self, key: int, value: Any) -> str:
        """One piece with its checksum: what was damaged on the disk is done anew.

        The stamp counts, since a run with another one may have written its own file in this one's place meanwhile.
        """
        text = json.dumps(value, allow_nan=False)  # keys keep their order: a table's columns follow it
        checksum = zlib.crc32(f"{key} {text}".encode(), zlib.crc32(self._stamp.encode()))
        return f'{{"key": {key}, "checksum": {checksum}, "value": {text}}}\n'


def is_table(value: Any, shape: tuple[int, ...]) -> bool:
    """Whether ``value`` are finite numbers, lists of lists, of that shape."""
    table = np.array(value)
    return table.shape == shape and table.dtype.kind in "iuf" and bool(np.isfinite(table).all())


def stamp_in(path: Path) -> dict[str, Any] | None:
    """The stamp of the file at ``path``, or None if it is no such file."""
    try:
        with path.open(encoding="utf-8") as stream:
            found = json.loads(stream.readline())["stamp"]
    except (OSError, *_UNFIT):
        return None
    return found if isinstance(found, dict) else None
