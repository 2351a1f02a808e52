"""The queries of a noise profile against points that the workers of a cluster hold."""

import hashlib
from functools import partial

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.progress import Progress
from remanifold._core.types import Floats, Integers
from remanifold.cluster.level_sums import LevelSums, ProfileQueries, joined_levels, merged_levels, shard_levels
from remanifold.cluster.session import Cluster
from remanifold.cluster.shard_sums import Options, fingerprint_of, joined
from remanifold.cluster.shards import Shard, ShardPlan
from remanifold.cluster.tree import over_shards
from remanifold.cluster.walks import Tails, Walk, steps
from remanifold.measures.profile.checkpoint import SweepParts, VisitLike
from remanifold.measures.profile.sweep import TAIL_STEP, QuerySums, Visit

_BLOCK_BYTES = 2**22  # queries sent as one task
_KEPT_AT_ONCE = 256  # queries that a checkpoint keeps together: each such group passes over the data on its own
_PREFETCHED = 4  # levels of the pilot evaluated on either side of one that is asked for


class ClusterRunner:
    """What `measures.profile.measuring` asks of a runner, with the points on a cluster.

    Attributes:
        rows: Numbers of the rows that count, ascending.
        ambient_dim: N.
        n_draws, seed: Of the noise.
        fingerprints: SHA-256 of the stored rows of every shard.
    """

    def __init__(
        self, plan: ShardPlan, cluster: Cluster, rows: Integers, *, n_draws: int, seed: int, compute: Compute
    ) -> None:
        """Have the workers open their rows and read them once.

        Raises:
            InvalidInput: if they cannot, or workers and scheduler fail.
        """
        self.rows, self.ambient_dim, self.n_draws, self.seed = rows, plan.ambient_dim, n_draws, seed
        self._plan, self._cluster, self._progress = plan, cluster, compute.progress
        workers = cluster.workers()
        held = -(-len(plan.shards) // max(1, len(workers)))
        self._options = Options(1e-6, compute.memory_bytes // max([1, *workers.values()]), held)
        calls = [(shard, (self._options,)) for shard in plan.shards]
        self.fingerprints = over_shards(cluster, "open", fingerprint_of, calls, [None], joined, compute.progress)[0]
        both = zip(plan.shards, self.fingerprints)
        self._calls = [(shard, (self._options, print_, _left_out(shard, rows))) for shard, print_ in both]

    def pilot(self, queries: Integers) -> "ClusterPilot":
        """A few queries that choose the levels."""
        return ClusterPilot(self, queries)

    def sweep(
        self, queries: Integers, levels: Floats, progress: Progress, parts: SweepParts | None
    ) -> list[Visit[QuerySums]]:
        """The sums of each query at ``levels`` and at as many more as its own collapse needs.

        All queries share each pass over the data; with ``parts``, `_KEPT_AT_ONCE` do, and are kept when they are done.

        Raises:
            InvalidInput: if workers and scheduler fail, or ``parts`` cannot be written.
        """
        if parts is None:
            return self._swept(queries, levels, progress)
        label, visits = self._label(queries, levels), list[Visit[QuerySums]]()
        like = VisitLike(self.rows, 1 + 2 * self.n_draws, levels, True)
        for start in range(0, len(queries), _KEPT_AT_ONCE):
            count = min(_KEPT_AT_ONCE, len(queries) - start)
            finished = parts.found(label, start, like, count)
            if finished is None:
                tell = partial(_tell, progress, start, len(queries))
                finished = self._swept(queries[start : start + _KEPT_AT_ONCE], levels, tell)
                parts.keep(label, start, finished)
                parts.flush()
            visits += finished
            progress("noise levels", len(visits), len(queries))
        return visits

    def _label(self, queries: Integers, levels: Floats) -> str:
        """Digest of all that the bits of a sweep depend on."""
        shards = [shard.offset for shard in self._plan.shards]
        sizes = (shards, self.fingerprints, self._options.memory, self.n_draws, self.seed, _KEPT_AT_ONCE)
        parts = (str(sizes).encode(), self.rows.tobytes(), queries.tobytes(), levels.tobytes())
        return hashlib.sha256(b"|".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _swept(self, queries: Integers, levels: Floats, progress: Progress) -> list[Visit[QuerySums]]:
        tails, walks = Tails(levels), [Walk(levels) for _ in queries]
        asked = self._asked(queries, tails.first(levels))
        first = self._evaluated(asked)
        _fill(walks, asked, first)
        while waiting := {k: more for k, walk in enumerate(walks) if (more := walk.used(tails)[1])}:
            positions = np.array(list(waiting))
            more = self._asked(queries[positions], np.unique(np.concatenate(list(waiting.values()))))
            _fill([walks[k] for k in waiting], more, self._evaluated(more))
            progress("noise levels", len(queries) - len(positions), len(queries))
        sums = [walk.sums(tails) for walk in walks]
        progress("noise levels", len(queries), len(queries))
        distances = np.sqrt(2 * first.nearest)
        return [Visit(int(row), float(d), query) for row, d, query in zip(first.nearest_rows, distances, sums)]

    def evaluated(self, queries: Integers, levels: Floats) -> LevelSums:
        """Sums of the queries at ``levels``, ascending."""
        return self._evaluated(self._asked(queries, levels))

    def _asked(self, queries: Integers, levels: Floats) -> ProfileQueries:
        return ProfileQueries(queries, self._plan.take(queries), levels, self.n_draws, self.seed)

    def _evaluated(self, asked: ProfileQueries) -> LevelSums:
        size = max(1, _BLOCK_BYTES // (8 * self.ambient_dim))
        every = np.arange(len(asked.rows))
        blocks = [asked.part(every[k : k + size]) for k in range(0, len(every), size)]
        calls, progress = self._calls, self._progress
        return joined_levels(over_shards(self._cluster, "levels", shard_levels, calls, blocks, merged_levels, progress))


class ClusterPilot:
    """A few queries at single levels, which are asked for in steps; some steps are taken in advance.

    Attributes:
        nearest: Half the squared distance of each query to its nearest other point, (queries,).
    """

    def __init__(self, runner: ClusterRunner, queries: Integers) -> None:
        self._runner, self._queries = runner, queries
        self._known: dict[float, list[QuerySums]] = {}
        self.nearest = runner.evaluated(queries, np.array([1.0])).nearest

    def sums(self, levels: Floats) -> list[QuerySums]:
        """Sums of each query at ``levels``."""
        if len(levels) > 1:
            return self._sums_at(levels)
        level = float(levels[0])
        if level not in self._known:
            around = np.unique([steps(level, factor, _PREFETCHED) for factor in (TAIL_STEP, 1 / TAIL_STEP)])
            near = self._sums_at(around)
            self._known |= {float(t): [_at(sums, k) for sums in near] for k, t in enumerate(around)}
        return self._known[level]

    def _sums_at(self, levels: Floats) -> list[QuerySums]:
        asked = ProfileQueries(self._queries, np.empty((0, 0)), levels, self._runner.n_draws, self._runner.seed)
        tables = self._runner.evaluated(self._queries, levels).tables(asked)
        return [QuerySums(levels, *tables[:, q]) for q in range(len(self._queries))]


def _tell(progress: Progress, before: int, total: int, stage: str, done: int, _: int) -> None:
    progress(stage, before + done, total)


def _at(sums: QuerySums, k: int) -> QuerySums:
    return QuerySums(**{name: values[k : k + 1] for name, values in vars(sums).items()})


def _fill(walks: list[Walk], asked: ProfileQueries, sums: LevelSums) -> None:
    """Give every walk what was found of its query, in the order of ``asked``."""
    tables = sums.tables(asked)
    for query, walk in enumerate(walks):
        for k, level in enumerate(asked.levels):
            walk.known.setdefault(float(level), tables[:, query, k])


def _left_out(shard: Shard, rows: Integers) -> Integers:
    """Rows of the shard that are not among ``rows``, counted from its first."""
    low, high = np.searchsorted(rows, [shard.offset, shard.offset + shard.n_points])
    if high - low == shard.n_points:
        return np.empty(0, dtype=np.int64)
    return np.setdiff1d(np.arange(shard.n_points), rows[low:high] - shard.offset)
