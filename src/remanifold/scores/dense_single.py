"""Softmax sums over all points in single precision, from the rows that the index keeps."""

from dataclasses import replace

import torch

from remanifold.scores.index import ScoreIndex
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums

_CHUNK = 1024  # points whose logits for a block of queries stay in the cache
_FLUSH = 16  # chunks summed in single precision before double takes them over
_NEGLIGIBLE = 60.0  # nats below the largest logit at which a whole chunk is below round-off


def dense_single_sums(
    index: ScoreIndex, rows: torch.Tensor, scaled: torch.Tensor, noise: torch.Tensor
) -> tuple[SoftmaxSums, torch.Tensor]:
    """Sums over all points, of the displacements xi - x, in units of the radius; no top points.

    Also (batch,) the concentration sqrt(sum of (weight of a chunk)^2): 1 where one neighbourhood has all weight. Points
    far apart have independent roundings, which average out; neighbours may have the same.

    Args:
        index: Of the points.
        rows: Its rows.
        scaled: (batch, N) float64 centred and scaled queries.
        noise: (batch,) float64 noise variances in units of the radius squared.
    """
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    half = torch.einsum("ij,ij->i", scaled, scaled) / 2
    sums = _Sums((inside / noise[:, None]).float(), (1 / noise).float()[:, None], rows.shape[1])
    for start in range(0, len(rows), _CHUNK):
        piece = slice(start, start + _CHUNK)
        sums.add(rows[piece], index.half[piece])
    sums.flush()
    lifted = sums.weighted if index.rank is None else sums.weighted @ index.basis[:, : index.rank].T
    energy = (half * sums.total - (sums.weighted * inside).sum(1) - sums.halves).clamp_(min=0)
    empty = SoftmaxSums.empty(len(scaled), scaled.shape[1], 0, scaled.device)
    log_max = sums.largest.double() - half / noise
    found = replace(
        empty, log_max=log_max, total=sums.total, weighted=lifted, energy=energy, squares=sums.squares.double()
    )
    return found.shifted(-scaled), (sums.chunks / (sums.total * sums.total)).sqrt()


class _Sums:
    """Running sums of w = exp(logit - largest): of w, w^2, w xi, -w |xi|^2/2, and of squared sums of chunks."""

    def __init__(self, queries: torch.Tensor, inverse: torch.Tensor, width: int) -> None:
        batch, device = len(queries), queries.device
        self.queries, self.inverse = queries, inverse
        self.largest = torch.full((batch,), -torch.inf, device=device)
        self.squares = torch.zeros(batch, device=device)
        self.total, self.halves, self.chunks = torch.zeros(3, batch, dtype=torch.float64, device=device)
        self.weighted = torch.zeros(batch, width, dtype=torch.float64, device=device)
        self._recent = torch.zeros(batch, width, device=device)
        self._logits = torch.empty(batch, _CHUNK, device=device)
        self._held = 0

    def add(self, rows: torch.Tensor, half: torch.Tensor) -> None:
        """Take in ``rows`` (k, width) with ``half`` = -|xi|^2/2."""
        logits = torch.addmm(self.inverse * half, self.queries, rows.T, out=self._logits[:, : len(rows)])
        largest = logits.amax(1)
        if bool((largest < self.largest - _NEGLIGIBLE).all()):
            return
        largest = torch.maximum(largest, self.largest)
        if bool((largest > self.largest).any()):
            self._lower((self.largest - largest).exp_())
            self.largest = largest
        w = logits.sub_(largest[:, None]).clamp_(min=LOWEST).exp_()
        total = w.sum(1)
        self.total += total
        self.chunks += total * total
        self.squares += torch.einsum("ij,ij->i", w, w)
        self.halves += torch.mv(w, half)
        self._recent.addmm_(w, rows)
        self._held += 1
        if self._held == _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Add what single precision holds to the double sums."""
        self.weighted += self._recent
        self._recent.zero_()
        self._held = 0

    def _lower(self, factor: torch.Tensor) -> None:
        self.squares *= factor * factor
        self.chunks *= factor * factor
        self._recent *= factor[:, None]
        for sums in (self.total, self.halves, self.weighted.T):
            sums *= factor
