"""Eigenvalues of the covariance of the data."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats, Integers
from remanifold.data import Points, PointsLike
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.eight_bit import MOST_SUMMED, product_of_columns, stored_in_eight_bits, stored_rows
from remanifold.measures.neighbours.reading import RowReader, over_blocks, read_rows, rows_of, share_of

_LARGEST_MATRIX = 4096  # side of the matrix that is diagonalised: a few seconds, 128 MB
_MATRICES = 6  # of that side in memory at once: sum, product of a thread, mean, eigenvalues
_MOST_READINGS = 64  # of rows that do not fit at once, for their Gram matrix


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
    Up to 4096 dimensions the covariance is summed over all rows, or where these are fewer than the dimensions, their
    Gram matrix is diagonalised. Beyond, or where ``memory`` does not hold it, the non-zero eigenvalues come from the
    Gram matrix of the rows; of a random part of them where there are more than 4096, or more than the memory allows.
    Round-off zeros are set to 0.
    """
    points = rows_of(points)
    rows = np.arange(points.n_points) if rows is None else rows
    side = points.ambient_dim
    at_once = memory // (4 * 8 * side)
    narrow = side <= _LARGEST_MATRIX
    if narrow and len(rows) < side and len(rows) <= at_once and 8 * len(rows) ** 2 * _MATRICES <= memory:
        matrix, used_all = _gram(points, rows, at_once), True  # the smaller of the two
    elif narrow and 8 * side**2 * (_MATRICES + threads) <= memory:
        matrix, used_all = _covariance(points, rows, threads, memory, progress), True
    else:
        largest = min(_LARGEST_MATRIX, math.isqrt(memory // (8 * _MATRICES)))
        chosen = choose_queries(rows, max(3, min(largest, _MOST_READINGS * at_once)), seed)
        matrix, used_all = _gram(points, chosen, max(1, at_once)), len(chosen) == len(rows)
    values = np.linalg.eigvalsh(matrix)[::-1]
    noise = values[0] * len(values) * np.finfo(np.float64).eps
    values = np.where(values > noise, values, 0.0)
    return (np.pad(values, (0, max(0, side - len(values)))) if narrow and used_all else values), used_all


def _gram(points: RowReader, rows: Integers, at_once: int) -> Floats:
    """Products of the centred rows over their number: (rows, rows)."""
    if len(rows) <= at_once:
        block = read_rows(points, rows)
        block -= block.mean(axis=0)
        return block @ block.T / len(rows)
    matrix, pivot, step = np.empty((len(rows),) * 2), read_rows(points, rows[:1])[0], max(1, at_once // 2)
    for i in range(0, len(rows), step):
        left = read_rows(points, rows[i : i + step])
        left -= pivot
        for j in range(i, len(rows), step):
            right = left if i == j else read_rows(points, rows[j : j + step])
            if i != j:
                right -= pivot
            matrix[i : i + step, j : j + step] = left @ right.T
            matrix[j : j + step, i : i + step] = matrix[i : i + step, j : j + step].T
    matrix -= matrix.mean(axis=0)
    matrix -= matrix.mean(axis=1, keepdims=True)
    return matrix / len(rows)


def _covariance(points: RowReader, rows: Integers, threads: int, memory: int, progress: Progress) -> Floats:
    """Sum of outer products about a pivot, less that of the mean: no large mean is left to cancel."""
    total = np.zeros((points.ambient_dim,) * 2)
    mean = np.zeros(points.ambient_dim)
    exact = isinstance(points, Points) and stored_in_eight_bits(points)
    pivot = None if exact else read_rows(points, rows[:1])[0]

    def visit(start: int, block: NDArray[Any]) -> tuple[int, Floats, NDArray[Any]]:
        if pivot is None:  # whole numbers around their middle
            return start + len(block), block.sum(axis=0) / len(rows), product_of_columns(block)
        block -= pivot
        product = block.T @ block  # of a matrix with itself: numpy computes one half
        return start + len(block), block.sum(axis=0) / len(rows), product

    most, read = share_of(memory, 8 * (threads + 1)), read_rows
    if exact:
        most, read = min(most, 8 * points.ambient_dim * MOST_SUMMED), stored_rows
    for stop, shift, product in over_blocks(points, rows, 1, visit, threads, most, read):
        mean += shift
        total += product
        progress("covariance", stop, len(rows))
    total /= len(rows)
    total -= np.outer(mean, mean)
    if exact and isinstance(points, Points):
        total *= points.record.scale**2
    return total
