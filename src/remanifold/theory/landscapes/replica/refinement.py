"""Solutions of the replica equations, followed from where they are known and refined until they stand still."""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold.theory.landscapes.replica.fixed_point import ReplicaMap, Solver, from_point, to_point
from remanifold.theory.landscapes.replica.gaussian_channel import Averages
from remanifold.theory.landscapes.replica.solutions import Branch, Overlaps

_FLOOR = 1e-14  # round-off of one average
_LOOSE = 1e-7  # from here on the coarsest quadrature is worth comparing with
_FINEST, _LAST_CHANCE = 7, 4
_COARSE_RESIDUAL, _LEAST_RESIDUAL = 1e-4, 1e-13
_COARSEST = (0, 1, 2)  # levels to try when solutions are followed
_FEWEST_SHARE = 1 / 256  # shortest step of the continuation in delta
_NEAR = 0.05  # of log lam and of lam * delta: near enough to start from without interpolation
_REACH = 1.5  # of the same: farther solutions say nothing
_MOST = 16
_TERMS = (3, 6, 10)  # of polynomials of degree 1, 2, 3 in two variables


class Refined(NamedTuple):
    """A solution with its averages, the change of zeta at the last refinement, and the solver that found it."""

    branch: Branch
    means: Averages
    error: float
    solver: Solver


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


def carried(equations: Callable[[float], ReplicaMap], start: Overlaps, lam: float, delta: float) -> Solver:
    """Follow a solution, at delta = 1/lam roughly ``start``, to ``delta``, in one step or as many as it takes.

    Raises:
        NotConverged: if the solution ends on the way.
    """
    done, stride, here = 0.0, 1.0, start
    while True:
        share = min(1.0, done + stride)
        solver = Solver(equations((1 - share) / lam + share * delta), here)
        if not solver.try_levels(_COARSEST, _COARSE_RESIDUAL):
            stride /= 4
            if stride < _FEWEST_SHARE:
                raise NotConverged(solver.complaint)
            continue
        if share == 1:
            return solver
        done, here = share, solver.overlaps


def refined(equations: ReplicaMap, solver: Solver, tolerance: float) -> Refined:
    """Refine all quadratures until zeta and lam * zeta_slope stand still, within ``tolerance`` beside zeta's size.

    Raises:
        NotConverged: if they do not, or if the solution is lost.
    """
    previous: tuple[float, float] | None = None
    change = math.inf
    crude = tolerance >= _LOOSE and not len(equations.channel.g.turns)  # level 0 does not resolve turns
    for level in range(0 if crude else 1, _FINEST + 1):
        settled = solver.try_levels((level,), max(tolerance / 10, _LEAST_RESIDUAL))
        if settled is None:
            if level > _LAST_CHANCE:
                raise NotConverged(solver.complaint)
            continue
        means, residual = settled
        zeta = equations.zeta(solver.overlaps, means)
        if previous is not None:
            change = abs(zeta - previous[0])
            if not equations.channel.matched:  # there the energy is known, 1/2
                change = max(change, abs(means.energy - previous[1]))
            if change <= tolerance * abs(zeta) + _FLOOR:
                overlaps, stability = solver.overlaps, means.squared_shrink / equations.latent_ratio
                branch = Branch(overlaps.m, overlaps.q, overlaps.Q, zeta, stability, residual)
                return Refined(branch, means, change, solver)
        previous = zeta, means.energy
    name, lam, delta = equations.channel.g.name, equations.channel.lam, equations.channel.delta
    raise NotConverged(
        f"zeta of {name} at lam = {lam:.6g}, delta = {delta:.6g} still changes by {change:.1g} under refinement; raise "
        "the tolerance, or declare the activation's `breaks`."
    )
