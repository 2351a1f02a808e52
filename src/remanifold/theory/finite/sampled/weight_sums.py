"""Exact means over the sum of P - 1 independent weights exp(-exponent), from weighted samples of one exponent.

For s the sum, E exp(-u s) = (1 - q(u))^(P-1) with q(u) = E[1 - exp(-u exp(-exponent))], and every mean below is one
integral of it over y = log u. With the samples in bins of equal width, q at all y is one discrete convolution.
Source: docs/explanation/finite-size.md (2), which is exact for any law of the energies.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import exp1

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats
from remanifold.theory.finite.majority import series, transform

_WIDTH, _MOST_BINS = 0.2, 4000  # of a bin, in nats; wider where levels lie far apart, deep in a frozen phase
_WIDEST = 100.0  # nats: exponentials of more within a bin are no numbers
_FINE = 0.5  # widest bin for what compares weights with the own one
_DEEP = 18.0  # weights so many nats, and log(P - 1), below the largest few are nothing even all together
_FEW = 3.0  # the largest weights: those that so many of the points reach
_SURE = 45.0  # so many points are met by none of the sets: what lies beyond never is the nearest
_BEFORE, _AFTER = 12.0, 12.0  # nats around the fall of the transform
_FALLEN = 1e-6
_MET = 22.0  # points, each with 1 - 1/e at least: exp(-14)
_CERTAIN = 1 - 1e-15
_LARGEST_EXACT_LOG = 33.0  # beyond e^33 points (1 - q)^(P-1) and exp(-P q) are the same double
_LARGEST = 40.0  # exp(-e^40) is 0
_AWAY = 60.0  # nats from the own weight: beyond, one weight is nothing beside it, or everything


@dataclass(frozen=True)
class WeightSum:
    """The sum of P - 1 weights, in units of the own weight.

    Attributes:
        counts: Expected number of the other points in each bin, (bins,).
        edges: Lowest log weight of each bin, (bins,), in steps of `width`.
        log_others: log(P - 1).
        width: Of a bin, nats.
    """

    counts: Floats
    edges: Floats
    log_others: float
    width: float

    @cached_property
    def annealed(self) -> float:
        """log E s."""
        largest = float(self.edges[-1])
        return largest + math.log(float(self.counts @ np.exp(self.edges - largest)))

    @cached_property
    def _start(self) -> float:
        return -max(self.annealed, 0.0) - _BEFORE

    @cached_property
    def _transform(self) -> tuple[Floats, Floats, Floats]:
        """(y, q, (1 - q)^(P-1)) from where the transform is 1 to where it is 0."""
        steps = int((_AFTER - self.annealed - self._start) / self.width) + 1
        while True:
            met = self._over_bins(steps, _fallen)  # (P-1) q
            if self.log_others < _LARGEST_EXACT_LOG:
                others = math.exp(self.log_others)
                q = np.asarray(np.minimum(met / others, _CERTAIN))
                transform = np.exp(others * np.log1p(-q))
            else:
                q, transform = np.zeros_like(met), np.exp(-met)
            if transform[-1] < _FALLEN:  # sooner or later: all points are in the bins, or `_SURE` of them
                y = self._start + self.width * np.arange(steps, dtype=np.float64)
                return y, q, transform
            steps = max(int(1.6 * steps), self._fallen_at)

    @property
    def _fallen_at(self) -> int:
        """Steps to where so many points are met that the transform has fallen; 0 where the bins hold fewer.

        Where levels lie thousands of nats apart, in one dimension, most of the time went into growing towards it.
        """
        met = np.cumsum(self.counts[::-1])
        k = int(np.searchsorted(met, _MET))
        return 0 if k == len(met) else int((-float(self.edges[::-1][k]) - self._start) / self.width) + 2

    def _require_fine(self) -> None:
        """The own weight is told from the others within a nat or so; E log s, which is thousands then, is not."""
        if self.width > _FINE:
            raise NotConverged("the levels lie too far apart for the weights of single points; raise t.")

    def _over_bins(self, steps: int, kernel: Callable[[Floats], Floats]) -> Floats:
        """sum over bins of counts * kernel(y + edge), at every y."""
        n = len(self.counts)
        values = kernel(self._start + self.edges[0] + self.width * np.arange(n + steps - 1))
        return np.convolve(values, self.counts[::-1], "valid")

    @cached_property
    def mean_log(self) -> float:
        """E log s."""
        _, _, transform = self._transform
        area = (transform.sum() - 0.5 * (transform[0] + transform[-1])) * self.width
        return -self._start - area + math.exp(self._start + self.annealed) - np.euler_gamma

    @cached_property
    def own_weight(self) -> float:
        """E[1/(1 + s)]: the posterior weight of the own point."""
        self._require_fine()
        y, _, transform = self._transform
        v = np.exp(np.minimum(y, _LARGEST))
        below = -math.expm1(-math.exp(self._start))
        return min(float((v * np.exp(-v) * transform).sum() * self.width) + below, 1.0)

    @cached_property
    def majority(self) -> float:
        """P(s < 1): that the own point holds more than half of the posterior weight; not cut to 0 and 1."""
        self._require_fine()
        u, share = series()
        each = np.asarray(-np.expm1(np.outer(-u, np.exp(np.minimum(self.edges, _LARGEST)))), dtype=np.complex128)
        return float((transform(each @ self.counts, self.log_others) @ share).real)

    @cached_property
    def participation(self) -> float:
        """E[(1 + sum of squared weights)/(1 + s)^2]: the sum of squared posterior weights, own point included."""
        self._require_fine()
        y, q, transform = self._transform
        v = np.exp(np.minimum(y, _LARGEST))
        squares = self._over_bins(len(y), _squared)
        left = transform / (1 - q)
        below = 1 - (1 + math.exp(self._start)) * math.exp(-math.exp(self._start))
        return below + float((v * v * np.exp(-v) * transform + np.exp(-v) * squares * left).sum() * self.width)

    @cached_property
    def mean_logs(self) -> tuple[float, float]:
        """(E log(1 + s), E[sum of w log weight]): entropy of the posterior is their difference.

        The second is over the other points' posterior weights; the own point's log weight is 0.
        """
        self._require_fine()
        y, q, transform = self._transform
        v = np.exp(np.minimum(y, _LARGEST))
        below = math.exp(self._start + self.annealed)  # E s u, where u is small
        inner = np.exp(-v) * (1 - transform)
        beyond = float(exp1(v[-1]))  # where the transform has fallen to 0
        total = float(inner.sum() - 0.5 * (inner[0] + inner[-1])) * self.width + below + beyond
        n = len(self.counts)
        grid = self._start + self.edges[0] + self.width * np.arange(n + len(y) - 1)
        weighted = np.convolve(_once(grid), (self.counts * self.edges)[::-1], "valid")
        return total, float((np.exp(-v) * weighted * transform / (1 - q)).sum() * self.width)


def weight_sum(exponents: Floats, log_weights: Floats, log_others: float) -> WeightSum:
    """The sum of weights exp(-exponent) of P - 1 points, from weighted samples of one exponent.

    Args:
        exponents: (n,).
        log_weights: Logarithm of the probability of each sample, (n,).
        log_others: log(P - 1).

    Raises:
        NotConverged: if the exponents are so far apart that single precision tells none of the nearest from another.
    """
    levels = -exponents
    order = np.argsort(exponents)
    reached = np.cumsum(np.exp(log_weights[order] + log_others))
    largest, surely = levels[order[np.minimum(np.searchsorted(reached, (_FEW, _SURE)), len(order) - 1)]]
    kept = levels >= min(largest - _DEEP - max(log_others, 0.0), surely)
    levels, expected = levels[kept], np.exp(log_weights[kept] + log_others)
    width = max(_WIDTH, float(np.ptp(levels)) / _MOST_BINS)
    if width > _WIDEST:
        raise NotConverged("the noise lies too far below that of the best generalization; raise t.")
    lowest = math.floor(float(levels.min()) / width) * width
    place = (levels - lowest) / width
    bins = place.astype(np.int64)
    # parts that keep both the number of points and the mean weight
    part, n = np.expm1((place - bins) * width) / math.expm1(width), int(bins.max()) + 2
    counts = np.zeros(n)
    np.add.at(counts, bins, expected * (1 - part))
    np.add.at(counts, bins + 1, expected * part)
    return WeightSum(counts, lowest + width * np.arange(n, dtype=np.float64), log_others, width)


def own_weight(exponents: Floats, log_weights: Floats, log_others: float) -> float:
    """E[1/(1 + s)] as `WeightSum.own_weight`, however far apart the levels lie.

    Weights that are nothing beside the own one, or everything, are not told from one another.
    """
    near = np.clip(exponents, -_AWAY, _AWAY + max(log_others, 0.0))
    return weight_sum(near, log_weights, log_others).own_weight


def _fallen(v: Floats) -> Floats:
    return -np.expm1(-np.exp(np.minimum(v, _LARGEST)))


def _once(v: Floats) -> Floats:
    x = np.exp(np.minimum(v, _LARGEST))
    return x * np.exp(-x)


def _squared(v: Floats) -> Floats:
    x = np.exp(np.minimum(v, _LARGEST))
    return x * x * np.exp(-x)
