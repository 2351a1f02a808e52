"""Means and log-sum-exps over all points by the operator behind torch's attention, chunks of points as its heads.

On a CPU the operator makes one fused pass and returns each head's log-sum-exp. Heads that hold much of a query's weight
are done again in double, and all are joined in float64. `HeadSums` carries what tells how exact the rest is.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch

from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums

_HEAD, _SHORT_HEAD = 1024, 512  # points of a head: more share one rounding, fewer cost more to join
_WIDE = 256  # coordinates from which heads are long
_LEAST_HEAVY, _MOST_HEAVY = 0.05, 0.3  # share of a query's weight so far, above which a head is done again in double
_OF_ALLOWED = 0.35  # several heads of one query may be as heavy as that
_ROWS_ROUND = 2.0  # over sqrt(N): what rows, rounded to single precision themselves, leave of the rounding then
_MARGIN = 1.15  # for what else is rounded; queries that turn out not to be right are summed twice
_OF_FEW = 0.6  # the same of few coordinates, where points are lost and heads done again at too high a cost
_LOST = 2.0**-25  # of the heaviest point of a head: what lies below may leave no trace beside it
_NOTICED = 5e-8  # of all weight in such points: where less, nobody looks where they lie
_SAMPLE = 256  # points that tell whether there can be any

Operator = Callable[..., tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True, eq=False)
class HeadSums:
    """Sums in single precision, and what tells how exact they are.

    Attributes:
        sums: Of the displacements xi - x, in units of the radius; energies and squares are nan, no top points.
        concentration: (batch,) sqrt(sum of (share of the weight in a head)^2), as of `SingleSums`; heads in double
            count with what is left of their rounding.
        size: (batch,) largest log-sum-exp of a head in absolute value: each is rounded to single precision.
        lost: (batch,) share of the weight in points that the sums of the heaviest head in single precision, and of
            those like it, may not have noticed.
        shift: (batch,) by which a coordinate of the mean then misses, in units of the radius.
    """

    sums: SoftmaxSums
    concentration: torch.Tensor
    size: torch.Tensor
    lost: torch.Tensor
    shift: torch.Tensor


def least_concentration(ambient_dim: int) -> float:
    """What `HeadSums.concentration` seldom exceeds: heads below `_LEAST_HEAVY`, or one in double."""
    if ambient_dim < _WIDE:
        return _OF_FEW
    return _MARGIN * max(_ROWS_ROUND / math.sqrt(ambient_dim), 3 * _LEAST_HEAVY)


def head_sums(
    index: ScoreIndex,
    rows: torch.Tensor,
    scaled: torch.Tensor,
    noise: torch.Tensor,
    *,
    allowed: torch.Tensor,
    room: int,
) -> HeadSums:
    """Sums over all points; only where `attention_operator` gives one.

    Args:
        index: Of the points.
        rows: Its rows.
        scaled: (batch, N) float64 centred and scaled queries.
        noise: (batch,) float64 noise variances in units of the radius squared.
        allowed: (batch,) concentration that still makes results right: lighter heads are left as they are.
        room: Bytes that the means of heads may take before they are joined.
    """
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    heads = _Heads(rows, index.half, inside, noise)
    per_head = 4 * len(scaled) * (rows.shape[1] + heads.size * (not heads.one_noise))
    weighted = torch.zeros(len(scaled), rows.shape[1], dtype=torch.float64, device=rows.device)
    total, largest = torch.zeros_like(noise), torch.full_like(noise, -torch.inf)
    logs: list[torch.Tensor] = []
    least = (_OF_ALLOWED * allowed).clamp(_LEAST_HEAVY, _MOST_HEAVY)
    for first, means, found in heads.groups(max(1, room // per_head)):
        raised = torch.maximum(largest, found.amax(0))
        factor = (largest - raised).exp_()
        before = total * factor
        share = (found - raised).exp_()
        heavy = (share > least * (before + share.sum(0))).nonzero()
        if len(heavy):
            heads.do_again(first, heavy, means, found)
            share = (found - raised).exp_()
        total = before + share.sum(0)
        weighted.mul_(factor[:, None]).add_(torch.bmm(share.T[:, None].float(), means.transpose(0, 1))[:, 0])
        largest = raised
        logs.append(found)
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
    ).shifted(-scaled)
    shares, single = (torch.cat(logs) - largest).exp_() / total, ~heads.again
    rounded = torch.where(single, shares, shares * (_ROWS_ROUND / math.sqrt(rows.shape[1])))
    size = torch.where(single, torch.cat(logs).abs(), 0.0).amax(0)
    return HeadSums(sums, rounded.square().sum(0).sqrt(), size, *heads.lost(torch.cat(logs), shares * single, index))


class _Heads:
    """The heads of one block of queries."""

    def __init__(self, rows: torch.Tensor, half: torch.Tensor, inside: torch.Tensor, noise: torch.Tensor) -> None:
        self.size = _SHORT_HEAD if rows.shape[1] < _WIDE else _HEAD
        self.rows, self.half, self.inside, self.noise = rows, half, inside, noise
        self.queries, self.inverse = (inside / noise[:, None]).float(), (1 / noise).float()
        self.one_noise = bool((noise == noise[0]).all())
        self.again = torch.zeros(-(-len(rows) // self.size), len(inside), dtype=torch.bool, device=rows.device)

    def groups(self, count: int) -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
        """(first head, (heads, batch, N) means, (heads, batch) float64 log-sum-exps), ``count`` heads or fewer."""
        operator = attention_operator()
        if operator is None:
            raise ValueError("no operator that returns the log-sum-exp of attention")
        bias = self.half * self.inverse[0] if self.one_noise else self.half
        whole = len(self.rows) // self.size * self.size
        starts = list(range(0, whole, count * self.size)) + [whole] * (whole < len(self.rows))
        for start in starts:
            stop = min(start + count * self.size, whole) if start < whole else len(self.rows)
            keys = self.rows[start:stop].view(-1, min(self.size, stop - start), self.rows.shape[1])
            mask = bias[start:stop].view(len(keys), 1, -1).expand(-1, len(self.queries), -1)
            mask = mask if self.one_noise else mask * self.inverse[:, None]
            queries = self.queries.expand(1, len(keys), -1, -1)
            means, logs = operator(queries, keys[None], keys[None], attn_mask=mask[None], scale=1.0)
            yield start // self.size, means[0], logs[0].double()

    def do_again(self, first: int, heavy: torch.Tensor, means: torch.Tensor, logs: torch.Tensor) -> None:
        """The (n, 2) pairs of head, from ``first``, and query in double, in place of ``means`` and ``logs``."""
        self.again[heavy[:, 0] + first, heavy[:, 1]] = True
        needed, counts = torch.unique_consecutive(heavy[:, 0], return_counts=True)
        for head, query in zip(needed.tolist(), heavy[:, 1].split(counts.tolist())):
            piece = slice((head + first) * self.size, (head + first + 1) * self.size)
            rows = self.rows[piece].double()
            overlap = torch.addmm(rows.square().sum(1) / -2, self.inside[query], rows.T)
            logits = overlap.div_(self.noise[query, None])
            largest = logits.amax(1, keepdim=True)
            w = logits.sub_(largest).clamp_(min=LOWEST).exp_()
            total = w.sum(1, keepdim=True)
            logs[head, query] = (largest + total.log())[:, 0]
            means[head, query] = (w @ rows).div_(total).float()

    def lost(self, logs: torch.Tensor, shares: torch.Tensor, index: ScoreIndex) -> tuple[torch.Tensor, torch.Tensor]:
        """`HeadSums.lost` and `.shift` from the (heads, batch) ``shares`` of heads in single precision.

        Of the heaviest of these; none where a sample of all points shows none far enough below.
        """
        lost, shift = torch.zeros(2, len(self.inside), dtype=torch.float64, device=self.rows.device)
        heaviest = shares.argmax(0)
        fallen = self._least() - logs.gather(0, heaviest[None])[0] < math.log(_LOST)
        heaviest, together = torch.where(fallen, heaviest, -1), shares.sum(0)
        for head in heaviest.unique().tolist():
            if head == -1:
                continue
            which, piece = (heaviest == head).nonzero()[:, 0], slice(head * self.size, (head + 1) * self.size)
            rows = self.rows[piece]
            logits = torch.addmm(self.inverse[which, None] * self.half[piece], self.queries[which], rows.T)
            light = logits < logits.amax(1, keepdim=True) + math.log(_LOST)
            w = logits.sub_(logs[head, which, None].float()).clamp_(min=LOWEST).exp_()
            light = light * w
            lost[which] = light.sum(1).double()
            many = (lost[which] * together[which] > _NOTICED).nonzero()[:, 0]
            if len(many):
                away = (light[many] - lost[which[many], None].float() * w[many]) @ rows
                if index.rank is not None:
                    away = away @ index.basis[:, : index.rank].T.float()
                shift[which[many]] = away.abs().amax(1).double()
        return lost * together, shift * together  # all heads may miss alike

    def _least(self) -> torch.Tensor:
        """(batch,) the smallest logit of points spread evenly over the index."""
        places = torch.linspace(0, len(self.rows) - 1, min(_SAMPLE, len(self.rows)), device=self.rows.device)
        places = places.round().long()
        return torch.addmm(self.inverse[:, None] * self.half[places], self.queries, self.rows[places].T).amin(1)


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
