"""Standard normal numbers of samples: sample i has its own at every step, whatever is computed beside it."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.seeds import normals


def sample_normals(seed: int, name: str, first: int, count: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Those of the samples ``first``..``first + count - 1`` in the stream ``name``: (count, *shape)."""
    values = normals(seed, f"sampling/{name}", first, first + count, math.prod(shape))
    return values.reshape(count, *shape)


def noised(points: ArrayLike, t: float, *, seed: int = 0, stream: str = "", first: int = 0) -> NDArray[np.float64]:
    """xi + sqrt(t) w, the points at noise variance ``t``: where a U-turn begins.

    Args:
        points: (n, *shape).
        t: Noise variance per coordinate.
        seed, stream, first: Of the random numbers, see `simulate`.

    Raises:
        InvalidInput: if t is negative or not finite, or there are no points.
    """
    clean = np.asarray(points, dtype=np.float64)
    if not (clean.ndim >= 1 and len(clean) > 0):
        raise refusal("there must be points to noise", f"shape {clean.shape}", "pass some")
    require(0 <= t < math.inf, "the noise variance t must be finite and not negative", t, "pass t >= 0")
    noise = sample_normals(seed, f"{stream}/noising", first, len(clean), clean.shape[1:])
    return clean + math.sqrt(t) * noise
