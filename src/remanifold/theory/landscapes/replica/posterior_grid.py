"""Posterior moments of one field by summing over a grid: any piecewise smooth function g."""

import math

import numpy as np

from remanifold._core.types import Floats
from remanifold.theory.landscapes.replica.activations import Nonlinearity
from remanifold.theory.landscapes.replica.posterior import Moments
from remanifold.theory.landscapes.replica.posterior_peaks import peak_moments
from remanifold.theory.landscapes.replica.rules import normal_density, normal_trapezoid, panels

_REACH = 7.0
_STEP = 0.95  # times the width of the narrowest posterior; a Gaussian is then summed to exp(-2 pi^2 / 0.95^2) = 3e-10
_PANEL = 3.0  # the same for panels
_CHUNK = 1_000_000  # exponentials at a time
_SMOOTH_REACH, _BROKEN_REACH = 150.0, 30.0  # half range in widths of the narrowest posterior: beyond, peaks cost less
_BUCKET = 0.4  # of log sharpness


def grid_moments(
    g: Nonlinearity, y: Floats, omega: Floats, variance: float, lam: float, level: int, stretch: float = 1.0
) -> Moments:
    """Moments at each y (rows, J), for the prior means omega (rows,) and one prior variance V.

    Args:
        g: The activation.
        y: Observed values.
        omega: Prior mean of u for each row.
        variance: Prior variance V of u.
        lam: Inverse noise variance.
        level: Refinement of the grid in w.
        stretch: How many times wider than N(0, 1) the posterior means of w may lie.
    """
    root, reach = math.sqrt(variance), (_REACH + level) * stretch
    slopes = g.steepest_within(omega, reach * root)
    sharpness = np.sqrt(1 + lam * variance * slopes**2)  # 1 / (least posterior width)
    if float(sharpness.max()) * reach > (_BROKEN_REACH if len(g.breaks) else _SMOOTH_REACH):
        return peak_moments(g, y, omega, root, lam, level, reach)
    moments = [np.empty_like(y) for _ in Moments._fields]
    bucket = np.ceil(np.log(sharpness) / _BUCKET)  # rows in need of a similar grid share one
    for number in np.unique(bucket):
        rows = np.flatnonzero(bucket == number)
        part = _moments(g, y[rows], omega[rows], root, lam, math.exp(number * _BUCKET), level, reach)
        for target, value in zip(moments, part):
            target[rows] = value
    return Moments(*moments)


def _moments(
    g: Nonlinearity, y: Floats, omega: Floats, root: float, lam: float, sharpness: float, level: int, reach: float
) -> Moments:
    """Moments of rows whose posteriors are at most ``sharpness`` times narrower than the prior."""
    w, weights = _grid(g, omega, root, sharpness, level, reach)
    values = g(omega[:, None] + root * w)
    moments = [np.empty_like(y) for _ in Moments._fields]
    step = max(1, _CHUNK // (y.shape[1] * w.shape[-1]))
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    for start in range(0, len(omega), step):
        part = slice(start, start + step)
        shared = slice(None) if len(w) == 1 else part
        for target, value in zip(moments, _sum_rows(y[part], values[part], w[shared], log_weights[shared], lam)):
            target[part] = value
    return Moments(*moments)


def _grid(
    g: Nonlinearity, omega: Floats, root: float, sharpness: float, level: int, reach: float
) -> tuple[Floats, Floats]:
    """Nodes w and weights that include the prior density: one row for all omega, or one row each if g breaks."""
    if not len(g.breaks):
        w, weights = normal_trapezoid(reach, _STEP * 0.8**level / sharpness)
        return w[None], weights[None]
    count = math.ceil(2 * reach * sharpness / _PANEL)
    regular = np.broadcast_to(np.linspace(-reach, reach, count + 1), (len(omega), count + 1))
    broken = np.clip((g.breaks - omega[:, None]) / root, -reach, reach)
    w, weights = panels(np.sort(np.concatenate([regular, broken], axis=1), axis=1), 8 + 3 * level)
    return w, weights * normal_density(w)


def _sum_rows(y: Floats, values: Floats, w: Floats, log_weights: Floats, lam: float) -> Moments:
    energy = y[:, :, None] - values[:, None, :]
    energy *= energy
    energy *= lam / 2  # (rows, J, K)
    p = log_weights[:, None, :] - energy
    top = p.max(-1, keepdims=True)
    p -= top
    np.exp(p, out=p)
    powers = np.broadcast_to(np.stack([np.ones_like(w), w, w * w], axis=-1), (len(y), w.shape[-1], 3))
    total, first, second = np.moveaxis(p @ powers, -1, 0)
    mean = first / total
    shrink = 1 + mean**2 - second / total
    mean_energy = np.einsum("rjk,rjk->rj", p, energy) / total
    shift, log_total = top[..., 0], np.log(total)
    return Moments(shift + log_total, mean, shrink, mean_energy, (mean_energy + shift) + log_total)
