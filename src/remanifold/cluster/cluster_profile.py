"""The noise profile of data that many workers hold, through a Dask scheduler."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from remanifold._core.compute import Compute
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import one_thread
from remanifold._core.types import Floats, Integers
from remanifold.cluster.profile_runner import ClusterRunner
from remanifold.cluster.session import Cluster
from remanifold.cluster.shards import Paths, plan_shards
from remanifold.data import Points
from remanifold.measures import NoiseProfile
from remanifold.measures.neighbours.few_rows import are_few
from remanifold.measures.profile.checkpoint import SweepParts
from remanifold.measures.profile.local_runner import LocalRunner
from remanifold.measures.profile.measuring import counted_rows, profile_of
from remanifold.measures.profile.strata import stratified_queries


def cluster_profile(
    data: Paths,
    cluster: Cluster,
    *,
    rows: Integers | Sequence[int] | None = None,
    max_queries: int = 2000,
    n_draws: int = 2,
    seed: int = 0,
    levels: Floats | Sequence[float] | None = None,
    shards: int | None = None,
    memory: str | float = "2GB",
    part_file: str | Path | SweepParts | None = None,
    progress: Progress = silent,
) -> NoiseProfile:
    """`remanifold.noise_profile` of data that the workers of a cluster open themselves.

    Every worker holds the distances of the queries to its rows for the length of a sweep; what travels are the sums of
    each query, level and branch, merged in a tree. Queries, noise and levels are those of one process, and so are the
    numbers, to the round-off of the sweep's single-precision logits, however the rows are divided. A few wide
    rows, whose noise is drawn in the space that they span, are measured in this process.

    Args:
        data: A path that every worker can open, `Points` opened from one, or several whose rows follow each other.
        cluster: From `connect`.
        rows, max_queries, n_draws, seed, levels: As for `noise_profile`.
        shards: Ranges of rows; by default four for each thread of the workers there are now.
        memory: Budget of each worker.
        part_file: As for `noise_profile`; keeps 256 queries at a time, and each such group passes over the data alone.
        progress: Told ("on the cluster", tasks done, tasks) of every pass, and the stages of `noise_profile`.

    Raises:
        InvalidInput: as `noise_profile`; or if the data are not paths, changed, or workers and scheduler fail.
    """
    plan = plan_shards(data, 4 * max(1, sum(cluster.workers().values())) if shards is None else shards)
    counted = counted_rows(plan.n_points, rows, max_queries, n_draws)
    compute = Compute(memory=memory, progress=progress)
    runner = ClusterRunner(plan, cluster, counted, n_draws=n_draws, seed=seed, compute=compute)
    given = isinstance(part_file, SweepParts)
    identity = {"shards": runner.fingerprints, "rows": hashlib.sha256(counted.tobytes()).hexdigest()}
    parts = part_file if given or part_file is None else SweepParts(part_file, identity)
    queries, weights = stratified_queries(plan, counted, max_queries, seed, compute)
    if are_few(len(counted), plan.ambient_dim):  # from one matrix of their products: nothing to divide
        alone = LocalRunner(plan, counted, n_draws=n_draws, seed=seed, compute=compute)
        with one_thread():
            profile = profile_of(alone, queries, levels, parts, progress, weights)
    else:
        profile = profile_of(runner, queries, levels, parts, progress, weights)
    if parts is not None and not given:
        parts.remove()
    return profile


def profiler(cluster: Cluster) -> Callable[..., NoiseProfile]:
    """`cluster_profile` for whoever calls it as `noise_profile`, with opened points: the ``profiler`` of an audit.

    Threads and device are the workers' own.
    """

    def measure(points: Points, *, threads: int | None = None, device: str = "cpu", **options: Any) -> NoiseProfile:
        return cluster_profile(points, cluster, **options)

    return measure
