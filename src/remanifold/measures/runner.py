"""Visit every query's distances to all distinct points, block by block within a memory budget."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.errors import require
from remanifold._core.progress import Progress
from remanifold.measures.panel import Panel, RowReader, compute_panel, noise_of, read_rows
from remanifold.measures.sweep import batch_size
from remanifold.measures.threads import one_torch_thread

_PANEL_SHARE = 0.5  # of the memory budget; the rest is for blocks of rows and what the visits allocate
T = TypeVar("T")


@dataclass(frozen=True)
class Visit(Generic[T]):
    """One query: its nearest other point, the distance, and what the visitor made of it."""

    nearest_row: int
    nearest_distance: float
    result: T


class QueryRunner:
    """Distances of queries to the distinct points ``rows`` of ``points``; one thread a query.

    Every query is worked on by one thread alone, so that results do not depend on their number.

    Raises:
        InvalidInput: where the memory budget does not hold ``at_once`` queries.
    """

    def __init__(
        self,
        points: RowReader,
        rows: NDArray[np.int64],
        *,
        n_draws: int,
        seed: int,
        memory: int,
        threads: int,
        device: str,
        at_once: int = 1,
    ) -> None:
        self.points, self.rows, self.n_draws, self.seed = points, rows, n_draws, seed
        self.threads, self.device = threads, torch.device(device)
        per_query = 8 * ((1 + n_draws) * (len(rows) + points.ambient_dim) + points.ambient_dim)
        # a visit holds its columns in float64 and float32, and logits and weights of 1 + 2 draws branches
        per_thread = len(rows) * (8 * (2 + n_draws) + 4 * (2 + n_draws) + 4 * 3 * (1 + 2 * n_draws))
        least = (at_once * per_query + threads * per_thread) / _PANEL_SHARE
        require(
            memory >= least,
            f"the profile of {len(rows)} points in {points.ambient_dim} dimensions with {threads} threads needs a "
            f"memory budget of at least {math.ceil(least / 1e6)} MB",
            f"{memory / 1e6:.3g} MB",
            "raise `memory` or lower `threads`",
        )
        self.batch = batch_size(len(rows))
        most = int((memory * _PANEL_SHARE - threads * per_thread) // per_query)
        self.block = max(1, most // self.batch) * self.batch  # whole batches, the same whatever the budget

    def run(
        self,
        queries: NDArray[np.int64],
        visit: Callable[[torch.Tensor, torch.Tensor], Sequence[T]],
        progress: Progress,
        *,
        source: RowReader | None = None,
    ) -> list[Visit[T]]:
        """``visit(A, B)`` of batches of queries: A (q, n) half squared distances, B (q, draws, n) noise projections.

        Args:
            queries: Row numbers, ascending.
            visit: Called in a worker thread; gives one result a query.
            progress: Told the queries done.
            source: Where the queries are read, if they are not rows of the points; without it a query is one of the
                points and its own column is left out.
        """
        results: list[Visit[T]] = []
        for start in range(0, len(queries), self.block):

            def tell(done: int, before: int = start) -> None:
                progress("noise levels", before + done, len(queries))

            results += self._run_block(queries[start : start + self.block], source, visit, tell)
        return results

    def _run_block(
        self,
        block: NDArray[np.int64],
        source: RowReader | None,
        visit: Callable[[torch.Tensor, torch.Tensor], Sequence[T]],
        tell: Callable[[int], None],
    ) -> list[Visit[T]]:
        """Its panel lives no longer than this call: two at once would not fit the budget."""
        panel = self._panel(block, source)
        results: list[Visit[T]] = []
        with (
            one_torch_thread(),
            ThreadPoolExecutor(self.threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        ):
            starts = range(0, len(block), self.batch)
            waiting: list[Future[list[Visit[T]]]] = [pool.submit(self._visit, panel, k, visit) for k in starts]
            try:
                for future in waiting:
                    results += future.result()
                    tell(len(results))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return results

    def _panel(self, block: NDArray[np.int64], source: RowReader | None) -> Panel:
        own = np.full(len(block), -1) if source is not None else np.searchsorted(self.rows, block)
        values = read_rows(source if source is not None else self.points, block)
        noise = noise_of(self.seed, block, self.n_draws, self.points.ambient_dim)
        return compute_panel(self.points, self.rows, values, noise, own, device=self.device, threads=self.threads)

    def _visit(
        self, panel: Panel, start: int, visit: Callable[[torch.Tensor, torch.Tensor], Sequence[T]]
    ) -> list[Visit[T]]:
        stop = start + self.batch
        half, projection, own = panel.half_squared[start:stop], panel.projection[start:stop], panel.own[start:stop]
        removed = bool((own >= 0).any())
        if removed:
            others = torch.arange(half.shape[1] - 1).expand(len(own), -1)
            others = (others + (others >= torch.from_numpy(own)[:, None])).to(half.device)
            half = half.gather(1, others)
            projection = projection.gather(2, others[:, None].expand(-1, projection.shape[1], -1))
        nearest = half.argmin(1).cpu().numpy()
        distances = half.amin(1).mul(2).sqrt().tolist()
        rows = self.rows[nearest + (removed & (nearest >= own))].tolist()
        return [Visit(*parts) for parts in zip(rows, distances, visit(half, projection), strict=True)]
