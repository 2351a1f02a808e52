"""Standard normal numbers of samples: sample i has its own at every step, whatever is computed beside it."""

import math
from typing import SupportsFloat

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.data import RowsLike
from remanifold.noise import noise_variance


def sample_normals(seed: int, name: str, first: int, count: int, shape: tuple[int, ...]) -> Floats:
    """Those of the samples ``first``..``first + count - 1`` in the stream ``name``: (count, *shape)."""
    values = normals(seed, f"sampling/{name}", first, first + count, math.prod(shape))
    return values.reshape(count, *shape)


def noised(
    points: RowsLike,
    t: SupportsFloat | None = None,
    *,
    sigma: SupportsFloat | None = None,
    seed: int = 0,
    stream: str = "",
    first: int = 0,
) -> Floats:
    """xi + sqrt(t) w, the points at noise variance ``t``: where a U-turn begins.

    Args:
        points: (n, *shape).
        t, sigma: Noise variance per coordinate, or its root.
        seed, stream, first: Of the random numbers, see `simulate`.

    Raises:
        InvalidInput: if the noise is negative or not finite, or there are no points.
    """
    clean = np.asarray(points, dtype=np.float64)
    if clean.ndim == 0 or len(clean) == 0:
        raise refusal("there must be points to noise", f"shape {clean.shape}", "pass some")
    level = noise_variance(t, sigma)
    noise = sample_normals(seed, f"{stream}/noising", first, len(clean), clean.shape[1:])
    return clean + level.sigma * noise
