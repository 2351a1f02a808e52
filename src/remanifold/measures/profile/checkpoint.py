"""Finished sweeps of queries, kept in a file, so that a profile that was interrupted or killed goes on bit for bit."""

import base64
import hashlib
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.kept.part_file import PartFile
from remanifold._core.types import Floats, Integers
from remanifold._core.version import __version__
from remanifold.measures.neighbours.reading import RowReader, column_blocks
from remanifold.measures.profile.sweep import QuerySums, Visit

_PAUSE = 1.0  # seconds between two writes, each of which waits for the disk


@dataclass(frozen=True)
class VisitLike:
    """What a visit must look like to be one of a sweep: a checksum of a file tells damage, not who wrote it.

    Attributes:
        rows: Numbers of the rows that count, ascending.
        branches: 1 + 2 draws.
        levels: Noise levels asked for, ascending.
        bracketed: Whether the sums may have levels below and above these.
    """

    rows: Integers
    branches: int
    levels: Floats
    bracketed: bool

    def fits(self, visit: Visit[QuerySums]) -> bool:
        """Whether ``visit`` does."""
        t, sums = visit.result.t, visit.result
        place = int(np.searchsorted(self.rows, visit.nearest_row))
        near = (
            place < len(self.rows) and self.rows[place] == visit.nearest_row and 0 <= visit.nearest_distance < math.inf
        )
        rising = bool(np.isfinite(t).all()) and t[0] > 0 and bool((np.diff(t) > 0).all())
        asked = bool(np.isin(self.levels, t).all()) and (self.bracketed or len(t) == len(self.levels))
        wide = sums.log_sum.shape[1] == self.branches
        return near and rising and asked and wide and not any(np.isnan(part).any() for part in vars(sums).values())


class SweepParts:
    """The partial sums of all sweeps of some data, by the digest of what they were swept for.

    `keep` and `flush` raise `InvalidInput` where the file cannot be written.

    Attributes:
        file: Where they are.
    """

    def __init__(self, path: str | Path, data: dict[str, Any]) -> None:
        """Read what ``path`` holds for ``data``, which must tell one data set from another (plain JSON)."""
        self.file = PartFile(Path(path), {"version": __version__, "data": data}, _fits)
        self._finished = {
            (label, start): visits for piece in self.file.pieces.values() for label, start, visits in piece
        }
        self._unwritten: list[tuple[str, int, list[Any]]] = []
        self._pieces = len(self.file.pieces)
        self._written = time.monotonic()

    def found(self, label: str, start: int, like: VisitLike, count: int) -> list[Visit[QuerySums]] | None:
        """The finished visits of the batch of ``count`` queries that begins at query ``start``, or None."""
        try:
            visits = [_visit_of(visit) for visit in self._finished.get((label, start), ())]
        except (ValueError, TypeError):
            return None
        return visits if len(visits) == count and all(map(like.fits, visits)) else None

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


def _fits(_: int, piece: Any) -> bool:
    return all(isinstance(label, str) and isinstance(start, int) and visits for label, start, visits in piece)


def _plain(visit: Visit[QuerySums]) -> list[Any]:
    s = visit.result
    table = np.concatenate([s.t[:, None], s.log_sum, s.log_square_sum, s.half_squared, s.projection], axis=1)
    return [visit.nearest_row, visit.nearest_distance, len(table), base64.b64encode(table.tobytes()).decode()]


def _visit_of(kept: list[Any]) -> Visit[QuerySums]:
    row, distance, levels, packed = kept
    table = np.frombuffer(base64.b64decode(packed)).reshape(levels, -1)
    if not (levels and isinstance(row, int) and isinstance(distance, float)):
        raise ValueError("no visit")
    parts = np.split(table[:, 1:], 4, axis=1)
    return Visit(row, distance, QuerySums(table[:, 0], *parts))
