"""The queries of a noise profile against points that this process reads."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np
import torch

from remanifold._core.compute import Compute
from remanifold._core.errors import InvalidInput
from remanifold._core.progress import Progress
from remanifold._core.types import Floats, Integers
from remanifold.measures.neighbours.reading import RowReader
from remanifold.measures.profile.checkpoint import SweepParts, VisitLike
from remanifold.measures.profile.runner import QueryRunner
from remanifold.measures.profile.sweep import QuerySums, Visit, sweep_queries
from remanifold.scores.exhaustion import unless_exhausted

T = TypeVar("T")


class Pilot(Protocol):
    """A few queries that choose the levels."""

    @property
    def nearest(self) -> Floats:
        """Half the squared distance of each to its nearest other point, (queries,)."""
        ...

    def sums(self, levels: Floats) -> list[QuerySums]:
        """Sums of each at ``levels`` and no others."""
        ...


class ProfileRunner(Protocol):
    """Where the sums of a profile come from: this process (`LocalRunner`), or others."""

    rows: Integers
    ambient_dim: int
    n_draws: int
    seed: int

    def pilot(self, queries: Integers) -> Pilot:
        """A few of the queries."""
        ...

    def sweep(
        self, queries: Integers, levels: Floats, progress: Progress, parts: SweepParts | None
    ) -> list[Visit[QuerySums]]:
        """Sums of each query at ``levels`` and at as many more as its own collapse needs."""
        ...


class LocalRunner:
    """Sums over the rows ``rows`` of ``points``; see `QueryRunner`."""

    def __init__(self, points: RowReader, rows: Integers, *, n_draws: int, seed: int, compute: Compute) -> None:
        self._compute, self._memory, self._device = compute, compute.memory_bytes, compute.torch_device
        self.rows, self.ambient_dim, self.n_draws, self.seed = rows, points.ambient_dim, n_draws, seed
        self._of = partial(QueryRunner, points, rows, n_draws=n_draws, seed=seed, few={})
        self._sweeper: QueryRunner | None = None  # it keeps the distances of queries that are swept again

    def pilot(self, queries: Integers) -> "LocalPilot":
        """A few queries, whose distances are held.

        Raises:
            InvalidInput: if the memory budget, or the device, does not hold them.
        """
        self._sweeper = None  # its distances would not fit beside those held
        return self._within_memory(lambda runner: LocalPilot(runner, queries, self._compute.progress), len(queries))

    def sweep(
        self, queries: Integers, levels: Floats, progress: Progress, parts: SweepParts | None
    ) -> list[Visit[QuerySums]]:
        """See `ProfileRunner.sweep`.

        Raises:
            InvalidInput: if the memory budget, or the device, does not hold a batch, or ``parts`` cannot be written.
        """
        sweep = partial(sweep_queries, levels=levels, pairs=len(queries) * len(self.rows))
        work = levels.tobytes()
        like = VisitLike(self.rows, 1 + 2 * self.n_draws, levels, True)
        kept: Any = {"kept": parts, "work": work, "like": like}
        return self._within_memory(lambda runner: runner.run(queries, sweep, progress, **kept))

    def _within_memory(self, work: Callable[[QueryRunner], T], held: int = 0) -> T:
        """``work(runner)``, with half the memory, and a warning, wherever it runs out of it."""
        runner = self._sweeper if self._sweeper is not None and not held else self._runner(held)
        while (result := unless_exhausted(partial(work, runner), self._device)) is None:
            self._memory, self._sweeper = self._memory // 2, None
            runner = self._runner(held)
            warnings.warn(
                f"{self._device} ran out of memory, so the noise profile goes on with {self._memory / 1e6:.3g} MB at a "
                "time.",
                RuntimeWarning,
                stacklevel=2,
            )
        self._sweeper = None if held else runner
        return result

    def _runner(self, held: int) -> QueryRunner:
        try:
            return self._of(compute=replace(self._compute, memory=self._memory), held=held)
        except InvalidInput:
            if self._memory == self._compute.memory_bytes:  # it is the caller's budget that does not do
                raise
            raise InvalidInput(
                f"the device must hold the distances of a few queries to {len(self.rows)} points, but got out of "
                f"memory on {self._device}; free it, or pass device='cpu'."
            ) from None


class LocalPilot:
    """A few queries with their distances to all points."""

    def __init__(self, runner: QueryRunner, queries: Integers, progress: Progress) -> None:
        def hold(half: torch.Tensor, projection: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor] | None]:
            return [(half, projection), *[None] * (len(half) - 1)]  # a batch stays together

        def passes(stage: str, done: int, total: int) -> None:
            if stage == "distances":  # the few queries themselves are not what the caller counts
                progress(stage, done, total)

        self._held = [visit.result for visit in runner.run(queries, hold, passes) if visit.result is not None]
        self.nearest = np.concatenate([half.amin(1).cpu().numpy() for half, _ in self._held])

    def sums(self, levels: Floats) -> list[QuerySums]:
        """See `Pilot.sums`."""
        batches = (sweep_queries(half, projection, levels, bracket=False) for half, projection in self._held)
        return [sums for batch in batches for sums in batch]
