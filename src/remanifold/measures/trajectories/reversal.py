"""How the measures run trajectories: which denoiser, which scheme, how finely."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.files import require_writable_directory
from remanifold._core.progress import Progress, silent
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.sampling import Trajectories, log_grid, simulate
from remanifold.sampling.batch_run import Watch


@dataclass(frozen=True)
class Reversal:
    """A way to run reverse diffusion.

    Attributes:
        denoiser: What is sampled; None: the exact score of the training points.
        method: Of `simulate`. Theory's statements on ends are about the SDE (exponential, euler-maruyama).
        steps_per_e: Steps per factor e of the noise variance.
        seed: Of all random numbers.
        batch: Trajectories at a time.
        device: Of a torch denoiser, see `simulate`.
        checkpoint: Directory in which every finished run of trajectories stays, and the one under way: after an
            interrupt or a kill the same measure goes on from there, bit for bit. One directory a call: what another
            call left is never mixed in, but replaced. Delete it when it is of no more use.
        progress: Told the steps done.
    """

    denoiser: Any = None
    method: str = "exponential"
    steps_per_e: int = 24
    seed: int = 0
    batch: int = 256
    device: str | None = None
    checkpoint: str | Path | None = None
    progress: Progress = silent

    def levels(self, high: float, low: float) -> NDArray[np.float64]:
        """Noise variances from ``high`` to ``low``."""
        return log_grid(high, low, max(1, math.ceil(self.steps_per_e * math.log(high / low)) if high > low > 0 else 1))

    def down(
        self,
        training: TrainingPoints,
        start: NDArray[np.float64],
        levels: NDArray[np.float64],
        *,
        stream: str,
        watch: Watch | None = None,
        labels: NDArray[Any] | None = None,
    ) -> Trajectories:
        """Trajectories from the states ``start`` (n, *shape) down the ``levels``, each with its label where given."""
        denoiser = training.score if self.denoiser is None else self.denoiser
        name = f"{stream.replace(' ', '-')}.part"
        part_file = None if self.checkpoint is None else require_writable_directory(self.checkpoint) / name
        return simulate(
            denoiser,
            levels,
            start=start,
            shape=start.shape[1:],
            method=self.method,
            seed=self.seed,
            stream=stream,
            batch=self.batch,
            device=self.device,
            watch=watch,
            labels=labels,
            part_file=part_file,
            keep_parts=True,
            progress=self.progress,
        )


STANDARD = Reversal()
"""The exact score of the training points, by exponential steps."""
