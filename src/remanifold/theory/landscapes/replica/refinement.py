"""Solutions of the replica equations, followed from where they are known and refined until they stand still."""

import math
from collections.abc import Callable
from typing import NamedTuple

from remanifold._core.errors import NotConverged
from remanifold.theory.landscapes.replica.fixed_point import ReplicaMap, Solver
from remanifold.theory.landscapes.replica.gaussian_channel import Averages
from remanifold.theory.landscapes.replica.overlaps import Overlaps
from remanifold.theory.landscapes.replica.solutions import Branch

_FLOOR = 1e-14  # round-off of one average
_LOOSE = 1e-7  # from here on the coarsest quadrature is worth comparing with
_FINEST, _LAST_CHANCE = 7, 4
_COARSE_RESIDUAL, _LEAST_RESIDUAL = 1e-4, 1e-13
_COARSEST = (0, 1, 2)  # levels to try when solutions are followed
_FEWEST_SHARE = 1 / 256  # shortest step of the continuation in delta


class Refined(NamedTuple):
    """A solution with its averages, the change of zeta at the last refinement, and the solver that found it."""

    branch: Branch
    means: Averages
    error: float
    solver: Solver


def carried(equations: Callable[[float], ReplicaMap], start: Overlaps, lam: float, delta: float) -> Solver:
    """Follow a solution from delta = 1/lam to the delta that was asked for, in one step or as many as it takes.

    Args:
        equations: The equations at a given delta.
        start: The solution at delta = 1/lam, roughly.
        lam: Inverse temperature.
        delta: Where to go.

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
