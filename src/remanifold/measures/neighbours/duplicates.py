"""Exact and near duplicates: rows that count as one point, found exactly without comparing all pairs."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from remanifold._core.checks import number
from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold._core.tables import html_table
from remanifold._core.types import Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.contraction import Contraction
from remanifold.measures.neighbours.near_rows import nearest_points
from remanifold.measures.neighbours.reading import DEFAULT_MEMORY, LARGEST, RowReader, column_blocks, rows_of, share_of
from remanifold.measures.neighbours.windows import pairs_in_windows

NEAR_SHARE = 0.01  # default duplicate distance, in median nearest distances
_SHOWN = 10  # groups, and rows of each
_DISTANCE_QUERIES = 500
_MOST_PAIRS = 20_000_000
_CANDIDATE = 48  # bytes of a pair of rows that the tree finds: numbers and their sorted copies
_LISTED = 200  # bytes of a pair of equal rows in the lists that are returned
_HASHES = 6  # blocks of rows in work while they are hashed: read ahead, read, positive zeros, halves, products, spare


@dataclass(frozen=True)
class Group:
    """Rows that are the same point: ``members`` ascending, ``max_distance`` the largest distance among them."""

    members: tuple[int, ...]
    max_distance: float


@dataclass(frozen=True, repr=False)
class Duplicates:
    """Groups of duplicates in a set of rows; a notebook shows the largest.

    Attributes:
        distance: Rows at this distance or less are linked (data units); groups are the connected components.
        groups: Groups of at least two rows, by their first row.
        pairs: The links that were found: (row, row, distance); an exact copy is linked to its first copy only.
        distinct: One row a group (the first) and all rows that stand alone, ascending: the points of the profile.
    """

    distance: float
    groups: tuple[Group, ...]
    pairs: tuple[tuple[int, int, float], ...]
    distinct: Integers

    def __repr__(self) -> str:
        rows = sum(len(group.members) for group in self.groups)
        return (
            f"Duplicates({len(self.groups)} groups of {rows} rows within {self.distance:.4g}, "
            f"{len(self.distinct)} distinct points)"
        )

    def _repr_html_(self) -> str:
        largest = sorted(self.groups, key=lambda group: -len(group.members))[:_SHOWN]
        names = [", ".join(map(str, group.members[:_SHOWN])) for group in largest]
        rows = [(len(group.members), name, f"{group.max_distance:.4g}") for group, name in zip(largest, names)]
        return html_table(repr(self), ("rows", "row numbers", "largest distance"), rows)


def exact_copies(
    points: PointsLike | RowReader, progress: Progress = silent, *, memory: int = DEFAULT_MEMORY
) -> Integers:
    """For every row of ``points`` (whatever `open_points` takes) the first row with the same content, (P,).

    A random linear hash of the bits finds the rows that may be equal; their numbers decide. About 40 bytes a row, and
    at most half of ``memory`` for rows in work.
    """
    points = rows_of(points)
    drawn = generator(0, "row hash").integers(2**63, size=points.ambient_dim, dtype=np.uint64)
    odd = drawn * np.uint64(2) + np.uint64(1)
    keys = np.empty(points.n_points, dtype=np.uint64)
    for start, block in column_blocks(points, np.arange(points.n_points), most=share_of(memory, 2 * _HASHES)):
        block = block + 0.0  # -0.0 and 0.0 are the same number
        words = block.view(np.uint64)
        words ^= words >> np.uint64(32)  # whole numbers leave the low half empty, where a product mixes best
        keys[start : start + len(block)] = (words * odd).sum(axis=1, dtype=np.uint64)
        progress("exact copies", start + len(block), points.n_points)
        del block, words
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    equal = keys[1:] == keys[:-1]
    run = np.zeros(points.n_points, dtype=bool)  # members of a run of equal hashes
    run[:-1] |= equal
    run[1:] |= equal
    suspects = np.sort(order[run])
    origin = np.arange(points.n_points)
    if not len(suspects):
        return origin
    place = np.empty(points.n_points, dtype=np.int64)
    place[order] = np.concatenate([[0], np.cumsum(~equal)])
    del keys, order, equal, run
    step = max(1, share_of(memory, 8) // (8 * points.ambient_dim))
    while len(suspects):  # a second round only where different rows have one hash
        _, first, group = np.unique(place[suspects], return_index=True, return_inverse=True)
        heads, differs = suspects[first][group], np.zeros(len(suspects), dtype=bool)
        for start in range(0, len(suspects), step):
            piece = slice(start, start + step)
            differs[piece] = np.any(points.take(suspects[piece]) != points.take(heads[piece]), axis=1)
        differs[first] = False  # so that every round ends some, whatever the numbers
        origin[suspects[~differs]] = heads[~differs]
        suspects = suspects[differs]
    return origin


def default_distance(
    points: PointsLike | RowReader,
    unique: Integers | None = None,
    seed: int = 0,
    threads: int = 1,
    memory: int = DEFAULT_MEMORY,
) -> float:
    """`NEAR_SHARE` times the median distance of a distinct point to its nearest other, from at most 500 of them.

    ``unique``: row numbers of the distinct points; by default the first of equal rows.
    """
    points = rows_of(points)
    unique = np.unique(exact_copies(points, memory=memory)) if unique is None else unique
    queries = choose_queries(unique, _DISTANCE_QUERIES, seed)
    _, distances = nearest_points(points, unique, points, queries, same=True, threads=threads, memory=memory)
    return NEAR_SHARE * float(np.median(distances))


def near_pairs(
    points: RowReader, rows: Integers, distance: float, progress: Progress = silent, memory: int = DEFAULT_MEMORY
) -> list[tuple[int, int, float]]:
    """All pairs of ``rows`` at Euclidean ``distance`` or less, exactly: (row, row, distance), sorted.

    Windows, or the k-d tree, in the coordinates of a `Contraction` find all candidates; explicit float64 differences
    decide.

    Raises:
        InvalidInput: if there are more than 20 million candidates, or than ``memory`` holds: the distance is not a
            duplicate distance.
    """
    contraction = Contraction(points, rows, memory, progress)
    tree, radius = contraction.tree, distance * (1 + 1e-9) + contraction.margin
    most = min(_MOST_PAIRS, memory // (4 * _CANDIDATE))
    candidates = pairs_in_windows(np.asarray(tree.data), radius, most)
    candidates_n = (int(tree.count_neighbors(tree, radius)) - len(rows)) // 2 if candidates is None else len(candidates)
    if candidates_n > most:
        more = "" if candidates_n > _MOST_PAIRS else ", or raise `memory`"
        raise InvalidInput(
            f"the duplicate distance must single out few pairs, but got {distance:.6g}, which leaves {candidates_n} "
            f"candidates; pass a smaller `duplicate_distance`{more}."
        )
    if candidates is None:
        candidates = tree.query_pairs(radius, output_type="ndarray")
    candidates = candidates[np.lexsort((candidates[:, 1], candidates[:, 0]))]
    pairs: list[tuple[int, int, float]] = []
    step = max(1, share_of(memory, 8) // (8 * points.ambient_dim))
    for start in range(0, len(candidates), step):
        part = rows[candidates[start : start + step]]
        gaps = np.linalg.norm(points.take(part[:, 0], np.float64) - points.take(part[:, 1], np.float64), axis=1)
        pairs += [(int(a), int(b), float(d)) for (a, b), d in zip(part, gaps, strict=True) if d <= distance]
    return pairs


def diameter(points: RowReader, members: Integers, memory: int = DEFAULT_MEMORY) -> float:
    """Largest distance among ``members``; products centred on the first member keep small distances exact."""
    if len(members) < 2:
        return 0.0
    first = points.take(members[:1], np.float64)
    step = max(1, share_of(memory, 12) // (8 * points.ambient_dim))
    largest = 0.0
    for start in range(0, len(members), step):
        block = points.take(members[start : start + step], np.float64) - first
        squares = (block * block).sum(axis=1)
        for other in range(start, len(members), step):
            rest = block if other == start else points.take(members[other : other + step], np.float64) - first
            norms = squares if other == start else (rest * rest).sum(axis=1)
            for begin in range(0, len(block), 256):
                part = squares[begin : begin + 256, None] + norms - 2 * block[begin : begin + 256] @ rest.T
                i, j = np.unravel_index(int(part.argmax()), part.shape)
                largest = max(largest, float(np.linalg.norm(block[begin + i] - rest[j])))
    return largest


def find_duplicates(
    points: PointsLike | RowReader,
    distance: float | None = None,
    *,
    origin: Integers | None = None,
    memory: str | float = DEFAULT_MEMORY,
    progress: Progress = silent,
) -> Duplicates:
    """Group the rows of ``points`` that lie within ``distance`` of each other, directly or through others.

    >>> import numpy as np, remanifold as rm
    >>> x = np.random.default_rng(0).normal(size=(100, 8))
    >>> x[7] = x[3] + 1e-9
    >>> rm.find_duplicates(x).groups[0].members
    (3, 7)

    Main arguments:
        points: Whatever `remanifold.open_points` takes.
        distance: Duplicate distance, data units, >= 0 (0: exact copies only). By default that of an audit: 0.01 times
            the median distance between a distinct point and its nearest other.

    Other arguments:
        origin: `exact_copies` of the points, if already known.
        memory: Working memory such as "2GB".
        progress: Told about the stages.

    Raises:
        InvalidInput: for data that cannot be opened, a negative or absurdly large distance, or a budget that does not
            hold the rows' coordinates or the pairs of equal rows.

    See also:
        `remanifold.measures.row_pairs` for pairs between two sets; `remanifold.audit_copies`.
    """
    if distance is not None:
        distance = number("the duplicate distance", distance, least=0, most=LARGEST, do="pass e.g. 0.01")
    points = rows_of(points)
    budget = bytes_of(memory)
    origin = exact_copies(points, progress, memory=budget) if origin is None else origin
    unique = np.unique(origin)
    if distance is None:
        distance = default_distance(points, unique, memory=budget) if len(unique) > 1 else 0.0
    _require_room(len(origin) - len(unique), budget)
    pairs = [(int(origin[i]), int(i), 0.0) for i in np.flatnonzero(origin != np.arange(len(origin)))]
    if distance > 0 and len(unique) > 1:
        pairs += near_pairs(points, unique, distance, progress, budget)
    pairs.sort()
    links = np.array([(a, b) for a, b, _ in pairs], dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(len(origin),) * 2)
    label = connected_components(graph, directed=False)[1]
    _, distinct = np.unique(label, return_index=True)
    order = np.argsort(label, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    is_first = np.zeros(len(origin), dtype=bool)
    is_first[unique] = True  # equal rows add nothing to a diameter
    groups = [Group(tuple(m.tolist()), diameter(points, m[is_first[m]], budget)) for m in members if len(m) > 1]
    groups.sort(key=lambda g: g.members)
    return Duplicates(distance, tuple(groups), tuple(pairs), np.sort(distinct))


def _require_room(copies: int, memory: int) -> None:
    """Refuse a budget that does not hold the lists of equal rows."""
    least = 2 * _LISTED * copies
    if least > memory:
        need = f"the lists of {copies} rows that equal others need a memory budget of at least {least // 10**6 + 1} MB"
        raise refusal(need, f"{memory / 1e6:.3g} MB", "raise `memory`, or remove the copies first")
