"""Averages of one coordinate's posterior over what it sees: the function G(m, q, Q) of docs/theory.md (4.9) and its
derivatives, by quadrature in the field eta of the cavity and in the observed y."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remanifold.theory.landscapes.replica.activations import Nonlinearity
from remanifold.theory.landscapes.replica.overlaps import Overlaps
from remanifold.theory.landscapes.replica.posterior import Moments
from remanifold.theory.landscapes.replica.posterior_grid import grid_moments
from remanifold.theory.landscapes.replica.posterior_lines import line_moments
from remanifold.theory.landscapes.replica.rules import Rule, graded_edges, normal_density, normal_trapezoid, panels
from remanifold.theory.landscapes.replica.views import Views, clean_views, noisy_views

_REACH, _STEP = (6.6, 0.4), 0.6  # reach at level 0, and more per level: what is cut off must show under refinement
_ROUND_OFF = 1e-12


class Levels(NamedTuple):
    """How fine the three quadratures are, each a small whole number."""

    field: int = 0
    view: int = 0
    inner: int = 0


class Averages(NamedTuple):
    """Means over eta, w* and n; w is the standardised field under its posterior.

    Attributes:
        log_z: E log Z.
        energy: E <lam (y - g)^2 / 2>.
        entropy: E [log Z + <lam (y - g)^2 / 2>].
        squared_mean: E <w>^2.
        shrink: E [1 - var(w)].
        alignment: E w* <w>.
        squared_shrink: E [1 - var(w)]^2.
    """

    log_z: float
    energy: float
    entropy: float
    squared_mean: float
    shrink: float
    alignment: float
    squared_shrink: float


@dataclass(frozen=True, eq=False)
class GaussianChannel:
    """Data y = g(u) + sqrt(delta) n of a Gaussian field u, explained with noise variance 1/lam.

    Attributes:
        g: The activation.
        lam: Inverse temperature.
        delta: Noise variance of y.
    """

    g: Nonlinearity
    lam: float
    delta: float

    @property
    def matched(self) -> bool:
        """Whether the noise explained is the noise there is, lam = 1/delta up to round-off."""
        return abs(self.lam * self.delta - 1) < _ROUND_OFF

    def averages(self, overlaps: Overlaps, levels: Levels) -> Averages:
        """The averages at given overlaps, with quadratures as fine as ``levels`` says."""
        eta, eta_weights = self._field_rule(overlaps, levels.field)
        views = self._views(eta, overlaps, levels)
        omega = math.sqrt(overlaps.q) * eta
        moments = views.moments
        if moments is None:
            moments = self.moments(views.y, omega, overlaps.width, self.lam, levels.inner, overlaps.stretch)
        weights = eta_weights[:, None] * views.weights
        norm = float(weights.sum())

        def mean(values: NDArray[np.float64]) -> float:
            return float(np.vdot(weights, values)) / norm

        return Averages(
            mean(moments.log_z),
            mean(moments.energy),
            mean(moments.entropy),
            mean(moments.mean**2),
            mean(moments.shrink),
            float(np.vdot(eta_weights[:, None] * views.stars, moments.mean)) / norm,
            mean(moments.shrink**2),
        )

    def moments(
        self,
        y: NDArray[np.float64],
        omega: NDArray[np.float64],
        variance: float,
        lam: float,
        level: int,
        stretch: float = 1.0,
    ) -> Moments:
        """Posterior moments at y (rows, J) for prior means omega (rows,)."""
        g = self.g
        if g.values is not None and g.slopes is not None:
            return line_moments(g.breaks, g.values, g.slopes, y, omega[:, None], variance, lam)
        return grid_moments(g, y, omega, variance, lam, level, stretch)

    def _field_rule(self, overlaps: Overlaps, level: int) -> Rule:
        """Nodes of eta: fine around the fields whose posterior straddles a break of g."""
        if overlaps.q == 0:
            return np.zeros(1), np.ones(1)
        reach = _REACH[0] + _REACH[1] * level
        # at a turn of g two fields may explain y, which matters where y tells more about a field than the prior does
        matters = level > 0 and self.lam * overlaps.width * self.g.steepest**2 > 1
        turns = self.g.turns if matters else self.g.turns[:0]
        if not len(self.g.breaks) and not len(turns):
            return normal_trapezoid(reach, _STEP * 0.75**level, self.g.mirrored)
        low = np.zeros(1) if self.g.mirrored else np.full(1, -reach)
        root, features = math.sqrt(overlaps.q), [(np.zeros(1), 1.0)]
        for scale, width in ((root, math.sqrt(overlaps.width)), (overlaps.cosine, overlaps.sine)):
            if scale > 0:
                places = np.concatenate([self.g.breaks, turns]) / scale
                features += [(np.full(1, b), width / scale) for b in places if low[0] <= b <= reach]
        eta, weights = panels(graded_edges(low, np.full(1, reach), features)[0], 7 + 3 * level)
        weights = weights * normal_density(eta)
        return eta, weights / weights.sum()

    def _views(self, eta: NDArray[np.float64], overlaps: Overlaps, levels: Levels) -> Views:
        if self.delta == 0:
            return clean_views(self.g, eta, overlaps, self.lam, levels.view)
        return noisy_views(self, eta, overlaps, levels)
