"""Nonlinear hidden manifolds: the replica-symmetric landscape of xi = g(F z / sqrt(D)) with gaussian F."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from remanifold._core.errors import NotConverged, require
from remanifold.manifolds import Activation
from remanifold.theory.activations import Nonlinearity, nonlinearity
from remanifold.theory.fixed_point import ReplicaMap, Solver, nishimori_roots
from remanifold.theory.gaussian_channel import Averages, GaussianChannel, Levels
from remanifold.theory.overlaps import Overlaps

TOLERANCE = 1e-8
_FLOOR = 1e-14  # round-off of one average
_LOOSE = 1e-7  # from here on the coarsest quadrature is worth comparing with
_FINEST, _LAST_CHANCE = 7, 4
_COARSE_RESIDUAL, _RESIDUAL, _LEAST_RESIDUAL = 1e-4, 1e-9, 1e-13
_LARGEST = 1e12  # beyond, y - g(u) has lost its digits; zeta is then a straight line in log lam
_NARROWEST = 3e-9  # the same off the Nishimori line, where m is known to 1e-16/V and zeta to the square of that over V
_MOST_BEND = 1e-6
_CLOSER = Levels(2, 2, 2)  # to look for solutions again
_COARSEST = (0, 1, 2)  # levels to try when solutions are followed
_SAME = 1e-4
_NEAR = 0.05  # of log lam: solutions are not sought afresh, but followed
_FEWEST_SHARE = 1 / 256  # shortest step of the continuation in delta


@dataclass(frozen=True)
class Branch:
    """One solution of the replica equations.

    Attributes:
        m, q, Q: Overlap of a draw with the truth, of two draws, and of a draw with itself.
        zeta: Its free entropy; the largest one wins.
        stability: Replica symmetry holds against small perturbations where this is below 1; docs/theory.md (4.14).
        residual: |log| of the ratio between the two sides of the equations, at the finest quadrature.
    """

    m: float
    q: float
    Q: float
    zeta: float
    stability: float
    residual: float


@dataclass(frozen=True)
class ReplicaSolution:
    """The landscape at one point, with its certificates.

    Attributes:
        lam, delta: Inverse temperature, noise variance of the point that looks.
        m, q, Q: Overlaps of the winning branch.
        zeta, zeta_slope, entropy_deficit: As in `Landscape`.
        stability, residual: Of the winning branch, see `Branch`.
        error: Change of zeta, or of lam * zeta_slope if larger, when all quadratures were refined for the last time.
        branches: Every solution found, winner first; more than one means coexistence.
    """

    lam: float
    delta: float
    m: float
    q: float
    Q: float
    zeta: float
    zeta_slope: float
    entropy_deficit: float
    stability: float
    residual: float
    error: float
    branches: tuple[Branch, ...]

    @property
    def n_branches(self) -> int:
        """Number of solutions found."""
        return len(self.branches)


@dataclass(frozen=True, eq=False)
class ReplicaLandscape:
    """Landscape of a nonlinear hidden manifold with gaussian F, in the limit of large dimension.

    Source: docs/theory.md (4.9) to (4.14); the form of the equations follows arXiv 1708.03395.

    Attributes:
        latent_ratio: D/N, any positive number.
        g: The activation with its breaks.
        tolerance: Accuracy of zeta beside its size; the quadratures are refined until two orders agree.
    """

    latent_ratio: float
    g: Nonlinearity
    tolerance: float = TOLERANCE
    _solutions: dict[tuple[float, float], ReplicaSolution] = field(default_factory=dict, repr=False, init=False)
    _roots: dict[float, list[float]] = field(default_factory=dict, repr=False, init=False)

    def __post_init__(self) -> None:
        good = 0 < self.latent_ratio < math.inf
        require(good, "the latent ratio must be a positive finite number", self.latent_ratio, "pass D/N")
        good = 1e-12 <= self.tolerance <= 1e-3
        require(good, "the tolerance must be from 1e-12 to 1e-3", self.tolerance, "pass e.g. 1e-8")

    @classmethod
    def of(
        cls,
        latent_ratio: float,
        activation: str | Activation,
        breaks: Sequence[float] | None = None,
        tolerance: float = TOLERANCE,
    ) -> "ReplicaLandscape":
        """The landscape of an activation by name, or of a vectorised numpy or torch function.

        Args:
            latent_ratio: D/N, any positive number.
            activation: Name in `remanifold.manifolds.ACTIVATIONS`, or a function of one array.
            breaks: Jumps and kinks of the function and of its derivatives; found by bisection if not given.
            tolerance: Accuracy of zeta beside its size.

        Raises:
            InvalidInput: if the ratio is not positive, or the activation cannot be used.
        """
        return cls(latent_ratio, nonlinearity(activation, breaks), tolerance)

    @property
    def information_ceiling(self) -> float:
        """-zeta(infinity, 0) if g takes finitely many values, else infinite; docs/theory.md (4.15)."""
        return -self.zeta(_LARGEST, 0.0) if self.g.discrete else math.inf

    def zeta(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta`.

        Raises:
            NotConverged: if no solution meets the tolerance.
        """
        return self.solution(lam, delta).zeta

    def zeta_slope(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta_slope`.

        Raises:
            NotConverged: as `zeta`.
        """
        return self.solution(lam, delta).zeta_slope

    def entropy_deficit(self, lam: float, delta: float) -> float:
        """See `Landscape.entropy_deficit`.

        Raises:
            NotConverged: as `zeta`.
        """
        return self.solution(lam, delta).entropy_deficit

    def solution(self, lam: float, delta: float) -> ReplicaSolution:
        """Overlaps, free entropy and certificates at one point.

        Args:
            lam: Inverse temperature, positive, 1/(unit of t).
            delta: Noise variance of the point from which the data are seen, at least 0.

        Raises:
            InvalidInput: if lam or delta is out of range.
            NotConverged: if no solution meets the tolerance.
        """
        require(0 < lam < math.inf, "the inverse temperature must be a positive finite number", lam, "pass 1/t")
        require(0 <= delta < math.inf, "the noise variance must be a finite number of at least 0", delta, "pass delta")
        key = (lam, delta)
        if key not in self._solutions:
            reach = self._reach(lam, delta)
            self._solutions[key] = self._solve(lam, delta) if lam <= reach else self._beyond(lam, delta, reach)
        return self._solutions[key]

    def _reach(self, lam: float, delta: float) -> float:
        """The largest inverse temperature up to lam at which the equations can be solved in double precision."""
        base = min(lam, _LARGEST)
        if self._equations(lam, delta).channel.matched:
            return base
        width = 1 / (1 + max(self._nishimori_roots(base)))
        return base if width >= _NARROWEST else base * width / _NARROWEST

    def _nishimori_roots(self, lam: float) -> list[float]:
        if lam in self._roots:
            return self._roots[lam]
        near = min(self._roots, key=lambda known: abs(math.log(known / lam)), default=0.0)
        if near and abs(math.log(near / lam)) < _NEAR and len(self._roots[near]) == 1:  # good enough to start from
            return self._roots[near]
        self._roots[lam] = nishimori_roots(self._equations(lam, 1 / lam), Levels(0, 0, 0))
        return self._roots[lam]

    def _solve(self, lam: float, delta: float) -> ReplicaSolution:
        equations = self._equations(lam, delta)
        try:
            found = self._branches(equations)
        except NotConverged:  # a solution of the coarse equations need not be one of the fine ones
            self._roots[lam] = nishimori_roots(self._equations(lam, 1 / lam), _CLOSER)
            found = self._branches(equations)
        best, means, error = found[0]
        energy = 0.5 if equations.channel.matched else means.energy  # an identity there
        overlap_part = best.zeta - means.log_z
        deficit = -0.5 - best.zeta if equations.channel.matched else -overlap_part - means.entropy
        return ReplicaSolution(
            lam, delta, best.m, best.q, best.Q, best.zeta, -energy / lam, deficit, best.stability, best.residual,
            error, tuple(branch for branch, _, _ in found),
        )  # fmt: skip

    def _branches(self, equations: ReplicaMap) -> list[tuple[Branch, Averages, float]]:
        """Each solution with its averages and error, the largest zeta first."""
        found: list[tuple[Branch, Averages, float]] = []
        for solver in self._starts(equations):
            branch, means, error = self._refine(equations, solver)
            if not any(abs(branch.m - other.m) + abs(branch.Q - other.Q) < _SAME for other, _, _ in found):
                found.append((branch, means, error))
        return sorted(found, key=lambda entry: -entry[0].zeta)

    def _equations(self, lam: float, delta: float) -> ReplicaMap:
        return ReplicaMap(GaussianChannel(self.g, lam, delta), self.latent_ratio)

    def _starts(self, equations: ReplicaMap) -> list[Solver]:
        """A solver, settled at coarse quadrature, for each stable solution of the Nishimori line at the same lam."""
        lam, delta = equations.channel.lam, equations.channel.delta
        starts = [Overlaps(x, x, x) for x in self._nishimori_roots(lam)]
        if equations.channel.matched:
            return [Solver(equations, start) for start in starts]
        solvers, complaint = [], None
        for start in starts:
            try:
                solvers.append(self._carried(start, lam, delta))
            except NotConverged as error:  # that branch may end on the way
                complaint = error
        if not solvers:
            raise complaint or NotConverged("the replica equations have no solution here; change the noise levels.")
        return solvers

    def _carried(self, start: Overlaps, lam: float, delta: float) -> Solver:
        """Follow a solution from delta = 1/lam to the delta that was asked for, in one step or as many as it takes."""
        done, stride, here = 0.0, 1.0, start
        while True:
            share = min(1.0, done + stride)
            solver = Solver(self._equations(lam, (1 - share) / lam + share * delta), here)
            if not solver.try_levels(_COARSEST, _COARSE_RESIDUAL):
                stride /= 4
                if stride < _FEWEST_SHARE:
                    raise NotConverged(solver.complaint)
                continue
            if share == 1:
                return solver
            done, here = share, solver.overlaps

    def _refine(self, equations: ReplicaMap, solver: Solver) -> tuple[Branch, Averages, float]:
        """Refine all quadratures until zeta and lam * zeta_slope stand still."""
        previous: tuple[float, float] | None = None
        change = math.inf
        first = 1 if self.tolerance < _LOOSE else 0
        for level in range(first, _FINEST + 1):
            settled = solver.try_levels((level,), min(_RESIDUAL, max(self.tolerance / 10, _LEAST_RESIDUAL)))
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
                if change <= self.tolerance * abs(zeta) + _FLOOR:
                    overlaps = solver.overlaps
                    stability = means.squared_shrink / self.latent_ratio
                    branch = Branch(overlaps.m, overlaps.q, overlaps.Q, zeta, stability, residual)
                    return branch, means, change
            previous = zeta, means.energy
        raise NotConverged(
            f"zeta of {self.g.name} at lam = {equations.channel.lam:.6g}, delta = {equations.channel.delta:.6g} still "
            f"changes by {change:.1g} under refinement; raise the tolerance, or declare the activation's `breaks`."
        )

    def _beyond(self, lam: float, delta: float, reach: float) -> ReplicaSolution:
        """Carry zeta on as a straight line in log lam at fixed lam * delta, with the curvature as error."""
        ratio = lam / reach
        near, back, far = (self._solve(reach / f, delta * ratio * f) for f in (1.0, 10.0, 100.0))
        slope = (near.zeta - back.zeta) / math.log(10)
        bend = abs(near.zeta - 2 * back.zeta + far.zeta) / math.log(10) * math.log(ratio)
        rise = slope * math.log(ratio)
        if bend > _MOST_BEND * abs(near.zeta):
            raise NotConverged(
                f"zeta of {self.g.name} at lam = {lam:.6g} is beyond the reach of double precision, lam = {reach:.3g}, "
                f"and known to {bend:.1g} only; use a lower inverse temperature, or a smaller load."
            )
        return ReplicaSolution(
            lam, delta, near.m, near.q, near.Q, near.zeta + rise, near.zeta_slope / ratio, near.entropy_deficit - rise,
            near.stability, near.residual, near.error + bend, near.branches,
        )  # fmt: skip
