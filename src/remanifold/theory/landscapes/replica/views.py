"""What is seen of one coordinate, given the cavity field eta: nodes and weights over y = g(u*) + sqrt(delta) n.

The true field is u* = rho eta + s w*, with rho = m/sqrt(q) and s = sqrt(1 - rho^2). Three forms: over w* where there is
no noise, over y with its exact density, and over w* and n together where the density is too narrow for that.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from remanifold.theory.landscapes.replica.activations import Nonlinearity
from remanifold.theory.landscapes.replica.overlaps import Overlaps
from remanifold.theory.landscapes.replica.posterior import Moments
from remanifold.theory.landscapes.replica.posterior_lines import truncated_normal
from remanifold.theory.landscapes.replica.rules import (
    graded_edges,
    normal_density,
    normal_gauss,
    normal_trapezoid,
    panels,
)

if TYPE_CHECKING:
    from remanifold.theory.landscapes.replica.gaussian_channel import GaussianChannel, Levels

_STEP = 0.6

Array = NDArray[np.float64]


def _reach(level: int) -> float:
    """Where normal numbers are cut off: it grows with the level, so that what is cut off shows under refinement."""
    return 6.6 + 0.4 * level


class Views(NamedTuple):
    """Observed values y (rows, J), their weights, and weights times E[w* | y]; moments if they are known already."""

    y: Array
    weights: Array
    stars: Array
    moments: Moments | None = None


def clean_views(g: Nonlinearity, eta: Array, overlaps: Overlaps, lam: float, level: int) -> Views:
    """Views without noise: y = g(u*)."""
    centre, sine = overlaps.cosine * eta, overlaps.sine
    if not len(g.breaks):
        w, weights = _star_rule(g, centre, sine, lam, level)
        return Views(_apply(g, centre[:, None] + sine * w), weights, weights * w)
    edges = (np.concatenate([[-np.inf], g.breaks, [np.inf]]) - centre[:, None]) / sine
    width = 1 / (1 + math.sqrt(lam) * sine * g.steepest)
    parts = []
    for k in range(len(g.breaks) + 1):
        low, high = np.clip(edges[:, k : k + 2], -_reach(level), _reach(level)).T
        if g.values is not None and g.slopes is not None and g.slopes[k] == 0:
            parts.append(_atom(edges[:, k], edges[:, k + 1], float(g.values[k])))
        else:
            w, weights = panels(graded_edges(low, high, [(low, width), (high, width)]), 7 + 3 * level)
            weights = weights * normal_density(w)
            parts.append((_apply(g, centre[:, None] + sine * w), weights, weights * w))
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
    w, weights = panels(graded_edges(-ends, ends, [*features, (np.zeros_like(centre), 1.0)]), 7 + 3 * level)
    weights = weights * normal_density(w)
    weights /= weights.sum(1, keepdims=True)
    return w, weights


def noisy_views(channel: "GaussianChannel", eta: Array, overlaps: Overlaps, levels: "Levels") -> Views:
    """Views through noise of variance delta > 0."""
    g, delta = channel.g, channel.delta
    if len(g.breaks):
        y, steps = _broken_grid(channel, eta, overlaps, levels.view)
    else:
        centre = overlaps.cosine * eta
        reach = _reach(levels.view)
        reached = _apply(g, centre[:, None] + overlaps.sine * np.linspace(-reach, reach, 41))
        low, high = reached.min(1), reached.max(1)
        room, step = reach * math.sqrt(delta), 0.9 * math.sqrt(delta) * 0.75**levels.view
        count = math.ceil((float((high - low).max()) + 2 * room) / step)
        separate = _separate_views(g, centre, overlaps, delta, levels.view)
        if separate.y.shape[1] < 2 * count:  # the density of y takes as long as what is made of it
            return separate
        share = (np.arange(count) + 0.5) / count
        span = high - low + 2 * room
        y, steps = (low - room)[:, None] + span[:, None] * share, np.repeat(span[:, None] / count, count, axis=1)
    return _with_density(channel, eta, overlaps, levels.inner, y, steps)


def _with_density(
    channel: "GaussianChannel", eta: Array, overlaps: Overlaps, level: int, y: Array, steps: Array
) -> Views:
    """The density of y given eta is itself a partition function, with truth in the place of the draws."""
    lam_true = 1 / channel.delta
    truth = channel.moments(y, overlaps.cosine * eta, overlaps.sine**2, lam_true, level)
    weights = np.exp(truth.log_z) * steps * math.sqrt(lam_true / (2 * math.pi))
    own = overlaps.bayes and channel.matched
    return Views(y, weights, weights * truth.mean, truth if own else None)


def _separate_views(g: Nonlinearity, centre: Array, overlaps: Overlaps, delta: float, level: int) -> Views:
    w, w_weights = _star_rule(g, centre, overlaps.sine, 1 / delta, level)
    n, n_weights = normal_gauss(8 + 4 * level)
    clean = _apply(g, centre[:, None] + overlaps.sine * w)
    y = (clean[:, :, None] + math.sqrt(delta) * n).reshape(len(centre), -1)
    weights = w_weights[:, :, None] * n_weights
    stars = weights * w[:, :, None]
    return Views(y, weights.reshape(y.shape), stars.reshape(y.shape))


def _broken_grid(channel: "GaussianChannel", eta: Array, overlaps: Overlaps, level: int) -> tuple[Array, Array]:
    """Panels over y, fine where the density of y or the posterior given y changes from one piece of g to the next."""
    g, root, centre = channel.g, math.sqrt(channel.delta), overlaps.cosine * eta
    reach = _reach(level)
    low_u, high_u = centre - reach * overlaps.sine, centre + reach * overlaps.sine
    inner = np.array([side for b in g.breaks for side in (b - 1e-9, b + 1e-9)])
    sides = _apply(g, inner)
    reached = [_apply(g, low_u), _apply(g, high_u)]
    reached += [np.where((low_u < b) & (b < high_u), y, reached[0]) for b, y in zip(inner, sides)]
    low, high = np.min(reached, axis=0) - reach * root, np.max(reached, axis=0) + reach * root
    fine = min(root, 1 / math.sqrt(channel.lam))
    features = [(np.full_like(low, y), fine) for y in np.unique(np.round(sides, 9))]
    if g.slopes is not None and g.values is not None:
        widths = np.hypot(root, g.slopes * overlaps.sine)
        features += [(c + d * centre, float(w)) for c, d, w in zip(g.values, g.slopes, widths) if d]
    else:
        features.append((_apply(g, centre), root))
    features += _takeovers(channel, math.sqrt(overlaps.q) * eta, overlaps, sides)
    return panels(graded_edges(low, high, features), 7 + 3 * level)


def _takeovers(channel: "GaussianChannel", omega: Array, overlaps: Overlaps, sides: Array) -> list[tuple[Array, float]]:
    """Where, at a jump of g, the posterior passes from one side to the other: place and width in y."""
    found = []
    breaks = channel.g.breaks
    for k, b in enumerate(breaks):
        jump = float(sides[2 * k + 1] - sides[2 * k])
        if abs(jump) < 1e-6:
            continue
        left = breaks[k - 1] if k else -np.inf
        right = breaks[k + 1] if k + 1 < len(breaks) else np.inf
        root = math.sqrt(overlaps.width)
        balance = (
            truncated_normal((left - omega) / root, (b - omega) / root)[0]
            - truncated_normal((b - omega) / root, (right - omega) / root)[0]
        )
        place = (sides[2 * k + 1] + sides[2 * k]) / 2 + balance / (channel.lam * jump)
        found.append((place, 1 / (channel.lam * abs(jump))))
    return found


def _atom(low: Array, high: Array, value: float) -> tuple[Array, Array, Array]:
    """A flat piece sends all its fields to one y: its mass, and its mass times E w*."""
    log_mass, mean, _ = truncated_normal(low, high)
    mass = np.exp(log_mass)[:, None]
    return np.full_like(mass, value), mass, mass * mean[:, None]


def _apply(g: Nonlinearity, u: Array) -> Array:
    return np.asarray(g.function(u), dtype=np.float64)
