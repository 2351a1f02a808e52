"""Where a curve over log noise crosses zero, for the mean of many curves and for each of them, with errors."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import root_scalar

from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.series import mean_error, mean_of
from remanifold.noise import MeasuredLevel

_HALVINGS, _NEWTON_STEPS = 20, 2  # of an interval: to 10^-6, then to the last bit


def _last_change(values: Floats) -> int | None:
    """Index of the last interval in which ``values`` changes sign, or None."""
    signs = np.signbit(values)
    changes = np.flatnonzero(signs[1:] != signs[:-1])
    return int(changes[-1]) if len(changes) else None


def crossing(log_t: Floats, values: Floats, slopes: Floats | None = None) -> tuple[float, float] | None:
    """The highest zero of a curve and its slope there, or None where it does not cross zero.

    Args:
        log_t: Ascending, (levels,).
        values: The curve, (levels,).
        slopes: Its exact derivative by log t; with it the interpolation is cubic Hermite, else monotone cubic.

    Returns:
        (log t of the zero, d values/d log t there).
    """
    k = _last_change(values)
    if k is None:
        return None
    if slopes is not None:
        ends = slice(k, k + 2)
        roots, slope = hermite_roots(*(values[None, ends] for values in (log_t, values, slopes)))
        return float(roots[0]), float(slope[0])
    around = slice(max(0, k - 2), k + 4)
    curve = PchipInterpolator(log_t[around], values[around])
    root = float(root_scalar(curve, bracket=(log_t[k], log_t[k + 1]), xtol=1e-13).root)
    return root, float(curve(root, 1))


def hermite_roots(x: Floats, y: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    """Zeros of cubics given by value and slope at both ends of intervals over which they change sign.

    Args:
        x, y, slopes: Ends, values there, derivatives there, (n, 2) each.

    Returns:
        (zeros (n,), derivatives there (n,)).
    """
    width = x[:, 1] - x[:, 0]
    (y0, y1), (s0, s1) = y.T, slopes.T * width
    cubic, square = s0 + s1 - 2 * (y1 - y0), 3 * (y1 - y0) - 2 * s0 - s1
    low, high = np.zeros_like(width), np.ones_like(width)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        before = np.signbit(((cubic * middle + square) * middle + s0) * middle + y0) == np.signbit(y0)
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    root = high
    for _ in range(_NEWTON_STEPS):
        value, slope = ((cubic * root + square) * root + s0) * root + y0, (3 * cubic * root + 2 * square) * root + s0
        root = np.clip(root - np.divide(value, slope, out=np.zeros_like(value), where=slope != 0), low, high)
    return x[:, 0] + width * root, ((3 * cubic * root + 2 * square) * root + s0) / width


def row_crossings(
    log_t: Sequence[Floats], curves: Sequence[Floats], slopes: Sequence[Floats]
) -> tuple[Integers, Floats, Floats]:
    """`crossing` of many curves, each (levels,) on levels of its own, with their derivatives.

    Returns:
        (which cross zero (n,), log t of their highest zeros (n,), slopes there (n,)).
    """
    changes = [_last_change(values) for values in curves]
    which = np.array([row for row, k in enumerate(changes) if k is not None], dtype=np.int64)
    ends = [(row, slice(k, k + 2)) for row, k in enumerate(changes) if k is not None]
    if not ends:
        return which, np.empty(0), np.empty(0)
    tables = (np.stack([of[row][end] for row, end in ends]) for of in (log_t, curves, slopes))
    return which, *hermite_roots(*tables)


def mean_crossing(
    log_t: Floats,
    curves: Floats,
    slopes: Floats | None = None,
    weights: Floats | None = None,
    noise: Floats | None = None,
    persons: Integers | None = None,
) -> MeasuredLevel | None:
    """Zero of the mean curve, with the delta-method error sd_i(g_i) / sqrt(n) / |slope| (theory.md, section 6).

    The jackknife over curves gives the same number to first order; the delta method needs no n root searches. Where the
    mean has no slope at its zero (a share that stands at 1/2 for a while), the error is nan.

    Args:
        log_t: Ascending, (levels,).
        curves: One curve a query, (queries, levels).
        slopes: Their derivatives, same shape, or None.
        weights, noise, persons: As for `mean_error`.
    """
    zero = crossing(log_t, mean_of(curves, weights), None if slopes is None else mean_of(slopes, weights))
    if zero is None:
        return None
    root, slope = zero
    k = int(np.clip(np.searchsorted(log_t, root) - 1, 0, len(log_t) - 2))
    part = (root - log_t[k]) / (log_t[k + 1] - log_t[k])
    at_root = (1 - part) * curves[:, k] + part * curves[:, k + 1]
    if weights is None:
        spread = float(mean_error(at_root[:, None], persons=persons)[0])
    else:
        at_noise = None if noise is None else np.maximum(noise[:, k], noise[:, k + 1])[:, None]
        spread = float(mean_error(at_root[:, None], weights, at_noise, persons)[0])
    return MeasuredLevel.from_log(Estimate(root, spread / abs(slope) if slope else math.nan, len(curves)))
