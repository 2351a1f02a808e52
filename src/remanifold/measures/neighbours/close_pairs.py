"""All pairs of rows at most a distance apart, within a set or between two."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress
from remanifold._core.types import Floats, Integers
from remanifold.measures.neighbours.contraction import Contraction
from remanifold.measures.neighbours.duplicates import exact_copies
from remanifold.measures.neighbours.reading import RowReader, read_rows

_MOST_PAIRS = 20_000_000
_STEP = 4096  # rows of A whose partners are sought at once
_CANDIDATE_BYTES = 100  # of one candidate pair: indices, distance, their sorted copies
Rows = Integers


@dataclass
class FoundPairs:
    """Pairs as they are found: rows of A, rows of B, distances; with a limit, only the closest are held.

    Attributes:
        limit: Most pairs that will be asked for; None: all.
        total: Pairs so far.
        pieces: What is in memory.
    """

    limit: int | None
    total: int = 0
    pieces: list[tuple[Rows, Rows, Floats]] = field(default_factory=list)
    _in_memory: int = 0

    def add(self, rows_a: Rows, rows_b: Rows, distances: Floats) -> None:
        """Take in more pairs.

        Raises:
            InvalidInput: beyond 20 million pairs without a limit.
        """
        self.total += len(distances)
        self._in_memory += len(distances)
        self.pieces.append((rows_a, rows_b, distances))
        if self.limit is None and self.total > _MOST_PAIRS:
            need = f"the pairs must be at most {_MOST_PAIRS} where all are kept"
            raise refusal(need, f"more than {_MOST_PAIRS}", "pass a smaller `within` or a `limit`")
        if self.limit is not None and self._in_memory > 2 * self.limit + 100_000:
            self.pieces = [self.closest(self.limit)]
            self._in_memory = len(self.pieces[0][2])

    def closest(self, limit: int | None) -> tuple[Rows, Rows, Floats]:
        """(rows of A, rows of B, distances), closest first, equal distances by row numbers; at most ``limit``."""
        if not self.pieces:
            nothing = np.empty(0, dtype=np.int64)
            return nothing, nothing, np.empty(0)
        rows_a, rows_b, distances = (np.concatenate(columns) for columns in zip(*self.pieces))
        order = np.lexsort((rows_b, rows_a, distances))[:limit]
        return rows_a[order], rows_b[order], distances[order]


class _Both:
    """The rows of A and then those of B, as one set."""

    def __init__(self, a: RowReader, b: RowReader) -> None:
        self.a, self.b = a, b
        self.n_points, self.ambient_dim = a.n_points + b.n_points, a.ambient_dim

    def chunk(self, start: int, stop: int, dtype: type = np.float64) -> NDArray:
        """Rows ``start``..``stop-1``."""
        cut = self.a.n_points
        pieces = [self.a.chunk(start, min(stop, cut), dtype)] if start < cut else []
        pieces += [self.b.chunk(max(start, cut) - cut, stop - cut, dtype)] if stop > cut else []
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def take(self, indices: NDArray[np.integer], dtype: type = np.float64) -> NDArray:
        """Rows ``indices``."""
        rows = np.empty((len(indices), self.ambient_dim), dtype)
        first = np.asarray(indices) < self.a.n_points
        rows[first] = self.a.take(indices[first], dtype)
        rows[~first] = self.b.take(indices[~first] - self.a.n_points, dtype)
        return rows


class _Copies:
    """Rows by the first row that equals them."""

    def __init__(self, origin: Rows) -> None:
        self._order = np.argsort(origin, kind="stable")
        self.first, self._starts, self._counts = np.unique(origin[self._order], return_index=True, return_counts=True)

    def of(self, first: Rows) -> tuple[Rows, Rows]:
        """(position in ``first``, row) of every later copy of the rows ``first``."""
        place = np.searchsorted(self.first, first)
        extra = self._counts[place] - 1
        position = np.repeat(np.arange(len(first)), extra)
        rank = np.arange(len(position)) - np.repeat(np.cumsum(extra) - extra, extra)
        return position, self._order[self._starts[place][position] + 1 + rank]


def close_pairs(
    a: RowReader, b: RowReader | None, distance: float, limit: int | None, memory: int, progress: Progress
) -> FoundPairs:
    """All pairs at ``distance`` or less; see `pairs.row_pairs`."""
    pairs = FoundPairs(limit)
    if b is None:
        origin = exact_copies(a, progress, memory=memory)
        later = np.flatnonzero(origin != np.arange(len(origin)))
        pairs.add(origin[later], later, np.zeros(len(later)))
        if distance > 0:
            side = _Side(a, np.unique(origin))
            for near in _near(side, side, distance, memory, progress):
                pairs.add(*near)
        return pairs
    origin = exact_copies(_Both(a, b), progress, memory=memory)
    of_a = _Copies(origin[: a.n_points])
    shared, first, group = np.unique(origin[a.n_points :], return_index=True, return_inverse=True)
    of_b = _Copies(first[group])
    if distance > 0:
        for near in _near(_Side(a, of_a.first), _Side(b, of_b.first), distance, memory, progress):
            _add_with_copies(pairs, of_a, of_b, near)
    else:
        inside = shared < a.n_points
        _add_with_copies(pairs, of_a, of_b, (shared[inside], first[inside], np.zeros(int(inside.sum()))))
    return pairs


def _add_with_copies(pairs: FoundPairs, of_a: _Copies, of_b: _Copies, near: tuple[Rows, Rows, Floats]) -> None:
    rows_a, rows_b, distances = near
    pairs.add(rows_a, rows_b, distances)
    place, copies = of_a.of(rows_a)
    pairs.add(copies, rows_b[place], distances[place])
    place, copies = of_b.of(rows_b)
    pairs.add(rows_a[place], copies, distances[place])


@dataclass(frozen=True, eq=False)
class _Side:
    """Distinct rows of some points."""

    points: RowReader
    rows: Rows


def _near(a: _Side, b: _Side, distance: float, memory: int, progress: Progress) -> Iterator[tuple[Rows, Rows, Floats]]:
    """Pairs of rows of ``a`` and ``b``, a part at a time; of one side with itself each pair once."""
    contraction = Contraction(b.points, b.rows, memory, progress)
    step = max(1, min(_STEP, memory // (64 * a.points.ambient_dim)))
    most = max(len(b.rows), memory // (4 * _CANDIDATE_BYTES))
    for start in range(0, len(a.rows), step):
        part = a.rows[start : start + step]
        table, margin = contraction.of_rows(read_rows(a.points, part))
        for i, j in _candidates(table, contraction.tree, distance * (1 + 1e-9) + margin, most):
            i, j = part[i], b.rows[j]
            wanted = i < j if a is b else np.ones(len(i), dtype=bool)
            yield _confirmed(a.points, i[wanted], b.points, j[wanted], distance, memory)
        progress("close pairs", start + len(part), len(a.rows))


def _candidates(table: Floats, tree: KDTree, radius: float, most: int) -> Iterator[tuple[Rows, Rows]]:
    """(row of the table, row of the tree) of all pairs within ``radius``, about ``most`` at a time.

    Rows descend the tree one by one: a second tree over a few thousand rows from everywhere would rule out little.
    """
    counts = tree.query_ball_point(table, radius, return_length=True)
    groups = np.cumsum(counts) // most
    for piece in np.split(np.arange(len(table)), np.flatnonzero(np.diff(groups)) + 1):
        lists = tree.query_ball_point(table[piece], radius, return_sorted=True)
        size = int(counts[piece].sum())
        yield np.repeat(piece, counts[piece]), np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=size)


def _confirmed(a: RowReader, i: Rows, b: RowReader, j: Rows, distance: float, memory: int) -> tuple[Rows, Rows, Floats]:
    """The pairs whose float64 distance is at most ``distance``, with it."""
    gaps = np.empty(len(i))
    step = max(1, memory // (64 * a.ambient_dim))
    for start in range(0, len(i), step):
        piece = slice(start, start + step)
        rest = a.take(i[piece]) - b.take(j[piece])
        scale = np.abs(rest).max(axis=1, keepdims=True)
        scale[scale == 0] = 1.0  # squares of tiny differences would vanish
        gaps[piece] = scale[:, 0] * np.linalg.norm(rest / scale, axis=1)
    kept = gaps <= distance
    return i[kept], j[kept], gaps[kept]
