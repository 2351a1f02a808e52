"""Gradient flow of log p_t at frozen t: iterate x -> m(x, t) until it stands still."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import NotConverged

_STILL = 1e-6  # of sqrt(t): a step this short, and contracting, is at a fixed point for every purpose here
_MOST_STEPS = 20000


def mean_shift(
    denoiser: Any, x: NDArray[np.float64], t: float, *, most_steps: int = _MOST_STEPS
) -> NDArray[np.float64]:
    """Where each of ``x`` (n, *shape) ends under x -> m(x, t), the ascent of log p_t by steps of t.

    Args:
        denoiser: m.
        x: Where to begin.
        t: Noise variance, fixed.
        most_steps: After which it is given up.

    Raises:
        NotConverged: if some still move by more than 1e-6 sqrt(t) a step.
    """
    ends = x.copy()
    moving = np.arange(len(x))
    for _ in range(most_steps):
        ahead = denoiser(ends[moving], t)
        steps = np.linalg.norm((ahead - ends[moving]).reshape(len(moving), -1), axis=1)
        ends[moving] = ahead
        moving = moving[steps > _STILL * math.sqrt(t)]
        if len(moving) == 0:
            return ends
    raise NotConverged(f"{len(moving)} of {len(x)} mean shifts still moved at t = {t:.6g} after {most_steps} steps.")
