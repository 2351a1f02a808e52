"""Sums with an index: points are ruled out level by level, and what is left is summed exactly."""

import math
from functools import cached_property, partial

import torch

from remanifold.scores.dense.chunks import ChunkCentres, dense_chunk_sums
from remanifold.scores.dense.mending import mended
from remanifold.scores.dense.narrow import NarrowSums
from remanifold.scores.dense.products import dense_error
from remanifold.scores.dense.single import HEAVY, SingleSums, dense_single_sums
from remanifold.scores.index.cache import OpenedIndex
from remanifold.scores.plan import Plan
from remanifold.scores.pruned.costs import products_cost_less
from remanifold.scores.pruned.pruning import Pruning, Rows, Survivors, TooMany
from remanifold.scores.pruned.single_accuracy import SingleAccuracy
from remanifold.scores.pruned.survivor_sums import survivor_sums
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.streamed.streamed_sums import LOGIT_ERROR, StreamedSums
from remanifold.scores.typical import typical_queries

_LEAST_DENSE = 1e-9
_CONCENTRATED = 0.05  # of a query's weight in one chunk, where many points share it
_LESS_HEAVY = 5e-4  # share of its weight above which a query's points get logits in double where `HEAVY` was too much
_SECOND_CHANCE = {False: 0.05, True: 0.5}  # of the queries, chunks tight or not; more are better off in double
_FEWEST_SINGLE = 8192  # points; fewer are summed in double at once


class IndexedSums:
    """The sums of a block of queries over indexed points."""

    def __init__(self, opened: OpenedIndex, streamed: StreamedSums, tolerance: float) -> None:
        self.data, self.index, self.origin, self._mapped = opened.data, opened.index, opened.origin, opened.mapped
        self.streamed, self.tolerance = streamed, tolerance
        self._rows = Rows(self.index, self.data)
        self._accuracy = SingleAccuracy(self.data, self.index, self._rows)
        self._narrow = NarrowSums.of(self.index) if self.data.n_points >= _FEWEST_SINGLE else None

    def solve(self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool) -> SoftmaxSums:
        """Sums of the displacements xi - x for (batch, N) raw queries; ``single``: results are wanted in float32."""
        self.data.points.require_unchanged()
        if self._mapped is not None:
            self._mapped.require_whole()
        if self._narrow is not None and single and top == 0:
            sums, bad = self._direct(self._narrow, x, t)  # what that is not exact enough for, by pruning
            return sums.placed(bad, self._solve_wide(x[bad], t[bad], 0, single=True)) if len(bad) else sums
        return self._solve_wide(x, t, top, single=single)

    def _direct(self, narrow: NarrowSums, x: torch.Tensor, t: torch.Tensor) -> tuple[SoftmaxSums, torch.Tensor]:
        """Sums over all points, the coordinates of some queries finer, and the queries that need still more, (n,)."""
        sums, right = self._narrow_sums(narrow, x, t)
        bad = (~right).nonzero()[:, 0]
        if len(bad):
            narrow.refine(lambda: self.data.scaled(self.data.take(self.index.order)))
            finer, right = self._narrow_sums(narrow, x[bad], t[bad], finer=True)
            sums, bad = sums.placed(bad, finer), bad[~right]
        return sums, bad

    def _narrow_sums(
        self, narrow: NarrowSums, x: torch.Tensor, t: torch.Tensor, *, finer: bool = False
    ) -> tuple[SoftmaxSums, torch.Tensor]:
        noise, scaled = t / self.data.radius**2, self.data.scaled(x)
        rough = narrow.sums(scaled, noise, finer=finer)
        miss = self._accuracy.of_differences(scaled, noise, rough.sums.mean_energy, finer=finer)
        return self._mended(rough, miss, x, noise)

    def _solve_wide(self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool) -> SoftmaxSums:
        pruning, survivors = self._survivors(x, t, top, single=single)
        noise = t / self.data.radius**2
        sums = survivor_sums(
            self.data,
            self.index,
            survivors,
            x=x,
            t=t,
            miss=torch.full_like(noise, torch.inf) if pruning is None else 2 * pruning.margin / noise,
            product_error=dense_error(self.data, self.data.scaled(x), t, torch.float64) / LOGIT_ERROR,
            top=top,
            pairs=self.streamed.budget.pairs,
        )
        rest = survivors.dense
        if self._single_pays(single=single, top=top) and bool(rest.any()):
            which = rest.nonzero()[:, 0]
            if pruning is not None:
                which = which[pruning.nearest_block[which].argsort(stable=True)]
            quick, right = self._single(x[which], noise[which])
            sums = sums.placed(which, quick)
            rest = torch.zeros_like(rest).index_fill_(0, which[~right], True)
        return self.streamed.rest(sums, rest, x, t, top, single=False) if bool(rest.any()) else sums

    def plan(self, x: torch.Tensor, t: torch.Tensor, *, single: bool) -> Plan:
        """What `solve` would do."""
        direct = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        if self._narrow is not None and single:
            direct = torch.ones_like(direct).index_fill_(0, self._direct(self._narrow, x, t)[1], False)
        pruned, survivors, dense = 0, 0, torch.zeros(0, dtype=torch.bool, device=x.device)
        rest = ~direct
        if bool(rest.any()):
            _, left = self._survivors(x[rest], t[rest], 0, single=single)
            pruned, survivors, dense = int((~left.dense).sum()), len(left.query), left.dense
        exact = self.streamed.product_is_exact(x[rest], t[rest], torch.float64)
        quick = torch.zeros_like(dense)
        if self._single_pays(single=single, top=0) and bool(dense.any()):
            quick[dense] = self._single(x[rest][dense], t[rest][dense] / self.data.radius**2)[1]
        return Plan(
            indexed=True,
            queries=len(x),
            pruned=pruned,
            survivors=survivors / max(pruned, 1),
            dense=int((dense & (exact | quick)).sum()),
            fine=int((dense & ~exact & ~quick).sum()),
            dropped=self.tolerance,
            rank=self.index.rank,
            index_bytes=self.index.bytes,
            index_origin=self.origin,
            direct=int(direct.sum()),
            single=int(quick.sum()),
        )

    def _survivors(
        self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool
    ) -> tuple[Pruning | None, Survivors]:
        """What pruning leaves; nothing, and all queries dense, at noise where it never pays."""
        noise = t / self.data.radius**2
        if bool((noise >= self.dense_above[single]).all()):
            return None, Survivors.none(torch.ones(len(x), dtype=torch.bool, device=x.device))
        pruning = self._pruning(x, noise, top)
        return pruning, pruning.survivors(self._too_many(x, noise, single=single))

    def _too_many(self, x: torch.Tensor, noise: torch.Tensor, *, single: bool) -> TooMany:
        """Whether products over all points cost less; in single precision where it likely does for (batch, N) ``x``."""
        miss = self._accuracy.of_products(self.data.scaled(x), noise)
        likely = self._accuracy.right(miss, torch.full_like(miss, _CONCENTRATED), math.inf) & single
        return partial(products_cost_less, self.data.n_points, self.data.ambient_dim, likely)

    def _pruning(self, x: torch.Tensor, noise: torch.Tensor, top: int) -> Pruning:
        window = noise * math.log(self.data.n_points / self.tolerance)
        return Pruning(self.index, self.data.scaled(x), noise, window, top, self._rows)

    @cached_property
    def dense_above(self) -> dict[bool, float]:
        """Noise, in units of the radius squared, above which typical queries keep too many points; single, double."""
        levels = {}
        for single in (True, False):
            noise = 4.0
            while noise > _LEAST_DENSE:
                x = typical_queries(self.data, noise / 2 * self.data.radius**2)
                level = torch.full((len(x),), noise / 2, dtype=torch.float64, device=x.device)
                too_many = self._too_many(x, level, single=single)
                if not bool(self._pruning(x, level, 0).crowded(too_many).all()):
                    break
                noise /= 2
            levels[single] = noise
        return levels

    def _single_pays(self, *, single: bool, top: int) -> bool:
        return single and top == 0 and self.index.rows is not None and self.data.n_points >= _FEWEST_SINGLE

    def _single(self, x: torch.Tensor, noise: torch.Tensor) -> tuple[SoftmaxSums, torch.Tensor]:
        """Sums in single precision with heavy points in double, and for which queries that is exact enough."""
        scaled = self.data.scaled(x)
        miss = self._accuracy.of_products(scaled, noise)
        sums, right = self._mended(self._single_sums(scaled, noise), miss, x, noise)
        bad = (~right).nonzero()[:, 0]
        if 0 < len(bad) <= _SECOND_CHANCE[self._chunks is not None] * len(x):
            rough = self._single_sums(scaled[bad], noise[bad], heavy=_LESS_HEAVY)
            mended_now, right[bad] = self._mended(rough, miss[bad], x[bad], noise[bad])
            sums = sums.placed(bad, mended_now)
        return sums, right

    def _single_sums(self, scaled: torch.Tensor, noise: torch.Tensor, heavy: float = HEAVY) -> SingleSums:
        rows, chunks = self.index.rows, self._chunks
        if rows is None:
            raise ValueError("single-precision sums need the index's rows")
        if chunks is not None:
            return dense_chunk_sums(self.index, rows, chunks, scaled, noise, self.tolerance, heavy=heavy)
        return dense_single_sums(self.index, rows, scaled, noise, self.tolerance, heavy=heavy)

    @cached_property
    def _chunks(self) -> ChunkCentres | None:
        return None if self.index.rows is None else ChunkCentres.where_tight(self.index.rows)

    def _mended(
        self, rough: SingleSums, miss: torch.Tensor, x: torch.Tensor, noise: torch.Tensor
    ) -> tuple[SoftmaxSums, torch.Tensor]:
        """Sums in the data's units, heavy pairs in double where that is needed, and which queries are right then."""
        kernel = x.shape[1] / 2 * (2 * math.pi * noise * self.data.radius**2).log()
        density = rough.sums.log_sum - math.log(self.data.n_points) - kernel
        needed = rough.without_heavy_pairs_of(self._accuracy.right(miss, rough.crowding, density))
        sums = mended(self.data, self.index, needed, x, noise, self.streamed.budget.pairs)
        return sums, self._accuracy.right(miss, rough.concentration, density)
