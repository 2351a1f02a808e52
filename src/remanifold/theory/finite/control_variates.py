"""Means over random points x, sharpened by functions of x whose mean is known exactly."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate
from remanifold.theory.finite.log_sum import Energies

_SMALLER = 0.4  # the inverse temperature of the third control, in units of that of the sum
_ALIKE = 1e-9  # controls that are the same function of x, as for one eigenvalue, count once


def mean_with_controls(values: NDArray[np.float64], energies: Energies) -> Estimate:
    """Mean of ``values`` (n,) over the points x of ``energies``, by regression on controls.

    The controls are h, the fluctuation of K(1) over x, which the sum would follow if it did not fluctuate itself, its
    square, and the fluctuation of K at a smaller inverse temperature. K is a weighted sum of independent z_i^2, so
    their means are known; higher powers of h would have tails too heavy for the error to be honest. The error takes
    each residual as if its point had been left out of the fit.
    """
    spread = energies.squares - energies.directions
    b = _loads(energies, 1.0)
    h = 0.5 * spread @ b / math.sqrt(0.5 * float(energies.directions @ (b * b)))  # variance 1
    controls = np.stack([np.ones_like(h), h, h * h - 1, spread @ _loads(energies, _SMALLER)], axis=1)
    basis, scales, _ = np.linalg.svd(controls / np.linalg.norm(controls, axis=0), full_matrices=False)
    leverage = np.square(basis[:, scales > _ALIKE * scales[0]]).sum(1)
    fitted, *_ = np.linalg.lstsq(controls, values, rcond=_ALIKE)
    rest = (values - controls @ fitted) / np.maximum(1 - leverage, 1e-3)
    return Estimate(float(fitted[0]), float(np.linalg.norm(rest)) / len(values), len(values))


def _loads(energies: Energies, k: float) -> NDArray[np.float64]:
    """-2 dK/d(z_i^2) at inverse temperature k/t, (columns,)."""
    r = energies.gains
    return k * (r + float(energies.noisy)) / (1 + k * r)
