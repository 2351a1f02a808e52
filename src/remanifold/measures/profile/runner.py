"""Visit every query's distances to all distinct points, block by block within a memory budget."""

import hashlib
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import torch

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold._core.memory import give_back
from remanifold._core.progress import Progress
from remanifold._core.threads import one_thread
from remanifold._core.types import Integers
from remanifold.measures.neighbours.few_rows import FewRows, are_few, few_rows_bytes
from remanifold.measures.neighbours.panel import Panel, compute_panel, joined, noise_of, without_own
from remanifold.measures.neighbours.reading import RowReader, read_rows, share_of
from remanifold.measures.profile.checkpoint import SweepParts, VisitLike
from remanifold.measures.profile.sweep import Visit, batch_size

_PANEL_SHARE, _COLUMN_SHARE = 0.5, 0.3  # of the budget: distances and visits, rows; the rest is what malloc holds back
_QUERY_COPIES = 2  # of a query's numbers, and of its noise: read, and in the product
_BLOCKS = 4  # of the size of a block of rows that a thread holds: the block, norms, a product, its mask
T = TypeVar("T")


class QueryRunner:
    """Distances of queries to the distinct points ``rows`` of ``points``; one thread a query.

    Every query is worked on by one thread alone, so that results do not depend on their number.

    Args:
        points, rows: The points and which of them count, ascending.
        n_draws, seed: Noise draws a query.
        compute: Memory, threads and device.
        held: Queries whose distances the visitor keeps.
        few: Distances and noise of all rows where they are few and wide, once they are known; see `few_rows`.

    Raises:
        InvalidInput: where the memory budget does not hold one batch of queries beside those ``held``.
    """

    def __init__(
        self,
        points: RowReader,
        rows: Integers,
        *,
        n_draws: int,
        seed: int,
        compute: Compute,
        held: int = 0,
        few: dict[str, FewRows] | None = None,
    ) -> None:
        self.few = {} if few is None else few
        self.points, self.rows, self.n_draws, self.seed = points, rows, n_draws, seed
        memory, threads = compute.memory_bytes, compute.n_threads
        self.threads, self.device = threads, compute.torch_device
        free = memory - 8 * held * (1 + n_draws) * len(rows)
        free -= few_rows_bytes(len(rows)) if are_few(len(rows), points.ambient_dim) else 0
        share = free * _PANEL_SHARE
        panel, own, visit = _query_bytes(len(rows), points.ambient_dim, n_draws)
        # few columns make batches of many queries, wide rows let few of them in at once
        self.batch = max(1, min(batch_size(len(rows)), int((share - own) // (panel + visit))))
        per_query, visit = panel + own, self.batch * visit
        blocks = _BLOCKS * threads + 2  # and the one that is being read, as stored and as float64
        least = least_memory(len(rows), points.ambient_dim, n_draws, threads, held)
        if not (memory >= least):
            raise refusal(
                f"the profile of {len(rows)} points in {points.ambient_dim} dimensions needs a memory budget of at "
                f"least {math.ceil(least / 1e6)} MB",
                f"{memory / 1e6:.3g} MB",
                "raise `memory`",
            )
        self.visitors = max(1, min(threads, int((share - self.batch * panel - own) // visit)))  # more would not fit
        left = share - self.visitors * visit
        if left >= self.batch * per_query:
            self.block = int(left // per_query) // self.batch * self.batch  # whole batches
            self.part = self.block
        else:
            self.block = self.batch
            self.part = max(1, int((left - self.batch * panel) // own))
        self.column_bytes = share_of(int(free * _COLUMN_SHARE), blocks, 8 * points.ambient_dim)
        self._last: tuple[bytes, Panel] | None = None  # of queries that made one block: other levels need no other

    def run(
        self,
        queries: Integers,
        visit: Callable[[torch.Tensor, torch.Tensor], Sequence[T]],
        progress: Progress,
        *,
        source: RowReader | None = None,
        kept: SweepParts | None = None,
        work: bytes = b"",
        like: VisitLike | None = None,
    ) -> list[Visit[T]]:
        """``visit(A, B)`` of batches of queries: A (q, n) half squared distances, B (q, draws, n) noise projections.

        Args:
            queries: Row numbers, ascending.
            visit: Called in a worker thread; gives one result a query.
            progress: Told ("distances", rows done, rows) of each pass over the data, and the queries done.
            source: Where the queries are read, if they are not rows of the points; without it a query is one of the
                points and its own column is left out.
            kept: Where finished batches are kept and found again, bit for bit.
            work: What the visitor does, in bytes, where batches are kept.
            like: What its results look like, where batches are kept.

        Raises:
            InvalidInput: if ``kept`` cannot be written.
        """
        label = self._label(queries, work, own=source is None)
        results: list[Visit[T]] = []
        try:
            for start in range(0, len(queries), self.block):
                tell = partial(_tell, progress, start, len(queries))
                block = queries[start : start + self.block]
                store = None
                if kept is not None and like is not None:
                    store = _BlockStore(kept, label, start, like, self.batch)
                results += self._run_block(block, source, visit, tell, store, progress)
        finally:
            if source is not None or len(queries) > self.block:  # nobody will ask for the last block's again
                self._last = None
            if kept is not None:
                kept.flush()
        return results

    def _label(self, queries: Integers, work: bytes, *, own: bool) -> str:
        """Digest of all that the bits of a visit depend on, the points' numbers excepted."""
        sizes = [self.n_draws, self.seed, self.block, self.part, self.batch, self.column_bytes, own, self.device.type]
        parts = (str(sizes).encode(), self.rows.tobytes(), queries.tobytes(), work)
        return hashlib.sha256(b"|".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def _run_block(
        self,
        block: Integers,
        source: RowReader | None,
        visit: Callable[[torch.Tensor, torch.Tensor], Sequence[T]],
        tell: Callable[[int], None],
        store: "_BlockStore | None",
        progress: Progress,
    ) -> list[Visit[T]]:
        """The batches of one block, by the panel of the whole of it, since a panel's bits depend on the block."""
        starts = range(0, len(block), self.batch)
        done = {} if store is None else store.found(starts, len(block))
        give_back()
        panel = self._panel(block, source, progress) if len(done) < len(starts) else None
        give_back()
        results: list[Visit[T]] = []
        with one_thread(), ThreadPoolExecutor(self.visitors, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            waiting: dict[int, Future[list[Visit[T]]]] = {}
            if panel is not None:
                waiting = {k: pool.submit(self._visit, panel, k, visit) for k in starts if k not in done}
            try:
                for k in starts:
                    results += done[k] if k in done else waiting[k].result()
                    if store is not None and k not in done:
                        store.keep(k, waiting.pop(k).result())
                    tell(len(results))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return results

    def _panel(self, block: Integers, source: RowReader | None, progress: Progress) -> Panel:
        """The last panel, if it is that of ``block``; otherwise that one goes first: two at once would not fit."""
        name = block.tobytes()
        if self._last is None or self._last[0] != name or source is not None:
            self._last = None
            self._last = name, self._new_panel(block, source, progress)
        return self._last[1]

    def _new_panel(self, block: Integers, source: RowReader | None, progress: Progress) -> Panel:
        how: Any = {name: getattr(self, name) for name in ("device", "threads", "column_bytes")}
        if source is None and are_few(len(self.rows), self.points.ambient_dim):
            few = self._few_rows(how, progress)
            if few.resolved:
                return few.panel(block, self.n_draws, self.seed, self.device)
        own = np.full(len(block), -1) if source is not None else np.searchsorted(self.rows, block)
        parts: list[Panel] = []
        for start in range(0, len(block), self.part):
            rows = block[start : start + self.part]
            values = read_rows(source if source is not None else self.points, rows)
            noise = noise_of(self.seed, rows, self.n_draws, self.points.ambient_dim, self.threads)
            mine = own[start : start + self.part]
            parts.append(compute_panel(self.points, self.rows, values, noise, mine, progress=progress, **how))
        return parts[0] if len(parts) == 1 else joined(parts)

    def _few_rows(self, how: dict[str, Any], progress: Progress) -> FewRows:
        """Of all rows, measured once for all runners that share `few`."""
        if "rows" not in self.few:
            self.few["rows"] = FewRows(self.points, self.rows, self.part * (1 + self.n_draws), how, progress)
        return self.few["rows"]

    def _visit(
        self, panel: Panel, start: int, visit: Callable[[torch.Tensor, torch.Tensor], Sequence[T]]
    ) -> list[Visit[T]]:
        stop = start + self.batch
        half, projection, own = panel.half_squared[start:stop], panel.projection[start:stop], panel.own[start:stop]
        removed = bool((own >= 0).any())
        if removed:
            half, projection = without_own(half, projection, own)
        nearest = half.argmin(1).cpu().numpy()
        distances = half.amin(1).mul(2).sqrt().tolist()
        rows = self.rows[nearest + (removed & (nearest >= own))].tolist()
        return [Visit(*parts) for parts in zip(rows, distances, visit(half, projection), strict=True)]


def least_memory(n_points: int, ambient_dim: int, n_draws: int, threads: int, held: int = 0) -> int:
    """Bytes of the least budget of a `QueryRunner` that keeps ``held`` queries."""
    one_query = sum(_query_bytes(n_points, ambient_dim, n_draws)) / _PANEL_SHARE
    blocks = (_BLOCKS * threads + 2) * 8 * ambient_dim / _COLUMN_SHARE
    few = few_rows_bytes(n_points) if are_few(n_points, ambient_dim) else 0
    return 8 * held * (1 + n_draws) * n_points + math.ceil(max(one_query, blocks)) + few


def _query_bytes(n_points: int, ambient_dim: int, n_draws: int) -> tuple[int, int, int]:
    """Of one query: its part of the panel, its own numbers while that is made, its visit."""
    own = 8 * _QUERY_COPIES * (1 + n_draws) * ambient_dim
    return 8 * (1 + n_draws) * n_points, own, n_points * _column_bytes(n_draws)


def _column_bytes(n_draws: int) -> int:
    """Bytes a visit takes for each query and column: copies without the own column, in float64 and float32, logits."""
    return 8 * (3 * (1 + n_draws) + 2) + 4 * (2 + n_draws) + 8 * (1 + 2 * n_draws)


def _tell(progress: Progress, before: int, total: int, done: int) -> None:
    progress("noise levels", before + done, total)


@dataclass(frozen=True)
class _BlockStore:
    """The kept batches, of ``batch`` queries each, of one block of queries; ``start`` is its place among all."""

    kept: SweepParts
    label: str
    start: int
    like: VisitLike
    batch: int

    def found(self, starts: Sequence[int], count: int) -> dict[int, list[Visit[Any]]]:
        counts = {k: min(self.batch, count - k) for k in starts}
        pairs = ((k, self.kept.found(self.label, self.start + k, self.like, n)) for k, n in counts.items())
        return {k: visits for k, visits in pairs if visits is not None}

    def keep(self, k: int, visits: list[Visit[Any]]) -> None:
        self.kept.keep(self.label, self.start + k, visits)
