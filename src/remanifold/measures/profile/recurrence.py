"""Sums at levels uniform in u = 1/sqrt(t) by a recurrence: exponentials once a run; import only with numba.

The logit of a column, f(u) = -(A u^2 + B u) relative to the nearest point, is quadratic in the level's number k where
u_k = u_0 + k h. So its weight follows from w_{k+1} = w_k r_k, r_{k+1} = r_k q with q = exp(-2 A h^2): two products a
level. A straight line is taken off all logits, the chord of that column which is best at the middle of the run: its
weight is 1 at both ends and at least 1 between, so no sum vanishes. A <= 0 never, so the weights of a column rise and
then fall; one that underflows at the start could rise later, or one overflow: `run_sums` counts these, and whoever
calls it sums such a run in another way.
"""

import numpy as np

from remanifold._core.compiled.functions import BLOCK, compiled
from remanifold._core.compiled.kernels import LANES, exponentials, largest

_ZERO, _LEAST = np.float32(0), np.float32(1e-30)  # below it a weight that falls is round-off, and soon denormal
_TINY = np.float32(1e-37)  # keeps r normal
_FLUSHED, _SMALL = np.float32(-60), np.float32(-34)  # logits: what `exponentials` makes 0; beside a sum of at least 1
_STEEP, _HUGE = np.float32(20), np.float32(80)


@compiled
def run_sums(columns, count, start, step, sums, shift):
    """Sums of w, w^2, w A and w B of one query at the levels u = start + k step, all branches.

    Args:
        columns: A and B_d relative to the nearest point, (1 + draws, room) float32; 0 in the room of the last block.
        count: Columns in use.
        start, step: Of u.
        sums: (levels, branches, 4) float64, written.
        shift: Logits whose weight counts as 1, (levels, branches) float64, written.

    Returns:
        How many weights, or sums, are beyond single precision; where it is not 0, the sums do not hold.
    """
    levels, draws = sums.shape[0], columns.shape[0] - 1
    buffers = np.empty((6, BLOCK), np.float32)
    exponents, lanes = np.empty(BLOCK, np.int32), np.empty(LANES, np.float32)
    best = np.zeros(2, np.int64)
    bad = 0
    sums[:] = 0
    shift[:] = 0
    end = start + step * (levels - 1)
    for draw in range(1, draws + 1):
        _best(columns, count, draw, start + step * (levels // 2), buffers, lanes, best)
        for sign in range(2):
            a, b = float(columns[0, best[sign]]), (1 - 2 * sign) * float(columns[draw, best[sign]])
            low, high = -(a * start + b) * start, -(a * end + b) * end
            for k in range(levels):
                shift[k, 2 * draw - 1 + sign] = low + (high - low) * k / (levels - 1)
    curve = np.float32(-2 * step * step)
    for begin in range(0, count, BLOCK):
        size = min(BLOCK, count - begin)
        a, logits, q = columns[0, begin : begin + size], buffers[0, :size], buffers[5, :size]
        for i in range(size):
            logits[i] = a[i] * curve
        exponentials(logits, _ZERO, q, q.view(np.int32), exponents)
        for draw in range(draws + 1):
            b, first = columns[draw, begin : begin + size], max(0, 2 * draw - 1)
            for sign in range(1 if draw == 0 else 2):
                tilt, low = 0.0 if draw == 0 else 1.0 - 2.0 * sign, shift[0, first + sign]
                rise = (shift[levels - 1, first + sign] - low) / (levels - 1)
                w, r = buffers[1 + sign, :size], buffers[3 + sign, :size]
                bad += _begin(a, b, start, step, tilt, low, rise, levels, logits, w, r, exponents)
            if draw == 0:
                _alone(a, q, buffers[1], buffers[3], sums[:, 0])
            else:
                _pair(a, b, q, buffers[1], buffers[2], buffers[3], buffers[4], sums[:, first : first + 2])
    for k in range(levels):
        for branch in range(2 * draws + 1):
            total, squares = sums[k, branch, 0], sums[k, branch, 1]
            bad += not (0.5 < total < 1e30 and squares < 1e36)  # squares leave single precision long before weights
    return bad


@compiled
def run_sums_of_all(columns, counts, start, step, sums, shift, bad):
    """`run_sums` of every query: ``columns`` (q, 1 + draws, room), and so the others; its results in ``bad`` (q,)."""
    for query in range(columns.shape[0]):
        bad[query] = run_sums(columns[query], counts[query], start, step, sums[query], shift[query])


@compiled
def _best(columns, count, draw, u, buffers, lanes, best):
    """Write to ``best`` the column of the largest logit at level ``u``, for either sign of the draw."""
    steep, tilt = np.float32(u * u), np.float32(u)
    blocks, tops = np.zeros(2, np.int64), np.full(2, -np.inf, np.float32)
    for begin in range(0, count, BLOCK):
        size = min(BLOCK, count - begin)
        a, b = columns[0, begin : begin + size], columns[draw, begin : begin + size]
        plus, minus = buffers[0, :size], buffers[1, :size]
        for i in range(size):
            base, along = -a[i] * steep, b[i] * tilt
            plus[i] = base - along
            minus[i] = base + along
        for sign in range(2):
            top = largest(buffers[sign, :size], lanes)
            if top > tops[sign]:
                tops[sign], blocks[sign] = top, begin
    for sign in range(2):
        along = -tilt if sign == 0 else tilt
        top, place = np.float32(-np.inf), blocks[sign]
        for i in range(blocks[sign], min(blocks[sign] + BLOCK, count)):
            logit = -columns[0, i] * steep + columns[draw, i] * along
            if logit > top:
                top, place = logit, i
        best[sign] = place


@compiled
def _begin(a, b, start, step, tilt, low, rise, levels, logits, w, r, exponents):
    """Write w_0 and r_0 of one block and branch; return how many are beyond what single precision holds."""
    steep, along, zero = np.float32(-start * start), np.float32(-start * tilt), np.float32(-low)
    steep_r, along_r = np.float32(-(2 * start + step) * step), np.float32(-step * tilt)
    less, curve, steps = np.float32(-rise), np.float32(-2 * step * step), np.float32(levels - 1)
    bad = np.int32(0)
    for i in range(a.shape[0]):
        y = a[i] * steep + b[i] * along + zero
        g = a[i] * steep_r + b[i] * along_r + less
        after = y + max(g, _ZERO) * steps
        lost = (y < _FLUSHED) & (after > _SMALL)
        sudden = (g < _FLUSHED) & (y + g > _SMALL)
        bent = (a[i] * curve < _FLUSHED) & (g > _STEEP)
        bad += np.int32(lost | sudden | bent | (y > _HUGE) | (g > _HUGE))
        logits[i] = min(y, _HUGE)
        r[i] = min(g, _HUGE)
    exponentials(logits, _ZERO, w, w.view(np.int32), exponents)
    for i in range(a.shape[0]):
        logits[i] = r[i]
    exponentials(logits, _ZERO, r, r.view(np.int32), exponents)
    return bad


@compiled
def _alone(a, q, w, r, sums):
    """Add one block to the sums (levels, 4) of the branch without noise."""
    for k in range(sums.shape[0]):
        total, squares, first = np.float32(0), np.float32(0), np.float32(0)
        for i in range(a.shape[0]):
            x = w[i]
            total += x
            squares += x * x
            first += x * a[i]
            x *= r[i]
            w[i] = x if x > _LEAST else _ZERO
            r[i] = r[i] * q[i] + _TINY
        sums[k, 0] += total
        sums[k, 1] += squares
        sums[k, 2] += first


@compiled
def _pair(a, b, q, w, v, r, s, sums):
    """Add one block to the sums (levels, 2, 4) of the two signs of a draw."""
    for k in range(sums.shape[0]):
        t0, t1, t2, t3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        m0, m1, m2, m3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
        for i in range(a.shape[0]):
            x, y = w[i], v[i]
            t0 += x
            t1 += x * x
            t2 += x * a[i]
            t3 += x * b[i]
            m0 += y
            m1 += y * y
            m2 += y * a[i]
            m3 += y * b[i]
            x *= r[i]
            y *= s[i]
            w[i] = x if x > _LEAST else _ZERO
            v[i] = y if y > _LEAST else _ZERO
            r[i] = r[i] * q[i] + _TINY
            s[i] = s[i] * q[i] + _TINY
        sums[k, 0, 0] += t0
        sums[k, 0, 1] += t1
        sums[k, 0, 2] += t2
        sums[k, 0, 3] += t3
        sums[k, 1, 0] += m0
        sums[k, 1, 1] += m1
        sums[k, 1, 2] += m2
        sums[k, 1, 3] += m3
