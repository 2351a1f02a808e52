"""The softmax sums of one shard, on the machine that opens it."""

import dataclasses
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch

from remanifold._core.errors import refusal, require
from remanifold.cluster.shards import Shard
from remanifold.data import Points
from remanifold.scores import EmpiricalScore, SoftmaxSums
from remanifold.scores.batch import Batch, batch_of
from remanifold.scores.summed_score import SummedScore
from remanifold.scores.tempering import kernel_variance

_LEAST_NOISE = 1e-250  # below it the floors of the noise could differ from shard to shard


@dataclass(frozen=True)
class Options:
    """How a shard is opened: as for `EmpiricalScore`; ``held`` shards stay open on one worker."""

    tolerance: float
    memory: int
    held: int
    device: str = "cpu"


@dataclass(frozen=True, eq=False)
class Queries:
    """What every shard is asked: x (batch, N) in the caller's precision, t (batch,) float64, k of the top points."""

    x: torch.Tensor
    t: torch.Tensor
    top: int


def remote_batch(score: SummedScore, x: Any, t: Any, sigma: Any) -> Batch:
    """Queries to points that other machines hold.

    Raises:
        InvalidInput: as `batch_of`, or for noise below 1e-250.
    """
    batch = batch_of(x, t, score.shape, torch.device("cpu"), sigma=sigma)
    kernel = kernel_variance(batch.noise, score.inverse_temperature)
    least = float(kernel.min())
    if least < _LEAST_NOISE:
        raise refusal(f"the noise variance t must be at least {_LEAST_NOISE:g} on several machines", least, "raise it")
    return dataclasses.replace(batch, t=kernel)


@dataclass(frozen=True, eq=False)
class OpenShard:
    """Rows with their engine; without one where all rows are equal."""

    points: Points
    engine: EmpiricalScore | None
    fingerprint: str


_OPEN: OrderedDict[tuple[Shard, Options], OpenShard] = OrderedDict()  # what this process has opened, oldest first
_LOCK = threading.RLock()


def opened(shard: Shard, options: Options) -> OpenShard:
    """The shard, opened now or held from an earlier task.

    Raises:
        InvalidInput: if its rows cannot be used.
    """
    with _LOCK:
        if (shard, options) not in _OPEN:
            while len(_OPEN) >= max(1, options.held):
                _OPEN.popitem(last=False)
            points = shard.open()
            own = {"tolerance": options.tolerance, "memory": options.memory, "device": options.device}
            engine = EmpiricalScore(points, **own) if _differ(points) else None
            fingerprint = _of_one_row(points) if engine is None else engine.fingerprint
            _OPEN[shard, options] = OpenShard(points, engine, fingerprint)
        _OPEN.move_to_end((shard, options))
        return _OPEN[shard, options]


def _differ(points: Points) -> bool:
    first = points.stored(0, 1)
    step = max(1, 2**24 // (8 * points.ambient_dim))
    starts = range(0, points.n_points, step)
    return any(bool(np.any(points.stored(k, min(k + step, points.n_points)) != first)) for k in starts)


def _of_one_row(points: Points) -> str:
    """SHA-256 of the row that all rows are, and of their number."""
    row = points.stored(0, 1)
    finite = bool(np.isfinite(points.converted(row)).all())
    if not finite:
        raise refusal("data must be finite numbers", f"others in {points.record.source}", "remove or fill such rows")
    return hashlib.sha256(f"{points.n_points}|{row.dtype}|".encode() + row.tobytes()).hexdigest()


def fingerprint_of(shard: Shard, _: None, options: Options) -> tuple[str, ...]:
    """SHA-256 of the stored rows of the shard, alone in a tuple."""
    return (opened(shard, options).fingerprint,)


def joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    """All fingerprints, in order."""
    return tuple(part for parts_ in parts for part in parts_)


def shard_sums(shard: Shard, asked: Queries, options: Options, fingerprint: str) -> SoftmaxSums:
    """Sums of the displacements xi - x over the rows of the shard; points are numbered as in the whole.

    Raises:
        InvalidInput: if the rows changed since ``fingerprint`` was taken, or the engine refuses the queries.
    """
    rows = opened(shard, options)
    require_same(shard, rows, fingerprint)
    top = min(asked.top, shard.n_points)
    if rows.engine is None:
        sums = _of_equal_rows(rows.points, asked.x.double(), asked.t, top)
    else:
        x = asked.x.reshape(len(asked.x), *rows.engine.shape)
        sums = rows.engine.sums(x, asked.t, top, displacements=True)
    return _numbered(sums, shard.offset, asked.top)


def require_same(shard: Shard, rows: OpenShard, fingerprint: str) -> None:
    """Refuse (`InvalidInput`) rows that are not those the work began with."""
    rows.points.require_unchanged(now=True)
    need = "the data must stay as they are while they are used"
    got = f"{shard.name}, which are not what they were"
    require(rows.fingerprint == fingerprint, need, got, "start again when nothing writes to it any more")


def merged(*parts: SoftmaxSums) -> SoftmaxSums:
    """All sums in one."""
    return reduce(SoftmaxSums.merge, parts)


def _numbered(sums: SoftmaxSums, offset: int, top: int) -> SoftmaxSums:
    """With points numbered from ``offset``, and room for ``top`` of them."""
    batch, have = sums.top_logits.shape
    logits = sums.top_logits.new_full((batch, top), -torch.inf)
    indices = sums.top_indices.new_full((batch, top), -1)
    logits[:, :have] = sums.top_logits
    indices[:, :have] = torch.where(sums.top_indices < 0, -1, sums.top_indices + offset)
    return dataclasses.replace(sums, top_logits=logits, top_indices=indices)


def _of_equal_rows(points: Points, x: torch.Tensor, t: torch.Tensor, top: int) -> SoftmaxSums:
    """Sums over n equal rows: n times those of one."""
    n = points.n_points
    gaps = torch.from_numpy(points.chunk(0, 1)) - x
    energy = torch.einsum("ij,ij->i", gaps, gaps) / 2
    one = torch.ones_like(energy)
    first = torch.arange(top).expand(len(x), top)
    return SoftmaxSums(
        -energy / t, n * one, n * gaps, n * energy, n * one, (-energy / t)[:, None].expand(-1, top), first
    )
