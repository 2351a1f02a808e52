"""Where a curve over log noise crosses zero, for the mean of many curves and for each of them, with errors."""

import math

import numpy as np
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator
from scipy.optimize import root_scalar

from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.series import mean_error, mean_of
from remanifold.noise import MeasuredLevel


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
    around = slice(max(0, k - 2), k + 4)
    x, y = log_t[around], values[around]
    curve = PchipInterpolator(x, y) if slopes is None else CubicHermiteSpline(x, y, slopes[around])
    root = float(root_scalar(curve, bracket=(log_t[k], log_t[k + 1]), xtol=1e-13).root)
    return root, float(curve(root, 1))


def mean_crossing(
    log_t: Floats,
    curves: Floats,
    slopes: Floats | None = None,
    weights: Floats | None = None,
    noise: Floats | None = None,
    persons: Integers | None = None,
) -> MeasuredLevel | None:
    """Zero of the mean curve, with the delta-method error sd_i(g_i) / sqrt(n) / |slope| (docs/theory.md, section 6).

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
