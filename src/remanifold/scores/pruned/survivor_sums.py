"""Softmax sums in float64 over the pairs of query and point that pruning left."""

from dataclasses import replace

import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.index.score_index import LEAF, ScoreIndex
from remanifold.scores.pruned.pruning import Survivors
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums, top_of_pairs
from remanifold.scores.streamed.candidates import Candidates
from remanifold.scores.streamed.differences import rescored_sums

_FEW = 48  # pairs of a query below which explicit differences cost less than products
_LARGEST_MISS = 300.0  # nats by which a single-precision logit may miss: far beyond it exp could leave its range


def survivor_sums(
    data: CentredData,
    index: ScoreIndex,
    left: Survivors,
    *,
    x: torch.Tensor,
    t: torch.Tensor,
    miss: torch.Tensor,
    product_error: torch.Tensor,
    top: int,
    pairs: int,
) -> SoftmaxSums:
    """Sums over the listed pairs; the averaged values are the displacements xi - x.

    Args:
        data: The points.
        index: Of them.
        left: Pairs to sum over.
        x: (batch, N) raw queries.
        t: (batch,) noise variances.
        miss: (batch,) bound of the rounding of ``left.overlap``, in nats.
        product_error: (batch,) share of 1e-6 nat that a float64 product may miss a logit by; above 1, differences.
        top: k.
        pairs: Differences held at once.
    """
    counts = torch.bincount(left.query, minlength=len(x))
    by_product = (counts > _FEW) & (miss < _LARGEST_MISS) & (product_error <= 1)
    rest = ~by_product[left.query]
    place, order = index.order[left.place[rest]].sort()
    listed = Candidates(left.query[rest][order], place, left.dense)
    sums = rescored_sums(data, listed, x, t, top=top, pairs=pairs)
    if bool(by_product.any()):
        kept = by_product[left.query]
        compact = by_product.cumsum(0)[left.query[kept]] - 1
        chosen = Survivors(compact, left.place[kept], left.overlap[kept], left.dense[by_product])
        sums = sums.placed(by_product, _product_sums(data, index, chosen, x[by_product], t[by_product], top))
    return sums


def _product_sums(
    data: CentredData, index: ScoreIndex, left: Survivors, x: torch.Tensor, t: torch.Tensor, top: int
) -> SoftmaxSums:
    """Sums by one float64 product per block of points."""
    scaled, noise = data.scaled(x), t / data.radius**2
    half = torch.einsum("ij,ij->i", scaled, scaled) / 2
    best = left.overlap.new_full(half.shape, -torch.inf).scatter_reduce_(0, left.query, left.overlap, "amax").double()
    weighted, overlap = (torch.zeros_like(scaled), torch.empty(len(left.query), dtype=torch.float64, device=x.device))
    start = 0
    for count in torch.unique_consecutive(left.place // LEAF, return_counts=True)[1].tolist():
        piece = slice(start, start + count)
        query, row = left.query[piece].unique(return_inverse=True)
        place, column = left.place[piece].unique(return_inverse=True)
        rows = data.scaled(data.take(index.order[place]))
        overlap[piece] = torch.addmm(torch.einsum("ij,ij->i", rows, rows) / -2, scaled[query], rows.T)[row, column]
        w = torch.zeros(len(query), len(place), dtype=torch.float64, device=x.device)
        w[row, column] = ((overlap[piece] - best[left.query[piece]]) / noise[left.query[piece]]).exp_()
        weighted.index_add_(0, query, w @ rows)
        start += count
    logits = (overlap - best[left.query]) / noise[left.query]  # |x|^2/2 of a far query would take their digits
    sums = _flat_sums(left.query, logits, (half[left.query] - overlap).clamp_(min=0), weighted)
    tops = top_of_pairs(left.query, logits, index.order[left.place], len(x), top)
    sums = replace(sums, top_logits=tops[0], top_indices=tops[1]).raised((best - half) / noise)
    return sums.shifted(-scaled).rescaled(data.radius, data.radius**2)


def _flat_sums(
    query: torch.Tensor, logits: torch.Tensor, energies: torch.Tensor, weighted: torch.Tensor
) -> SoftmaxSums:
    """Sums of pairs, ``weighted`` (batch, N) already summed with weights exp(logit); the largest logit is near 0."""
    zeros = weighted.new_zeros(len(weighted))
    largest = torch.full_like(zeros, -torch.inf).scatter_reduce_(0, query, logits, "amax")
    w = (logits - largest[query]).clamp_(min=LOWEST).exp_()
    return replace(
        SoftmaxSums.empty(len(weighted), weighted.shape[1], 0, weighted.device),
        log_max=largest,
        total=zeros.index_add(0, query, w),
        weighted=weighted * (-largest).exp_()[:, None],
        energy=zeros.index_add(0, query, w * energies),
        squares=zeros.index_add(0, query, w * w),
    )
