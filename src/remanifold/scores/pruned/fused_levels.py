"""The finer levels of pruning, one compiled pass over pairs of block and query; only where `can_compile` holds."""

import numpy as np

from remanifold._core.compiled.functions import compiled

_ROWS = 4  # rows whose products share the query
_COLUMNS = 8  # coordinates that are added to the sums of a block at once


@compiled
def _four_dots(rows, which, query, out):
    """Products of ``query`` with the rows ``which`` (4,)."""
    p0, p1, p2, p3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    r0, r1, r2, r3 = rows[which[0]], rows[which[1]], rows[which[2]], rows[which[3]]
    for k in range(query.shape[0]):
        x = query[k]
        p0 += r0[k] * x
        p1 += r1[k] * x
        p2 += r2[k] * x
        p3 += r3[k] * x
    out[0], out[1], out[2], out[3] = p0, p1, p2, p3


@compiled
def _dots(rows, which, count, query, out):
    """The same with the first ``count`` of ``which``, which has room for as many again as make up four."""
    for k in range(count, -(-count // _ROWS) * _ROWS):
        which[k] = which[count - 1]
    for k in range(0, count, _ROWS):
        _four_dots(rows, which[k : k + _ROWS], query, out[k : k + _ROWS])


@compiled
def _turn(rows, across):
    """Write ``rows`` (n, k) across, (k, n), the coordinates up to a multiple of eight filled up with zeros."""
    for k in range(rows.shape[1]):
        for i in range(rows.shape[0]):
            across[k, i] = rows[i, k]
    across[rows.shape[1] :] = 0


@compiled
def _block_dots(across, query, out):
    """Products of ``query`` with the columns of ``across``: no sum over a vector's own numbers."""
    out[:] = 0
    for k in range(0, query.shape[0], _COLUMNS):
        x0, x1, x2, x3 = query[k], query[k + 1], query[k + 2], query[k + 3]
        x4, x5, x6, x7 = query[k + 4], query[k + 5], query[k + 6], query[k + 7]
        for i in range(out.shape[0]):
            near = (across[k, i] * x0 + across[k + 1, i] * x1) + (across[k + 2, i] * x2 + across[k + 3, i] * x3)
            far = (across[k + 4, i] * x4 + across[k + 5, i] * x5) + (across[k + 6, i] * x6 + across[k + 7, i] * x7)
            out[i] += near + far


@compiled
def overlaps(blocks, queries, leaf, rows, half, x, out):
    """Write x.xi - |xi|^2/2 of all points of each pair's block to its row of ``out`` (n, leaf), -inf beyond the last.

    Args:
        blocks, queries: (n,) int64 pairs.
        leaf: Points of a block.
        rows: (P, N) float32 points in blocks.
        half: (P,) float32 -|xi|^2/2.
        x: (batch, N) float32.
        out: (n, leaf), ``leaf`` a multiple of 4.
    """
    which = np.empty(leaf + _ROWS, np.int64)
    for i in range(blocks.shape[0]):
        start = blocks[i] * leaf
        count = min(leaf, rows.shape[0] - start)
        for k in range(count):
            which[k] = start + k
        _dots(rows, which, count, x[queries[i]], out[i])
        for k in range(count):
            out[i, k] += half[start + k]
        out[i, count:] = -np.inf


@compiled
def list_kept(
    blocks, queries, leaf, coarse, fine, rows, half, coarse_x, fine_x, x, level, margin, query, place, overlap
):
    """List the points whose bounds reach their query's level: by the coarse keys, the fine ones, all coordinates.

    Args:
        blocks, queries: (n,) int64 pairs, blocks in order.
        leaf: Points of a block.
        coarse, fine: (P, k) float32 keys of the two levels.
        rows, half: As of `overlaps`.
        coarse_x, fine_x, x: (batch, k) and (batch, N) float32 rows of the queries.
        level: (batch,) float32.
        margin: (batch,) float32 rounding of an overlap.
        query, place, overlap: (room,) filled.

    Returns:
        Number of pairs that are kept; where more than there is room for, the list is cut.
    """
    width, found, turned = -(-coarse_x.shape[1] // _COLUMNS) * _COLUMNS, 0, -1
    across, asked = np.empty((width, leaf), np.float32), np.zeros(width, np.float32)
    bounds, which = np.empty(leaf + _ROWS, np.float32), np.empty(leaf + _ROWS, np.int64)
    for i in range(blocks.shape[0]):
        start, q = blocks[i] * leaf, queries[i]
        size, least = min(leaf, rows.shape[0] - start), level[q]
        if blocks[i] != turned:
            _turn(coarse[start : start + size], across[:, :size])
            turned = blocks[i]
        asked[: coarse_x.shape[1]] = coarse_x[q]
        _block_dots(across[:, :size], asked, bounds[:size])
        count = 0
        for k in range(size):
            if bounds[k] >= least:
                which[count] = start + k
                count += 1
        _dots(fine, which, count, fine_x[q], bounds)
        left = 0
        for k in range(count):
            if bounds[k] >= least:
                which[left] = which[k]
                left += 1
        _dots(rows, which, left, x[q], bounds)
        for k in range(left):
            exact = half[which[k]] + bounds[k]
            if exact + margin[q] >= least:
                if found < query.shape[0]:
                    query[found] = q
                    place[found] = which[k]
                    overlap[found] = exact
                found += 1
    return found
