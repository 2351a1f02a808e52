"""Averages of one coordinate's posterior over what it sees: the function G(m, q, Q) of theory.md (4.9) and its
derivatives, by quadrature in the field eta of the cavity and in the observed y = g(u*) + sqrt(delta) n.

The true field is u* = rho eta + s w*, with rho = m/sqrt(q) and s = sqrt(1 - rho^2). Views of it take three forms: over
w* where there is no noise, over y with its exact density, over w* and n together where the density is too narrow.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import number
from remanifold.theory.landscapes.replica.activations import Nonlinearity
from remanifold.theory.landscapes.replica.posterior import Moments, line_moments, truncated_normal
from remanifold.theory.landscapes.replica.posterior_grid import grid_moments
from remanifold.theory.landscapes.replica.rules import (
    Rule,
    graded_panels,
    normal_gauss,
    normal_panels,
    normal_trapezoid,
)
from remanifold.theory.landscapes.replica.solutions import Overlaps

_STEP = 0.6
_ROUND_OFF = 1e-12

Array = NDArray[np.float64]


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


class Views(NamedTuple):
    """Observed values y (rows, J), their weights, and weights times E[w* | y]; moments if they are known already."""

    y: Array
    weights: Array
    stars: Array
    moments: Moments | None = None


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

    def __post_init__(self) -> None:
        number("the inverse temperature", self.lam, above=0, do="pass 1/t")
        number("the noise variance", self.delta, least=0, do="pass delta")

    @property
    def matched(self) -> bool:
        """Whether the noise explained is the noise there is, lam = 1/delta up to round-off."""
        return abs(self.lam * self.delta - 1) < _ROUND_OFF

    def averages(self, overlaps: Overlaps, levels: Levels) -> Averages:
        """The averages at given overlaps, with quadratures as fine as ``levels`` says."""
        eta, eta_weights = self._field_rule(overlaps, levels.field)
        views = (_noisy_views if self.delta > 0 else _clean_views)(self, eta, overlaps, levels)
        omega = math.sqrt(overlaps.q) * eta
        moments = views.moments
        if moments is None:
            moments = self.moments(views.y, omega, overlaps.width, self.lam, levels.inner, overlaps.stretch)
        weights = eta_weights[:, None] * views.weights
        norm = float(weights.sum())

        def mean(values: Array) -> float:
            return float(np.vdot(weights, values)) / norm

        values = moments.log_z, moments.energy, moments.entropy, moments.mean**2, moments.shrink
        alignment = float(np.vdot(eta_weights[:, None] * views.stars, moments.mean)) / norm
        return Averages(*map(mean, values), alignment=alignment, squared_shrink=mean(moments.shrink**2))

    def moments(self, y: Array, omega: Array, variance: float, lam: float, level: int, stretch: float = 1.0) -> Moments:
        """Posterior moments at y (rows, J) for prior means omega (rows,)."""
        g = self.g
        if g.values is not None and g.slopes is not None:
            return line_moments(g.breaks, g.values, g.slopes, y, omega[:, None], variance, lam)
        return grid_moments(g, y, omega, variance, lam, level, stretch)

    def _field_rule(self, overlaps: Overlaps, level: int) -> Rule:
        """Nodes of eta: fine around the fields whose posterior straddles a break of g."""
        if overlaps.q == 0:
            return np.zeros(1), np.ones(1)
        reach = _reach(level)
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
        eta, weights = normal_panels(low, np.full(1, reach), features, level)
        return eta[0], weights[0] / weights.sum()


def _reach(level: int) -> float:
    """Where normal numbers are cut off: it grows with the level, so that what is cut off shows under refinement."""
    return 6.6 + 0.4 * level


def _clean_views(channel: GaussianChannel, eta: Array, overlaps: Overlaps, levels: Levels) -> Views:
    """Views without noise: y = g(u*)."""
    g, lam, level = channel.g, channel.lam, levels.view
    centre, sine = overlaps.cosine * eta, overlaps.sine
    if not len(g.breaks):
        w, weights = _star_rule(g, centre, sine, lam, level)
        return Views(g(centre[:, None] + sine * w), weights, weights * w)
    edges = (np.concatenate([[-np.inf], g.breaks, [np.inf]]) - centre[:, None]) / sine
    width = 1 / (1 + math.sqrt(lam) * sine * g.steepest)
    parts = []
    for k in range(len(g.breaks) + 1):
        low, high = np.clip(edges[:, k : k + 2], -_reach(level), _reach(level)).T
        if g.values is not None and g.slopes is not None and g.slopes[k] == 0:
            # a flat piece sends all its fields to one y: its mass, and its mass times E w*
            log_mass, mean, _ = truncated_normal(edges[:, k], edges[:, k + 1])
            mass = np.exp(log_mass)[:, None]
            parts.append((np.full_like(mass, g.values[k]), mass, mass * mean[:, None]))
        else:
            w, weights = normal_panels(low, high, [(low, width), (high, width)], level)
            parts.append((g(centre[:, None] + sine * w), weights, weights * w))
    y, weights, stars = (np.concatenate(column, axis=1) for column in zip(*parts))
    return Views(y, weights, stars)


def _star_rule(g: Nonlinearity, centre: Array, sine: float, lam: float, level: int) -> tuple[Array, Array]:
    """Nodes of w* and weights (rows, J), for g without breaks.

    Where g turns, the posterior of u* changes from one field to two over a distance of lam^(-1/4).
    """
    if not len(g.turns) or sine * lam**0.25 * g.steepest <= 1:
        w, weights = normal_trapezoid(_reach(level), _STEP * 0.75**level)
        return np.broadcast_to(w, (len(centre), len(w))), np.broadcast_to(weights, (len(centre), len(w)))
    ends = np.full_like(centre, _reach(level))
    width = 1 / (1 + sine * lam**0.25 * max(1.0, g.steepest))
    features = [(np.clip((turn - centre) / sine, -2 * ends, 2 * ends), width) for turn in g.turns]
    w, weights = normal_panels(-ends, ends, [*features, (np.zeros_like(centre), 1.0)], level)
    return w, weights / weights.sum(1, keepdims=True)


def _noisy_views(channel: GaussianChannel, eta: Array, overlaps: Overlaps, levels: Levels) -> Views:
    """Views through noise of variance delta > 0."""
    g, delta = channel.g, channel.delta
    if len(g.breaks):
        y, steps = _broken_grid(channel, eta, overlaps, levels.view)
    else:
        centre = overlaps.cosine * eta
        reach = _reach(levels.view)
        reached = g(centre[:, None] + overlaps.sine * np.linspace(-reach, reach, 41))
        low, high = reached.min(1), reached.max(1)
        room, step = reach * math.sqrt(delta), 0.9 * math.sqrt(delta) * 0.75**levels.view
        count = math.ceil((float((high - low).max()) + 2 * room) / step)
        separate = _separate_views(g, centre, overlaps, delta, levels.view)
        if separate.y.shape[1] < 2 * count:  # the density of y takes as long as what is made of it
            return separate
        share = (np.arange(count) + 0.5) / count
        span = high - low + 2 * room
        y, steps = (low - room)[:, None] + span[:, None] * share, np.repeat(span[:, None] / count, count, axis=1)
    # the density of y given eta is itself a partition function, with truth in the place of the draws
    lam_true = 1 / delta
    truth = channel.moments(y, overlaps.cosine * eta, overlaps.sine**2, lam_true, levels.inner)
    weights = np.exp(truth.log_z) * steps * math.sqrt(lam_true / (2 * math.pi))
    own = overlaps.bayes and channel.matched
    return Views(y, weights, weights * truth.mean, truth if own else None)


def _separate_views(g: Nonlinearity, centre: Array, overlaps: Overlaps, delta: float, level: int) -> Views:
    w, w_weights = _star_rule(g, centre, overlaps.sine, 1 / delta, level)
    n, n_weights = normal_gauss(8 + 4 * level)
    clean = g(centre[:, None] + overlaps.sine * w)
    y = (clean[:, :, None] + math.sqrt(delta) * n).reshape(len(centre), -1)
    weights = w_weights[:, :, None] * n_weights
    stars = weights * w[:, :, None]
    return Views(y, weights.reshape(y.shape), stars.reshape(y.shape))


def _broken_grid(channel: GaussianChannel, eta: Array, overlaps: Overlaps, level: int) -> tuple[Array, Array]:
    """Panels over y, fine where the density of y or the posterior given y changes from one piece of g to the next."""
    g, root, centre = channel.g, math.sqrt(channel.delta), overlaps.cosine * eta
    reach = _reach(level)
    low_u, high_u = centre - reach * overlaps.sine, centre + reach * overlaps.sine
    inner = np.array([side for b in g.breaks for side in (b - 1e-9, b + 1e-9)])
    sides = g(inner)
    reached = [g(low_u), g(high_u)]
    reached += [np.where((low_u < b) & (b < high_u), y, reached[0]) for b, y in zip(inner, sides)]
    low, high = np.min(reached, axis=0) - reach * root, np.max(reached, axis=0) + reach * root
    fine = min(root, 1 / math.sqrt(channel.lam))
    features = [(np.full_like(low, y), fine) for y in np.unique(np.round(sides, 9))]
    if g.slopes is not None and g.values is not None:
        widths = np.hypot(root, g.slopes * overlaps.sine)
        features += [(c + d * centre, float(w)) for c, d, w in zip(g.values, g.slopes, widths) if d]
    else:
        features.append((g(centre), root))
    features += _takeovers(channel, math.sqrt(overlaps.q) * eta, overlaps, sides)
    return graded_panels(low, high, features, level)


def _takeovers(channel: GaussianChannel, omega: Array, overlaps: Overlaps, sides: Array) -> list[tuple[Array, float]]:
    """Where, at a jump of g, the posterior passes from one side to the other: place and width in y."""
    takeovers = []
    breaks = channel.g.breaks
    for k, b in enumerate(breaks):
        jump = float(sides[2 * k + 1] - sides[2 * k])
        if abs(jump) < 1e-6:
            continue
        ends = [breaks[k - 1] if k else -np.inf, b, breaks[k + 1] if k + 1 < len(breaks) else np.inf]
        left, middle, right = ((end - omega) / math.sqrt(overlaps.width) for end in ends)
        balance = truncated_normal(left, middle)[0] - truncated_normal(middle, right)[0]
        place = (sides[2 * k + 1] + sides[2 * k]) / 2 + balance / (channel.lam * jump)
        takeovers.append((place, 1 / (channel.lam * abs(jump))))
    return takeovers
