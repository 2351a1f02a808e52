"""The probability that the own point holds more than half of the posterior weight, given x: no point is drawn.

With S the sum of the other weights in units of the own one, w_own = 1/(1 + S) is above 1/2 where S < 1. The law of S
follows from its transform T(u) = E exp(-u S) = (1 - q(u))^(P-1) at complex u, by the Fourier series of the damped
distribution function at S = 1, of whose last partial sums the binomial mean is taken (Euler summation):

    P(S < 1) = e^(a/2) Re sum_k (-1)^k T(u_k)/u_k,   u_k = a/2 + i pi k,   half of the term k = 0.

It errs by at most e^-a = 3e-7, and by what averaged partial sums leave out: next to nothing where S fluctuates by more
than a few percent given x. Where it fluctuates less, far above the collapse with very many points, P is a step in S
that comes out some 2 % wide and overshoots by up to .1; its integral over log S, which means over x see, is right
within 1e-4.
Source: J. Abate, W. Whitt, Numerical inversion of Laplace transforms of probability distributions, ORSA Journal on
Computing 7 (1995) 36; docs/explanation/finite-size-curves.md (22).
"""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.stats import binom

from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.log_sum import LARGEST_EXACT_LOG, ROWS, Complex, Energies, SumLaw, contour_nodes

_DAMPING = 15.0  # exp(-15) = 3e-7; errors of T grow by exp(7.5)
_TERMS, _AVERAGED = 40, 12  # of the series, and partial sums of which the mean is taken
_ALIKE = 4  # contours between the saddles of x that share one
_LARGEST = 300.0  # exp(300) points with weights that count: T is 0
_CERTAIN = 1 - 1e-15


def own_majority(energies: Energies, log_own: Floats, log_others: float, terms: int = _TERMS) -> Floats:
    """P(w_own > 1/2) over the other points, given x and the own point, (n,); not cut to 0 and 1, for means over x.

    Args:
        energies: What is seen from the n points x.
        log_own: Logarithm of the own weight of each x, -|x - xi|^2/(2t), (n,).
        log_others: log(P - 1).
        terms: Of the series: more tell a sum from 1 more sharply.

    Raises:
        NotConverged: if an integral needs too fine a contour.
    """
    u, share = series(terms)
    law = SumLaw(energies, log_others)
    below = (law.tilts + (math.log(abs(u[0])) - log_own)[:, None] < 0).sum(1)
    found = np.empty(len(log_own))
    for rows in _alike(below):
        c = float(law.contours[max(int(below[rows].min()) - 1, 0)])
        part = replace(energies, squares=energies.squares[rows])
        found[rows] = (transform(_met(part, log_own[rows], log_others, c, u), log_others) @ share).real
    return found


def series(terms: int = _TERMS) -> tuple[Complex, Complex]:
    """(u, c), (nodes,) each, with P(S < 1) = Re sum c T(u)."""
    k = np.arange(terms + _AVERAGED + 1)
    u = 0.5 * _DAMPING + 1j * math.pi * k
    held = binom.sf(k - terms - 1, _AVERAGED, 0.5)  # by how many of the averaged sums
    c = math.exp(0.5 * _DAMPING) * np.where(k % 2, -held, held) / u
    c[0] /= 2
    return u, -math.expm1(-_DAMPING) * c  # so that what is sure comes out as 1


def transform(met: Complex, log_others: float) -> Complex:
    """T from (P-1) q."""
    if log_others >= LARGEST_EXACT_LOG:
        return np.asarray(np.exp(-met), dtype=np.complex128)
    others = math.exp(log_others)
    q = met / others
    # numpy's log1p of a complex number takes the logarithm of 1 - q, which many points would multiply
    size = 0.5 * np.log1p(np.maximum(np.square(np.abs(q)) - 2 * q.real, -_CERTAIN))
    logs = np.asarray(others * (size - 1j * np.arctan2(q.imag, 1 - q.real)), dtype=np.complex128)
    return np.asarray(np.exp(logs), dtype=np.complex128)


def _alike(below: Integers) -> Iterator[Integers]:
    """Places of x whose saddles lie near each other, by how many contours lie left of each."""
    order = np.argsort(below, kind="stable")
    first = 0
    while first < len(order):
        last = int(np.searchsorted(below[order], below[order[first]] + _ALIKE, side="right"))
        last = min(last, first + ROWS)
        yield order[first:last]
        first = last


def _met(energies: Energies, log_own: Floats, log_others: float, c: float, u: Complex) -> Complex:
    """(P-1) q(u) of weights in units of the own one, (n, len(u)).

    Only the upper half of the contour is made: the lower one at u is the conjugate of the upper one at u*.
    """
    k, logs = contour_nodes(energies, c, log_others, float(np.angle(u).max()))
    exponents = energies.cumulants(k)[0] - np.outer(log_own, k) + log_others
    heights = exponents[:, 0].real
    integrand = np.exp(exponents - heights[:, None])
    upper, lower = (integrand @ np.exp(logs[:, None] + np.outer(k, np.log(v))) for v in (u, u.conj()))
    scales = 0.5 * np.exp(np.minimum(heights, _LARGEST))
    met = np.asarray((upper + lower.conj()) * scales[:, None], dtype=np.complex128)
    if c > 1:
        at_pole = energies.cumulants(np.ones(1, dtype=np.complex128))[0].real + log_others - log_own[:, None]
        met = met + np.exp(np.minimum(at_pole, _LARGEST)) * u
    return met
