"""Nonlinear hidden manifolds: the replica-symmetric landscape of xi = g(F z / sqrt(D)) with gaussian F."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Self

from remanifold._core.checks import number
from remanifold._core.errors import NotConverged
from remanifold.manifolds import Activation
from remanifold.theory.landscapes.landscape import Landscape
from remanifold.theory.landscapes.linear import LinearLandscape
from remanifold.theory.landscapes.replica.activations import Nonlinearity, nonlinearity
from remanifold.theory.landscapes.replica.fixed_point import ReplicaMap, Solver, nishimori_roots
from remanifold.theory.landscapes.replica.gaussian_channel import GaussianChannel, Levels
from remanifold.theory.landscapes.replica.refinement import Refined, carried, expected, refined
from remanifold.theory.landscapes.replica.solutions import Overlaps, ReplicaSolution

TOLERANCE = 1e-8
_ROUGH, _SHARP = 1e-5, 1e-8
_LARGEST, _LARGEST_LINES = 1e12, 1e14  # beyond, y - g(u) has lost its digits; zeta is then straight in log lam
_NARROWEST = 3e-9  # the same off the Nishimori line, where m is known to 1e-16/V and zeta to the square of that over V
_MOST_BEND = 1e-6
_CLOSER = Levels(2, 2, 2)  # to look for solutions again
_SAME = 1e-4
_CERTIFICATE = ("m", "q", "Q", "stability", "residual", "error", "n_branches")
_NEAR = 0.05  # of log lam: solutions are not sought afresh, but followed


@dataclass(frozen=True, eq=False)
class ReplicaLandscape(Landscape):
    """Landscape of a nonlinear hidden manifold with gaussian F, in the limit of large dimension.

    Source: docs/explanation/theory.md (4.9) to (4.14); the form of the equations follows arXiv 1708.03395.

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
    _settled: dict[tuple[float, float], Solver] = field(default_factory=dict, repr=False, init=False)

    def __post_init__(self) -> None:
        number("the latent ratio", self.latent_ratio, above=0, do="pass D/N")
        number("the tolerance", self.tolerance, least=1e-12, most=1e-3, do="pass e.g. 1e-8")

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

    @cached_property
    def rough(self) -> "ReplicaLandscape":  # pyright: ignore[reportIncompatibleMethodOverride]
        """See `Landscape.rough`."""
        return self.with_tolerance(_ROUGH)

    @property
    def similar(self) -> LinearLandscape:
        """The linear manifold of the same latent ratio."""
        return LinearLandscape.gaussian(min(self.latent_ratio, 1.0))

    @property
    def least_load(self) -> float:
        """Below, the entropy of nearly equal weights drowns in the round-off of quadratures."""
        return 1e-6

    @property
    def basin_accuracy(self) -> float:
        """See `Landscape.basin_accuracy`."""
        return self.tolerance / 10

    def with_tolerance(self, tolerance: float) -> Self:
        """See `Landscape.with_tolerance`; it knows none of this one's solutions."""
        return replace(self, tolerance=max(self.tolerance, tolerance))

    def certificates(self, points: Mapping[str, tuple[float, float]]) -> dict[str, dict[str, Any]]:
        """What vouches for a time: the solution of the replica equations behind it."""
        solutions = {name: self.solution(lam, delta) for name, (lam, delta) in points.items()}
        return {name: {key: getattr(solution, key) for key in _CERTIFICATE} for name, solution in solutions.items()}

    @cached_property
    def _sharp(self) -> "ReplicaLandscape":
        """The same landscape to more digits, if it is a rough one: curvature asks for them."""
        return self if self.tolerance <= _SHARP else replace(self, tolerance=_SHARP)

    @property
    def information_ceiling(self) -> float:
        """-zeta(infinity, 0) if g takes finitely many values, else infinite; docs/explanation/theory.md (4.15)."""
        return -self.zeta(_LARGEST, 0.0) if self.g.discrete else math.inf

    def zeta(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta`."""
        return self.solution(lam, delta).zeta

    def zeta_slope(self, lam: float, delta: float) -> float:
        """See `Landscape.zeta_slope`."""
        return self.solution(lam, delta).zeta_slope

    def entropy_deficit(self, lam: float, delta: float) -> float:
        """See `Landscape.entropy_deficit`."""
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
        reach = self._reach(lam, delta)
        return self._known(lam, delta) if lam <= reach else self._beyond(lam, delta, reach)

    def _reach(self, lam: float, delta: float) -> float:
        """The largest inverse temperature up to lam at which the equations can be solved in double precision."""
        base = min(lam, _LARGEST if self.g.slopes is None else _LARGEST_LINES)
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

    def _known(self, lam: float, delta: float) -> ReplicaSolution:
        if (lam, delta) not in self._solutions:
            self._solutions[lam, delta] = self._solve(lam, delta)
        return self._solutions[lam, delta]

    def _solve(self, lam: float, delta: float) -> ReplicaSolution:
        equations = self._equations(lam, delta)
        try:
            branches = self._branches(equations)
        except NotConverged:  # a solution of the coarse equations need not be one of the fine ones
            self._roots[lam] = nishimori_roots(self._equations(lam, 1 / lam), _CLOSER)
            branches = self._branches(equations)
        if len(branches) == 1:
            self._settled[lam, delta] = branches[0].solver
        best, means, error, _ = branches[0]
        energy = 0.5 if equations.channel.matched else means.energy  # an identity there
        overlap_part = best.zeta - means.log_z
        deficit = -0.5 - best.zeta if equations.channel.matched else -overlap_part - means.entropy
        values = best.m, best.q, best.Q, best.zeta, -energy / lam, deficit, best.stability, best.residual, error
        return ReplicaSolution(lam, delta, *values, tuple(entry.branch for entry in branches))

    def _branches(self, equations: ReplicaMap) -> list[Refined]:
        """Each solution, the largest zeta first."""
        guess = expected(self._settled, equations)
        if guess is not None and len(self._nishimori_roots(equations.channel.lam)) == 1:
            try:
                return [refined(equations, guess, self.tolerance)]
            except NotConverged:  # not as expected
                pass
        branches: list[Refined] = []
        for solver in self._starts(equations):
            entry = refined(equations, solver, self.tolerance)
            branch = entry.branch
            if not any(abs(branch.m - other.branch.m) + abs(branch.Q - other.branch.Q) < _SAME for other in branches):
                branches.append(entry)
        return sorted(branches, key=lambda entry: -entry.branch.zeta)

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
                solvers.append(carried(partial(self._equations, lam), start, lam, delta))
            except NotConverged as error:  # that branch may end on the way
                complaint = error
        if not solvers:
            raise complaint or NotConverged("the replica equations have no solution here; change the noise levels.")
        return solvers

    def _beyond(self, lam: float, delta: float, reach: float) -> ReplicaSolution:
        """Carry zeta on as a straight line in log lam at fixed lam * delta, with the curvature as error."""
        ratio = lam / reach
        near, back, far = (self._sharp._known(reach / f, delta * ratio * f) for f in (1.0, 10.0, 100.0))
        slope = (near.zeta - back.zeta) / math.log(10)
        bend = abs(near.zeta - 2 * back.zeta + far.zeta) / math.log(10) * math.log(ratio)
        rise = slope * math.log(ratio)
        if bend > _MOST_BEND * abs(near.zeta + rise):
            raise NotConverged(
                f"zeta of {self.g.name} at lam = {lam:.6g} is beyond the reach of double precision, lam = {reach:.3g}, "
                f"and known to {bend:.1g} only; use a lower inverse temperature, or a smaller load."
            )
        return replace(
            near,
            lam=lam,
            delta=delta,
            zeta=near.zeta + rise,
            zeta_slope=near.zeta_slope / ratio,
            entropy_deficit=near.entropy_deficit - rise,
            error=near.error + bend,
        )
