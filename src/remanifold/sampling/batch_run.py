"""One batch of samples on its way down the levels."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.sampling.checkpoint import Arrays
from remanifold.sampling.means import LabelledMeans
from remanifold.sampling.steps import Step
from remanifold.sampling.streams import sample_normals

Watch = Callable[[Floats, float], object]
"""``watch(x, t)``: (batch, ...) numbers to keep."""


@dataclass(frozen=True)
class Task:
    """All that the samples depend on, checked; see `simulate`."""

    means: LabelledMeans
    levels: Floats
    step: Step
    parameters: dict[str, Any]
    n_samples: int
    shape: tuple[int, ...]
    start: Floats | None
    labels: NDArray | None
    recorded: tuple[int, ...]
    watch: Watch | None
    seed: int
    stream: str
    first: int

    def fits(self, count: int, level: int, arrays: Arrays) -> bool:
        """Whether ``arrays`` can be those of ``count`` samples at the level of that number, -1 the last."""
        level = len(self.levels) - 1 if level == -1 else level
        names = {"samples", "states"} | ({"watched"} if self.watch is not None else set())
        if level >= len(self.levels) or set(arrays) != names or any(a.dtype != np.float64 for a in arrays.values()):
            return False
        passed = sum(k <= level for k in self.recorded)
        ours = arrays["samples"].shape == (1, count, *self.shape)
        ours = ours and arrays["states"].shape == (passed, count, *self.shape)
        ours = ours and ("watched" not in names or arrays["watched"].shape[:2] == (level + 1, count))
        return ours and all(bool(np.isfinite(arrays[name]).all()) for name in ("samples", "states"))


class BatchRun:
    """The state of a batch, what was recorded and watched so far.

    Attributes:
        level: Index of the level that the state is at.
        levels: Noise variances, falling.
    """

    def __init__(self, task: Task, start: int, stop: int) -> None:
        """The samples ``start``..``stop-1`` (counted from the task's ``first``) at their highest level."""
        self._task, self.levels, self.level = task, task.levels, 0
        self._index, self._count = task.first + start, stop - start
        self._means = replace(task.means, labels=None if task.labels is None else task.labels[start:stop])
        if task.start is None:
            self._x = math.sqrt(task.levels[0]) * self._normals("start")
        else:
            self._x = task.start[start:stop].copy()
        self._states: list[Floats] = []
        self._seen: list[Floats] = []
        self._look()

    def _normals(self, name: str) -> Floats:
        task = self._task
        return sample_normals(task.seed, f"{task.stream}/{name}", self._index, self._count, task.shape)

    def advance(self) -> None:
        """One step down."""
        k = self.level
        t, s = float(self.levels[k]), float(self.levels[k + 1])
        names = chain([f"step {k}"], (f"step {k}, draw {call}" for call in count(1)))
        self._x = self._task.step(self._means, self._x, t, s, lambda: self._normals(next(names)))
        self.level += 1
        self._look()

    def arrays(self) -> Arrays:
        """Where the batch stands: ``samples`` (1, batch, *shape), ``states`` and ``watched`` (k, batch, ...)."""
        states = np.stack(self._states) if self._states else np.empty((0, *self._x.shape))
        watched = {"watched": np.stack(self._seen)} if self._seen else {}
        return {"samples": self._x[None], "states": states, **watched}

    def resume(self, level: int, arrays: Arrays) -> None:
        """Go back to where `arrays` was called."""
        self.level, self._x = level, arrays["samples"][0]
        self._states, self._seen = list(arrays["states"]), list(arrays.get("watched", ()))

    def finish(self) -> Arrays:
        """The arrays with the final step taken."""
        arrays = self.arrays()
        if self._task.parameters["final"] == "posterior mean":
            arrays["samples"] = self._means(self._x, float(self.levels[-1]))[None]
        return arrays

    def _look(self) -> None:
        if self.level in self._task.recorded:
            self._states.append(self._x)
        watch = self._task.watch
        if watch is None:
            return
        seen = np.asarray(watch(self._x, float(self.levels[self.level])), dtype=np.float64)
        if seen.ndim == 0 or len(seen) != len(self._x):
            need = f"`watch` must return one entry a sample, {len(self._x)}"
            raise refusal(need, f"shape {seen.shape}", "return (batch, ...)")
        self._seen.append(seen)
