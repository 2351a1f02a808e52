"""Softmax sums over all points in single precision, from the rows that the index keeps."""

from dataclasses import dataclass, replace

import torch

from remanifold.scores.index import ScoreIndex
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums

_CHUNK = 1024  # points whose logits for a block of queries stay in the cache
_FLUSH = 16  # chunks summed in single precision before double takes them over
_NARROW = 192  # columns up to which a product's rounding grows with its length
_NEGLIGIBLE = 60.0  # nats below the largest logit at which a whole chunk is below round-off
_HEAVY = 5e-3  # share of the weight above which a point is worth a logit in double precision


@dataclass(frozen=True, eq=False)
class SingleSums:
    """Sums whose logits carry single-precision rounding, and what it takes to mend them.

    Attributes:
        sums: Of the displacements xi - x, in units of the radius; no top points.
        query: (n,) int64, queries of the pairs that hold more than `_HEAVY` of their query's weight.
        place: (n,) int64, their points' places in the index.
        w: (n,) float64, their weights as in ``sums``.
        concentration: (batch,) sqrt(sum of (share of the weight in a chunk)^2) without these: the roundings of points
            far apart average out, those of neighbours need not.
    """

    sums: SoftmaxSums
    query: torch.Tensor
    place: torch.Tensor
    w: torch.Tensor
    concentration: torch.Tensor


def dense_single_sums(index: ScoreIndex, rows: torch.Tensor, scaled: torch.Tensor, noise: torch.Tensor) -> SingleSums:
    """Sums over all points.

    Args:
        index: Of the points.
        rows: Its rows.
        scaled: (batch, N) float64 centred and scaled queries.
        noise: (batch,) float64 noise variances in units of the radius squared.
    """
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    half = torch.einsum("ij,ij->i", scaled, scaled) / 2
    running = _Running((inside / noise[:, None]).float(), (1 / noise).float()[:, None], rows)
    for start in range(0, len(rows), _CHUNK):
        running.add(start, index.half[start : start + _CHUNK])
    running.flush()
    lifted = running.weighted if index.rank is None else running.weighted @ index.basis[:, : index.rank].T
    energy = (half * running.total - (running.weighted * inside).sum(1) - running.halves).clamp_(min=0)
    sums = replace(
        SoftmaxSums.empty(len(scaled), scaled.shape[1], 0, scaled.device),
        log_max=running.largest.double() - half / noise,
        total=running.total,
        weighted=lifted,
        energy=energy,
        squares=running.squares.double(),
    )
    return running.with_heavy(sums.shifted(-scaled))


class _Running:
    """Running sums of w = exp(logit - largest): of w, w^2, w xi and -w |xi|^2/2; and the heavy pairs."""

    def __init__(self, queries: torch.Tensor, inverse: torch.Tensor, rows: torch.Tensor) -> None:
        batch, device = len(queries), queries.device
        self.queries, self.inverse, self.rows = queries, inverse, rows
        self.largest = torch.full((batch,), -torch.inf, device=device)
        self.squares = torch.zeros(batch, device=device)
        self.total, self.halves = torch.zeros(2, batch, dtype=torch.float64, device=device)
        self.weighted = torch.zeros(batch, rows.shape[1], dtype=torch.float64, device=device)
        self._recent = torch.zeros(batch, rows.shape[1], device=device)
        self._logits = torch.empty(batch, _CHUNK, device=device)
        self._chunks: list[tuple[torch.Tensor, torch.Tensor]] = []  # sums of w, and `largest` when they were taken
        self._heavy: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []  # query, place, log w
        self._held = 0

    def add(self, start: int, half: torch.Tensor) -> None:
        """Take in the rows from ``start``, with ``half`` = -|xi|^2/2."""
        rows = self.rows[start : start + len(half)]
        logits = torch.addmm(self.inverse * half, self.queries, rows.T, out=self._logits[:, : len(rows)])
        largest = logits.amax(1)
        if bool((largest < self.largest - _NEGLIGIBLE).all()):
            self._chunks.append((torch.zeros_like(largest), largest))
            return
        largest = torch.maximum(largest, self.largest)
        if bool((largest > self.largest).any()):
            self._lower((self.largest - largest).exp_())
            self.largest = largest
        w = logits.sub_(largest[:, None]).clamp_(min=LOWEST).exp_()
        total = w.sum(1)
        self.total += total
        self._chunks.append((total, largest))
        self.squares += torch.einsum("ij,ij->i", w, w)
        self.halves += torch.mv(w, half)
        self._add_weighted(w, rows)
        query, column = (w > (_HEAVY * self.total).float()[:, None]).nonzero(as_tuple=True)
        self._heavy.append((query, column + start, w[query, column].double().log() + largest.double()[query]))
        self._held += 1
        if self._held == _FLUSH:
            self.flush()

    def _add_weighted(self, w: torch.Tensor, rows: torch.Tensor) -> None:
        if rows.shape[1] > _NARROW:
            self._recent.addmm_(w, rows)
            return
        for start in range(0, len(rows), _NARROW):  # narrow products sum one by one: short sums in single precision
            self.weighted += w[:, start : start + _NARROW] @ rows[start : start + _NARROW]

    def flush(self) -> None:
        """Add what single precision holds to the double sums."""
        self.weighted += self._recent
        self._recent.zero_()
        self._held = 0

    def with_heavy(self, sums: SoftmaxSums) -> SingleSums:
        """``sums`` with the heavy pairs and the concentration of the rest."""
        query, place, log_w = (torch.cat(parts) for parts in zip(*self._heavy))
        w = (log_w - self.largest.double()[query]).exp_()
        keep = w > _HEAVY * self.total[query]
        query, place, w = query[keep], place[keep], w[keep]
        shares = torch.stack([total * (then - self.largest).exp() for total, then in self._chunks], 1).double()
        light = shares.index_put((query, place // _CHUNK), -w, accumulate=True)
        concentration = light.square().sum(1).sqrt() / self.total
        return SingleSums(sums, query, place, w, concentration)

    def _lower(self, factor: torch.Tensor) -> None:
        self.squares *= factor * factor
        self._recent *= factor[:, None]
        for sums in (self.total, self.halves, self.weighted.T):
            sums *= factor
