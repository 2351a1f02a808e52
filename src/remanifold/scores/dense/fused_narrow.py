"""Softmax sums over all points of few coordinates, in one compiled pass; import only where `can_compile` holds."""

import math

import numpy as np

from remanifold._core.compiled.functions import BLOCK, compiled, inlined
from remanifold._core.compiled.kernels import LANES, exponentials, largest


@inlined
def _squared_distances(columns, start, x, out):
    for i in range(out.shape[0]):
        out[i] = 0
    for k in range(0, columns.shape[0], 4):
        x0, x1, x2, x3 = x[k], x[k + 1], x[k + 2], x[k + 3]
        for i in range(out.shape[0]):
            d0, d1 = columns[k, start + i] - x0, columns[k + 1, start + i] - x1
            d2, d3 = columns[k + 2, start + i] - x2, columns[k + 3, start + i] - x3
            out[i] += (d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3)


@inlined
def _finer_squared_distances(columns, low, start, x, x_low, out):
    for i in range(out.shape[0]):
        out[i] = 0
    for k in range(0, columns.shape[0], 2):
        x0, x1, y0, y1 = x[k], x[k + 1], x_low[k], x_low[k + 1]
        for i in range(out.shape[0]):
            d0 = np.float32(columns[k, start + i] - x0) + np.float32(low[k, start + i] - y0)
            d1 = np.float32(columns[k + 1, start + i] - x1) + np.float32(low[k + 1, start + i] - y1)
            out[i] += d0 * d0 + d1 * d1


@inlined
def _add_values(columns, start, w, out):
    for k in range(0, columns.shape[0], 4):
        p0, p1, p2, p3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for i in range(w.shape[0]):
            p0 += w[i] * columns[k, start + i]
            p1 += w[i] * columns[k + 1, start + i]
            p2 += w[i] * columns[k + 2, start + i]
            p3 += w[i] * columns[k + 3, start + i]
        out[k] += p0
        out[k + 1] += p1
        out[k + 2] += p2
        out[k + 3] += p3


@compiled
def _note_heavy(w, highest, least, row, start, found, heavy, heavy_log):
    for i in range(w.shape[0]):
        if w[i] > least:
            if found < heavy.shape[0]:
                heavy[found, 0] = row
                heavy[found, 1] = start + i
                heavy_log[found] = math.log(float(w[i])) + float(highest)
            found += 1
    return found


@compiled
def sum_narrow(
    columns,
    low,
    queries,
    queries_low,
    rate,
    top,
    total,
    squares,
    energy,
    weighted,
    chunk_top,
    chunk_total,
    share,
    heavy,
    heavy_log,
):
    """Sums of w = exp(logit - top) over all points, with logit = -rate |x - xi|^2 from differences of coordinates.

    Args:
        columns: (N, P) float32 points, coordinate by coordinate; N a multiple of 4, filled up with zeros.
        low: (N, P) float32, what ``columns`` leave of the points in double precision; (0, 0): nothing.
        queries: (batch, N) float32.
        queries_low: (batch, N) float32, likewise.
        rate: (batch,) float32, 1 / (2t).
        top: (batch,) float32, set to the largest logit.
        total, squares, energy: (batch,) float64, set to the sums of w, w^2 and -w logit.
        weighted: (batch, N) float64, set to the sum of w xi.
        chunk_top, chunk_total: (batch, blocks) float32, set to the largest logit so far and the sum of w of each block.
        share: Of its row's total so far, above which a weight is noted as heavy.
        heavy: (k, 2) int64, filled with row and column of heavy weights.
        heavy_log: (k,) float64, filled with their log w + top, to single precision.

    Returns:
        Number of heavy weights; more than k if ``heavy`` was too small.
    """
    exponents, lanes = np.empty(BLOCK, np.int32), np.empty(LANES, np.float32)
    logits, w = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    n_points = columns.shape[1]
    found = 0
    for row in range(queries.shape[0]):
        highest, sums = np.float32(-np.inf), np.zeros(3)
        weighted[row, :] = 0.0
        for block in range(chunk_top.shape[1]):
            start = block * BLOCK
            size = min(BLOCK, n_points - start)
            if low.shape[0] == 0:
                _squared_distances(columns, start, queries[row], logits[:size])
            else:
                _finer_squared_distances(columns, low, start, queries[row], queries_low[row], logits[:size])
            for i in range(size):
                logits[i] *= -rate[row]
            here = largest(logits[:size], lanes)
            if here > highest:
                shrink = math.exp(float(highest) - float(here)) if block else 0.0
                sums *= np.array([shrink, shrink * shrink, shrink])
                weighted[row] *= shrink
                highest = here
            exponentials(logits[:size], highest, w[:size], w[:size].view(np.int32), exponents)
            first, second, third = np.float32(0), np.float32(0), np.float32(0)
            for i in range(size):
                first += w[i]
                second += w[i] * w[i]
                third += w[i] * logits[i]
            sums[0] += first
            sums[1] += second
            sums[2] -= third
            chunk_top[row, block] = highest
            chunk_total[row, block] = first
            _add_values(columns, start, w[:size], weighted[row])
            if math.exp(float(here) - float(highest)) > share * sums[0]:
                found = _note_heavy(w[:size], highest, np.float32(share * sums[0]), row, start, found, heavy, heavy_log)
        top[row] = highest
        total[row], squares[row], energy[row] = sums[0], sums[1], sums[2]
    return found
