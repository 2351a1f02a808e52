"""Onset, collapse and best generalization of any generative map at finite size, as an experiment measures them.

No points are drawn but those that look, and P is a number in the formulas only: e^40 points cost what 1000 do.
Source: docs/explanation/finite-size-nonlinear.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats, Integers
from remanifold.noise import MeasuredLevel
from remanifold.theory.finite.sampled.asked import BRACKETED_ABOVE, Asked, Work
from remanifold.theory.finite.sampled.crossing import Crossing, Window, crossing
from remanifold.theory.finite.sampled.family import Family, particles
from remanifold.theory.finite.sampled.map_means import EffortShift, effort_shift
from remanifold.theory.finite.sampled.moves import Effort
from remanifold.theory.finite.sampled.points import FEW
from remanifold.theory.finite.sampled.starts import chance_of_copies, clean_starts, noisy_crossing
from remanifold.theory.finite.sampled.trust import trusted
from remanifold.theory.finite.sampled.views import Views
from remanifold.theory.finite.size_times import FiniteSizeTimes

_A_MAP, _A_MAP_WITH_COPIES = 4, 16  # points on each map; where copies give them unlike weights, which few bias
_COPIED = 0.02  # chance of a copy among the other points above which these weights matter
_BATCH, _FEWEST, _MOST = 32, 64, 1024  # points at once, at least, and at most for an accuracy of _USUAL
_FEWEST_WITH_COPIES = 256
_HEAVY_BELOW = 6  # latent dimensions
_MOST_IN_FEW = 128  # in one or two latent dimensions, where far points carry the means and errors fall slowly
_USUAL = 0.03
_CHECKED = 8  # every eighth point is swept at twice the effort
_TOLD = 3.0  # the shift with effort that is left is below the error by so much, or the effort is raised
_RAISES, _RAISE, _ROUGH = 2, math.sqrt(2), 0.5
REACH = 0.3  # log t over which the samples seen from a noisy x serve
_WIDE, _WIDER = 0.35, 0.5  # half widths of the windows of onset and best generalization in log t
_PARTS = 100  # of a stage, as progress tells them
_GRID = 0.1  # in log t
_CROSSED = 0.65  # share of data sets near to their mean below which the mean of their log t is not theirs: it was
# .2 to .6 for lines (D = 1), which were predicted 40 to 100 % high, and .74 or more where predictions held
_MOVES = 6  # of a window that does not hold the crossing


@dataclass(frozen=True)
class SampledTime:
    """One time, the geometric mean over maps.

    Attributes:
        log_t: Mean of log t.
        stderr: Error of ``log_t``: statistical, and the shift with effort.
        effort_shift: How much log t moves when the sweeps have twice the particles and moves, beyond their scatter.
        spread: Standard deviation of log t between maps.
        spread_bound: What it is at most: 95 % upper bound.
        n: Points x it was averaged over.
        of_maps: log t of each map, with the noise of the few points on it; their mean is ``log_t``. Empty for one
            that was kept.
        raw_shift: ``effort_shift`` with its scatter, and 0 for one that was kept.
    """

    log_t: float
    stderr: float
    effort_shift: float
    spread: float
    n: int
    of_maps: tuple[float, ...] = ()
    raw_shift: float = 0.0
    spread_bound: float = 0.0


@dataclass(frozen=True)
class SampledTimes:
    """The three times."""

    onset: SampledTime
    collapse: SampledTime
    generalization: SampledTime

    def record(self, n_points: int, ambient_dim: int, latent_dim: int, *, spreads: bool) -> FiniteSizeTimes:
        """The same with their sizes; spreads between draws of F where they were estimated.

        Raises:
            NotConverged: if an error is not finite.
        """
        all_times = (self.onset, self.collapse, self.generalization)
        if not all(math.isfinite(time.stderr) for time in all_times):
            raise NotConverged("the error of a finite-size time is not finite; give another size.")
        levels = [MeasuredLevel.from_log(Estimate(time.log_t, time.stderr, time.n)) for time in all_times]
        shifts, between, most = (
            (getattr(self.onset, name), getattr(self.collapse, name), getattr(self.generalization, name))
            for name in ("effort_shift", "spread", "spread_bound")
        )
        onset, collapse, generalization = levels
        times = FiniteSizeTimes(onset, collapse, generalization, n_points, ambient_dim, latent_dim, shifts)
        return replace(times, spreads=between, spread_bounds=most) if spreads else times


def sampled_times(
    family: Family,
    n_points: float,
    accuracy: float = _USUAL,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    a_map: int | None = None,
    most: int | None = None,
    threads: int = 1,
    work: Work | None = None,
) -> SampledTimes:
    """The times of ``family`` with P points.

    Args:
        family: Maps to average over.
        n_points: P, at least 3; may be a float beyond 2^53.
        accuracy: Error of log t that is aimed at; the error reached is told.
        seed: Of the points x and the sweeps.
        progress: Called with the stage, and how many of its hundred parts are done.
        a_map: Points on each map; by default more where many points have exact copies.
        most: Points at most; by default as many as the accuracy may ask for.
        threads: Of the sweeps of hidden manifolds; they change no result.
        work: Counts what is done. Where it has an end, errors are those reached by then; unlimited by default.

    Raises:
        NotConverged: if a crossing is not found, or if the bracket stays open in more dimensions than were validated.
    """
    effort = Effort(particles(family.latent_dim), family.moves)
    asked = Asked(family, math.log(n_points - 1), seed, effort, a_map or _A_MAP, threads, work or Work())
    usual = _MOST * max(1.0, (_USUAL / accuracy) ** 2) if family.latent_dim > FEW else _MOST_IN_FEW
    want = _Wanted(accuracy, usual if most is None else most, _fewest(family.latent_dim), asked.work.most)

    def told(stage: str, share: float) -> None:
        (progress or silent)(stage, round(_PARTS * share), _PARTS)

    rough = replace(asked, effort=effort.times(_ROUGH))  # windows are much wider than what little effort shifts
    onset, generalization = clean_starts(rough)
    if a_map is None and chance_of_copies(rough) > _COPIED:
        asked, rough = (replace(each, a_map=_A_MAP_WITH_COPIES) for each in (asked, rough))
        want = replace(want, fewest=max(want.fewest, _FEWEST_WITH_COPIES))
    found = noisy_crossing(rough, 0.5 * (onset + generalization))
    collapse, gap = _on_grid(found.log_t), 0.0
    if family.latent_dim > BRACKETED_ABOVE:
        asked, gap = trusted(asked, found, accuracy)
    half, wide = family.ambient_dim / 2, 1.0 if family.latent_dim > FEW else 2.0
    clean = (_Curve(Window(onset, wide * _WIDE, 5), None), _Curve(Window(generalization, wide * _WIDER, 9), half))
    noisy = (_Curve(Window(collapse, REACH, 5), None),)
    half_of_the_rest = replace(want, until=0.5 * (asked.work.done + asked.work.most))
    first, third = _refined(
        asked, None, clean, half_of_the_rest, lambda share: told("onset and best generalization", share)
    )
    (second,) = _refined(asked, collapse, noisy, want, lambda share: told("collapse", share))
    return SampledTimes(*(_bracketed(time, gap) for time in (first, second, third)))


def _fewest(latent_dim: int) -> int:
    """Points at least: in few dimensions the rare ones carry much, and the error of few that miss them looks small."""
    few = _FEWEST * max(1.0, (_HEAVY_BELOW / latent_dim) ** 2)
    return _FEWEST if latent_dim <= FEW else _BATCH * round(few / _BATCH)


def _on_grid(log_t: float) -> float:
    """Where sweeps are put, so that near sizes share them."""
    return _GRID * round(log_t / _GRID)


def _bracketed(time: SampledTime, gap: float) -> SampledTime:
    """With what the bracket is open by as the shift with effort, where that is more."""
    if gap <= abs(time.effort_shift):
        return time
    return replace(time, stderr=math.sqrt(time.stderr**2 - time.effort_shift**2 + gap**2), effort_shift=-gap)


@dataclass(frozen=True)
class _Wanted:
    """Error of log t that is aimed at, points that may be spent, and are spent at least, and the end of the work."""

    accuracy: float
    most: float
    fewest: int
    until: float


@dataclass(frozen=True)
class _Curve:
    """What crosses zero in a window: -E log s, or N/2 less its rise by log t where ``half_dim`` is N/2."""

    window: Window
    half_dim: float | None

    def values(self, asked: Asked, views: Views) -> Floats:
        """Of each x at the levels of the window: (n, nodes)."""
        logs = asked.mean_logs(views, self.window.levels)
        return -logs if self.half_dim is None else self.half_dim - self.window.derivative(logs)


@dataclass
class _Gathered:
    """All that was seen so far, at the effort of all, and of every eighth point at twice the effort."""

    asked: Asked
    views: list[Views] = field(default_factory=list)
    checked: list[Integers] = field(default_factory=list)
    doubled: list[Views] = field(default_factory=list)
    known: dict[_Curve, list[tuple[Floats, Floats]]] = field(default_factory=dict)

    def values(self, curve: _Curve) -> tuple[list[Floats], list[Floats]]:
        """Of all views, and of those at twice the effort; each is computed once."""
        known = self.known.setdefault(curve, [])
        known += [
            (curve.values(self.asked, self.views[k]), curve.values(self.asked, self.doubled[k]))
            for k in range(len(known), len(self.views))
        ]
        return [one for one, _ in known], [twice for _, twice in known]

    def crossing(self, curve: _Curve) -> tuple[Crossing, EffortShift]:
        """The crossing, and its shift with effort."""
        values, doubled = self.values(curve)
        map_of, controls, chances = (
            np.concatenate([getattr(views, name) for views in self.views]) for name in ("map_of", "controls", "chances")
        )
        n_points = math.exp(min(self.views[0].log_others, 700.0)) + 1
        found = crossing(curve.window, np.concatenate(values), map_of, controls, chances, n_points)
        changes = [twice - one[k] for one, k, twice in zip(values, self.checked, doubled)]
        window = curve.window
        here = window.at(window.coefficients(np.concatenate(changes)), found.log_t) / -found.slope
        weights = np.concatenate([views.chances[k] for views, k in zip(self.views, self.checked)])
        return found, effort_shift(here[:, None], weights)


def _refined(
    asked: Asked, log_level: float | None, curves: tuple[_Curve, ...], want: _Wanted, told: Callable[[float], None]
) -> list[SampledTime]:
    """More effort until what it moves is below the error, or the work would not end in time."""
    before = asked.work.done
    times, sure = _gathered(asked, log_level, curves, want, told)
    for _ in range(_RAISES if asked.family.latent_dim > FEW else 0):
        small = all(
            time.stderr <= want.accuracy
            or _TOLD * abs(time.effort_shift) < math.sqrt(time.stderr**2 - time.effort_shift**2)
            for time in times
        )
        more, before = _RAISE**2 * (asked.work.done - before), asked.work.done
        if small or sure or asked.work.done + more > want.until:
            break
        asked = replace(asked, effort=asked.effort.times(_RAISE))
        curves = tuple(replace(c, window=replace(c.window, middle=_on_grid(t.log_t))) for c, t in zip(curves, times))
        log_level = None if log_level is None else curves[0].window.middle
        times, sure = _gathered(asked, log_level, curves, want, told)
    return times


def _gathered(
    asked: Asked, log_level: float | None, curves: tuple[_Curve, ...], want: _Wanted, told: Callable[[float], None]
) -> tuple[list[SampledTime], bool]:
    """More points until the error is as asked, or the work ends; whether no shift with effort is told from 0."""
    twice = replace(asked, effort=asked.effort.times(2))
    gathered, count, moves, before = _Gathered(asked), 0, 0, asked.work.done
    while True:
        numbers = np.arange(count, count + _BATCH)
        checked = np.flatnonzero(numbers % _CHECKED == 0)
        level = 0.0 if log_level is None else math.exp(log_level)
        gathered.views.append(asked.look(numbers, level))
        gathered.checked.append(checked)
        gathered.doubled.append(twice.look(numbers[checked], level))
        count += _BATCH
        ended, before = 2 * asked.work.done - before > want.until, asked.work.done
        if count < want.fewest and not ended:
            continue
        found = [gathered.crossing(curve) for curve in curves]
        while not all(one.inside for one, _ in found):
            moves += 1
            if moves > _MOVES:
                raise NotConverged("no crossing was found near to where a few points saw it; give another size.")
            curves = tuple(
                curve if one.inside else replace(curve, window=replace(curve.window, middle=_on_grid(one.log_t)))
                for curve, (one, _) in zip(curves, found)
            )
            if log_level is not None:  # seen from elsewhere: all sweeps anew
                log_level, gathered, count = curves[0].window.middle, _Gathered(asked), 0
                break
            found = [gathered.crossing(curve) for curve in curves]
        if count == 0:
            continue
        error = max(one.stderr for one, _ in found)
        told(min(1.0, max((want.accuracy / max(error, 1e-12)) ** 2 / 2, count / want.most)))
        if error < want.accuracy / math.sqrt(2) or count >= want.most or ended:
            break
    times = []
    for one, moved in found:
        shift = float(moved.told[0])
        error = math.hypot(one.stderr, shift)
        of_maps, raw = tuple(one.of_maps.tolist()), float(moved.raw[0])
        if one.crossed < _CROSSED and asked.family.latent_dim <= FEW:
            raise NotConverged(
                "a few far points decide where a single data set crosses, so that their mean is not told; measure such "
                "data instead, with `noise_profile`, or give more latent dimensions."
            )
        times.append(SampledTime(one.log_t, error, shift, one.spread, count, of_maps, raw, one.spread_bound))
    return times, all(moved.unsure for _, moved in found)
