"""The noise levels at which trajectories turn or part, checked."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require


def turning_levels(t: Sequence[float] | NDArray[np.floating], low: float) -> NDArray[np.float64]:
    """``t`` ascending as float64.

    Raises:
        InvalidInput: unless they are finite and above ``low``, which must be positive.
    """
    require(0 < low < np.inf, "trajectories must stop at a positive noise variance", low, "pass e.g. stop_at=1e-4")
    levels = np.unique(np.asarray(t, dtype=np.float64))
    good = len(levels) > 0 and bool((np.isfinite(levels) & (levels > low)).all())
    if not good:
        raise refusal(f"noise levels must lie above the {low:.3g} where trajectories stop", t, "pass higher ones")
    return levels
