"""Nearest other point of some query rows, exactly, with explicit float64 distances."""

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.progress import Progress, silent
from remanifold.measures.panel import RowReader, compute_panel, read_rows
from remanifold.measures.threads import torch_threads

_PANEL_BYTES = 2**28


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
        query_rows: Rows of ``queries``.
        same: True where queries are columns too: a query is not its own neighbour.
        threads: Threads of the products.
        device: Torch device.
        progress: Told the queries done.
    """
    block = max(1, _PANEL_BYTES // (8 * len(columns)))
    rows = np.empty(len(query_rows), dtype=np.int64)
    distances = np.empty(len(query_rows))
    for start in range(0, len(query_rows), block):
        part = query_rows[start : start + block]
        own = np.searchsorted(columns, part) if same else np.full(len(part), -1)
        values = read_rows(queries, part)
        with torch_threads(threads):
            empty = np.empty((len(part), 0, points.ambient_dim))
            panel = compute_panel(points, columns, values, empty, own, device=torch.device(device))
        half = panel.half_squared
        if same:
            half[torch.arange(len(part)), torch.from_numpy(own)] = torch.inf
        nearest = columns[half.argmin(1).cpu().numpy()]
        rows[start : start + len(part)] = nearest
        distances[start : start + len(part)] = np.linalg.norm(points.take(nearest, np.float64) - values, axis=1)
        progress("nearest points", start + len(part), len(query_rows))
    return rows, distances
