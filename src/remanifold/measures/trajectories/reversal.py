"""How the measures run trajectories: which denoiser, which scheme, how finely, between which levels, at what cost."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.files import require_writable_directory
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.measures.trajectories.training_points import TrainingPoints
from remanifold.noise import NoiseLevels, noise_variances
from remanifold.sampling import Trajectories, log_grid, simulate
from remanifold.sampling.batch_run import Watch
from remanifold.scores.denoiser import DenoiserLike

CALLS = {"heun": 2}  # of the denoiser in a step; one in all others
_LEAST = 2


@dataclass(frozen=True)
class Reversal:
    """A way to run reverse diffusion.

    Attributes:
        denoiser: What is sampled; None: the exact score of the training points.
        method: Of `simulate`. Theory's statements on ends are about the SDE (exponential, euler-maruyama); "exact"
            follows it without an error of the step, where the denoiser is the exact score.
        steps_per_e: Steps per factor e of the noise variance.
        seed: Of all random numbers.
        batch: Trajectories at a time.
        device: Of a torch denoiser, see `simulate`.
        checkpoint: Directory in which every finished run of trajectories stays, and the one under way: after an
            interrupt or a kill the same measure goes on from there, bit for bit. One directory a call: what another
            call left is never mixed in, but replaced. Delete it when it is of no more use.
        progress: Told the steps done.
    """

    denoiser: DenoiserLike | None = None
    method: str = "exponential"
    steps_per_e: int = 24
    seed: int = 0
    batch: int = 256
    device: str | None = None
    checkpoint: str | Path | None = None
    progress: Progress = silent

    def levels(self, high: float, low: float) -> Floats:
        """Noise variances from ``high`` to ``low``."""
        return log_grid(high, low, max(1, math.ceil(self.steps_per_e * math.log(high / low)) if high > low > 0 else 1))

    def calls(self, levels: Floats, low: float) -> int:
        """How often trajectories, one from each of ``levels`` down to noise ``low``, ask the denoiser."""
        return sum((len(self.levels(float(high), low)) - 1) * CALLS.get(self.method, 1) for high in levels)

    def down(
        self,
        training: TrainingPoints,
        start: Floats,
        levels: Floats,
        *,
        stream: str,
        watch: Watch | None = None,
        labels: NDArray[Any] | None = None,
    ) -> Trajectories:
        """Trajectories from the states ``start`` (n, *shape) down the ``levels``, each with its label where given."""
        denoiser = training.score if self.denoiser is None else self.denoiser
        name = f"{stream.replace(' ', '-')}.part"
        part_file = None if self.checkpoint is None else require_writable_directory(self.checkpoint) / name
        own: Any = {name: getattr(self, name) for name in ("method", "seed", "batch", "device", "progress")}
        of_call: Any = {"stream": stream, "watch": watch, "labels": labels, "part_file": part_file}
        return simulate(denoiser, levels, start=start, shape=start.shape[1:], keep_parts=True, **own, **of_call)


STANDARD = Reversal()
"""The exact score of the training points, by exponential steps."""


def turning_levels(t: NoiseLevels | None, sigma: NoiseLevels | None, low: float) -> Floats:
    """Noise variances at which trajectories turn or part, ascending, named by ``t`` or by ``sigma``.

    Raises:
        InvalidInput: unless they are above ``low``, which must be positive.
    """
    require(0 < low < np.inf, "trajectories must stop at a positive noise variance", low, "pass e.g. stop_at=1e-4")
    levels = np.unique(noise_variances(t, sigma))
    if levels[0] <= low:
        got = f"t = {levels[0]:.6g}"
        raise refusal(f"noise levels must lie above the {low:.3g} where trajectories stop", got, "pass higher ones")
    return levels


def affordable(available: int, evaluations: int | None, per_row: int) -> int:
    """How many of ``available`` rows a budget of network evaluations pays for.

    Raises:
        InvalidInput: if that is fewer than two.
    """
    if evaluations is None:
        return available
    if evaluations < _LEAST * per_row:
        do = "raise `evaluations`, or ask for fewer levels, repeats or steps"
        raise refusal(f"two rows take {_LEAST * per_row} network evaluations", evaluations, do)
    return min(available, evaluations // per_row)
