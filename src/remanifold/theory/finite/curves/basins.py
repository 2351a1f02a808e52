"""How far basins of training points reach at finite size, at any noise levels."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import NotConverged, refusal
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.noise import MeasuredLevel
from remanifold.noise.given import NoiseLevels
from remanifold.theory.finite.curves.gaussian_points import GaussianPoints, gaussian_points
from remanifold.theory.finite.curves.looked import Looked, asked_of, looked
from remanifold.theory.finite.curves.subject import Subject, ambient_dim_of, family_of, known_spectrum, noise_levels
from remanifold.theory.finite.log_sum import mean_log_sum
from remanifold.theory.finite.own_sums import own_sums
from remanifold.theory.finite.sampled.asked import Asked
from remanifold.theory.finite.sampled.crossing import Crossing, Window, crossing
from remanifold.theory.finite.sampled.energy_law import EnergyLaw
from remanifold.theory.finite.sampled.views import Views
from remanifold.theory.finite.sampled.walk import Windows, walk
from remanifold.theory.finite.sampled.weight_sums import own_weight, weight_sum

_FEWEST_VIEWS, _EXACT_VIEWS, _SAMPLED_VIEWS = 16, 512, 128
_WINDOWS = Windows(0.0)  # in log delta
_LEAST = -12.0  # log(delta/t): a basin this small is none
_MOST_WINDOWS, _MOST_STEPS, _TOLERANCE = 60, 60, 1e-5
_WIDE, _MANY_NODES = 0.9, 9  # of the window in which means over few rows cross
_STRIDE = 1.0  # of log delta, until the root lies between two
_RAISE, _MOST_RAISES = 4.0, 4  # of t, until the sums can be done
_REACHED = 0.008  # of the mean eigenvalue: below, they cannot
_STILL = 0.25  # of the error: what doubling that t may move
_FAR = 4.0  # log of the nearest points' squared distance over t from which on the search begins with the former

Edge = Literal["energy", "return"]
"""Where a basin ends: own and other energies balance on average, or half of the exact reverse diffusions return."""

_NO_BASIN = "no basin was found; give another noise level."
ABOVE_ONSET = "at this noise the traps are closed: the points around outweigh the training point even at its place"
NEVER_HALF = "at this noise fewer than half of the reverse diffusions end at the training point, even from its place"


@dataclass(frozen=True, eq=False, repr=False)
class FiniteSizeBasins:
    """How far from a training point the noise may put x and still leave it that point's, on average over a data set.

    Attributes:
        t: Noise variances, (levels,).
        delta: Noise variance delta_b(t) of x = xi + sqrt(delta) w at the edge of the basin: where the own weight at t
            equals the typical sum of all others, E[log S(x) + delta |w|^2/(2t)] = 0, or, for ``edge`` "return", where
            E w_own(x) = 1/2. None where there is no basin. Its error is that of the mean over points x.
        effort_shift: By how much log delta moves when the sampling spends twice as much, part of the error; 0 where
            the law of the energies is exact or there is no basin, (levels,).
        n_points: P.
        ambient_dim: N.
        latent_dim: D.
        edge: Where basins end.
    """

    t: Floats
    delta: tuple[MeasuredLevel | None, ...]
    effort_shift: Floats
    n_points: int
    ambient_dim: int
    latent_dim: int
    edge: Edge = "energy"

    @property
    def reasons(self) -> tuple[str | None, ...]:
        """Why there is no basin, at each level; None where there is one."""
        why = ABOVE_ONSET if self.edge == "energy" else NEVER_HALF
        return tuple(why if one is None else None for one in self.delta)

    @property
    def radius(self) -> tuple[float | None, ...]:
        """sqrt(N delta)."""
        return tuple(None if one is None else math.sqrt(self.ambient_dim * one.value) for one in self.delta)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers: sizes and, for each level, t, delta and its error, both None where there is no basin."""
        names = ("n_points", "ambient_dim", "latent_dim", "edge")
        plain: dict[str, Any] = {name: getattr(self, name) for name in names}
        plain |= {"t": self.t.tolist(), "effort_shift": self.effort_shift.tolist()}
        plain["delta"] = [None if one is None else one.value for one in self.delta]
        return plain | {"delta_stderr": [None if one is None else one.stderr for one in self.delta]}

    def __repr__(self) -> str:
        sizes = f"P={self.n_points}, N={self.ambient_dim}, D={self.latent_dim}"
        there = sum(one is not None for one in self.delta)
        return f"FiniteSizeBasins({sizes}; {len(self.t)} levels, a basin at {there})"


def finite_size_basins(
    subject: Subject,
    n_points: int,
    t: NoiseLevels | None = None,
    *,
    sigma: NoiseLevels | None = None,
    latent_dim: int | None = None,
    edge: Edge = "energy",
    rows: int | None = None,
    n_views: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> FiniteSizeBasins:
    """Basins delta_b(t) of P points at finite size, as `remanifold.measures.basins` measures them.

    The same points, noises and random numbers serve all delta and all t, so that the curve is smooth.

    Args:
        subject: As for `finite_size_curves`.
        n_points: P, at least 3.
        t: Noise variances; or give ``sigma``.
        sigma: Their square roots.
        latent_dim: D; for functions and modules only.
        edge: "energy": where own and other energies balance on average, the basin of the theory. "return": where half
            of the reverse diffusions of the exact score, started there at noise t, end at the training point. Each
            ends at a training point with that point's posterior weight, so that this needs no trajectory.
        rows: Of how many rows an experiment takes the mean before it looks for delta, at least 16; by default P.
        n_views: Points x, at least 16; by default 512 where the law of the energies is exact, else 128.
        seed: Of the points x and of the sampling.
        progress: Called with the stage, how many levels are done, and how many there are.

    Raises:
        InvalidInput: if the map, a size or a level cannot be used.
        NotConverged: if a crossing is not found.

    Source: docs/explanation/finite-size-curves.md (18).

    >>> from remanifold import HiddenManifold
    >>> from remanifold.theory import finite_size_basins
    >>> manifold = HiddenManifold(ambient_dim=30, latent_dim=9, n_points=403, ensemble="isometric")
    >>> finite_size_basins(manifold, 403, t=[1.2, 4.0]).delta[1] is None  # 4.0 lies above the onset
    True
    """
    if edge not in get_args(Edge):
        raise refusal("`edge` must be energy or return", repr(edge), "pass one of them")
    levels, told = noise_levels(t, sigma), progress or silent
    spectrum = known_spectrum(subject, n_points)
    usual = _SAMPLED_VIEWS if spectrum is None else _EXACT_VIEWS
    n = usual if n_views is None else whole("`n_views`", n_views, least=_FEWEST_VIEWS, example=usual)
    averaged = n_points if rows is None else whole("`rows`", rows, least=_FEWEST_VIEWS, example=100)
    if spectrum is not None:
        points = gaussian_points(spectrum, n, float(levels.min()), seed)
        ambient, dim = ambient_dim_of(subject, None), len(spectrum)
        exact = _Exact(points, math.log(n_points - 1), averaged, edge)

        def found(t: float) -> tuple[MeasuredLevel | None, float]:
            return exact.basin(t), 0.0
    else:
        family = family_of(subject, latent_dim)
        ambient, dim = family.ambient_dim, family.latent_dim
        sampled = _Sampled(asked_of(family, n_points, seed), n, averaged, edge)
        found = sampled.basin
    basins, shifts = [], np.zeros(len(levels))
    for k, level in enumerate(levels.tolist()):
        told("basins", k, len(levels))
        basin, shifts[k] = found(level)
        basins.append(basin)
    told("basins", len(levels), len(levels))
    return FiniteSizeBasins(levels, tuple(basins), shifts, n_points, ambient, dim, edge)


class _Exact:
    """Basins of Gaussian points. Where half return, delta_b(t) has a limit for small t, where it takes the nearest."""

    def __init__(self, points: GaussianPoints, log_others: float, rows: int, edge: Edge) -> None:
        self.points, self.log_others, self.rows = points, log_others, rows
        self.edge: Edge = edge
        self.limit: tuple[float, MeasuredLevel] | None = None  # the basin from this t down

    def basin(self, t: float) -> MeasuredLevel | None:
        """delta_b(t)."""
        if self.limit is not None and t <= self.limit[0]:
            return self.limit[1]
        try:
            return self._at(t)
        except NotConverged as error:
            if self.edge != "return":
                raise
            self.limit = t, self._from_above(t, error)
            return self.limit[1]

    def _at(self, t: float) -> MeasuredLevel | None:
        return _exact(self.points, t, self.log_others, self.rows, self.edge)

    def _from_above(self, t: float, error: NotConverged) -> MeasuredLevel:
        """The basin at a higher t where the sums can be done, if it has settled there, as it does like t^2.

        What doubling that t moves, three times the distance to the limit, is in the error.
        """
        t = max(t, _REACHED * float(self.points.eigenvalues.mean()))  # lower ones fail, after long work
        for _ in range(_MOST_RAISES):
            t *= _RAISE
            try:
                here, above = self._at(t), self._at(2 * t)
            except NotConverged:
                continue
            moved = math.inf if here is None or above is None else abs(above.log.value - here.log.value)
            if here is None or moved > _STILL * here.log_stderr:
                break
            return MeasuredLevel.from_log(Estimate(here.log.value, math.hypot(here.log_stderr, moved), here.n))
        raise error


def _exact(points: GaussianPoints, t: float, log_others: float, rows: int, edge: Edge) -> MeasuredLevel | None:
    def outweighed(delta: float) -> Floats:
        """E log S - log own, or 1/2 - E w_own, of each point: rises with delta."""
        energies, log_own = points.energies(t, delta), points.log_own(t, delta)
        if edge == "return":
            return 0.5 - own_sums(energies, log_own, log_others).own_weight
        return mean_log_sum(energies, log_others)[0] - log_own

    def gap(log_delta: float) -> Estimate:
        delta = math.exp(log_delta)
        return points.mean(outweighed(delta), points.energies(t, delta), delta)

    if gap(math.log(t) + _LEAST).value >= 0:
        return None
    low, high, below, above = _between(lambda u: gap(u).value, math.log(t))
    for _ in range(_MOST_STEPS):
        part = below / (below - above)
        middle = low + min(max(part, 0.1), 0.9) * (high - low)
        here = gap(middle)
        if here.value < 0:
            low, below = middle, here.value
        else:
            high, above = middle, here.value
        if high - low < _TOLERANCE or abs(here.value) < 1e-9:
            break
    at, n = low + (high - low) * below / (below - above), len(points.latents)
    window = Window(at, _WIDE, _MANY_NODES)
    curves = np.stack([outweighed(float(delta)) for delta in window.levels], axis=1)
    seen = crossing(window, curves, np.zeros(n, dtype=np.int64), np.zeros((n, 1)), np.ones(n), rows)
    return MeasuredLevel.from_log(Estimate(at + seen.data_shift, gap(at).stderr / abs(seen.slope), n))


def _between(gap: Callable[[float], float], start: float) -> tuple[float, float, float, float]:
    """Two places with the root between them, and the values there."""
    place, value = start, gap(start)
    side = 1.0 if value < 0 else -1.0
    for _ in range(_MOST_STEPS):
        other = place + side * _STRIDE
        beyond = gap(other)
        if (beyond < 0) != (value < 0):
            pairs = sorted(((place, value), (other, beyond)))
            return pairs[0][0], pairs[1][0], pairs[0][1], pairs[1][1]
        place, value = other, beyond
    raise NotConverged(_NO_BASIN)


class _Sampled:
    """Views of the same points at noises a window apart; each serves every t."""

    def __init__(self, asked: Asked, n: int, rows: int, edge: Edge) -> None:
        self.asked, self.n, self.rows, self.edge = asked, n, rows, edge
        self.seen: dict[int, Looked] = {}
        self.clean: Looked | None = None
        self.place: int | None = None  # of the window where the last basin was found

    def at(self, place: int) -> Looked:
        """Views at the middle of window number ``place``."""
        if place not in self.seen:
            self.seen[place] = looked(self.asked, self.n, math.exp(_WINDOWS[place].middle))
        return self.seen[place]

    def _outweighed(self, exponents: Floats, log_weights: Floats) -> float:
        """E log S in units of the own weight, or 1/2 - E w_own."""
        if self.edge == "return":
            return 0.5 - own_weight(exponents, log_weights, self.asked.log_others)
        return weight_sum(exponents, log_weights, self.asked.log_others).mean_log

    def _start(self, log_t: float, views: Views) -> int:
        """Number of the first window: that of t, or of what others are away where t is far below: there all return."""
        if self.edge == "return":
            nearest = float(np.mean([_nearest(law, self.asked.log_others) for law in views.laws]))
            away = math.log(2 * nearest / self.asked.family.ambient_dim)
            log_t = away if log_t < away - _FAR else log_t
        return round(log_t / _WINDOWS.apart)

    def basin(self, t: float) -> tuple[MeasuredLevel | None, float]:
        """delta_b(t) and the shift of its logarithm with effort."""
        if self.clean is None:
            self.clean = looked(self.asked, self.n, 0.0)

        def at_rest(views: Views) -> Floats:
            return np.array([[self._outweighed(law.exponents(t), law.log_weights)] for law in views.laws])

        if float(self.clean.mean(at_rest)[0][0]) >= 0:
            return None, 0.0
        start = self._start(math.log(t), self.clean.views) if self.place is None else self.place

        def seen(place: int, window: Window) -> tuple[Crossing, float]:
            def gaps(views: Views) -> Floats:
                rows = [
                    [self._outweighed(law.exponents(t, d), law.log_weights) for d in window.levels]
                    for law in views.laws
                ]
                return np.array(rows)

            return self.at(place).crossing(window, gaps, self.rows)

        least = math.log(t) + _LEAST
        self.place, found, shift = walk(_WINDOWS, start, seen, _NO_BASIN, least, _MOST_WINDOWS)
        if _WINDOWS[self.place].middle < least:
            self.place = None
            return None, 0.0
        log = Estimate(found.log_t, math.hypot(found.stderr, shift), self.n)
        return MeasuredLevel.from_log(log), shift


def _nearest(law: EnergyLaw, log_others: float) -> float:
    """Energy below which half of the data sets have another point."""
    order = np.argsort(law.energies)
    reached = np.cumsum(np.exp(law.log_weights[order] + log_others))
    return float(law.energies[order[min(int(np.searchsorted(reached, math.log(2))), len(order) - 1)]])
