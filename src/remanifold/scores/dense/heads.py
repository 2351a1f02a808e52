"""Means and log-sum-exps over all points by the operator behind torch's attention, chunks of points as its heads.

On a CPU the operator makes one fused pass and returns each head's log-sum-exp; heads are joined in float64. It tells no
weight of a single point, so nothing can be mended afterwards: `HeadSums` carries what tells whether that is needed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch

from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.softmax_sums import SoftmaxSums

HEAD = 1024  # points of a head: more share one rounding, fewer cost more to join
_LOST = 2.0**-25  # of a head's weight: a point below it may leave no trace beside a heavy one
_NOTICED = 3e-7  # of a head's weight in such points: where less, nobody looks where they lie
_SAMPLE = 1024  # points that tell beforehand whether the weight is spread over many

Operator = Callable[..., tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True, eq=False)
class HeadSums:
    """Sums in single precision, and what tells how exact they are.

    Attributes:
        sums: Of the displacements xi - x, in units of the radius; energies and squares are nan, no top points.
        crowding: (batch,) sqrt(sum of (share of the weight in a head)^2), as of `SingleSums`.
        size: (batch,) largest log-sum-exp of a head in absolute value: each is rounded to single precision.
        lost: (batch,) share of the weight of the heaviest head in points that its sums may not have noticed.
        shift: (batch,) by which a coordinate of that head's mean then misses at most, in units of the radius.
    """

    sums: SoftmaxSums
    crowding: torch.Tensor
    size: torch.Tensor
    lost: torch.Tensor
    shift: torch.Tensor


def head_sums(index: ScoreIndex, rows: torch.Tensor, scaled: torch.Tensor, noise: torch.Tensor, room: int) -> HeadSums:
    """Sums over all points; only where `attention_operator` gives one.

    Args:
        index: Of the points.
        rows: Its rows.
        scaled: (batch, N) float64 centred and scaled queries.
        noise: (batch,) float64 noise variances in units of the radius squared.
        room: Bytes that the means of heads may take before they are joined.
    """
    operator = attention_operator()
    if operator is None:
        raise ValueError("no operator that returns the log-sum-exp of attention")
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    queries, inverse = (inside / noise[:, None]).float(), (1 / noise).float()
    one_noise = bool((noise == noise[0]).all())
    bias = index.half * inverse[0] if one_noise else index.half
    weighted = torch.zeros(len(queries), rows.shape[1], dtype=torch.float64, device=rows.device)
    total, largest = torch.zeros_like(noise), torch.full_like(noise, -torch.inf)
    heads: list[torch.Tensor] = []
    for keys, added in _groups(
        rows, bias, max(1, room // (4 * len(queries) * (rows.shape[1] + HEAD * (not one_noise))))
    ):
        count, size = keys.shape[:2]
        mask = added[:, None, :].expand(-1, len(queries), -1)
        mask = mask if one_noise else mask * inverse[:, None]
        means, logs = operator(
            queries.expand(1, count, -1, -1), keys[None], keys[None], attn_mask=mask[None], scale=1.0
        )
        heads.append(logs[0])
        raised = torch.maximum(largest, logs[0].amax(0))
        share, factor = (logs[0] - raised).exp_(), (largest - raised).exp_()
        total = total * factor + share.sum(0)
        weighted.mul_(factor[:, None]).add_(torch.bmm(share.T[:, None].float(), means[0].transpose(0, 1))[:, 0])
        largest = raised
    logs = torch.cat(heads)
    half = torch.einsum("ij,ij->i", scaled, scaled) / 2
    lifted = weighted if index.rank is None else weighted @ index.basis[:, : index.rank].T
    unknown = torch.full_like(total, torch.nan)
    sums = replace(
        SoftmaxSums.empty(len(scaled), scaled.shape[1], 0, scaled.device),
        log_max=largest - half / noise,
        total=total,
        weighted=lifted,
        energy=unknown,
        squares=unknown,
    )
    crowding = (2 * (logs - largest)).exp_().sum(0).sqrt_() / total
    size = logs.abs().amax(0).double()
    return HeadSums(sums.shifted(-scaled), crowding, size, *_lost(rows, index, queries, inverse, logs))


def crowding_of_sample(
    index: ScoreIndex, rows: torch.Tensor, scaled: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """(batch,) what `HeadSums.crowding` will be, from points spread evenly over the index; rather less than more."""
    places = torch.linspace(0, len(rows) - 1, min(_SAMPLE, len(rows)), device=rows.device).round().long()
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    overlap = torch.addmm(index.half[places], inside.float(), rows[places].T)
    w = torch.softmax(overlap.sub_(overlap.amax(1, keepdim=True)).div_(noise.float()[:, None]), 1)
    shares = w.new_zeros(len(w), int(places[-1]) // HEAD + 1).index_add_(1, places // HEAD, w)
    return shares.square().sum(1).sqrt().double()


def _groups(rows: torch.Tensor, bias: torch.Tensor, count: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """(heads, points, N) rows and (heads, points) bias, at most ``count`` heads at a time; the last may be shorter."""
    whole = len(rows) // HEAD * HEAD
    for start in range(0, whole, count * HEAD):
        piece = slice(start, min(start + count * HEAD, whole))
        yield rows[piece].view(-1, HEAD, rows.shape[1]), bias[piece].view(-1, HEAD)
    if whole < len(rows):
        yield rows[None, whole:], bias[None, whole:]


def _lost(
    rows: torch.Tensor, index: ScoreIndex, queries: torch.Tensor, inverse: torch.Tensor, logs: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """`HeadSums.lost` and `.shift`: the heaviest head stands for all."""
    lost, shift = torch.zeros(2, len(queries), dtype=torch.float64, device=rows.device)
    best = logs.argmax(0)
    for head in best.unique().tolist():
        which, piece = (best == head).nonzero()[:, 0], slice(head * HEAD, (head + 1) * HEAD)
        logits = torch.addmm(inverse[which, None] * index.half[piece], queries[which], rows[piece].T)
        w = logits.sub_(logs[head, which, None]).exp_()
        light = torch.where(w < _LOST, w, 0.0)
        lost[which] = light.sum(1).double()
        many = (lost[which] > _NOTICED).nonzero()[:, 0]
        if len(many):
            away = light[many] @ rows[piece] - lost[which[many], None].float() * (w[many] @ rows[piece])
            if index.rank is not None:
                away = away @ index.basis[:, : index.rank].T.float()
            shift[which[many]] = away.abs().amax(1).double()
    return lost, shift


@cache
def attention_operator() -> Operator | None:
    """The private operator, where this torch has it and it gives what it should; else None."""
    try:
        operator: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default
        return operator if _is_right(operator) else None
    except (AttributeError, RuntimeError, TypeError, ValueError):  # another signature, or another kind of result
        return None


def _is_right(operator: Operator) -> bool:
    """Whether two heads of few numbers come out as they should."""
    keys = torch.linspace(-1, 1, 2 * 5 * 3).reshape(1, 2, 5, 3).cos()
    queries, bias = torch.linspace(-2, 1, 4 * 3).reshape(1, 1, 4, 3).expand(1, 2, 4, 3), keys.sum(3)[:, :, None]
    found, logs = operator(queries, keys, keys, attn_mask=bias.expand(1, 2, 4, 5), scale=1.0)
    logits = queries.double() @ keys.double().transpose(2, 3) + bias
    exact = (torch.softmax(logits, 3) @ keys.double(), torch.logsumexp(logits, 3))
    return all(
        part.shape == right.shape and part.dtype == torch.float32 and float((part - right).abs().max()) < 1e-5
        for part, right in zip((found, logs), exact)
    )
