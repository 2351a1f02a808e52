"""Sums of weights by plain numpy in double precision, a level and a branch at a time."""

import numpy as np


def exact(half, projection, t):
    """(q, 4, branches) in float64."""
    a, b = half.numpy(), projection.numpy()
    rows = []
    for branch in range(1 + 2 * b.shape[1]):
        sign = 0 if branch == 0 else 1 if branch % 2 else -1
        along = sign * b[:, (branch - 1) // 2]
        logits = -a / t - along / np.sqrt(t)
        top = logits.max(1)
        w = np.exp(logits - top[:, None])
        total = w.sum(1)
        squares = 2 * top + np.log((w * w).sum(1))
        rows.append([top + np.log(total), squares, (w * a).sum(1) / total, (w * along).sum(1) / total])
    return np.array(rows).transpose(2, 1, 0)
