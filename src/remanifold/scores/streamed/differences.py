"""Softmax sums from explicit differences in float64: right however close the points and however small the noise."""

from collections.abc import Iterator

import torch

from remanifold._core.progress import Progress
from remanifold.scores.centred import CentredData
from remanifold.scores.screening import Keys, Threshold
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.streamed.candidates import Candidates


def rescored_sums(
    data: CentredData, candidates: Candidates, x: torch.Tensor, t: torch.Tensor, *, top: int, pairs: int
) -> SoftmaxSums:
    """Sums over the candidate pairs only; the averaged values are the displacements xi - x.

    Args:
        data: The points.
        candidates: Candidates of the queries.
        x: (batch, N) raw queries.
        t: (batch,) noise variances.
        top: k.
        pairs: Differences held at once.
    """
    sums = SoftmaxSums.empty(len(x), data.ambient_dim, top, x.device)
    for start in range(0, len(candidates.query), pairs):
        piece = slice(start, start + pairs)
        points, local = torch.unique_consecutive(candidates.point[piece], return_inverse=True)
        sums = sums.merge(_pair_sums(data.take(points), local, points, candidates.query[piece], x=x, t=t, top=top))
    return sums


def fine_sums(
    keys: Keys, x: torch.Tensor, t: torch.Tensor, window: torch.Tensor, *, top: int, pairs: int, progress: Progress
) -> SoftmaxSums:
    """Sums over all points that a float64 product cannot rule out, chunk by chunk and without a list of candidates.

    For queries with many candidates at noise so small that a product of float64 rows is not exact enough (thousands of
    near duplicates): only points that really compete survive a float64 bound.
    """
    data = keys.data
    scaled = data.scaled(x)
    threshold, queries = Threshold(keys, scaled, window, top), keys.of_queries(scaled)
    sums = SoftmaxSums.empty(len(x), data.ambient_dim, top, x.device)
    for start in range(0, data.n_points, keys.size):
        raw = data.raw(start, min(start + keys.size, data.n_points))
        rows = keys.of_rows(raw)
        upper = queries @ rows.T
        threshold.raise_to(upper, rows)
        query, local = (upper >= threshold.level[:, None]).nonzero(as_tuple=True)
        for piece in _pieces(len(query), pairs):
            names = torch.arange(start, start + len(raw), device=x.device)
            sums = sums.merge(_pair_sums(raw, local[piece], names, query[piece], x=x, t=t, top=top))
        progress("screening in float64", start + len(raw), data.n_points)
    return sums


def _pieces(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))


def _pair_sums(
    rows: torch.Tensor,
    local: torch.Tensor,
    names: torch.Tensor,
    query: torch.Tensor,
    *,
    x: torch.Tensor,
    t: torch.Tensor,
    top: int,
) -> SoftmaxSums:
    """Sums over pairs (query[i], rows[local[i]]); ``names`` are the indices of ``rows``."""
    differences = rows[local].sub_(x[query])
    energies = torch.einsum("ij,ij->i", differences, differences) / 2
    logits = -energies / t[query]
    return SoftmaxSums.of_pairs(
        query, logits, values=differences, energies=energies, indices=names[local], batch=len(x), top=top
    )
