"""Where to start Newton's method: what the solutions nearby lead one to expect."""

import math
from collections.abc import Mapping

import numpy as np

from remanifold.theory.landscapes.replica.fixed_point import ReplicaMap, Solver, from_point, to_point
from remanifold.theory.landscapes.replica.overlaps import Overlaps

_NEAR = 0.05  # of log lam and of lam * delta: near enough to start from without interpolation
_REACH = 1.5  # of the same: farther solutions say nothing
_MOST = 16
_TERMS = (3, 6, 10)  # of polynomials of degree 1, 2, 3 in two variables


def expected(settled: Mapping[tuple[float, float], Solver], equations: ReplicaMap) -> Solver | None:
    """A solver that starts from a local polynomial through the solutions at known (lam, delta), or None if too few.

    Its slopes are those of the nearest solution.
    """
    lam, delta, matched = equations.channel.lam, equations.channel.delta, equations.channel.matched
    known = [(math.log(at / lam), at * noise - lam * delta, solver) for (at, noise), solver in settled.items()]
    known = [entry for entry in known if not matched or entry[2].overlaps.bayes]
    known = sorted(known, key=lambda entry: _apart(*entry[:2]))[:_MOST]
    known = [entry for entry in known if _apart(*entry[:2]) < _REACH and entry[2].overlaps.pull > 0]
    if not known or (len(known) < _TERMS[0] and _apart(*known[0][:2]) > _NEAR):
        return None
    x, y = np.array([entry[0] for entry in known]), np.array([entry[1] for entry in known])
    degree = sum(len(known) >= terms for terms in _TERMS)
    table = np.stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=1)
    weights = 1 / (1e-9 + np.hypot(x, y))[:, None]
    values = np.stack([to_point(entry[2].overlaps) for entry in known])
    guess = np.linalg.lstsq(weights * table, weights * values, rcond=1e-10)[0][0]  # the polynomials' values at 0
    if matched:
        precision = math.exp(guess[0])
        return known[0][2].moved(equations, Overlaps(precision, precision, precision))
    sensible = guess[1] > 0 and guess[2] < 1 + math.exp(guess[0])
    return known[0][2].moved(equations, from_point(guess)) if sensible else None


def _apart(x: float, y: float) -> float:
    return max(abs(x), abs(y))
