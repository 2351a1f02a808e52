"""Ruling points out level by level: whole blocks by few coordinates, single points by more, then by all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.compiled.functions import can_compile
from remanifold.scores.centred import CentredData
from remanifold.scores.index.score_index import LEAF, ScoreIndex
from remanifold.scores.screening import rounding_gamma
from remanifold.scores.softmax_sums import LOWEST

_KERNELS = "remanifold.scores.pruned.fused_levels"
_SLACK = 1.1
_STEP = 16  # blocks of one product of the coarse level
_ALIVE = 2  # part of the blocks, left to a query, below which it counts as keeping few points
_SAMPLE = 1024  # points that tell how many a query will keep
_ROOM = 512  # listed pairs of a query; a list that turns out too short costs a second pass
_PRODUCTS = 0.4  # share of the blocks that is left, from which products of whole blocks cost less
_ANCHORS = 2  # blocks of each query looked at in full for a first lower bound

TooMany = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""(blocks, batch) of blocks left, points that pass the finer level and that pass all coordinates, (batch,) each, to
(batch,) whether products cost less."""


@dataclass(frozen=True, eq=False)
class Survivors:
    """Pairs of query and point that no bound could rule out.

    Attributes:
        query: (n,) int64.
        place: (n,) int64, the point's place in the index; blocks in order.
        overlap: (n,) float32, x.xi - |xi|^2/2 to single precision.
        dense: (batch,) bool, queries that kept too many points for this to pay; none of their pairs is listed.
    """

    query: torch.Tensor
    place: torch.Tensor
    overlap: torch.Tensor
    dense: torch.Tensor

    @classmethod
    def none(cls, dense: torch.Tensor) -> "Survivors":
        """No pairs."""
        nothing = torch.zeros(0, dtype=torch.int64, device=dense.device)
        return cls(nothing, nothing, nothing.float(), dense)


class Pruning:
    """One batch of queries on its way through the levels of an index.

    A point may be dropped once an upper bound of its overlap a = x.xi - |xi|^2/2 lies below
    min(L - t log(P / tolerance), k-th best), L a lower bound of t log sum exp(a / t): the points dropped for a query
    then hold at most ``tolerance`` of its weight, and its ``top`` best points are kept. All in units of the radius.
    """

    def __init__(
        self, index: ScoreIndex, scaled: torch.Tensor, t: torch.Tensor, window: torch.Tensor, top: int, source: "Rows"
    ) -> None:
        self.index, self.window, self.top, self.source = index, window, top, source
        self._compiled = index.rows is not None and scaled.device.type == "cpu" and can_compile(_KERNELS)
        self.t = t.float().clamp(min=torch.finfo(torch.float32).tiny)
        self.norm = torch.linalg.vector_norm(scaled, dim=1)
        rotated = index.rotated(scaled)
        self.keys = [level.of_queries(rotated, self.norm[:, None]) for level in index.levels]
        self.x = scaled.float() if index.rank is None else rotated[:, : index.rank].float().contiguous()
        self.margin = _SLACK * rounding_gamma(torch.float32, self.x.shape[1]) * (self.norm + 0.5)
        if index.rank is not None:  # the parts outside the subspace: at most the product of their norms
            outside = torch.linalg.vector_norm(rotated[:, index.rank :], dim=1)
            self.margin = self.margin + outside * index.residual

    def survivors(self, too_many: TooMany) -> Survivors:
        """Run all levels; a query of which ``too_many`` says so is given up as dense."""
        alive, level = self._coarse()
        dense = too_many(alive, *self._kept_of_sample(alive, level))
        alive &= ~dense
        one_by_one = self._compiled and float(alive.double().mean()) < _PRODUCTS
        query, place, overlap = self._kept_compiled(alive, level) if one_by_one else self._kept(alive, level)
        if len(query) == 0:
            return Survivors.none(dense)
        self._raise(query, overlap)
        keep = overlap + self.margin.float()[query] >= self._level()[query]
        return Survivors(query[keep], place[keep], overlap[keep], dense)

    def crowded(self, too_many: TooMany) -> torch.Tensor:
        """(batch,) whether a query would be given up as dense."""
        alive, level = self._coarse()
        return too_many(alive, *self._kept_of_sample(alive, level))

    def left(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch,) estimates of the points that the finer level keeps, and of those that all coordinates keep."""
        alive, level = self._coarse()
        return self._kept_of_sample(torch.ones_like(alive), level)

    def _coarse(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(blocks, batch) blocks that the coarse level leaves, and the overlap (batch,) below which points may go."""
        bounds = self._block_bounds()
        self._anchor(bounds)
        level = self._level()
        return bounds >= level, level

    def _block_bounds(self) -> torch.Tensor:
        """(blocks, batch) float32: the largest upper bound within each block, from the coarse level."""
        keys, queries = self.index.levels[0].keys, self.keys[0].T.contiguous()
        out = torch.empty(self.index.n_blocks, queries.shape[1], device=keys.device)
        buffer = torch.empty(min(_STEP * LEAF, len(keys)), queries.shape[1], device=keys.device)
        for start in range(0, len(keys), _STEP * LEAF):
            stop = min(start + _STEP * LEAF, len(keys))
            upper = torch.mm(keys[start:stop], queries, out=buffer[: stop - start])
            full, first = (stop - start) // LEAF, start // LEAF
            if full:
                torch.amax(upper[: full * LEAF].view(full, LEAF, -1), 1, out=out[first : first + full])
            if full * LEAF < stop - start:
                out[first + full] = upper[full * LEAF :].amax(0)
        return out

    def _anchor(self, bounds: torch.Tensor) -> None:
        """First lower bounds, from the most promising blocks of each query in full."""
        self.nearest_block = bounds.argmax(0)
        count = min(max(_ANCHORS, -(-self.top // LEAF) + 1), len(bounds))
        wanted = torch.zeros_like(bounds, dtype=torch.bool)
        wanted.scatter_(0, bounds.topk(count, dim=0).indices, True)
        self.log_sum = torch.full_like(self.norm, -torch.inf)
        self.kth = torch.full_like(self.norm, -torch.inf)
        if self._compiled:
            self._raise(*self._overlaps_compiled(wanted))
            return
        queries, overlaps = [], []
        for block, query in _by_block(wanted):
            overlap = self._overlap(query, self.source.block(block), block * LEAF)
            queries.append(query.repeat_interleave(overlap.shape[1]))
            overlaps.append(overlap.reshape(-1))
        self._raise(torch.cat(queries), torch.cat(overlaps))

    def _overlaps_compiled(self, wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(queries, overlaps) of all points of the ``wanted`` (blocks, batch) blocks."""
        from remanifold.scores.pruned.fused_levels import overlaps

        blocks, queries = wanted.nonzero(as_tuple=True)
        out, kernel = torch.empty(len(blocks), LEAF), cast("Any", overlaps)
        kernel(blocks.numpy(), queries.numpy(), LEAF, *self._rows_and_half(), self.x.numpy(), out.numpy())
        kept = torch.isfinite(out)  # the last block may be short
        return queries[:, None].expand(-1, LEAF)[kept], out[kept]

    def _rows_and_half(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self.index.rows is None:
            raise ValueError("compiled levels need the index's rows")
        return self.index.rows.numpy(), self.index.half.numpy()

    def _raise(self, query: torch.Tensor, overlap: torch.Tensor) -> None:
        """Lower bounds of log sum and of the ``top`` best from pairs; each pair counts once."""
        best = overlap.new_full(self.norm.shape, -torch.inf).scatter_reduce_(0, query, overlap, "amax")
        w = ((overlap - best[query]) / self.t[query]).clamp_(min=LOWEST).exp_().double()
        total = torch.zeros_like(self.norm).index_add_(0, query, w)
        margin = 2 * self.margin + 1e-6 * self.t.double()  # 1e-6: of the single-precision exponentials
        raised = best.double() + self.t.double() * total.log() - margin
        self.log_sum = torch.maximum(self.log_sum, torch.nan_to_num(raised, nan=-torch.inf))
        if self.top > 1:
            kth = _kth_largest(query, overlap, len(self.norm), self.top).double() - margin
            self.kth = torch.maximum(self.kth, kth)

    def _level(self) -> torch.Tensor:
        """(batch,) float32 overlap below which a point may go, rounded down."""
        exact = self.log_sum - self.window
        if self.top > 1:
            exact = torch.minimum(exact, self.kth)
        rounded = exact.float()
        return torch.nextafter(rounded, torch.full_like(rounded, -torch.inf))

    def _kept_of_sample(self, alive: torch.Tensor, level: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch,) estimates of the points that the finer level keeps, and of those that all coordinates keep.

        From points spread evenly over the index, for queries with most blocks alive; the others count as few.
        """
        blocks = alive.sum(0)
        query = (blocks * _ALIVE > len(alive)).nonzero()[:, 0]
        fine, exact = torch.zeros_like(self.norm), torch.zeros_like(self.norm)
        if len(query):
            n_points = len(self.index.order)
            places = torch.linspace(0, n_points - 1, min(_SAMPLE, n_points), device=alive.device).round().long()
            least = level[query, None]
            passed = self.keys[-1][query] @ self.index.levels[-1].keys[places].T >= least
            overlap = self._overlap(query, self.source.at(places), places)
            kept = overlap + self.margin.float()[query, None] >= least
            for target, chosen in ((fine, passed), (exact, passed & kept)):
                target[query] = chosen.double().mean(1) * n_points
        return fine, exact

    def _kept(self, alive: torch.Tensor, level: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(query, place, overlap) of the pairs in the blocks ``alive`` that pass all levels, blocks in order."""
        pairs = [pair for block, query in _by_block(alive) if (pair := self._within(block, query, level)) is not None]
        if not pairs:
            nothing = Survivors.none(alive[0])
            return nothing.query, nothing.place, nothing.overlap
        query, place, overlap = (torch.cat(parts) for parts in zip(*pairs))
        return query, place, overlap

    def _kept_compiled(
        self, alive: torch.Tensor, level: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The same in one pass."""
        from remanifold.scores.pruned.fused_levels import list_kept

        kernel, (blocks, queries) = cast("Any", list_kept), alive.nonzero(as_tuple=True)
        keys = [each.keys.numpy() for each in (self.index.levels[0], self.index.levels[-1])]
        asked = [each.contiguous().numpy() for each in (self.keys[0], self.keys[-1], self.x)]
        fixed = (blocks.numpy(), queries.numpy(), LEAF, *keys, *self._rows_and_half(), *asked)
        bounds, room = (level.numpy(), self.margin.float().numpy()), _ROOM * alive.shape[1]
        while True:
            query, place = torch.empty(2, room, dtype=torch.int64)
            overlap = torch.empty(room)
            count = int(kernel(*fixed, *bounds, query.numpy(), place.numpy(), overlap.numpy()))
            if count <= room:
                return query[:count], place[:count], overlap[:count]
            room = count  # the list was too short: once more, with room for all

    def _within(
        self, block: int, query: torch.Tensor, level: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None:
        """Pairs of one block that pass the finer level and then all coordinates in single precision."""
        rows = self.index.levels[-1].keys[block * LEAF : (block + 1) * LEAF]
        keep = self.keys[-1][query] @ rows.T >= level[query, None]
        local = keep.any(0).nonzero()[:, 0]
        if len(local) == 0:
            return None
        query = query[keep.any(1)]
        overlap = self._overlap(query, self.source.block(block, local), local + block * LEAF)
        keep = overlap + self.margin.float()[query, None] >= level[query, None]
        which, column = keep.nonzero(as_tuple=True)
        return query[which], local[column] + block * LEAF, overlap[which, column]

    def _overlap(self, query: torch.Tensor, rows: torch.Tensor, place: torch.Tensor | int) -> torch.Tensor:
        """(len(query), len(rows)) float32 x.xi - |xi|^2/2; ``place`` of the rows, or of the first."""
        where = slice(place, place + len(rows)) if isinstance(place, int) else place
        return torch.addmm(self.index.half[where], self.x[query], rows.T)


class Rows:
    """Centred and scaled float32 rows of the index's blocks: kept in the index, or gathered from the data."""

    def __init__(self, index: ScoreIndex, data: CentredData) -> None:
        self.index, self.data = index, data

    def at(self, places: torch.Tensor) -> torch.Tensor:
        """Rows (k, N) at ``places`` of the index, ascending."""
        if self.index.rows is not None:
            return self.index.rows[places]
        return self.data.scaled(self.data.take(self.index.order[places])).float()

    def block(self, block: int, local: torch.Tensor | None = None) -> torch.Tensor:
        """Rows (k, N) of ``block``, all or those at ``local``."""
        places = slice(block * LEAF, (block + 1) * LEAF)
        if self.index.rows is not None:
            rows = self.index.rows[places]
            return rows if local is None or len(local) == len(rows) else rows[local]
        every = torch.arange(places.start, min(places.stop, len(self.index.order)), device=self.index.order.device)
        return self.at(every if local is None else every[local])


def _by_block(alive: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
    """(block, its queries) of all blocks that a query needs; ``alive`` is (blocks, batch)."""
    blocks, queries = alive.nonzero(as_tuple=True)
    needed, counts = torch.unique_consecutive(blocks, return_counts=True)
    yield from zip(needed.tolist(), queries.split(counts.tolist()))


def _kth_largest(query: torch.Tensor, overlap: torch.Tensor, batch: int, k: int) -> torch.Tensor:
    """(batch,) the k-th largest overlap of each query, -inf where there are fewer."""
    order = torch.argsort(overlap, descending=True, stable=True)
    order = order[torch.argsort(query[order], stable=True)]
    rank = torch.arange(len(order), device=order.device) - torch.searchsorted(query[order], query[order])
    kth = overlap.new_full((batch,), -torch.inf)
    chosen = order[rank == k - 1]
    kth[query[chosen]] = overlap[chosen]
    return kth
