"""The few nearest points of some query rows, exactly, and how many of them are equally near."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats, Integers
from remanifold.data import Points, PointsLike
from remanifold.measures.neighbours.reading import DEFAULT_MEMORY, RowReader, over_blocks, read_rows, rows_of, share_of

if TYPE_CHECKING:
    import torch

_QUERY_BYTES, _QUERIES = 2**27, 128  # held at once, at most, whichever is more: each such block reads all points
_BLOCKS = 5  # of the size of a block of points that a thread has in work: read, centred, norms, a product, its mask
_SPARE = 2  # candidates beyond k: the product decides who is one, float64 differences who is nearest
_TIE = 1e-9  # relative: preprocessing rounds distances that were equal


@dataclass(frozen=True)
class NearRows:
    """The k nearest points of q queries.

    Attributes:
        rows: Row numbers, nearest first, equally near ones by number, (q, k); -1 where there are fewer points.
        distances: Their distances, data units, (q, k); infinite where there are fewer points.
    """

    rows: Integers
    distances: Floats

    @property
    def nearest(self) -> Floats:
        """Distance to the nearest point, (q,)."""
        return self.distances[:, 0]

    @property
    def ratio(self) -> Floats:
        """d1/d2, nearest over second nearest, (q,): 0 for a copy, near 1 for a row between others, 1 where d2 = 0."""
        first, second = self.distances[:, 0], self.distances[:, 1]
        return np.where(second > 0, first / np.where(second > 0, second, 1.0), 1.0)

    def at(self, least: Floats) -> NDArray[np.bool_]:
        """Which of the points lie at the distance ``least`` (q,) or nearer, but for rounding, (q, k)."""
        return self.distances <= least[:, None] * (1 + _TIE)


def near_rows(
    points: RowReader,
    columns: Integers,
    queries: RowReader,
    query_rows: Integers,
    k: int,
    *,
    same: bool = False,
    threads: int = 1,
    device: str = "cpu",
    memory: int = DEFAULT_MEMORY,
    progress: Progress = silent,
) -> NearRows:
    """The ``k`` nearest of the rows ``columns`` of ``points`` to each query.

    Args:
        points: Where the columns are read.
        columns: Rows that count, ascending.
        queries: Where the queries are read; may be ``points`` itself.
        query_rows: Rows of ``queries``, ascending.
        k: Neighbours wanted.
        same: True where queries are columns too: a query is not its own neighbour.
        threads: Blocks of points worked on at once.
        device: Torch device.
        memory: Bytes of queries and points in work.
        progress: Told the queries done.
    """
    import torch

    width = 8 * points.ambient_dim
    size = max(1, min(max(_QUERY_BYTES, _QUERIES * width), memory // 8) // width)  # and centred
    most = share_of(memory // 2, _BLOCKS * threads + 2, width)
    rows = np.full((len(query_rows), k), -1, dtype=np.int64)
    distances = np.full((len(query_rows), k), np.inf)
    for start in range(0, len(query_rows), size):
        part = query_rows[start : start + size]
        values = read_rows(queries, part)
        own = np.searchsorted(columns, part) if same else np.full(len(part), -1)
        where = _Columns(points, columns, torch.device(device), threads, most)
        candidates = _candidates(where, values, own, k + _SPARE)
        step = max(1, share_of(memory, 8) // (8 * points.ambient_dim * (k + _SPARE)))
        for first in range(0, len(part), step):
            piece = slice(first, min(first + step, len(part)))
            near, gaps = _by_differences(points, columns, values[piece], candidates[piece])
            into = slice(start + piece.start, start + piece.stop)
            rows[into], distances[into] = near[:, :k], gaps[:, :k]
        progress("nearest rows", start + len(part), len(query_rows))
    return NearRows(rows, distances)


def nearest_points(
    points: PointsLike | RowReader,
    columns: Integers,
    queries: PointsLike | RowReader,
    query_rows: Integers,
    *,
    same: bool,
    threads: int = 1,
    device: str = "cpu",
    memory: int = DEFAULT_MEMORY,
    progress: Progress = silent,
) -> tuple[Integers, Floats]:
    """(row numbers, distances) of the nearest of each query, (q,) both; see `near_rows`."""
    points, queries = rows_of(points), rows_of(queries)
    if points.ambient_dim != queries.ambient_dim:
        need = f"queries must have the points' {points.ambient_dim} numbers a row"
        raise refusal(need, queries.ambient_dim, "prepare both alike")
    options = {"same": same, "threads": threads, "device": device, "memory": memory, "progress": progress}
    near = near_rows(points, columns, queries, query_rows, 1, **options)
    return near.rows[:, 0], near.nearest


def _by_differences(points: RowReader, columns: Integers, values: Floats, places: Integers) -> tuple[Integers, Floats]:
    """Rows and float64 distances of candidates (q, k), nearest first, equally near ones by number."""
    missing = places < 0
    near = np.where(missing, -1, columns[places])
    read = points.take(columns[np.maximum(places, 0)].ravel(), np.float64).reshape(*places.shape, -1)
    gaps = np.where(missing, np.inf, np.linalg.norm(read - values[:, None], axis=2))
    order = np.lexsort((near, gaps))
    return np.take_along_axis(near, order, 1), np.take_along_axis(gaps, order, 1)


@dataclass(frozen=True, eq=False)
class _Columns:
    """The points that count, and where their products are computed."""

    points: RowReader
    rows: Integers
    device: "torch.device"
    threads: int
    most: int


def _candidates(columns: _Columns, values: Floats, own: Integers, k: int) -> Integers:
    """Places among the columns of the k nearest of each query by products, (q, k), -1 where there are fewer."""
    import torch

    device = columns.device
    distances, read = _distances(columns, values)
    place = torch.from_numpy(own).to(device)
    best = torch.full((len(values), k), torch.inf, dtype=torch.float64, device=device)
    which = torch.full((len(values), k), -1, dtype=torch.int64, device=device)

    def visit(start: int, block: NDArray[Any]) -> "tuple[torch.Tensor, torch.Tensor]":
        half = distances(block)
        inside = (place >= start) & (place < start + len(block))
        half[inside.nonzero()[:, 0], place[inside] - start] = torch.inf
        least, at = half.topk(min(k, len(block)), dim=1, largest=False)
        return least, at + start

    for least, at in over_blocks(columns.points, columns.rows, len(values), visit, columns.threads, columns.most, read):
        both, places = torch.cat([best, least], 1), torch.cat([which, at], 1)
        best, kept = both.topk(k, dim=1, largest=False)
        which = places.gather(1, kept)
    return torch.where(best.isinf(), -1, which).cpu().numpy()


def _distances(
    columns: _Columns, values: Floats
) -> "tuple[Callable[[NDArray[Any]], torch.Tensor], Callable[..., NDArray[Any]]]":
    """What gives half the squared distances of ``values`` (q, N) to a block of points, (q, k), and what reads one."""
    import torch

    from remanifold.measures.neighbours.eight_bit import eight_bit_rows, exact_writer, stored_rows
    from remanifold.measures.neighbours.panel import half_squared, middle_of

    points, device = columns.points, columns.device
    stored = eight_bit_rows(points, values) if device.type == "cpu" else None
    if stored is not None and isinstance(points, Points):
        write = exact_writer(points, stored, np.empty((len(values), 0, values.shape[1])))

        def exact(block: NDArray[Any]) -> "torch.Tensor":
            half = np.empty((len(values), 1, len(block)))
            write(block, half)
            return torch.from_numpy(half[:, 0])

        return exact, stored_rows
    centre = middle_of(values)
    left = torch.from_numpy(values - centre).to(device)

    def by_products(block: NDArray[Any]) -> "torch.Tensor":
        right = torch.from_numpy(block - centre).to(device)
        half = torch.empty((len(left), len(right)), dtype=torch.float64, device=device)
        half_squared(left, right, out=half)
        return half

    return by_products, read_rows
