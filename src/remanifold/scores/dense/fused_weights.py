"""From a chunk of logits to weights and their sums in one compiled pass; import only where `can_compile` holds."""

import math

import numpy as np

from remanifold._core.compiled.functions import BLOCK, compiled
from remanifold._core.compiled.kernels import LANES, RUN, exponentials, largest


@compiled
def weigh(logits, top, total, squares, losses, factor, chunk, share, heavy):
    """Turn the float32 ``logits`` (batch, n) into w = exp(logit - top) in place, and add to running sums.

    Args:
        logits: (batch, n).
        top: (batch,) float32 largest logit so far, raised.
        total: (batch,) float64 sum of w.
        squares: (batch,) float64 sum of w^2.
        losses: (batch,) float64 sum of w (top - logit).
        factor: (batch,) float32, set to what older weights shrink by.
        chunk: (batch,) float32, set to this chunk's sum of w.
        share: Of its row's total, above which a weight is heavy.
        heavy: (batch / share, 2) int64, set to row and column of each heavy weight.

    Returns:
        Number of heavy weights.
    """
    exponents, lanes = np.empty(BLOCK, np.int32), np.empty(LANES, np.float32)
    w, n, found = np.empty(BLOCK, np.float32), logits.shape[1], 0
    for row in range(logits.shape[0]):
        here = largest(logits[row], lanes)
        factor[row] = 1.0
        if here > top[row]:
            shrink = math.exp(float(top[row]) - float(here)) if total[row] > 0 else 0.0
            lost = total[row] * (float(here) - float(top[row])) if shrink > 0 else 0.0
            factor[row] = shrink
            losses[row] = shrink * (losses[row] + lost)
            total[row] *= shrink
            squares[row] *= shrink * shrink
            top[row] = here
        highest, added = top[row], 0.0
        for start in range(0, n, BLOCK):
            size = min(start + BLOCK, n) - start
            part = logits[row, start : start + size]
            exponentials(part, highest, w[:size], w[:size].view(np.int32), exponents)
            for begin in range(0, size, RUN):
                first, second, third = np.float32(0), np.float32(0), np.float32(0)
                for i in range(begin, min(begin + RUN, size)):
                    first += w[i]
                    second += w[i] * w[i]
                    third += w[i] * (highest - part[i])
                    part[i] = w[i]
                added += first
                squares[row] += second
                losses[row] += third
        chunk[row] = added
        total[row] += added
        least = np.float32(share * total[row])
        if math.exp(float(here) - float(highest)) > least:
            for i in range(n):
                if logits[row, i] > least:
                    heavy[found, 0] = row
                    heavy[found, 1] = i
                    found += 1
    return found
