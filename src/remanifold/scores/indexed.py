"""Sums with an index: points are ruled out level by level, and what is left is summed exactly."""

import math
from dataclasses import dataclass
from functools import cached_property, partial

import torch

from remanifold._core.threads import alone_by_rows, parts_alone
from remanifold.scores.dense.products import dense_error
from remanifold.scores.index.cache import OpenedIndex
from remanifold.scores.over_all import OverAll
from remanifold.scores.plan import Plan
from remanifold.scores.pruned.costs import milliseconds, products_cost_less
from remanifold.scores.pruned.pruning import Pruning, Rows, Survivors, TooMany
from remanifold.scores.pruned.single_accuracy import PROMISED
from remanifold.scores.pruned.survivor_sums import survivor_sums
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.streamed.streamed_sums import LOGIT_ERROR, StreamedSums
from remanifold.scores.typical import typical_queries

_LEAST_DENSE = 1e-9
_CONCENTRATED = 0.05  # of a query's weight in one chunk, where many points share it
_PRUNED, _BY_DIFFERENCES, _BY_HEADS, _BY_PRODUCTS, _REST = range(5)


@dataclass(frozen=True, eq=False)
class _Solved:
    """Sums of some queries, the way (batch,) each went (those with `_REST` are not summed), pairs left by pruning."""

    sums: SoftmaxSums
    way: torch.Tensor
    listed: int = 0


@dataclass(frozen=True)
class _Asked:
    """What is wanted of all queries: top points, single precision or double, means only or all; and the memory."""

    top: int
    single: bool
    means_only: bool
    pairs: int
    heads: int


class IndexedSums:
    """The sums of a block of queries over indexed points."""

    def __init__(self, opened: OpenedIndex, streamed: StreamedSums, tolerance: float) -> None:
        self.data, self.index, self.origin, self._mapped = opened.data, opened.index, opened.origin, opened.mapped
        self.streamed, self.tolerance = streamed, tolerance
        self._rows = Rows(self.index, self.data)
        self.over_all = OverAll(self.data, self.index, self._rows, tolerance)

    def solve(
        self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool, means_only: bool = False
    ) -> SoftmaxSums:
        """Sums of the displacements xi - x.

        Args:
            x: (batch, N) raw queries.
            t: (batch,) noise variances.
            top: k.
            single: Whether single precision is exact enough for the results.
            means_only: Whether energies and squares may be nan.
        """
        self.data.points.require_unchanged()
        if self._mapped is not None:
            self._mapped.require_whole()
        parts = self._parts(x, t, top, single=single, means_only=means_only)
        sums, rest = SoftmaxSums.joined([part.sums for part in parts]), torch.cat([part.way for part in parts]) == _REST
        return self.streamed.rest(sums, rest, x, t, top, single=False) if bool(rest.any()) else sums

    def _parts(self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool, means_only: bool) -> list[_Solved]:
        """All that is done before double precision over all points: part of the queries on each thread."""
        held = self.index.rows is not None and self.data.points.files is None and x.device.type == "cpu"
        n_parts, budget = parts_alone(len(x)) if held else 1, self.streamed.budget
        asked = _Asked(top, single, means_only, max(1, budget.pairs // n_parts), budget.heads // n_parts)
        if n_parts == 1:
            return [self._part(x, t, asked)]
        return alone_by_rows(len(x), lambda start, stop: self._part(x[start:stop], t[start:stop], asked))

    def _part(self, x: torch.Tensor, t: torch.Tensor, asked: _Asked) -> _Solved:
        over_all, noise = self.over_all, t / self.data.radius**2
        narrow = over_all.narrow if asked.single and asked.top == 0 else None
        if narrow is None:
            return self._pruned(x, t, asked)
        sums, done = over_all.by_heads(x, noise, asked.heads) if asked.means_only else over_all.nothing(x)
        way, bad = torch.where(done, _BY_HEADS, _REST), (~done).nonzero()[:, 0]
        if len(bad):
            found, right = over_all.by_differences(narrow, x[bad], noise[bad], asked.pairs)
            sums, way[bad[right]], bad = sums.placed(bad, found), _BY_DIFFERENCES, bad[~right]
        if len(bad) == 0:
            return _Solved(sums, way)
        rest = self._pruned(x[bad], t[bad], asked)  # what that is not exact enough for
        way[bad] = rest.way
        return _Solved(sums.placed(bad, rest.sums), way, rest.listed)

    def _pruned(self, x: torch.Tensor, t: torch.Tensor, asked: _Asked) -> _Solved:
        pruning, survivors = self._survivors(x, t, asked.top, single=asked.single)
        over_all, noise = self.over_all, t / self.data.radius**2
        sums = survivor_sums(
            self.data,
            self.index,
            survivors,
            x=x,
            t=t,
            miss=torch.full_like(noise, torch.inf) if pruning is None else 2 * pruning.margin / noise,
            product_error=dense_error(self.data, self.data.scaled(x), t, torch.float64) / LOGIT_ERROR,
            top=asked.top,
            pairs=asked.pairs,
        )
        way, which = torch.where(survivors.dense, _REST, _PRUNED), survivors.dense.nonzero()[:, 0]
        if asked.single and asked.top == 0 and over_all.pays and len(which):
            if asked.means_only:
                found, right = over_all.by_heads(x[which], noise[which], asked.heads)
                sums, way[which[right]], which = sums.placed(which, found), _BY_HEADS, which[~right]
            if pruning is not None:
                which = which[pruning.nearest_block[which].argsort(stable=True)]
            if len(which):
                found, right = over_all.by_products(x[which], noise[which], asked.pairs)
                sums, way[which[right]] = sums.placed(which, found), _BY_PRODUCTS
        return _Solved(sums, way, len(survivors.query))

    def plan(self, x: torch.Tensor, t: torch.Tensor, *, single: bool) -> Plan:
        """What `solve` would do for means and log sums."""
        parts = self._parts(x, t, 0, single=single, means_only=True)
        way = torch.cat([part.way for part in parts])
        exact = self.streamed.product_is_exact(x, t, torch.float64)
        rest, pruned = way == _REST, int((way == _PRUNED).sum())
        products, heads = int((way == _BY_PRODUCTS).sum()), int((way == _BY_HEADS).sum())
        return Plan(
            indexed=True,
            queries=len(x),
            pruned=pruned,
            survivors=sum(part.listed for part in parts) / max(pruned, 1),
            dense=products + heads + int((rest & exact).sum()),
            fine=int((rest & ~exact).sum()),
            dropped=self.tolerance,
            rank=self.index.rank,
            index_bytes=self.index.bytes,
            index_origin=self.origin,
            direct=int((way == _BY_DIFFERENCES).sum()),
            single=products + heads,
            heads=heads,
            reason=self._reason(way, single=single),
            milliseconds={} if bool((way == _BY_DIFFERENCES).all()) else self._milliseconds(x, t),
        )

    def _milliseconds(self, x: torch.Tensor, t: torch.Tensor) -> dict[str, float]:
        """Of each way, from points all over the index."""
        left = self._pruning(x, t / self.data.radius**2, 0).left()
        coarse = self.index.levels[0].keys.shape[1]
        return milliseconds(self.data.n_points, self.data.ambient_dim, self._centred, coarse, *left)

    @property
    def _centred(self) -> bool:
        """Whether products over all points are seen from centres of chunks."""
        return self.over_all.pays and self.over_all.chunks is not None

    def _reason(self, way: torch.Tensor, *, single: bool) -> str:
        """Why the cheapest way was not taken by all."""
        if not single and bool((way == _REST).any()):
            return f"float64 results ask for float64 sums; float32 queries, or a tolerance above {PROMISED:g}, do not"
        if self.over_all.has_heads and bool(((way == _BY_PRODUCTS) | (way == _BY_DIFFERENCES)).any()):
            return "so few points share the weight of some that unmended float32 sums may be wrong"
        return ""

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
        miss = self.over_all.accuracy.of_products(self.data.scaled(x), noise)
        likely = self.over_all.accuracy.right(miss, torch.full_like(miss, _CONCENTRATED), math.inf) & single
        return partial(products_cost_less, self.data.n_points, self.data.ambient_dim, self._centred, likely)

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
