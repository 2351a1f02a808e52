"""The exact score of data that the ranks of torch.distributed share, for programs under torchrun."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch.distributed as dist

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.memory import bytes_of
from remanifold.cluster.merging import agree, all_merged, require_ranks
from remanifold.cluster.shard_sums import Options, Queries, merged, opened, remote_batch, shard_sums
from remanifold.cluster.shards import Paths, plan_shards
from remanifold.scores import SoftmaxSums
from remanifold.scores.batch import Batch
from remanifold.scores.summed_score import SummedScore
from remanifold.scores.tempering import InverseTemperature

T = TypeVar("T")


class RankScore(SummedScore):
    """`EmpiricalScore` of data of which each rank opens its own rows.

    Every rank must make the same calls with the same queries, and gets the same answer: `all_merged` of the ranks'
    sums. What one rank refuses is raised on all.
    """

    def __init__(
        self,
        data: Paths,
        *,
        tolerance: float = 1e-6,
        memory: str | float = "1GB",
        device: str = "cpu",
        group: Any = None,
        inverse_temperature: InverseTemperature | None = None,
    ) -> None:
        """Open this rank's rows of ``data`` and read them once.

        Args:
            data: A path that every rank can open, or several whose rows follow each other.
            tolerance, inverse_temperature: As for `EmpiricalScore`.
            memory: Budget of this rank.
            device: Where this rank computes: with the backend nccl its own GPU.
            group: Process group; None: all ranks.

        Raises:
            InvalidInput: if torch.distributed is not initialised, or a rank cannot use its rows.
        """
        super().__init__(tolerance, inverse_temperature)
        require_ranks()
        rank, ranks = dist.get_rank(group), dist.get_world_size(group)
        self._group = group
        plan = self._together(lambda: plan_shards(data, ranks))
        self._describe(plan.n_points, plan.shape)
        self._shards = plan.shards[rank::ranks]
        held = max(1, len(self._shards))
        self._options = Options(tolerance, max(1, bytes_of(memory) // held), held, device)
        self._prints = self._together(lambda: [opened(shard, self._options).fingerprint for shard in self._shards])

    def _together(self, work: Callable[[], T], mark: Any = None) -> T:
        """``work()``, or the error of whichever rank has one; ``mark`` must be equal on all ranks."""
        try:
            result, error = work(), None
        except InvalidInput as refused:
            result, error = None, str(refused)
        marks = agree(mark, error, self._group)
        same = all(other == marks[0] for other in marks)
        if not same:
            raise refusal("all ranks must ask for the same queries", f"{marks}", "broadcast them first")
        return result  # pyright: ignore[reportReturnType]

    def _batch(self, x: Any, t: Any, sigma: Any = None) -> Batch:
        return remote_batch(self, x, t, sigma)

    def _solve(self, batch: Batch, top: int, *, means_only: bool = False) -> SoftmaxSums:
        x, t = batch.x.to(batch.dtype), batch.t
        asked = Queries(x, t, top)

        def work() -> SoftmaxSums:
            none = SoftmaxSums.empty(len(x), self.ambient_dim, top, self._options.device)
            calls = zip(self._shards, self._prints)
            return merged(none, *(shard_sums(shard, asked, self._options, print_) for shard, print_ in calls))

        mark = (tuple(x.shape), top, float(x.double().sum()), float(t.sum()))
        return all_merged(self._together(work, mark), self._group)
