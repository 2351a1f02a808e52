"""Nearest point of some query rows, exactly, with explicit float64 distances."""

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.progress import Progress, silent
from remanifold.measures.panel import RowReader, half_squared, over_blocks, read_rows

_QUERY_BYTES = 2**27  # queries held at once; the points are read once for each such block


def nearest_points(
    points: RowReader,
    columns: NDArray[np.int64],
    queries: RowReader,
    query_rows: NDArray[np.int64],
    *,
    same: bool,
    threads: int = 1,
    device: str = "cpu",
    progress: Progress = silent,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest of the rows ``columns`` of ``points`` to each query: (row numbers, distances).

    Args:
        points: Where the columns are read.
        columns: Rows that count, ascending.
        queries: Where the queries are read; may be ``points`` itself.
        query_rows: Rows of ``queries``, ascending.
        same: True where queries are columns too: a query is not its own neighbour.
        threads: Blocks of points worked on at once.
        device: Torch device.
        progress: Told the queries done.
    """
    size = max(1, _QUERY_BYTES // (8 * points.ambient_dim))
    rows = np.empty(len(query_rows), dtype=np.int64)
    distances = np.empty(len(query_rows))
    for start in range(0, len(query_rows), size):
        part = query_rows[start : start + size]
        values = read_rows(queries, part)
        own = np.searchsorted(columns, part) if same else np.full(len(part), -1)
        found = columns[_nearest_columns(points, columns, values, own, device=torch.device(device), threads=threads)]
        rows[start : start + len(part)] = found
        distances[start : start + len(part)] = np.linalg.norm(points.take(found, np.float64) - values, axis=1)
        progress("nearest points", start + len(part), len(query_rows))
    return rows, distances


def _nearest_columns(
    points: RowReader,
    columns: NDArray[np.int64],
    values: NDArray[np.float64],
    own: NDArray[np.int64],
    *,
    device: torch.device,
    threads: int,
) -> NDArray[np.int64]:
    """Position among ``columns`` of the nearest of each query, in one pass over the points."""
    centre = np.median(values, axis=0)
    left = torch.from_numpy(values - centre).to(device)
    place = torch.from_numpy(own).to(device)
    best = torch.full((len(values),), torch.inf, dtype=torch.float64, device=device)
    which = torch.zeros(len(values), dtype=torch.int64, device=device)

    def visit(start: int, block: NDArray[np.float64]) -> tuple[torch.Tensor, torch.Tensor]:
        right = torch.from_numpy(block - centre).to(device)
        half = torch.empty((len(left), len(right)), dtype=torch.float64, device=device)
        half_squared(left, right, out=half)
        inside = (place >= start) & (place < start + len(right))
        half[inside.nonzero()[:, 0], place[inside] - start] = torch.inf
        least, at = half.min(1)
        return least, at + start

    for least, at in over_blocks(points, columns, len(values), visit, threads):
        closer = least < best
        best = torch.where(closer, least, best)
        which = torch.where(closer, at, which)
    return which.cpu().numpy()
