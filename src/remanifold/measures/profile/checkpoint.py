"""Finished sweeps of queries, kept in a file, so that a profile that was interrupted or killed goes on bit for bit."""

import base64
import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.part_file import PartFile
from remanifold._core.types import Integers
from remanifold._core.version import __version__
from remanifold.measures.neighbours.reading import RowReader, column_blocks
from remanifold.measures.profile.sweep import QuerySums, Visit

_PAUSE = 1.0  # seconds between two writes, each of which waits for the disk


class SweepParts:
    """The partial sums of all sweeps of some data, by the digest of what they were swept for.

    `keep` and `flush` raise `InvalidInput` where the file cannot be written.

    Attributes:
        file: Where they are.
    """

    def __init__(self, path: str | Path, data: dict[str, Any]) -> None:
        """Read what ``path`` holds for ``data``, which must tell one data set from another (plain JSON)."""
        self.file = PartFile(Path(path), {"version": __version__, "data": data})
        self._finished = {
            (label, start): visits for piece in self.file.pieces.values() for label, start, visits in piece
        }
        self._unwritten: list[tuple[str, int, list[Any]]] = []
        self._pieces = len(self.file.pieces)
        self._written = time.monotonic()

    def found(self, label: str, start: int) -> list[Visit[QuerySums]] | None:
        """The finished visits of the batch that begins at query ``start``, or None."""
        kept = self._finished.get((label, start))
        return None if kept is None else [_visit_of(visit) for visit in kept]

    def keep(self, label: str, start: int, visits: list[Visit[QuerySums]]) -> None:
        """Keep a finished batch; it is on disk within a second, or at the next `flush`."""
        self._unwritten.append((label, start, [_plain(visit) for visit in visits]))
        if time.monotonic() - self._written > _PAUSE:
            self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet."""
        new, self._unwritten = self._unwritten, []
        if new:
            self.file.add(self._pieces, new)
            self._pieces += 1
        self._written = time.monotonic()

    def remove(self) -> None:
        """Delete the file: all is done."""
        self._unwritten = []
        self.file.remove()


def parts_of(path: str | Path, points: RowReader, rows: Integers) -> SweepParts:
    """`SweepParts` of the rows ``rows`` of ``points``, which are read once to recognise them."""
    return SweepParts(path, {"rows": rows_digest(points, rows)})


def rows_digest(points: RowReader, rows: Integers) -> str:
    """SHA-256 of the row numbers ``rows`` and of what ``points`` has there."""
    digest = hashlib.sha256(rows.tobytes())
    for _, block in column_blocks(points, rows):
        digest.update(np.ascontiguousarray(block).data)
    return digest.hexdigest()


def _plain(visit: Visit[QuerySums]) -> list[Any]:
    s = visit.result
    table = np.concatenate([s.t[:, None], s.log_sum, s.log_square_sum, s.half_squared, s.projection], axis=1)
    return [visit.nearest_row, visit.nearest_distance, len(table), base64.b64encode(table.tobytes()).decode()]


def _visit_of(kept: list[Any]) -> Visit[QuerySums]:
    row, distance, levels, packed = kept
    table = np.frombuffer(base64.b64decode(packed)).reshape(levels, -1)
    parts = np.split(table[:, 1:], 4, axis=1)
    return Visit(row, distance, QuerySums(table[:, 0], *parts))
