"""Screening in float32: the pairs of query and point that can matter, and the queries for which they are too many."""

from dataclasses import dataclass

import torch

from remanifold._core.progress import Progress
from remanifold.scores.screening import Keys, Threshold


@dataclass(frozen=True, eq=False)
class Candidates:
    """What screening left.

    Attributes:
        query: (n,) int64 query of each pair, queries with too many candidates left out.
        point: (n,) int64 point of each pair, not decreasing.
        many: (batch,) bool, queries with more than the limit.
    """

    query: torch.Tensor
    point: torch.Tensor
    many: torch.Tensor


def screen(
    keys: Keys, scaled: torch.Tensor, window: torch.Tensor, *, top: int, limit: int, progress: Progress
) -> Candidates:
    """Keep all points that can have a weight above tolerance / P, and the ``top`` best.

    Args:
        keys: Of the data.
        scaled: (batch, N) centred and scaled queries.
        window: (batch,) t log(P / tolerance) in units of radius^2.
        top: k best points to keep in any case.
        limit: Candidates of one query beyond which it is given up as having many.
        progress: Told ("screening", points done, points).
    """
    threshold, queries = Threshold(keys, scaled, window, top), keys.of_queries(scaled)
    counts = torch.zeros(len(scaled), dtype=torch.int64, device=scaled.device)
    pieces: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
    for start, rows in keys.chunks():
        upper = queries @ rows.T  # (batch, chunk)
        threshold.raise_to(upper, rows)
        level = torch.where(counts > limit, torch.inf, threshold.level)
        query, point = (upper >= level[:, None]).nonzero(as_tuple=True)
        if len(query) > 0 or not pieces:  # live crumbs between freed chunks would fragment the heap
            pieces.append((query, point + start, upper[query, point]))
        counts += torch.bincount(query, minlength=len(counts))
        progress("screening", start + len(rows), keys.data.n_points)
        if bool((counts > limit).all()):
            break
    query, point, upper = (torch.cat(parts) for parts in zip(*pieces))
    many = counts > limit
    keep = (upper >= threshold.level[query]) & ~many[query]
    query, point = query[keep], point[keep]
    order = torch.argsort(point, stable=True)
    return Candidates(query[order], point[order], many)
