"""The sweep of `sweep.py` in one compiled pass per query and level; import only where `can_compile` holds."""

import math

import numpy as np
import torch

from remanifold._core.compiled.functions import BLOCK, compiled
from remanifold._core.compiled.kernels import LANES, exponentials, largest
from remanifold._core.types import Floats, Integers
from remanifold.measures.profile.recurrence import run_sums_of_all

_FAR = np.float32(3e38)  # A of the columns that fill up the last block: their weight is 0 at every level
_NEGLIGIBLE = 60.0  # nats below the largest logit at which a whole block is below round-off
_WORTH = 0.9  # share of the columns kept above which they are left where they are


class FusedSweep:
    """The active columns of each query of a batch, relative to its nearest neighbour; they only ever shrink.

    Does what `sweep.TorchSweep` does, to single-precision round-off, but drops a column for each query alone.
    """

    def __init__(self, half_squared: torch.Tensor, projection: torch.Tensor, tolerance: float) -> None:
        a, b = half_squared.numpy(), projection.numpy()
        q, self.draws, n = b.shape
        nearest = a.argmin(1)
        rows = np.arange(q)
        self.offset = np.concatenate([a[rows, nearest][:, None], b[rows, :, nearest]], axis=1)  # (q, 1 + draws)
        room = -(-n // BLOCK) * BLOCK
        self._columns = np.zeros((q, 1 + self.draws, room), dtype=np.float32)  # A - A_nn, B_d - B_d,nn
        np.subtract(a, self.offset[:, :1], out=self._columns[:, 0, :n], casting="same_kind")
        np.subtract(b, self.offset[:, 1:, None], out=self._columns[:, 1:, :n], casting="same_kind")
        self._columns[:, 0, n:] = _FAR
        self._counts = np.full(q, n)
        self._cut = math.log(n / tolerance)

    def evaluate(self, t: float, which: Integers | None = None) -> Floats:
        """Return (q, 4, branches): log S, log sum of squares, mean A, mean signed B; of the queries ``which`` only."""
        columns, counts, offset = self._columns, self._counts, self.offset
        if which is not None and len(which) < len(counts):
            columns, counts, offset = columns[which], counts[which], offset[which]
        sums, shift = np.zeros((len(counts), 1 + 2 * self.draws, 4)), np.empty((len(counts), 1 + 2 * self.draws))
        _evaluate(columns, counts, 1 / t, 1 / math.sqrt(t), sums, shift)
        out = np.empty((1, len(counts), 4, 1 + 2 * self.draws))
        _means(sums[:, None], shift[:, None], offset, np.array([t]), out)
        return out[0]

    def along(self, run: Floats) -> Floats:
        """`evaluate` at the levels ``run`` (levels,), descending and uniform in 1/sqrt(t): (levels, q, 4, branches)."""
        if len(run) == 1:
            return self.evaluate(float(run[0]))[None]
        first, last = 1 / math.sqrt(run[0]), 1 / math.sqrt(run[-1])
        queries = len(self._counts)
        shift = np.empty((queries, len(run), 1 + 2 * self.draws))
        sums, bad = np.empty((*shift.shape, 4)), np.empty(queries, np.int64)
        run_sums_of_all(self._columns, self._counts, first, (last - first) / (len(run) - 1), sums, shift, bad)
        out = np.empty((len(run), queries, 4, 1 + 2 * self.draws))
        _means(sums, shift, self.offset, run, out)
        for query in np.flatnonzero(bad):  # a run whose sums do not hold
            out[:, query] = [self.evaluate(t, np.array([query]))[0] for t in run.tolist()]
        return out

    def drop(self, t: float) -> None:
        """Forget, for each query, the columns whose weight stays below the tolerance at this and every lower level."""
        _drop(self._columns, self._counts, 1 / t, 1 / math.sqrt(t), self._cut)


@compiled
def _means(sums, shift, offset, levels, out):
    """Log sums and means (levels, q, 4, branches) from sums relative to ``shift`` and to the nearest point.

    ``sums`` (q, levels, branches, 4), ``shift`` (q, levels, branches), ``offset`` (q, 1 + draws) of that point.
    """
    for query in range(sums.shape[0]):
        for k in range(sums.shape[1]):
            t = levels[k]
            for branch in range(sums.shape[2]):
                sign, of = 0.0 if branch == 0 else 2.0 * (branch % 2) - 1.0, sums[query, k, branch]
                a, b = offset[query, 0], sign * offset[query, (branch + 1) // 2]  # +w_d at 1 + 2d, -w_d at 2 + 2d
                moved = shift[query, k, branch] - a / t - b / math.sqrt(t)
                out[k, query, 0, branch] = moved + math.log(of[0])
                out[k, query, 1, branch] = 2 * moved + math.log(of[1])
                out[k, query, 2, branch] = of[2] / of[0] + a
                out[k, query, 3, branch] = sign * of[3] / of[0] + b


@compiled
def _evaluate(columns, counts, inverse_t, inverse_root, sums, shift):
    """Sums of w, w^2, w A and w B of every query and branch, with w = exp(logit - shift), shift the largest logit."""
    logits, weights = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.float32)
    bits, exponents = weights.view(np.int32), np.empty(BLOCK, np.int32)
    lanes, steep = np.empty(LANES, np.float32), np.float32(inverse_t)
    shift[:] = -np.inf
    for query in range(columns.shape[0]):
        for start in range(0, counts[query], BLOCK):
            a = columns[query, 0, start : start + BLOCK]
            for branch in range(sums.shape[1]):
                draw, sign = (branch + 1) // 2, (0.0 if branch == 0 else 1.0 - 2.0 * (branch % 2))
                b, tilt = columns[query, draw, start : start + BLOCK], np.float32(sign * inverse_root)
                for i in range(BLOCK):
                    logits[i] = b[i] * tilt - a[i] * steep
                top = largest(logits, lanes)
                _add(a, b, logits, top, weights, bits, exponents, sums[query, branch], shift, query, branch)


@compiled
def _add(a, b, logits, top, weights, bits, exponents, sums, shift, query, branch):
    """Add one block to the sums of one branch."""
    if top > shift[query, branch]:
        factor = math.exp(shift[query, branch] - top) if sums[0] > 0 else 0.0
        sums[0] *= factor
        sums[1] *= factor * factor
        sums[2] *= factor
        sums[3] *= factor
        shift[query, branch] = top
    elif top < shift[query, branch] - _NEGLIGIBLE:
        return
    exponentials(logits, np.float32(shift[query, branch]), weights, bits, exponents)
    total, squares, first, second = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for i in range(BLOCK):
        w = weights[i]
        total += w
        squares += w * w
        first += w * a[i]
        second += w * b[i]
    sums[0] += total
    sums[1] += squares
    sums[2] += first
    sums[3] += second


@compiled
def _drop(columns, counts, inverse_t, inverse_root, cut):
    steep, tilt, most = np.float32(inverse_t), np.float32(inverse_root), np.float32(cut)
    draws = columns.shape[1]
    widest, kept = np.empty(BLOCK, np.float32), np.empty(columns.shape[2], np.uint8)
    for query in range(columns.shape[0]):
        number = 0
        for start in range(0, counts[query], BLOCK):
            size = min(BLOCK, counts[query] - start)
            a, flags = columns[query, 0, start : start + size], kept[start : start + size]
            widest[:] = 0
            for d in range(1, draws):
                b = columns[query, d, start : start + size]
                for i in range(size):
                    widest[i] = max(widest[i], abs(b[i]))
            inside = np.int32(0)
            for i in range(size):
                stays = np.int32(a[i] * steep - widest[i] * tilt <= most)
                flags[i] = stays
                inside += stays
            number += inside
        if number > _WORTH * counts[query]:
            continue
        for d in range(draws):
            row = columns[query, d]
            place = 0
            for i in range(counts[query]):  # no branch, which would be guessed wrong half of the time
                row[place] = row[i]
                place += kept[i]
            row[number : min(-(-number // BLOCK) * BLOCK, columns.shape[2])] = _FAR if d == 0 else np.float32(0)
        counts[query] = number
