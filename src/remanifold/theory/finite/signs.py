"""Onset and collapse of independent signs at finite size, copies merged: vertices of {-1, 1}^N, each there or not.

Seen from one of P uniform draws, any other vertex is among them with probability p, and these events are nearly
independent (brute force, load 1/2: at N = 12 both times agree within .2 %, at N = 8 they are .4 and 1.2 % off). With s
the weight of a vertex and S the sum over those that are there,

    log E exp(-u S) = sum over vertices of log{1 - p [1 - exp(-u s)]},

which gives E log S as in docs/explanation/finite-size.md (2). The exponent of a vertex is a sum over the coordinates
that differ.
"""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import NotConverged
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import normals
from remanifold._core.types import Floats
from remanifold.noise import MeasuredLevel
from remanifold.theory.roots import positive_root

_FEWEST_DIM, _LARGEST_DIM = 10, 28  # half of the coordinates have 2^14 vertices
_VIEWS, _FEWEST_VIEWS = 4096, 16
_WIDTH, _REACH = 0.1, 60.0  # of a bin, and of all bins: nats
_BEFORE, _AFTER, _FALLEN = 15.0, 5.0, 1e-6  # nats around the fall of the transform, and where it has fallen
_ACCURACY, _STEP = 1e-5, 0.02  # of log t


@dataclass(frozen=True)
class SignTimes:
    """The times of P points of N independent signs, copies merged; noise variances.

    Attributes:
        onset: Mean of -R over the points is zero.
        collapse: Mean of -|w|^2/2 - R over the points and their noise is zero.
    """

    onset: MeasuredLevel
    collapse: MeasuredLevel


def sign_times(ambient_dim: int, n_points: int, *, n_views: int = _VIEWS, seed: int = 0) -> SignTimes:
    """When a data set of independent signs shows traps and collapses, on average over data sets.

    Args:
        ambient_dim: N, 10 to 28.
        n_points: P draws, of which copies are merged; at least 3.
        n_views: Noises that the collapse is averaged over, at least 16; every point sees the same from its own side.
        seed: Of these noises.

    Raises:
        InvalidInput: if a size cannot be used.
        NotConverged: if there is no crossing.

    Source: docs/explanation/finite-size-curves.md.
    """
    dim = whole("the number of signs", ambient_dim, least=_FEWEST_DIM, most=_LARGEST_DIM)
    log_gone = whole("`n_points`", n_points, least=3) * math.log1p(-(0.5**dim))
    there = _of_another(log_gone)
    noises = normals(seed, "signs", 0, whole("`n_views`", n_views, least=_FEWEST_VIEWS, example=_VIEWS), dim)
    quiet = np.zeros((1, dim))
    onset = positive_root(lambda t: _mean_log(quiet, there, t).value, "the onset of signs", 1.0, _ACCURACY)
    collapse = positive_root(lambda t: _mean_log(noises, there, t).value, "the collapse of signs", onset, _ACCURACY)
    here, above = (_mean_log(noises, there, collapse * math.exp(step)) for step in (0.0, _STEP))
    error = here.stderr * _STEP / abs(above.value - here.value)
    return SignTimes(
        MeasuredLevel.from_log(Estimate(math.log(onset), _ACCURACY, 1)),
        MeasuredLevel.from_log(Estimate(math.log(collapse), math.hypot(error, _ACCURACY), n_views)),
    )


def _of_another(log_gone: float) -> float:
    """Probability that a vertex is there, given that another one is; ``log_gone`` is that of one that is not."""
    one, both = -math.expm1(log_gone), 2 * math.exp(log_gone) - math.exp(2 * log_gone)
    return (1 - both) / one


def _mean_log(noises: Floats, there: float, t: float) -> Estimate:
    """E log of the sum of all others' weights in units of the own one, mean over ``noises`` (n, N); 0: a clean point.

    |w|^2 and the sum of w, whose means are known, take their part of the scatter.
    """
    logs = np.array([_log_sum((2 + 2 * math.sqrt(t) * w) / t, there) for w in noises])
    n, dim = noises.shape
    if n == 1:
        return Estimate(float(logs[0]), 0.0, 1)
    design = np.stack([np.ones(n), np.square(noises).sum(1) - dim, noises.sum(1)], axis=1)
    fit, *_ = np.linalg.lstsq(design, logs, rcond=None)
    left = logs - design @ fit
    return Estimate(float(fit[0]), float(np.linalg.norm(left)) / math.sqrt(n * (n - design.shape[1])), n)


def _log_sum(exponents: Floats, there: float) -> float:
    """E log of the sum over the vertices that are there, from the exponent of each coordinate that differs, (N,)."""
    half = len(exponents) // 2
    low, counts = _binned(exponents[:half])
    lower, others = _binned(exponents[half:])
    low, counts = low + lower, np.convolve(counts, others)
    own = round(-low / _WIDTH)
    if own >= 0:
        counts[own] -= 1
    kept = min(len(counts), math.ceil(_REACH / _WIDTH))
    low, counts = low + (len(counts) - kept) * _WIDTH, counts[-kept:]
    levels = low + _WIDTH * np.arange(kept)
    largest = float(levels[-1])
    annealed = largest + math.log(there * float(np.exp(levels - largest) @ counts))
    start = -largest - math.log(counts.sum()) - _BEFORE
    steps = math.ceil((_AFTER - annealed - start) / _WIDTH)
    if float(counts.sum()) * there < _BEFORE:  # so few vertices within reach that all may be missing
        raise NotConverged("the signs are too cold for their sums; raise t.")
    while True:
        grid = start + low + _WIDTH * np.arange(kept + steps)
        gone = np.log1p(there * np.expm1(-np.exp(np.minimum(grid, _REACH))))
        transform = np.exp(np.convolve(gone, counts[::-1], "valid"))
        if transform[-1] < _FALLEN:
            break
        steps = 2 * steps
    area = (float(transform.sum()) - 0.5 * float(transform[0] + transform[-1])) * _WIDTH
    return -start - area + math.exp(start + annealed) - float(np.euler_gamma)


def _binned(exponents: Floats) -> tuple[float, Floats]:
    """Lowest bin of the largest log weights of subsets, and how many are in each: number and mean weight are kept."""
    sums = np.zeros(1)
    for exponent in exponents:
        sums = np.concatenate([sums, sums - exponent])
    sums = sums[sums >= sums.max() - _REACH]
    lowest = math.floor(float(sums.min()) / _WIDTH)
    place = sums / _WIDTH - lowest
    bins = np.floor(place).astype(np.int64)
    part = np.expm1((place - bins) * _WIDTH) / math.expm1(_WIDTH)
    counts = np.asarray(np.bincount(bins, 1 - part, minlength=int(bins.max()) + 2), dtype=np.float64)
    counts[1:] += np.bincount(bins, part, minlength=len(counts))[:-1]
    return lowest * _WIDTH, counts
