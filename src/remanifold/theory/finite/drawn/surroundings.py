"""Training points with the points around them, drawn: where gradient flow of log p_t^emp ends, no energy tells.

All points of a data set, as long as they are few. Of Gaussian data any number: near each training point some thousand
places are drawn from the law of the data and from that law tilted towards the way of the flow, and each stands for a
Poisson number of points with the mean that makes the process one of P - 1 points of the law: near ones are there one by
one, or not; far ones by the sum of their weights. Source: docs/explanation/finite-size-curves.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats, Integers

_OF_EACH = 256  # places of each tilt and centre
_WIDEST_STEP, _STEP_OF_DIM = 2.0, 4.0  # of the precision from one tilt to the next: fewer overlap in many dimensions
_ABSENT = -6.0  # log of the sum of tilted weights over all points from which on nothing is so near
_STILL = 1e-6  # of sqrt(t): a step this short is at a fixed point, as in `remanifold.measures`
_MOST_STEPS = 20_000
_PANEL = 2**21  # weights at a time


@dataclass(frozen=True)
class Surroundings:
    """Some training points, and the points that others stand for.

    Attributes:
        points: Own and other points, (M, D).
        log_counts: Logarithm of the number of points that each is, (M,).
        own: Places of the training points that starts belong to, (rows,).
        starts: Where their flows begin, (rows, levels, D).
    """

    points: Floats
    log_counts: Floats
    own: Integers
    starts: Floats

    def kept(self, t: float) -> NDArray[np.bool_]:
        """Whether gradient flow at frozen noise ``t`` ends where the own point has most of the weight: (rows, levels).

        Raises:
            NotConverged: if one does not settle.
        """
        rows, levels, dim = self.starts.shape
        own, x = np.repeat(self.own, levels), self.starts.reshape(-1, dim).copy()
        lifts = self.log_counts - np.square(self.points).sum(1) / (2 * t)
        kept = np.zeros(len(x), dtype=bool)
        size = max(1, _PANEL // len(self.points))
        for first in range(0, len(x), size):
            part = slice(first, first + size)
            kept[part] = _own_weights(self.points, lifts, x[part], t, own[part]) > 0.5
        return kept.reshape(rows, levels)


def _own_weights(points: Floats, lifts: Floats, x: Floats, t: float, own: Integers) -> Floats:
    """Weight of the own point where the mean shift x -> m(x, t) ends, (n,); ``x`` is moved there."""
    found, moving = np.zeros(len(x)), np.arange(len(x))
    for _ in range(_MOST_STEPS):
        weights = x[moving] @ points.T
        weights /= t
        weights += lifts
        weights -= weights.max(axis=1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=1, keepdims=True)
        ahead = weights @ points
        found[moving] = weights[np.arange(len(moving)), own[moving]]
        steps = np.sqrt(np.square(ahead - x[moving]).sum(1))
        x[moving] = ahead
        moving = moving[steps > _STILL * math.sqrt(t)]
        if not len(moving):
            return found
    raise NotConverged(f"{len(moving)} gradient flows still moved at t = {t:.6g} after {_MOST_STEPS} steps.")


def of_set(points: Floats, rows: int, delta: Floats, random: np.random.Generator) -> Surroundings:
    """Rows of a data set (P, D) that is there as a whole."""
    points = points - points.mean(axis=0)  # weights are told by distances; far from 0 digits are lost
    own = np.sort(random.permutation(len(points))[:rows])
    return Surroundings(points, np.zeros(len(points)), own, _starts(points[own], delta, random))


def of_gaussian_point(
    eigenvalues: Floats, n_points: int, t: float, delta: Floats, random: np.random.Generator
) -> Surroundings:
    """One training point of ``n_points`` Gaussian ones of this covariance, with places that stand for the others."""
    scales = np.sqrt(eigenvalues)
    xi = scales * random.standard_normal(len(scales))
    starts = _starts(xi[None], delta, random)
    centres = np.stack([xi, *starts[0][[0, len(delta) // 2, len(delta) - 1]]])
    plain = _OF_EACH * len(centres)
    drawn, logs = [scales * random.standard_normal((plain, len(scales)))], []
    gains = _gains(eigenvalues, math.log(n_points - 1), t, centres)
    for gain in gains:
        spread = 1 / (1 / eigenvalues + gain)
        for centre in centres:
            noise = random.standard_normal((_OF_EACH, len(scales)))
            drawn.append(gain * spread * centre + np.sqrt(spread) * noise)
    places = np.concatenate(drawn)
    logs.append(np.full(len(places), math.log(plain)))  # of the density of places over that of the law
    for gain in gains:
        for centre in centres:
            away = np.square(places - centre).sum(1)
            logs.append(math.log(_OF_EACH) - 0.5 * gain * away - _annealed(eigenvalues, gain, centre))
    expected = np.exp(math.log(n_points - 1) - logsumexp(logs, axis=0))
    counts = _poisson(expected, random)
    there = counts > 0
    points = np.concatenate([xi[None], places[there]])
    log_counts = np.concatenate([[0.0], np.log(counts[there])])
    return Surroundings(points, log_counts, np.zeros(1, dtype=np.int64), starts)


def _gains(eigenvalues: Floats, log_others: float, t: float, centres: Floats) -> list[float]:
    """Tilts exp(-gain |x - centre|^2/2), from that of the law to 1/t, or to where no other point is so near."""
    largest, found = float(eigenvalues.max()), [0.0]
    step = min(_WIDEST_STEP, 1 + _STEP_OF_DIM / math.sqrt(len(eigenvalues)))
    while found[-1] < 1 / t:
        sums = [log_others + _annealed(eigenvalues, found[-1], centre) for centre in centres]
        if max(sums) < _ABSENT:
            break
        found.append(min(1 / t, (step * (1 + found[-1] * largest) - 1) / largest))
    return found[1:]


def _annealed(eigenvalues: Floats, gain: float, centre: Floats) -> float:
    """log E exp(-gain |x - centre|^2/2) over x of the law."""
    wide = 1 + gain * eigenvalues
    return float(-0.5 * np.log(wide).sum() - 0.5 * gain * (centre**2 / wide).sum())


def _poisson(means: Floats, random: np.random.Generator) -> Floats:
    """Numbers with these means, above 10^9 by the normal law."""
    many = means > 1e9
    counts = random.poisson(np.where(many, 0.0, means)).astype(np.float64)
    return np.where(many, means + np.sqrt(means) * random.standard_normal(len(means)), counts)


def _starts(own: Floats, delta: Floats, random: np.random.Generator) -> Floats:
    """xi + sqrt(delta) w, (rows, levels, D), the same noise at every delta."""
    noise = random.standard_normal(own.shape)
    return own[:, None] + np.sqrt(delta)[None, :, None] * noise[:, None]
