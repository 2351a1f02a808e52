"""Eigenvalues of the covariance of the data."""

import numpy as np
import torch

from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.reading import RowReader, over_blocks, read_rows, rows_of

_LARGEST_MATRIX = 4096  # side of the matrix that is diagonalised: a few seconds, 128 MB


def covariance_spectrum(
    points: PointsLike | RowReader,
    rows: Integers | None = None,
    *,
    seed: int = 0,
    memory: int = 2 * 10**9,
    threads: int = 1,
    progress: Progress = silent,
) -> tuple[Floats, bool]:
    """Eigenvalues of the covariance (divisor: number of rows) of ``rows``, descending, and whether all rows were used.

    ``points`` is whatever `open_points` takes; ``rows`` are all rows by default.
    Up to 4096 dimensions the covariance is summed over all rows. Beyond, the non-zero eigenvalues come from the Gram
    matrix of the rows; of a random part of them where there are more than 4096 or the memory does not hold them.
    Round-off zeros are set to 0.
    """
    points = rows_of(points)
    rows = np.arange(points.n_points) if rows is None else rows
    if points.ambient_dim <= _LARGEST_MATRIX:
        matrix, used_all = _covariance(points, rows, threads, progress), True
    else:
        most = max(3, min(_LARGEST_MATRIX, memory // (4 * 8 * points.ambient_dim)))
        chosen = choose_queries(rows, most, seed)
        block = read_rows(points, chosen)
        block -= block.mean(axis=0)
        matrix, used_all = block @ block.T / len(chosen), len(chosen) == len(rows)
    values = np.linalg.eigvalsh(matrix)[::-1]
    noise = values[0] * len(values) * np.finfo(np.float64).eps
    return np.where(values > noise, values, 0.0), used_all


def _covariance(points: RowReader, rows: Integers, threads: int, progress: Progress) -> Floats:
    """Sum of outer products about a pivot, less that of the mean: no large mean is left to cancel."""
    pivot = read_rows(points, rows[:1])[0]
    total = torch.zeros((points.ambient_dim,) * 2, dtype=torch.float64)
    mean = np.zeros(points.ambient_dim)

    def visit(start: int, block: Floats) -> tuple[int, Floats, torch.Tensor]:
        block -= pivot
        part = torch.from_numpy(block)
        return start + len(block), block.sum(axis=0) / len(rows), (part.T @ part).div_(len(rows))

    for stop, shift, product in over_blocks(points, rows, 1, visit, threads):
        mean += shift
        total += product
        progress("covariance", stop, len(rows))
    return total.numpy() - np.outer(mean, mean)
