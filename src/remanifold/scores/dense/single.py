"""Softmax sums over all points in single precision, from the rows that the index keeps."""

import math
from dataclasses import dataclass, replace
from typing import Any

import torch

from remanifold._core.compiled.functions import can_compile
from remanifold._core.threads import by_rows
from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums

CHUNK = 1024  # points whose logits for a block of queries stay in the cache
_KERNELS = "remanifold.scores.dense.fused_weights"
_BLIND = 8  # chunks after one that all queries need, which are not looked at
_NARROW = 192  # columns up to which a product's rounding grows with its length
_GROUP = 32  # queries that share the points of a product
_WORTH_A_GATHER = 0.6  # share of the points that a group needs, above which all of them cost less
_OUTSTANDING = 0.05  # share of the weight above which a point is kept out of sums in single precision
_ASIDE = 256  # such pairs at once
HEAVY = 5e-3  # share of the weight above which a point is worth a logit in double precision


@dataclass(frozen=True, eq=False)
class SingleSums:
    """Sums whose logits carry single-precision rounding, and what it takes to mend them.

    Attributes:
        sums: Of the displacements xi - x, in units of the radius; no top points.
        query: (n,) int64, queries of the pairs that hold more than ``heavy`` of their query's weight.
        place: (n,) int64, their points' places in the index.
        w: (n,) float64, their weights as in ``sums``.
        crowding: (batch,) sqrt(sum of (share of the weight in a chunk)^2): the roundings of points far apart average
            out, those of neighbours need not.
        concentration: (batch,) the same without the heavy pairs.
    """

    sums: SoftmaxSums
    query: torch.Tensor
    place: torch.Tensor
    w: torch.Tensor
    crowding: torch.Tensor
    concentration: torch.Tensor

    def without_heavy_pairs_of(self, which: torch.Tensor) -> "SingleSums":
        """The same but for the list of heavy pairs of the queries ``which`` (batch,): they need no mending."""
        keep = ~which[self.query]
        return replace(self, query=self.query[keep], place=self.place[keep], w=self.w[keep])


def dense_single_sums(
    index: ScoreIndex,
    rows: torch.Tensor,
    scaled: torch.Tensor,
    noise: torch.Tensor,
    neglected: float,
    *,
    heavy: float = HEAVY,
) -> SingleSums:
    """Sums over all points.

    Args:
        index: Of the points.
        rows: Its rows.
        scaled: (batch, N) float64 centred and scaled queries; similar ones next to each other save work.
        noise: (batch,) float64 noise variances in units of the radius squared.
        neglected: Share of a query's weight that the mean may leave out.
        heavy: Share of a query's weight above which its pairs are listed.
    """
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    over_noise, inverse = (inside / noise[:, None]).float(), (1 / noise).float()[:, None]
    running = Running(over_noise, inverse, rows, neglected / len(rows), heavy)
    for start in range(0, len(rows), CHUNK):
        running.add(start, index.half[start : start + CHUNK])
    return sums_of(running, index, scaled, noise)


def sums_of(running: "Running", index: ScoreIndex, scaled: torch.Tensor, noise: torch.Tensor) -> SingleSums:
    """What all points were added to, as sums of displacements."""
    half, highest = torch.einsum("ij,ij->i", scaled, scaled) / 2, running.log_largest()
    weighted = running.whole_weighted()
    lifted = weighted if index.rank is None else weighted @ index.basis[:, : index.rank].T
    energy = running.total * (half - noise * highest) + noise * running.losses
    sums = replace(
        SoftmaxSums.empty(len(scaled), scaled.shape[1], 0, scaled.device),
        log_max=highest - half / noise,
        total=running.total,
        weighted=lifted,
        energy=energy,
        squares=running.squares,
    )
    return running.with_heavy(sums.shifted(-scaled))


class Running:
    """Running sums of w = exp(logit - largest): of w, w^2, w xi and w (largest - logit); and the heavy pairs."""

    def __init__(
        self, queries: torch.Tensor, inverse: torch.Tensor, rows: torch.Tensor, negligible: float, heavy: float
    ) -> None:
        batch, device = len(queries), queries.device
        self.queries, self.inverse, self.rows, self.negligible, self.heavy = queries, inverse, rows, negligible, heavy
        self.largest = torch.full((batch,), -torch.inf, device=device)
        self.total, self.squares, self.losses = torch.zeros(3, batch, dtype=torch.float64, device=device)
        self.weighted = torch.zeros(batch, rows.shape[1], dtype=torch.float64, device=device)
        self._part = torch.empty(batch, rows.shape[1], device=device)
        self._logits = torch.empty(batch, CHUNK, device=device)
        self._chunks: list[tuple[torch.Tensor, torch.Tensor]] = []  # sums of w, and `largest` when they were taken
        self._listed: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # query, place, log w
        self._crowded = 0
        self._compiled = device.type == "cpu" and can_compile(_KERNELS)
        self._pairs = torch.empty(math.ceil(batch / heavy) if self._compiled else 0, 2, dtype=torch.int64)

    def add(self, start: int, half: torch.Tensor) -> None:
        """Take in the rows from ``start``, with ``half`` = -|xi|^2/2."""
        rows = self.rows[start : start + len(half)]
        self.take(start, rows, self.inverse * half)

    def take(self, start: int, rows: torch.Tensor, added: torch.Tensor) -> None:
        """Take in ``rows``, to the logits of whose products with the queries (batch, n) are ``added``."""
        logits = torch.addmm(added, self.queries, rows.T, out=self._logits[:, : len(rows)])
        weigh = self._weigh_compiled if self._compiled else self._weigh
        query, column = weigh(logits)  # logits are weights from here on
        w = logits[query, column]
        self._listed.append((query, column + start, w.double().log() + self.largest.double()[query]))
        outstanding = w > _OUTSTANDING * self.total[query]
        self._set_aside(query[outstanding], column[outstanding], logits, rows)
        self._add_weighted(logits, rows)

    def _set_aside(self, query: torch.Tensor, column: torch.Tensor, w: torch.Tensor, rows: torch.Tensor) -> None:
        """Add pairs to the sums of points in double: in single precision the light ones would be lost beside them."""
        for start in range(0, len(query), _ASIDE):
            piece = slice(start, start + _ASIDE)
            heavy = w[query[piece], column[piece]].double()
            self.weighted.index_add_(0, query[piece], rows[column[piece]].double().mul_(heavy[:, None]))
        w[query, column] = 0

    def _weigh(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn a chunk's logits into weights, in place; add to all sums but those of points; the heavy pairs."""
        largest = torch.maximum(logits.amax(1), self.largest)
        if bool((largest > self.largest).any()):
            factor = (self.largest - largest).exp_()
            lost = torch.nan_to_num((largest - self.largest) * self.total, nan=0.0, posinf=0.0)
            self.losses = factor * (self.losses + lost)
            self.squares *= factor * factor
            self.total *= factor
            self._lower(factor)
            self.largest = largest
        loss = logits.sub_(largest[:, None]).clamp_(min=LOWEST).neg()
        w = logits.exp_()
        total = w.sum(1)
        self.total += total
        self._chunks.append((total, largest))
        self.squares += torch.einsum("ij,ij->i", w, w)
        self.losses += torch.einsum("ij,ij->i", w, loss)
        query, column = (w > (self.heavy * self.total).float()[:, None]).nonzero(as_tuple=True)
        return query, column

    def _weigh_compiled(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        from remanifold.scores.dense import fused_weights

        weigh: Any = fused_weights.weigh
        factor, chunk = torch.empty_like(self.largest), torch.empty_like(self.largest)
        sums = (self.largest, self.total, self.squares, self.losses, factor, chunk)
        arrays = [each.numpy() for each in (logits, *sums)]
        room = self._pairs.numpy()
        counts: list[tuple[int, int]] = []

        def work(start: int, stop: int) -> None:
            parts: Any = [each[start:stop] for each in arrays]
            place = math.ceil(start / self.heavy)
            heavy = room[place : math.ceil(stop / self.heavy)]
            counts.append((place, weigh(*parts, self.heavy, heavy)))
            heavy[: counts[-1][1], 0] += start

        by_rows(len(logits), work)
        if bool((factor < 1).any()):
            self._lower(factor)
        self._chunks.append((chunk, self.largest.clone()))
        query, column = torch.cat([self._pairs[place : place + count] for place, count in sorted(counts)]).T
        return query, column

    def _add_weighted(self, w: torch.Tensor, rows: torch.Tensor) -> None:
        if rows.shape[1] > _NARROW:
            self._add_wide(w, rows)
            return
        for start in range(0, len(rows), _NARROW):  # narrow products sum one by one: short sums in single precision
            self.weighted += w[:, start : start + _NARROW] @ rows[start : start + _NARROW]

    def _add_wide(self, w: torch.Tensor, rows: torch.Tensor) -> None:
        """One product; or, where few points matter to each group of neighbouring queries, one for each group.

        Single precision holds the sums of one chunk only: roundings of more would add up beyond what is promised.
        """
        needed = [] if self._crowded else self._needed(w)
        self._crowded = max(0, self._crowded - 1)
        if not needed or float(torch.stack(needed).double().mean()) > _WORTH_A_GATHER:
            if needed:
                self._crowded = _BLIND
            self.weighted += torch.mm(w, rows, out=self._part)
            return
        for k, which in enumerate(needed):
            group, columns = slice(k * _GROUP, (k + 1) * _GROUP), which.nonzero()[:, 0]
            self.weighted[group] += torch.mm(w[group][:, columns], rows[columns], out=self._part[group])

    def _needed(self, w: torch.Tensor) -> list[torch.Tensor]:
        """For each group of queries, the points (n,) bool whose weight is not negligible to all of them."""
        groups = range(0, len(w), _GROUP)
        return [w[g : g + _GROUP].amax(0) > self.negligible * self.total[g : g + _GROUP].min() for g in groups]

    def with_heavy(self, sums: SoftmaxSums) -> SingleSums:
        """``sums`` with the heavy pairs and the concentration of the rest."""
        query, place, log_w = (torch.cat(parts) for parts in zip(*self._listed))
        w = (log_w - self.largest.double()[query]).exp_()
        keep = w > self.heavy * self.total[query]
        query, place, w = query[keep], place[keep], w[keep]
        return SingleSums(sums, query, place, w, *self._concentrations(query, place // CHUNK, w))

    def log_largest(self) -> torch.Tensor:
        """(batch,) float64, the largest logit, but for what is common to all points."""
        return self.largest.double()

    def whole_weighted(self) -> torch.Tensor:
        """(batch, N) float64 sum of w xi."""
        return self.weighted

    def shares(self) -> torch.Tensor:
        """(batch, chunks) float64 sums of w."""
        return torch.stack([total * (then - self.largest).exp() for total, then in self._chunks], 1).double()

    def _concentrations(
        self, query: torch.Tensor, chunk: torch.Tensor, w: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return concentrations(self.shares(), query, chunk, w, self.total)

    def _lower(self, factor: torch.Tensor) -> None:
        """Refer the sums of points to a larger logit."""
        self.weighted *= factor[:, None]


def concentrations(
    shares: torch.Tensor, query: torch.Tensor, chunk: torch.Tensor, w: torch.Tensor, total: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """`SingleSums.crowding` and `.concentration` from (batch, chunks) sums of w, and the heavy ``w`` in them."""
    light = shares.index_put((query, chunk), -w, accumulate=True)
    crowding, concentration = (each.square().sum(1).sqrt() / total for each in (shares, light))
    return crowding, concentration
