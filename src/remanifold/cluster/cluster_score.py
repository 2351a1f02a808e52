"""The exact score of data that many workers hold, through a Dask scheduler."""

from typing import Any

from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold.cluster.session import Cluster
from remanifold.cluster.shard_sums import Options, Queries, fingerprint_of, joined, merged, remote_batch, shard_sums
from remanifold.cluster.shards import Paths, plan_shards
from remanifold.cluster.tree import over_shards
from remanifold.scores import SoftmaxSums
from remanifold.scores.batch import Batch
from remanifold.scores.summed_score import SummedScore
from remanifold.scores.tempering import InverseTemperature

_BLOCK_BYTES = 2**22  # queries sent as one task
_MOST_QUERIES = 1024


class ClusterScore(SummedScore):
    """`EmpiricalScore` of data that the workers of a cluster open themselves.

    Each worker sums over its ranges of rows with an engine and an index of its own; the partial `SoftmaxSums` merge in
    a tree. The result is that of one process within the tolerance and round-off, however the rows are divided, and a
    worker that is lost costs the time of its part.

    Attributes:
        fingerprints: SHA-256 of the stored rows of every shard: a worker that finds others refuses to go on.
    """

    def __init__(
        self,
        data: Paths,
        cluster: Cluster,
        *,
        tolerance: float = 1e-6,
        shards: int | None = None,
        memory: str | float = "1GB",
        device: str = "cpu",
        progress: Progress = silent,
        inverse_temperature: InverseTemperature | None = None,
    ) -> None:
        """Have the workers open ``data`` and read it once.

        Args:
            data: A path that every worker can open, `Points` opened from one, or several whose rows follow each other.
            cluster: From `connect`.
            tolerance, inverse_temperature: As for `EmpiricalScore`.
            shards: Ranges of rows; by default one for each thread of the workers there are now.
            memory: Budget of each worker, which its shards share.
            device: Where workers compute.
            progress: Told ("on the cluster", tasks done, tasks) of every call.

        Raises:
            InvalidInput: if the data cannot be used, or workers and scheduler fail.
        """
        super().__init__(tolerance, inverse_temperature)
        workers = cluster.workers()
        plan = plan_shards(data, max(1, sum(workers.values())) if shards is None else shards)
        self._describe(plan.n_points, plan.shape)
        self._cluster, self._shards, self._progress = cluster, plan.shards, progress
        held = -(-len(plan.shards) // max(1, len(workers)))
        self._options = Options(tolerance, max(1, bytes_of(memory) // held), held, device)
        calls = [(shard, (self._options,)) for shard in plan.shards]
        self.fingerprints = over_shards(cluster, "open", fingerprint_of, calls, [None], joined, progress)[0]

    def _batch(self, x: Any, t: Any, sigma: Any = None) -> Batch:
        return remote_batch(self, x, t, sigma)

    def _solve(self, batch: Batch, top: int, *, means_only: bool = False) -> SoftmaxSums:
        x, t = batch.x.to(batch.dtype), batch.t
        size = max(1, min(_MOST_QUERIES, _BLOCK_BYTES // (8 * self.ambient_dim)))
        blocks = [Queries(x[k : k + size].clone(), t[k : k + size].clone(), top) for k in range(0, len(x), size)]
        calls = [(shard, (self._options, print_)) for shard, print_ in zip(self._shards, self.fingerprints)]
        return SoftmaxSums.joined(over_shards(self._cluster, "sum", shard_sums, calls, blocks, merged, self._progress))
