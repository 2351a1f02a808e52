"""Sums with an index: points are ruled out level by level, and what is left is summed exactly."""

import math

import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.dense import dense_error
from remanifold.scores.dense_single import dense_single_sums
from remanifold.scores.index import ScoreIndex
from remanifold.scores.plan import Plan
from remanifold.scores.pruned import Pruning, Rows, Survivors
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.streamed import LOGIT_ERROR, StreamedSums
from remanifold.scores.survivor_sums import survivor_sums

_DENSE_SHARE = {True: 0.25, False: 0.5}  # of the points, beyond which products over all cost less; single or double
_ROUNDING = 2.0**-24
_ALLOWED = 1e-6  # typical error of single-precision results; 2e-6 is promised


class IndexedSums:
    """The sums of a block of queries over indexed points."""

    def __init__(self, data: CentredData, index: ScoreIndex, streamed: StreamedSums, tolerance: float) -> None:
        self.data, self.index, self.streamed, self.tolerance = data, index, streamed, tolerance
        self._rows = Rows(index, data)

    def solve(self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool) -> SoftmaxSums:
        """Sums of the displacements xi - x for (batch, N) raw queries; ``single``: results are wanted in float32."""
        pruning, found = self._survivors(x, t, top, single=single)
        noise = t / self.data.radius**2
        sums = survivor_sums(
            self.data,
            self.index,
            found,
            x=x,
            t=t,
            miss=2 * pruning.margin / noise,
            product_error=dense_error(self.data, self.data.scaled(x), t, torch.float64) / LOGIT_ERROR,
            top=top,
            pairs=self.streamed.budget.pairs,
        )
        rest = found.dense
        if single and top == 0 and self.index.rows is not None and bool(rest.any()):
            quick, good = self._single(x[rest], noise[rest])
            sums = sums.placed(rest, quick)
            rest = rest.clone()
            rest[rest.clone()] = ~good
        return self.streamed.rest(sums, rest, x, t, top, single=False) if bool(rest.any()) else sums

    def plan(self, x: torch.Tensor, t: torch.Tensor, *, single: bool) -> Plan:
        """What `solve` would do."""
        _, found = self._survivors(x, t, 0, single=single)
        exact = self.streamed.product_is_exact(x, t, torch.float64)
        pruned = int((~found.dense).sum())
        return Plan(
            indexed=True,
            queries=len(x),
            pruned=pruned,
            survivors=len(found.query) / max(pruned, 1),
            dense=int((found.dense & exact).sum()),
            fine=int((found.dense & ~exact).sum()),
            dropped=self.tolerance,
            rank=self.index.rank,
            index_bytes=self.index.bytes,
        )

    def _survivors(self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool) -> tuple[Pruning, Survivors]:
        noise = t / self.data.radius**2
        window = noise * math.log(self.data.n_points / self.tolerance)
        pruning = Pruning(self.index, self.data.scaled(x), noise, window, top, self._rows)
        return pruning, pruning.survivors(int(_DENSE_SHARE[single] * self.data.n_points))

    def _single(self, x: torch.Tensor, noise: torch.Tensor) -> tuple[SoftmaxSums, torch.Tensor]:
        """Sums in single precision, and for which queries that is exact enough.

        A rounding of a typical logit, times the spread of a coordinate, is what a mean misses by, less where many
        points far apart have independent roundings.
        """
        scaled = self.data.scaled(x)
        if self.index.rows is None:
            raise ValueError("single-precision sums need the index's rows")
        sums, concentration = dense_single_sums(self.index, self.index.rows, scaled, noise)
        typical = self.data.spread * math.sqrt(self.data.ambient_dim) / self.data.radius
        logit = _ROUNDING * typical * (torch.linalg.vector_norm(scaled, dim=1) + typical / 2) / noise
        good = logit * concentration * self.data.spread < _ALLOWED
        return sums.rescaled(self.data.radius, self.data.radius**2), good
