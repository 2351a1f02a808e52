"""The sums of a noise profile over one shard: every query, level and branch, on the machine that opens the rows."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from remanifold._core.types import Floats, Integers
from remanifold.cluster.shard_sums import Options, opened, require_same
from remanifold.cluster.shards import Shard
from remanifold.data import Points
from remanifold.measures.neighbours.panel import Panel, compute_panel, noise_of, without_own
from remanifold.measures.profile.sweep import QuerySums, batch_size, sweep_queries
from remanifold.scores import SoftmaxSums

_AT_ONCE = 32  # queries whose distances a budget must hold; more rows are taken in parts
_PANEL_SHARE = 0.4  # of the budget; the rest is for blocks of rows and the sweep


@dataclass(frozen=True, eq=False)
class ProfileQueries:
    """What every shard is asked.

    Attributes:
        rows: Numbers of the query rows among all points, ascending, (queries,).
        values: These rows, (queries, N) float64.
        levels: Noise variances, ascending, (levels,).
        n_draws, seed: Of the noise, which every worker draws for itself.
    """

    rows: Integers
    values: Floats
    levels: Floats
    n_draws: int
    seed: int

    def part(self, which: Integers) -> "ProfileQueries":
        """Some of the queries."""
        return ProfileQueries(self.rows[which], self.values[which], self.levels, self.n_draws, self.seed)


@dataclass(frozen=True, eq=False)
class LevelSums:
    """Sums over some of the points.

    Attributes:
        sums: Of (query, level, branch) in this order, one batch; the averaged values are A and the signed B.
        nearest: A of the nearest point of each query, (queries,); infinite where there is none.
        nearest_rows: Its number, -1 where there is none.
    """

    sums: SoftmaxSums
    nearest: Floats
    nearest_rows: Integers

    @classmethod
    def empty(cls, asked: ProfileQueries) -> "LevelSums":
        """Over no points."""
        queries = len(asked.rows)
        batch = queries * len(asked.levels) * (1 + 2 * asked.n_draws)
        return cls(SoftmaxSums.empty(batch, 2), np.full(queries, np.inf), np.full(queries, -1))

    @classmethod
    def of(cls, swept: list[QuerySums], nearest: Floats, rows: Integers) -> "LevelSums":
        """From the sweep of some queries over one part of the points."""
        log_sum, log_squares, half, projection = (
            torch.from_numpy(np.stack([getattr(sums, name) for sums in swept]).reshape(-1))
            for name in ("log_sum", "log_square_sum", "half_squared", "projection")
        )
        one, none = torch.ones_like(log_sum), torch.zeros(len(log_sum), 0)
        squares = (log_squares - 2 * log_sum).exp()
        values = torch.stack([half, projection], 1)
        return cls(SoftmaxSums(log_sum, one, values, 0 * one, squares, none.double(), none.long()), nearest, rows)

    def tables(self, asked: ProfileQueries) -> Floats:
        """log S, log of the sum of squares, mean A and mean B: (4, queries, levels, branches)."""
        log_sum, mean = self.sums.log_sum, self.sums.mean
        log_squares = self.sums.participation.log() + 2 * log_sum
        tables = torch.stack([log_sum, log_squares, mean[:, 0], mean[:, 1]])
        return tables.reshape(4, len(asked.rows), len(asked.levels), -1).numpy()


def merged_levels(*parts: LevelSums) -> LevelSums:
    """All sums in one; of equally near points the first."""
    total = parts[0]
    for other in parts[1:]:
        closer = other.nearest < total.nearest
        total = LevelSums(
            total.sums.merge(other.sums),
            np.where(closer, other.nearest, total.nearest),
            np.where(closer, other.nearest_rows, total.nearest_rows),
        )
    return total


def joined_levels(parts: list[LevelSums]) -> LevelSums:
    """Sums of several blocks of queries, one after the other."""
    return LevelSums(
        SoftmaxSums.joined([part.sums for part in parts]),
        np.concatenate([part.nearest for part in parts]),
        np.concatenate([part.nearest_rows for part in parts]),
    )


def shard_levels(
    shard: Shard, asked: ProfileQueries, options: Options, fingerprint: str, left_out: Integers
) -> LevelSums:
    """`LevelSums` over the rows of the shard, without each query itself; see `shard_sums`.

    ``left_out`` are rows of the shard that do not count, counted from its first.

    Raises:
        InvalidInput: if the rows are not what they were, or too far apart.
    """
    rows = opened(shard, options)
    require_same(shard, rows, fingerprint)
    counted = np.setdiff1d(np.arange(shard.n_points), left_out)
    per_query = 8 * (1 + asked.n_draws)
    share = int(options.memory * _PANEL_SHARE)
    size = max(1, share // (_AT_ONCE * per_query))
    total = LevelSums.empty(asked)
    for start in range(0, len(counted), size):
        columns = counted[start : start + size]
        block = max(1, share // (per_query * (len(columns) + rows.points.ambient_dim)))
        total = merged_levels(total, _over_columns(rows.points, columns, shard.offset, asked, block))
    return total


def _over_columns(points: Points, columns: Integers, offset: int, asked: ProfileQueries, block: int) -> LevelSums:
    """Over the rows ``columns``; queries that are among them apart, since each of these leaves out itself."""
    places = np.searchsorted(columns, asked.rows - offset)
    own = np.where(np.isin(asked.rows - offset, columns), places, -1)
    which, parts = [], []
    for group in (np.flatnonzero(own < 0), np.flatnonzero(own >= 0)):
        for start in range(0, len(group), block):
            piece = group[start : start + block]
            which.append(piece)
            parts.append(_of_block(points, columns, offset, asked.part(piece), own[piece]))
    order, sums = np.argsort(np.concatenate(which)), joined_levels(parts)
    each = len(sums.sums.total) // len(order)
    flat = torch.from_numpy((order[:, None] * each + np.arange(each)).reshape(-1))
    picked = SoftmaxSums(**{name: values[flat] for name, values in vars(sums.sums).items()})
    return LevelSums(picked, sums.nearest[order], sums.nearest_rows[order])


def _of_block(points: Points, columns: Integers, offset: int, asked: ProfileQueries, own: Integers) -> LevelSums:
    if len(columns) == 1 and own[0] >= 0:
        return LevelSums.empty(asked)
    noise = noise_of(asked.seed, asked.rows, asked.n_draws, points.ambient_dim)
    panel = compute_panel(points, columns, asked.values, noise, own)
    parts = []
    for half, projection, places in _batches(panel):
        nearest = half.argmin(1).numpy()
        rows = columns[nearest + ((places >= 0) & (nearest >= places))] + offset
        swept = sweep_queries(half, projection, asked.levels, bracket=False)
        parts.append(LevelSums.of(swept, half.amin(1).numpy(), rows))
    return joined_levels(parts)


def _batches(panel: Panel) -> Iterator[tuple[torch.Tensor, torch.Tensor, Integers]]:
    """A, B and own columns of a few queries at a time, own columns removed where they are there."""
    size = batch_size(panel.half_squared.shape[1])
    for start in range(0, len(panel.own), size):
        piece = slice(start, start + size)
        half, projection, own = panel.half_squared[piece], panel.projection[piece], panel.own[piece]
        if own[0] >= 0:
            half, projection = without_own(half, projection, own)
        yield half, projection, own
