"""Means over random points x, sharpened by functions of x whose mean is known exactly."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate
from remanifold.theory.log_sum import Energies

_HALVED = 0.4  # the second control looks from an inverse temperature below that of the sum


def mean_with_controls(values: NDArray[np.float64], energies: Energies) -> Estimate:
    """Mean of ``values`` (n,) over the points x of ``energies``, by regression on controls.

    The controls are the first four powers of the fluctuation of K(1) over x, which is what the sum would follow if
    it did not fluctuate itself, and the fluctuation of K at a smaller inverse temperature. K is a weighted sum of
    independent z_i^2, so its moments are known.
    """
    b = _loads(energies, 1.0)
    h = 0.5 * (energies.squares - 1) @ b
    scale = math.sqrt(0.5 * float(b @ b))
    h, b = h / scale, b / scale
    second, third, fourth = (math.factorial(m - 1) / 2 * float(np.sum(b**m)) for m in (2, 3, 4))  # cumulants
    other = 0.5 * (energies.squares - 1) @ _loads(energies, _HALVED)
    controls = np.stack([np.ones_like(h), h, h**2 - second, h**3 - third, h**4 - fourth - 3 * second**2, other], axis=1)
    fitted, *_ = np.linalg.lstsq(controls, values, rcond=1e-12)
    rest = values - controls @ fitted
    n = len(values)
    return Estimate(float(fitted[0]), float(np.sqrt(rest @ rest / (n - controls.shape[1]) / n)), n)


def _loads(energies: Energies, k: float) -> NDArray[np.float64]:
    """-2 dK/d(z_i^2) at inverse temperature k/t, (D,)."""
    r = energies.gains
    return k * (r + float(energies.noisy)) / (1 + k * r)
