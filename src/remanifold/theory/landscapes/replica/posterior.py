"""What one coordinate y = g(u) + noise tells about its field u: moments of w under exp(-lam (y - g)^2 / 2).

The field is u = omega + sqrt(V) w with w ~ N(0, 1) a priori; docs/theory.md (4.10). Two ways to the same moments:
closed forms where g is made of straight lines (`posterior_lines`), a grid in w everywhere else (`posterior_grid`).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Moments(NamedTuple):
    """Arrays of one shape, an entry for each y.

    Attributes:
        log_z: log E_w exp(-lam (y - g)^2 / 2).
        mean: <w>.
        shrink: 1 - var(w).
        energy: <lam (y - g)^2 / 2>.
        entropy: log_z + energy = -KL(posterior | prior), computed without the terms that cancel.
    """

    log_z: NDArray[np.float64]
    mean: NDArray[np.float64]
    shrink: NDArray[np.float64]
    energy: NDArray[np.float64]
    entropy: NDArray[np.float64]
