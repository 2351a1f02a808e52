"""Files that must stay as they were while they are read."""

import os
import time
from pathlib import Path

from remanifold._core.errors import refusal

_PAUSE, _SHARE = 1.0, 100  # seconds between two looks at a folder, and times as long as a look takes

Signature = tuple[tuple[str, int, int], ...]
"""(name, bytes, time of last change in ns) of every file."""


class FileWatch:
    """One file, or all files of a folder, as they were when the watch began.

    A map of a file that was cut short kills the process that reads on, and a change makes numbers of two data sets, so
    sizes and times are compared before and after rows are read: always for one file, every second for a folder.

    Attributes:
        root: The file or folder.
        live: Whether rows are still read from it; what was decoded into memory may change on disk.
        names: Of the files of a folder that hold many rows each, in the order of the rows.
    """

    def __init__(self, root: Path, *, live: bool, names: tuple[str, ...] = ()) -> None:
        self.root, self.live, self.names = root, live, names
        self._seen = signature_of(root) if live else ()
        self._folder = root.is_dir()
        self._next_look = 0.0

    def require_unchanged(self, *, now: bool = False) -> None:
        """Compare with how it was; a folder only if the last look is long enough ago, or ``now``.

        Raises:
            InvalidInput: if a file was changed, cut short, added or removed.
        """
        started = time.monotonic()
        if not self.live or (self._folder and not now and started < self._next_look):
            return
        got = _difference(self._seen, signature_of(self.root))
        if got is not None:
            raise refusal(
                "the data must stay as they are while they are used",
                f"{self.root}, {got}",
                "start again when nothing writes to it any more",
            )
        took = time.monotonic() - started
        self._next_look = started + max(_PAUSE, _SHARE * took)


def signature_of(root: Path) -> Signature:
    """Names, sizes and times of the file, or of all files under the folder; empty where it is gone."""
    if not root.is_dir():
        return tuple(_stat_of(str(root)))
    names = sorted(os.path.join(place, name) for place, _, files in os.walk(root) for name in files)  # noqa: PTH118
    return tuple(entry for name in names for entry in _stat_of(name))


def _stat_of(name: str) -> Signature:
    try:
        status = os.stat(name)  # noqa: PTH116
    except FileNotFoundError:
        return ()
    return ((name, status.st_size, status.st_mtime_ns),)


def _difference(before: Signature, after: Signature) -> str | None:
    """What happened, in words; None where nothing did."""
    if before == after:
        return None
    if len(before) == len(after) == 1:
        old, new = before[0][1], after[0][1]
        if new < old:
            return f"cut from {old} to {new} bytes meanwhile"
    gone = len({name for name, _, _ in before} - {name for name, _, _ in after})
    return f"{gone} of whose {len(before)} files are gone" if gone else "which changed meanwhile"
