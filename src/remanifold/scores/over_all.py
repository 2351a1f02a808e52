"""Sums over all points in single precision: which way, and for which queries it is exact enough."""

import math
from functools import cached_property

import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.dense.chunks import ChunkCentres, dense_chunk_sums
from remanifold.scores.dense.heads import attention_operator, head_sums, least_concentration
from remanifold.scores.dense.mending import mended
from remanifold.scores.dense.narrow import NarrowSums
from remanifold.scores.dense.single import HEAVY, SingleSums, dense_single_sums
from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.pruned.pruning import Rows
from remanifold.scores.pruned.single_accuracy import SingleAccuracy
from remanifold.scores.softmax_sums import SoftmaxSums

_LESS_HEAVY = 5e-4  # share of its weight above which a query's points get logits in double where `HEAVY` was too much
_SECOND_CHANCE = {False: 0.05, True: 0.5}  # of the queries, chunks tight or not; more are better off in double
_FEWEST_SINGLE = 8192  # points; fewer are summed in double at once
_ALL_IN_ONE = 1.0  # concentration of all weight in one head: none must be done again, which costs few coordinates most
_FEWEST_COORDINATES = 12  # below, the compiled sum of differences costs less than attention's products
_MOST_COORDINATES = 512  # above, products cost no more than attention's, and leave fewer queries to be summed again


class OverAll:
    """Ways to sum over all points of one index; a way gives sums and for which of (batch,) queries they are right."""

    def __init__(self, data: CentredData, index: ScoreIndex, rows: Rows, tolerance: float) -> None:
        self.data, self.index, self._tolerance = data, index, tolerance
        self.accuracy = SingleAccuracy(data, index, rows, tolerance)
        self.pays = index.rows is not None and data.n_points >= _FEWEST_SINGLE
        self.narrow = NarrowSums.of(index) if self.pays else None
        self.has_heads = self.pays and _FEWEST_COORDINATES <= data.ambient_dim <= _MOST_COORDINATES

    @staticmethod
    def nothing(x: torch.Tensor) -> tuple[SoftmaxSums, torch.Tensor]:
        """No sums, right for no query."""
        empty = SoftmaxSums.empty(len(x), x.shape[1], 0, x.device)
        return empty, torch.zeros(len(x), dtype=torch.bool, device=x.device)

    def by_heads(self, x: torch.Tensor, noise: torch.Tensor, room: int) -> tuple[SoftmaxSums, torch.Tensor]:
        """Means and log sums only, of the queries whose logits miss so little that they will likely be right."""
        sums, right = self.nothing(x)
        rows = self._rows()
        if not self.has_heads or rows.device.type != "cpu" or attention_operator() is None:
            return sums, right
        scaled = self.data.scaled(x)
        miss = self.accuracy.of_products(scaled, noise)
        least = _ALL_IN_ONE if self.narrow is not None else least_concentration(rows.shape[1])
        which = (self.accuracy.concentration_allowed(miss) > least).nonzero()[:, 0]
        if len(which):
            allowed = self.accuracy.concentration_allowed(miss[which])
            found = head_sums(self.index, rows, scaled[which], noise[which], allowed=allowed, room=room)
            right[which] = self.accuracy.right_of_heads(found, miss[which], self._density(found.sums, noise[which]))
            sums = sums.placed(which, found.sums.rescaled(self.data.radius, self.data.radius**2))
        return sums, right

    def by_differences(
        self, narrow: NarrowSums, x: torch.Tensor, noise: torch.Tensor, pairs: int
    ) -> tuple[SoftmaxSums, torch.Tensor]:
        """Of few coordinates, compiled; the coordinates of some queries finer."""
        sums, right = self._narrow_sums(narrow, x, noise, pairs)
        bad = (~right).nonzero()[:, 0]
        if len(bad):
            narrow.refine(lambda: self.data.scaled(self.data.take(self.index.order)))
            finer, right[bad] = self._narrow_sums(narrow, x[bad], noise[bad], pairs, finer=True)
            sums = sums.placed(bad, finer)
        return sums, right

    def _narrow_sums(
        self, narrow: NarrowSums, x: torch.Tensor, noise: torch.Tensor, pairs: int, *, finer: bool = False
    ) -> tuple[SoftmaxSums, torch.Tensor]:
        scaled = self.data.scaled(x)
        rough = narrow.sums(scaled, noise, finer=finer)
        miss = self.accuracy.of_differences(scaled, noise, rough.sums.mean_energy, finer=finer)
        return self._mended(rough, miss, x, noise, pairs)

    def by_products(self, x: torch.Tensor, noise: torch.Tensor, pairs: int) -> tuple[SoftmaxSums, torch.Tensor]:
        """By products, with heavy points in double; neighbouring queries next to each other save work."""
        scaled = self.data.scaled(x)
        miss = self.accuracy.of_products(scaled, noise)
        sums, right = self._mended(self._product_sums(scaled, noise), miss, x, noise, pairs)
        bad = (~right).nonzero()[:, 0]
        if 0 < len(bad) <= _SECOND_CHANCE[self.chunks is not None] * len(x):
            rough = self._product_sums(scaled[bad], noise[bad], heavy=_LESS_HEAVY)
            mended_now, right[bad] = self._mended(rough, miss[bad], x[bad], noise[bad], pairs)
            sums = sums.placed(bad, mended_now)
        return sums, right

    def _product_sums(self, scaled: torch.Tensor, noise: torch.Tensor, heavy: float = HEAVY) -> SingleSums:
        rows, chunks = self._rows(), self.chunks
        if chunks is not None:
            return dense_chunk_sums(self.index, rows, chunks, scaled, noise, self._tolerance, heavy=heavy)
        return dense_single_sums(self.index, rows, scaled, noise, self._tolerance, heavy=heavy)

    def _rows(self) -> torch.Tensor:
        if self.index.rows is None:
            raise ValueError("single-precision sums need the index's rows")
        return self.index.rows

    @cached_property
    def chunks(self) -> ChunkCentres | None:
        """Centres of neighbours, where these lie close."""
        return None if self.index.rows is None else ChunkCentres.where_tight(self.index.rows)

    def _mended(
        self, rough: SingleSums, miss: torch.Tensor, x: torch.Tensor, noise: torch.Tensor, pairs: int
    ) -> tuple[SoftmaxSums, torch.Tensor]:
        """Sums in the data's units, heavy pairs in double where that is needed, and which queries are right then."""
        density = self._density(rough.sums, noise)
        needed = rough.without_heavy_pairs_of(self.accuracy.right(miss, rough.crowding, density))
        sums = mended(self.data, self.index, needed, x, noise, pairs)
        right = self.accuracy.right(miss, rough.concentration, density)
        return sums, right & self.accuracy.right_values(x, sums.mean)

    def _density(self, sums: SoftmaxSums, noise: torch.Tensor) -> torch.Tensor:
        """(batch,) log densities, in the data's units."""
        kernel = self.data.ambient_dim / 2 * (2 * math.pi * noise * self.data.radius**2).log()
        return sums.log_sum - math.log(self.data.n_points) - kernel
