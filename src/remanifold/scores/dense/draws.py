"""Points drawn from the posterior: mu with probability w_mu(x), from the weights of all points."""

from collections.abc import Callable

import torch

from remanifold.scores.centred import CentredData

_Logits = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(numbers of queries, raw points (n, N)) -> their -|x - xi|^2 / 2t, (queries, n)."""


def drawn_rows(
    data: CentredData, x: torch.Tensor, t: torch.Tensor, uniforms: torch.Tensor, *, product: bool, chunk: int
) -> torch.Tensor:
    """(batch,) int64, for each query the first point at which its weights, summed in the order of rows, reach u.

    The chunk that holds it is found by the sums of the chunks, the point by the weights in that one alone.

    Args:
        data: The points.
        x: (batch, N) raw queries.
        t: (batch,) variances of the kernels.
        uniforms: (batch,) u in [0, 1].
        product: Distances from a product (see `dense_error`), three times as fast; else from differences.
        chunk: Points at a time.
    """
    logits_of = _by_product(data, x, t) if product else _by_differences(x, t)
    starts, every = range(0, data.n_points, chunk), torch.arange(len(x), device=x.device)
    sums = [torch.logsumexp(logits_of(every, data.raw(a, min(a + chunk, data.n_points))), 1) for a in starts]
    place, rest = _reached(torch.stack(sums, 1), uniforms)
    chosen = torch.empty_like(every)
    for k in place.unique().tolist():
        here, start = (place == k).nonzero()[:, 0], starts[k]
        logits = logits_of(here, data.raw(start, min(start + chunk, data.n_points)))
        chosen[here] = start + _reached(logits, rest[here])[0]
    return chosen


def _reached(logits: torch.Tensor, shares: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the weights of (batch, n) ``logits`` reach these shares (batch,) of their sum, and how far into that one:
    the share of its weight, (batch,)."""
    along = torch.softmax(logits, 1).cumsum(1)
    along /= along[:, -1:].clone()  # 1 at the last with any weight, whatever the rounding
    shares = shares.clamp(min=torch.finfo(shares.dtype).tiny)  # 0 is reached by the first with any weight
    place = torch.searchsorted(along, shares[:, None])
    before = torch.where(place > 0, along.gather(1, (place - 1).clamp(min=0)), 0.0)
    inside = (shares[:, None] - before) / (along.gather(1, place) - before)
    return place[:, 0], inside[:, 0].clamp(0, 1)


def _by_product(data: CentredData, x: torch.Tensor, t: torch.Tensor) -> _Logits:
    scaled, noise = data.scaled(x), (t / data.radius**2)[:, None]
    half = torch.einsum("ij,ij->i", scaled, scaled)[:, None] / 2

    def logits(which: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
        rows = data.scaled(raw)
        bias = torch.einsum("ij,ij->i", rows, rows) / -2
        return torch.addmm(bias, scaled[which], rows.T).sub_(half[which]).div_(noise[which])

    return logits


def _by_differences(x: torch.Tensor, t: torch.Tensor) -> _Logits:
    def logits(which: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
        gaps = torch.cdist(x[which], raw, compute_mode="donot_use_mm_for_euclid_dist")
        return gaps.square_().div_(-2 * t[which, None])

    return logits
