"""What a sampler returns: samples, the states on the way, and all that made them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from remanifold._core.types import Floats
from remanifold._core.version import __version__


@dataclass(frozen=True, eq=False, repr=False)
class Trajectories:
    """Samples of a reverse process with their way there.

    Attributes:
        samples: Where the samples ended, (n, *shape) float64.
        t: Noise variance that is left in ``samples``: the lowest level, or 0 where the posterior mean was taken.
        levels: Noise variances visited, falling, (levels,).
        times: Noise variances of ``states``, falling, (k,).
        states: Recorded states, (k, n, *shape).
        watched: What the caller's ``watch`` saw at every level, (levels, n, ...); None without one.
        parameters: What made them, as plain JSON.
        seed: Of all random numbers.
        version: Of remanifold.
    """

    samples: Floats
    t: float
    levels: Floats
    times: Floats
    states: Floats
    watched: Floats | None
    parameters: Mapping[str, object]
    seed: int
    version: str = __version__

    def __repr__(self) -> str:
        samples = f"{len(self.samples)} samples of shape {self.samples.shape[1:]} at noise variance {self.t:.4g}"
        return f"Trajectories({samples}, {len(self.levels)} levels, {len(self.times)} recorded)"

    def to_json(self) -> str:
        """The record without the arrays, strict JSON."""
        plain = {
            "kind": "samples",
            "version": self.version,
            "seed": self.seed,
            "n_samples": len(self.samples),
            "shape": list(self.samples.shape[1:]),
            "t": self.t,
            "times": self.times.tolist(),
            "parameters": dict(self.parameters),
        }
        return json.dumps(plain, indent=1, allow_nan=False) + "\n"
