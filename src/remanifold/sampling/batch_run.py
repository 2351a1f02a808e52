"""One batch of samples on its way down the levels."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.sampling.checkpoint import Arrays
from remanifold.sampling.means import LabelledMeans
from remanifold.sampling.steps import Step

Watch = Callable[[Floats, float], object]
"""``watch(x, t)``: (batch, ...) numbers to keep."""


class BatchRun:
    """The state of a batch, what was recorded and watched so far.

    Attributes:
        level: Index of the level that the state is at.
        levels: Noise variances, falling.
    """

    def __init__(
        self,
        x: NDArray[np.float64],
        means: LabelledMeans,
        levels: NDArray[np.float64],
        step: Step,
        noise: Callable[[int], NDArray[np.float64]],
        recorded: tuple[int, ...],
        watch: Watch | None,
        final_mean: bool,
    ) -> None:
        """Begin at the first level with ``x``; ``noise(k)`` gives the normal numbers of step k."""
        self.level, self.levels = 0, levels
        self._x, self._means, self._step, self._noise = x, means, step, noise
        self._recorded, self._watch, self._final_mean = recorded, watch, final_mean
        self._states: list[NDArray[np.float64]] = []
        self._seen: list[NDArray[np.float64]] = []
        self._look()

    def advance(self) -> None:
        """One step down."""
        k = self.level
        t, s = float(self.levels[k]), float(self.levels[k + 1])
        self._x = self._step(self._means, self._x, t, s, lambda: self._noise(k))
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
        if self._final_mean:
            arrays["samples"] = self._means(self._x, float(self.levels[-1]))[None]
        return arrays

    def _look(self) -> None:
        if self.level in self._recorded:
            self._states.append(self._x)
        if self._watch is None:
            return
        seen = np.asarray(self._watch(self._x, float(self.levels[self.level])), dtype=np.float64)
        if seen.ndim == 0 or len(seen) != len(self._x):
            need = f"`watch` must return one entry a sample, {len(self._x)}"
            raise refusal(need, f"shape {seen.shape}", "return (batch, ...)")
        self._seen.append(seen)
