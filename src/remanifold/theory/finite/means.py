"""The three finite-size crossings of Gaussian data, from exact sums and means over the points x that look at them.

The means over random x are sharpened by control variates: functions of x whose own mean is known exactly.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import normals
from remanifold._core.types import Floats, Integers
from remanifold.noise import MeasuredLevel
from remanifold.theory.finite.log_sum import Energies, mean_log_sum

_TOLERANCE, _MOST_STEPS = 1e-5, 40
_BUNDLE = 0.02  # eigenvalues this near to each other, in the logarithm, count as equal
_SMALL = 0.1  # of the least t: eigenvalues below are told apart by their difference and not by their ratio
_ROUND_OFF = 1e-6  # must not part equal eigenvalues
_SMALLER = 0.4  # the inverse temperature of the third control, in units of that of the sum
_ALIKE = 1e-9  # controls that are the same function of x, as for one eigenvalue, count once

Means = tuple[Estimate, float]  # a mean over x with its error, and its derivative by log t
Triple = tuple[MeasuredLevel, MeasuredLevel, MeasuredLevel]


@dataclass(frozen=True)
class View:
    """Points x that look at Gaussian data of their own class.

    Attributes:
        eigenvalues: Of the covariance within the class, positive, one of each bundle of nearly equal ones, (columns,).
        squares: Sum of z_i^2 over the bundle, for every x, (n, columns).
        counts: Eigenvalues in the bundle, (columns,).
        share: Probability of the class.
    """

    eigenvalues: Floats
    squares: Floats
    counts: Floats
    share: float = 1.0


def view(eigenvalues: Floats, n: int, least: float, seed: int, group: int = 0, share: float = 1.0) -> View:
    """A `View` from ``n`` random points x; ``group`` keeps the random numbers of several apart.

    Eigenvalues within 2 % of each other count as their mean, and so do all that differ by less than 0.2 % of
    ``least``, about the smallest t that will be asked for: both move a crossing by less than 2e-5 in log t.
    """
    z = normals(seed, f"finite size {group}", 0, n, len(eigenvalues))
    order, firsts, counts = bundles(eigenvalues, least)
    squares = np.add.reduceat((z * z)[:, order], firsts, axis=1)
    return View(np.add.reduceat(eigenvalues[order], firsts) / counts, squares, counts, share)


def bundles(eigenvalues: Floats, least: float) -> tuple[Integers, Integers, Floats]:
    """Order of the eigenvalues, the places in it where bundles of nearly equal ones begin, and how many each holds."""
    order = np.argsort(eigenvalues)
    scaled = eigenvalues[order] / (_SMALL * least)
    place = np.where(scaled < 1, scaled - 1, np.log(np.maximum(scaled, 1))) / _BUNDLE
    firsts = np.flatnonzero(np.diff(np.floor(place + _ROUND_OFF), prepend=-math.inf))
    return order, firsts, np.diff(firsts, append=len(eigenvalues)).astype(np.float64)


def crossings(views: Sequence[View], log_others: float, ambient_dim: int, starts: Floats) -> Triple:
    """(t_onset, t_collapse, t_generalization) of the classes in ``views``, averaged with their shares.

    Args:
        views: The classes of the data: one, or several far apart.
        log_others: log(P - 1).
        ambient_dim: N.
        starts: A guess of each time, (3,).

    Raises:
        NotConverged: if a crossing is not found.
    """

    def gap(noisy: bool) -> Callable[[float], Means]:
        def function(t: float) -> Means:
            level, slope = _mean(views, t, noisy, log_others, slopes=False)
            return Estimate(-level.value, level.stderr, level.n), -slope

        return function

    def cross_entropy_slope(t: float) -> Means:
        rise, _ = _mean(views, t, False, log_others, slopes=True)
        # near its least value the cross entropy is (N/2) log t + energy/t, whose slope rises by energy/t
        return Estimate(ambient_dim / 2 - rise.value, rise.stderr, rise.n), rise.value

    onset, collapse, generalization = (float(t) for t in starts)
    two = _crossing(gap(False), onset), _crossing(gap(True), collapse)
    return *two, _crossing(cross_entropy_slope, generalization)


def mean_with_controls(values: Floats, energies: Energies, more: Floats | None = None) -> Estimate:
    """Mean of ``values`` (n,) over the points x of ``energies``, by regression on controls.

    The controls are h, the fluctuation of K(1) over x, which the sum would follow if it did not fluctuate itself, its
    square, and the fluctuation of K at a smaller inverse temperature. K is a weighted sum of independent z_i^2, so
    their means are known; higher powers of h would have tails too heavy for the error to be honest. The error takes
    each residual as if its point had been left out of the fit. ``more`` controls, of mean 0, are (n, controls).
    """
    spread = energies.squares - energies.directions
    b = _loads(energies, 1.0)
    h = 0.5 * spread @ b / math.sqrt(0.5 * float(energies.directions @ (b * b)))  # variance 1
    controls = np.stack([np.ones_like(h), h, h * h - 1, spread @ _loads(energies, _SMALLER)], axis=1)
    if more is not None:
        scale = more.std(0)
        controls = np.hstack([controls, more[:, scale > 0] / scale[scale > 0]])  # weights that underflow are all 0
    basis, scales, _ = np.linalg.svd(controls / np.linalg.norm(controls, axis=0), full_matrices=False)
    leverage = np.square(basis[:, scales > _ALIKE * scales[0]]).sum(1)
    coefficients, *_ = np.linalg.lstsq(controls, values, rcond=_ALIKE)
    rest = (values - controls @ coefficients) / np.maximum(1 - leverage, 1e-3)
    return Estimate(float(coefficients[0]), float(np.linalg.norm(rest)) / len(values), len(values))


def _loads(energies: Energies, k: float) -> Floats:
    """-2 dK/d(z_i^2) at inverse temperature k/t, (columns,)."""
    r = energies.gains
    return k * (r + float(energies.shift)) / (1 + k * r)


def _mean(views: Sequence[View], t: float, noisy: bool, log_others: float, *, slopes: bool) -> Means:
    """Mean over x of log S + |w|^2/2 (|w|^2/2 where noisy), or with ``slopes`` of its derivative by log t."""
    total, variance, slope = 0.0, 0.0, 0.0
    for group in views:
        energies = Energies(group.eigenvalues / t, group.squares, noisy, group.counts)
        level, change = mean_log_sum(energies, log_others, group.share)
        mean = mean_with_controls(change if slopes else level, energies)
        total += group.share * (mean.value + (float(group.counts.sum()) / 2 if noisy else 0.0))
        variance += (group.share * mean.stderr) ** 2
        slope += group.share * mean_with_controls(change, energies).value
    return Estimate(total, math.sqrt(variance), sum(len(group.squares) for group in views)), slope


def _crossing(function: Callable[[float], Means], start: float) -> MeasuredLevel:
    """The t where the mean crosses zero, by secants in log t after one step along the derivative."""
    log_t = math.log(start)
    level, slope = function(start)
    for _ in range(_MOST_STEPS):
        step = max(-1.0, min(1.0, -level.value / slope))
        if abs(step) < _TOLERANCE:
            t = math.exp(log_t + step)
            return MeasuredLevel(t, t * math.hypot(level.stderr / abs(slope), _TOLERANCE), level.n)
        before = level
        log_t += step
        level, derivative = function(math.exp(log_t))
        secant = (level.value - before.value) / step
        slope = secant if secant * slope > 0 else derivative
    raise NotConverged(f"no crossing was found from t = {start:.3g}; give more points or another size.")
