"""Partial sums of the processes of torch.distributed, merged so that each of them has the whole."""

from typing import Any

import torch
import torch.distributed as dist

from remanifold._core.errors import InvalidInput, require
from remanifold.scores import SoftmaxSums


def all_merged(sums: SoftmaxSums, group: Any = None) -> SoftmaxSums:
    """The merge of the ``sums`` of all ranks, on every rank.

    Maxima and sums are all-reduced, the top points gathered, so that traffic is that of one `SoftmaxSums` whatever the
    number of points. Every rank must bring sums of the same queries, on a device that the backend can use.

    Raises:
        InvalidInput: if torch.distributed is not initialised.
    """
    require_ranks()
    log_max = sums.log_max.clone()
    dist.all_reduce(log_max, dist.ReduceOp.MAX, group=group)
    shift = torch.where(torch.isneginf(log_max), 0.0, log_max)  # -inf - (-inf) is nan
    a = (sums.log_max - shift).exp()
    parts = (a * sums.total, a[:, None] * sums.weighted, a * sums.energy, a * a * sums.squares)
    packed = torch.cat([part.reshape(len(a), -1) for part in parts], 1)
    dist.all_reduce(packed, group=group)
    total, weighted, energy, squares = packed.split([1, sums.weighted.shape[1], 1, 1], 1)
    top = _top_of_all(sums, group)
    return SoftmaxSums(log_max, total[:, 0], weighted, energy[:, 0], squares[:, 0], *top)


def _top_of_all(sums: SoftmaxSums, group: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best logits of all ranks and their points, equal logits by index."""
    k = sums.top_logits.shape[1]
    if k == 0:
        return sums.top_logits, sums.top_indices
    ranks = dist.get_world_size(group)
    logits = [torch.empty_like(sums.top_logits) for _ in range(ranks)]
    names = [torch.empty_like(sums.top_indices) for _ in range(ranks)]
    dist.all_gather(logits, sums.top_logits.contiguous(), group=group)
    dist.all_gather(names, sums.top_indices.contiguous(), group=group)
    points, order = torch.cat(names, 1).sort(dim=1, stable=True)
    best, order = torch.cat(logits, 1).gather(1, order).sort(dim=1, descending=True, stable=True)
    return best[:, :k], points.gather(1, order)[:, :k]


def require_ranks() -> None:
    """Refuse (`InvalidInput`) to go on where there are no ranks to merge with."""
    ready = dist.is_available() and dist.is_initialized()
    do = "call torch.distributed.init_process_group first, under torchrun"
    require(ready, "merging ranks needs torch.distributed to be initialised", "no process group", do)


def agree(mine: Any, error: str | None, group: Any = None) -> list[Any]:
    """What every rank has to say, in the order of ranks; an error of one of them is raised on all.

    Raises:
        InvalidInput: with the first error there is.
    """
    said: list[Any] = [None] * dist.get_world_size(group)
    dist.all_gather_object(said, (mine, error), group=group)
    for rank, (_, wrong) in enumerate(said):
        if wrong is not None:
            raise InvalidInput(f"rank {rank}: {wrong}")
    return [words for words, _ in said]
