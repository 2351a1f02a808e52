"""The three finite-size crossings of Gaussian data, from exact means over the points x that look at them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import NotConverged
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import normals
from remanifold.theory.finite.control_variates import mean_with_controls
from remanifold.theory.finite.log_sum import Energies, mean_log_sum

_TOLERANCE, _MOST_STEPS = 1e-5, 40
_BUNDLE = 0.02  # eigenvalues this near to each other, in the logarithm, count as equal
_SMALL = 0.1  # of the least t: eigenvalues below are told apart by their difference and not by their ratio
_ROUND_OFF = 1e-6  # must not part equal eigenvalues

Means = tuple[Estimate, float]  # a mean over x with its error, and its derivative by log t
Triple = tuple[Estimate, Estimate, Estimate]


@dataclass(frozen=True)
class View:
    """Points x that look at Gaussian data of their own class.

    Attributes:
        eigenvalues: Of the covariance within the class, positive, one of each bundle of nearly equal ones, (columns,).
        squares: Sum of z_i^2 over the bundle, for every x, (n, columns).
        counts: Eigenvalues in the bundle, (columns,).
        share: Probability of the class.
    """

    eigenvalues: NDArray[np.float64]
    squares: NDArray[np.float64]
    counts: NDArray[np.float64]
    share: float = 1.0


def view(eigenvalues: NDArray[np.float64], n: int, least: float, seed: int, group: int = 0, share: float = 1.0) -> View:
    """A `View` from ``n`` random points x; ``group`` keeps the random numbers of several apart.

    Eigenvalues within 2 % of each other count as their mean, and so do all that differ by less than 0.2 % of
    ``least``, about the smallest t that will be asked for: both move a crossing by less than 2e-5 in log t.
    """
    z = normals(seed, f"finite size {group}", 0, n, len(eigenvalues))
    order = np.argsort(eigenvalues)
    l = eigenvalues[order]
    scaled = l / (_SMALL * least)
    place = np.where(scaled < 1, scaled - 1, np.log(np.maximum(scaled, 1))) / _BUNDLE
    firsts = np.flatnonzero(np.diff(np.floor(place + _ROUND_OFF), prepend=-math.inf))
    counts = np.diff(firsts, append=len(l)).astype(np.float64)
    squares = np.add.reduceat((z * z)[:, order], firsts, axis=1)
    return View(np.add.reduceat(l, firsts) / counts, squares, counts, share)


def crossings(views: Sequence[View], log_others: float, ambient_dim: int, starts: NDArray[np.float64]) -> Triple:
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
    return (
        _crossing(gap(False), onset),
        _crossing(gap(True), collapse),
        _crossing(cross_entropy_slope, generalization),
    )


def _mean(views: Sequence[View], t: float, noisy: bool, log_others: float, *, slopes: bool) -> Means:
    """Mean over x of log S + |w|^2/2 (|w|^2/2 where noisy), or with ``slopes`` of its derivative by log t."""
    total, variance, slope = 0.0, 0.0, 0.0
    for one in views:
        energies = Energies(one.eigenvalues / t, one.squares, noisy, one.counts)
        level, change = mean_log_sum(energies, log_others, one.share)
        found = mean_with_controls(change if slopes else level, energies)
        total += one.share * (found.value + (float(one.counts.sum()) / 2 if noisy else 0.0))
        variance += (one.share * found.stderr) ** 2
        slope += one.share * mean_with_controls(change, energies).value
    return Estimate(total, math.sqrt(variance), sum(len(one.squares) for one in views)), slope


def _crossing(function: Callable[[float], Means], start: float) -> Estimate:
    """The t where the mean crosses zero, by secants in log t after one step along the derivative."""
    log_t = math.log(start)
    level, slope = function(start)
    for _ in range(_MOST_STEPS):
        step = max(-1.0, min(1.0, -level.value / slope))
        if abs(step) < _TOLERANCE:
            t = math.exp(log_t + step)
            return Estimate(t, t * math.hypot(level.stderr / abs(slope), _TOLERANCE), level.n)
        before = level
        log_t += step
        level, derivative = function(math.exp(log_t))
        secant = (level.value - before.value) / step
        slope = secant if secant * slope > 0 else derivative
    raise NotConverged(f"no crossing was found from t = {start:.3g}; give more points or another size.")
