"""How many points and queries one step of the score engine holds, from a memory budget."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from remanifold._core.errors import refusal
from remanifold.scores.index.score_index import LEAF, build_bytes, index_bytes

_FLOAT = 8  # bytes
_HELD_COPIES = 2  # of rows that are multiplied: as they are, and across
_ROW_COPIES = 5  # of a chunk of points in flight: stored, float64, scaled, keys, and the chunk read ahead
_PAIR_COPIES = 5  # of a (queries, points) array: product, logits, weights, energies, mask
_QUERY_COPIES = 8  # of a query row: query, scaled, key, sums, their merge
_LEAST_POINTS, _MOST_POINTS = 32, 2048  # more only miss the cache
_FEW_BYTES = 2**22  # of the least points of one chunk where rows are wide
_MOST_QUERIES = 1024
_MOST_HELD = 2**15  # of those that are summed over all points in blocks of their own
_WORTH_AN_INDEX = 4 * LEAF  # points
_FEW_POINTS, _FEW_NUMBERS = 5000, 2**17  # up to which products over all cost less than ruling points out
_SURVIVOR = 10  # bytes of listed pairs for each point, where a query keeps half of the points


Kept = Literal["held", "full", "keys", "none"]


@dataclass(frozen=True)
class Budget:
    """Sizes of one step.

    Attributes:
        index: "held" where the points are few enough to be summed over all, at once; "full" where an index with a
            float32 copy of the rows fits into half of the memory, "keys" where one without does, "none" where the
            points must stream past, or where a build would not fit into all of it.
        room: Bytes of an index's rows or of their coordinates within a subspace.
        points: Rows of one chunk.
        queries: Queries of one block.
        pairs: (query, point) pairs whose differences are held at once.
        candidates: Pairs that screening may keep for one query.
        heads: Bytes that means over parts of the points may take before they are joined.
    """

    index: Kept
    room: int
    points: int
    queries: int
    pairs: int
    candidates: int
    heads: int = 0

    def halved(self) -> "Budget | None":
        """Half as many points, queries and pairs at once; None where there is nothing left to halve."""
        if self.points <= _LEAST_POINTS and self.queries == 1:
            return None
        points, pairs = (max(size // 2, min(size, _LEAST_POINTS)) for size in (self.points, self.pairs))
        queries = max(self.queries // 2, 1)
        return replace(self, points=points, queries=queries, pairs=pairs, heads=self.heads // 2)

    def without_index_rows(self) -> "Budget":
        """The next smaller kind of index."""
        return replace(self, index="keys" if self.index == "full" else "none", room=0)


def budget_of(memory: int, n_points: int, ambient_dim: int) -> Budget:
    """Divide ``memory`` bytes: up to half for an index, the rest for one chunk, one block and its candidates.

    Raises:
        InvalidInput: if one query and a few points do not fit.
    """
    index, taken, room = _index_within(memory, n_points, ambient_dim)
    free = memory - taken
    row, (least, few) = _FLOAT * ambient_dim, _least(ambient_dim)
    if free < least:
        raise refusal(
            f"the score of points of {ambient_dim} numbers needs a memory budget of at least "
            f"{math.ceil((least + taken) / 1e4) / 100:g} MB, so that it holds {few} of them",
            f"{memory / 1e6:.3g} MB",
            "raise `memory`",
        )
    part = free // 4
    points = min(max(part // (_ROW_COPIES * row), few), _MOST_POINTS, n_points)
    query = _FLOAT * _PAIR_COPIES * points + _QUERY_COPIES * row
    query += 0 if index in ("none", "held") else _SURVIVOR * n_points
    queries = min(max(part // query, 1), _MOST_HELD if index == "held" else _MOST_QUERIES)
    pairs = min(max(part // (_ROW_COPIES * row), few), _MOST_POINTS)
    candidates = part // (6 * _FLOAT * queries)  # indices, bounds and their sorted copies
    heads = queries * query // 2  # they take the place of a (queries, points) array
    return Budget(index, room, points, queries, pairs, candidates, heads)


def least_bytes(ambient_dim: int) -> int:
    """The least budget of a score of rows of ``ambient_dim`` numbers."""
    return _least(ambient_dim)[0]


def _least(ambient_dim: int) -> tuple[int, int]:
    """(bytes, points that they hold)."""
    row = _FLOAT * ambient_dim
    few = max(1, min(_LEAST_POINTS, _FEW_BYTES // row))
    return 4 * max(few * (_ROW_COPIES * row + _PAIR_COPIES * _FLOAT), _QUERY_COPIES * row), few


def _index_within(memory: int, n_points: int, ambient_dim: int) -> tuple[Kept, int, int]:
    """(which index fits, bytes it takes, of these for rows); few points need none."""
    numbers = n_points * ambient_dim
    if n_points <= _FEW_POINTS and numbers <= min(_FEW_NUMBERS, memory // (4 * _HELD_COPIES * _FLOAT)):
        return "held", _HELD_COPIES * _FLOAT * numbers, 0
    if n_points < _WORTH_AN_INDEX:
        return "none", 0, 0
    rows = 4 * n_points * ambient_dim
    keys = index_bytes(n_points, ambient_dim, rows=False)
    if keys + rows <= memory // 2 and build_bytes(n_points, ambient_dim, rows=True) <= memory:
        return "full", keys + rows, rows
    free = memory - build_bytes(n_points, ambient_dim, rows=False)
    if keys <= memory // 2 and free >= 0:
        room = min(memory // 2 - keys, free, rows)
        return "keys", keys + room, room
    return "none", 0, 0
