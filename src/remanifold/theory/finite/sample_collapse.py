"""Which training points of Gaussian data collapse first."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import whole
from remanifold._core.errors import NotConverged, refusal, require
from remanifold._core.types import Floats

_TOLERANCE = 1e-13  # in log t
_MOST_STEPS = 200
_FEWEST_POINTS = 3


def sample_collapse(
    eigenvalues: NDArray[np.floating], squared_coordinates: NDArray[np.floating], n_points: int
) -> Floats:
    """Noise below which each training point takes its own noisy copies, (Q,), unit of t; theory.md (9.2).

    log(P-1) = (1/2) sum_i [log(1 + l_i/t) + (xi_i^2 - l_i)/(l_i + t)]. Asymptotic in the dimension; what it ranks well
    is who goes first: points of large Mahalanobis norm.

    Args:
        eigenvalues: (D,) positive variances of the data along its principal directions.
        squared_coordinates: (Q, D) squared coordinates of the points along them, centred, squared unit of the data.
        n_points: P, at least 3.

    Raises:
        InvalidInput: if shapes disagree or numbers are out of range.
        NotConverged: if a root lies outside the range of floating-point numbers.
    """
    values, squared = np.asarray(eigenvalues, dtype=np.float64), np.asarray(squared_coordinates, dtype=np.float64)
    usable = values.ndim == 1 and len(values) > 0 and bool(np.all(np.isfinite(values) & (values > 0)))
    require(usable, "the eigenvalues must be a list of positive finite numbers", values, "leave empty directions out")
    if squared.ndim != 2 or squared.shape[1] != len(values) or not len(squared):
        need = f"the squared coordinates must have shape (points, {len(values)})"
        raise refusal(need, squared.shape, "project the centred points on the principal directions")
    usable = bool(np.all(np.isfinite(squared) & (squared >= 0)))
    require(usable, "the squared coordinates must be finite and not negative", "others", "square the coordinates")
    whole("the number of points", n_points, least=_FEWEST_POINTS)
    return np.exp(_log_roots(values, squared, math.log(n_points - 1)))


def _log_roots(values: Floats, squared: Floats, level: float) -> Floats:
    """log t of every point: Newton's steps, halved intervals where they leave the bracket; (9.2) falls with log t."""
    typical = math.log(float(values.mean()))
    low = np.full(len(squared), typical)
    high = low.copy()
    low, high = _pushed(low, -1.0, values, squared, level), _pushed(high, 1.0, values, squared, level)
    y = 0.5 * (low + high)
    for _ in range(_MOST_STEPS):
        excess, slope = _excess(y, values, squared, level)
        low, high = np.where(excess > 0, y, low), np.where(excess > 0, high, y)
        step = y - excess / slope
        new = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        if np.all(np.abs(new - y) <= _TOLERANCE * np.maximum(1.0, np.abs(y))):
            return new
        y = new
    raise NotConverged("the collapse of a point was not found to 1e-13; check its coordinates.")


def _pushed(y: Floats, side: float, values: Floats, squared: Floats, level: float) -> Floats:
    """Move ``y`` outwards, in doubling strides, until the excess has the sign of the other side of the root."""
    stride = side
    while np.any(inside := side * _excess(y, values, squared, level)[0] > 0):
        y = np.where(inside, y + stride, y)
        stride *= 2
        if abs(stride) > 1000:
            raise NotConverged("the collapse of a point lies beyond the floating-point numbers; rescale the data.")
    return y


def _excess(y: Floats, values: Floats, squared: Floats, level: float) -> tuple[Floats, Floats]:
    """Right side of (9.2) less the left at t = exp(y), and its derivative in y."""
    t = np.exp(y)[:, None]
    spread = values + t  # (Q, D)
    excess = 0.5 * (np.log1p(values / t) + (squared - values) / spread).sum(1) - level
    return excess, -0.5 * ((values**2 + t * squared) / spread**2).sum(1)
