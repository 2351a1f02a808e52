"""From a chunk of logits to weights and their sums in one compiled pass; import only where `can_compile` holds."""

import math

import numpy as np

from remanifold._core.compiled import BLOCK, compiled
from remanifold._core.kernels import LANES, exponentials, largest


@compiled
def weigh(logits, half, top, total, squares, halves, factor, chunk, share, heavy):
    """Turn the float32 ``logits`` (batch, n) into w = exp(logit - top) in place, and add to running sums.

    Args:
        logits: (batch, n).
        half: (n,) float32, weighted with w in ``halves``.
        top: (batch,) float32 largest logit so far, raised.
        total: (batch,) float64 sum of w.
        squares: (batch,) float32 sum of w^2.
        halves: (batch,) float64 sum of w * half.
        factor: (batch,) float32, set to what older weights shrink by.
        chunk: (batch,) float32, set to this chunk's sum of w.
        share: Of its row's total, above which a weight is heavy.
        heavy: (batch / share, 2) int64, set to row and column of each heavy weight.

    Returns:
        Number of heavy weights.
    """
    exponents, lanes = np.empty(BLOCK, np.int32), np.empty(LANES, np.float32)
    n, found = logits.shape[1], 0
    for row in range(logits.shape[0]):
        here = largest(logits[row], lanes)
        factor[row] = 1.0
        if here > top[row]:
            shrink = math.exp(float(top[row]) - float(here)) if total[row] > 0 else 0.0
            factor[row] = shrink
            total[row] *= shrink
            squares[row] *= shrink * shrink
            halves[row] *= shrink
            top[row] = here
        added = 0.0
        for start in range(0, n, BLOCK):
            stop = min(start + BLOCK, n)
            w = logits[row, start:stop]
            exponentials(w, top[row], w, w.view(np.int32), exponents)
            first, second, third = np.float32(0), np.float32(0), np.float32(0)
            for i in range(stop - start):
                first += w[i]
                second += w[i] * w[i]
                third += w[i] * half[start + i]
            added += first
            squares[row] += second
            halves[row] += third
        chunk[row] = added
        total[row] += added
        least = np.float32(share * total[row])
        if math.exp(float(here) - float(top[row])) > least:
            for i in range(n):
                if logits[row, i] > least:
                    heavy[found, 0] = row
                    heavy[found, 1] = i
                    found += 1
    return found
