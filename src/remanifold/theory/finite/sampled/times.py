"""Onset, collapse and best generalization of any generative map at finite size, as an experiment measures them.

No points are drawn but those that look, and P is a number in the formulas only: e^40 points cost what 1000 do.
Source: docs/finite-size.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.errors import NotConverged
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.crossing import Crossing, Window, crossing
from remanifold.theory.finite.sampled.family import Family, particles
from remanifold.theory.finite.sampled.tempering import Effort
from remanifold.theory.finite.sampled.views import Views, look

_A_MAP = 8  # points on each map
_PILOT, _PILOT_NODES = 16, 9
_BATCH, _MOST_POINTS = 64, 4096
_FEWEST_POINTS = 128  # an error from fewer maps is itself too rough
_CHECKED = 8  # every eighth point is swept at twice the effort
_TOLD = 3.0  # the shift with effort that is left is below the error by so much, or the effort is doubled
_MOST_EFFORT = 4  # times the first
_REACH = 0.3  # log t over which the samples seen from a noisy x serve
_WIDE, _GENERALIZATION = 0.35, 0.5  # half widths of windows in log t
_TRIES = 12

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class SampledTime:
    """One time, the geometric mean over maps.

    Attributes:
        log_t: Mean of log t.
        stderr: Error of ``log_t``: statistical, and the shift with effort.
        effort_shift: How much log t moves when the sweeps have twice the particles and moves.
        spread: Standard deviation of log t between maps.
        n: Points x it was averaged over.
    """

    log_t: float
    stderr: float
    effort_shift: float
    spread: float
    n: int


@dataclass(frozen=True)
class SampledTimes:
    """The three times, and the effort that gave them."""

    onset: SampledTime
    collapse: SampledTime
    generalization: SampledTime
    effort: Effort


@dataclass
class _Asked:
    family: Family
    log_others: float
    seed: int
    effort: Effort


def sampled_times(
    family: Family, n_points: float, accuracy: float = 0.03, seed: int = 0, progress: Progress | None = None
) -> SampledTimes:
    """The times of ``family`` with P points.

    Args:
        family: Maps to average over.
        n_points: P, at least 3; may be a float beyond 2^53.
        accuracy: Error of log t that is aimed at.
        seed: Of the points x and the sweeps.
        progress: Called with what is done and the share of it.

    Raises:
        NotConverged: if a crossing is not found.
    """
    effort = Effort(particles(family.latent_dim), family.moves)
    asked = _Asked(family, math.log(n_points - 1), seed, effort)
    onset, generalization = _clean_starts(asked)
    collapse = _noisy_start(asked, 0.5 * (onset + generalization))
    told = progress or (lambda text, share: None)
    two = _refined(
        asked,
        0.0,
        (Window(onset, _WIDE, 5), Window(generalization, _GENERALIZATION, 9)),
        accuracy,
        lambda share: told("onset and best generalization", share),
    )
    one = _refined(asked, collapse, (Window(collapse, _REACH, 5),), accuracy, lambda share: told("collapse", share))
    return SampledTimes(two[0], one[0], two[1], asked.effort)


def _curves(asked: _Asked, views: Views, window: Window, which: int) -> Floats:
    """-E log s of each x at the levels of the window; for the second window its cross entropy's slope: (n, nodes)."""
    logs = views.mean_logs(window.levels)
    if which == 0:
        return -logs
    rise = window.slopes(window.coefficients(logs))
    basis = np.polynomial.chebyshev.chebvander(np.polynomial.chebyshev.chebpts1(window.nodes), window.nodes - 1)
    return asked.family.ambient_dim / 2 - rise @ basis.T


def _clean_starts(asked: _Asked) -> tuple[float, float]:
    """log t of onset and best generalization from a few points: the samples of clean x serve every t."""
    views = _look(asked, np.arange(_PILOT), 0.0)
    energies = np.array([float(np.exp(law.log_weights) @ law.energies) for law in views.laws])
    top = math.log(2 * float(energies.mean()) / max(1.0, min(asked.log_others, asked.family.ambient_dim / 2)))
    grid = top + np.arange(6, -24, -1) * 0.35
    logs = views.mean_logs(np.exp(grid)).mean(0)
    below = np.flatnonzero(logs < 0)
    if len(below) == 0 or below[0] == 0:
        raise NotConverged("no onset of traps was found; give more points or another size.")
    k = int(below[0])
    onset = float(grid[k - 1] + (grid[k] - grid[k - 1]) * logs[k - 1] / (logs[k - 1] - logs[k]))
    entropy = asked.family.ambient_dim / 2 * grid - logs
    least = int(np.argmin(entropy))
    if least in (0, len(grid) - 1):
        raise NotConverged("the cross entropy has no least value at any noise; give more points or another size.")
    return onset, _parabola(grid, entropy, least)


def _parabola(grid: Floats, values: Floats, least: int) -> float:
    left, here, right = values[least - 1 : least + 2]
    return float(grid[least] + 0.5 * (grid[least + 1] - grid[least]) * (left - right) / (left - 2 * here + right))


def _noisy_start(asked: _Asked, guess: float) -> float:
    """log t of the collapse from a few points, swept again where it has moved out of reach."""
    for _ in range(_TRIES):
        views = _look(asked, np.arange(_PILOT), math.exp(guess))
        window = Window(guess, _REACH, 5)
        found = crossing(window, _curves(asked, views, window, 0), views.map_of, views.controls, views.chances)
        moved = found.log_t - guess
        guess = found.log_t if found.inside else guess + math.copysign(1.5 * _REACH, moved)
        if found.inside and abs(moved) < 0.5 * _REACH:
            return guess
    raise NotConverged("no collapse was found; give more points or another size.")


def _look(asked: _Asked, numbers: Integers, level: float) -> Views:
    return look(asked.family, numbers, _A_MAP, level, asked.log_others, asked.effort, asked.seed)


@dataclass
class _Gathered:
    """Curves of all points so far, for each window."""

    curves: list[list[Floats]]
    map_of: list[Integers]
    controls: list[Floats]
    chances: list[Floats]

    def crossings(self, windows: tuple[Window, ...]) -> list[Crossing]:
        columns = (np.concatenate(part) for part in (self.map_of, self.controls, self.chances))
        map_of, controls, chances = columns
        return [
            crossing(window, np.concatenate(curves), map_of, controls, chances)
            for window, curves in zip(windows, self.curves)
        ]


def _refined(
    asked: _Asked, log_level: float, windows: tuple[Window, ...], accuracy: float, progress: Callable[[float], None]
) -> list[SampledTime]:
    """More points until the error is as asked; more effort until what it moves is below the error."""
    level = math.exp(log_level) if log_level != 0.0 else 0.0
    effort = asked.effort
    for factor in range(_MOST_EFFORT):
        mine = replace(asked, effort=effort)
        times, shifts = _gathered(mine, level, windows, accuracy, progress)
        worst = max(abs(shift) / max(time.stderr, accuracy / 2) for time, (shift, _) in zip(times, shifts))
        sure = all(abs(shift) < 2 * error for shift, error in shifts)
        if worst < 1 / _TOLD or sure or factor == _MOST_EFFORT - 1:
            break
        effort = effort.times(math.sqrt(2))
    asked.effort = effort
    n = len(windows) and times[0].n
    return [
        SampledTime(
            found.crossing.log_t, math.hypot(found.stderr, shift), shift, found.crossing.spread, n
        )
        for found, (shift, _) in zip(times, shifts)
    ]


@dataclass(frozen=True)
class _Found:
    crossing: Crossing
    stderr: float
    n: int


def _gathered(
    asked: _Asked, level: float, windows: tuple[Window, ...], accuracy: float, progress: Callable[[float], None]
) -> tuple[list[_Found], list[tuple[float, float]]]:
    gathered = _Gathered([[] for _ in windows], [], [], [])
    doubled = replace(asked, effort=asked.effort.times(2))
    changes: list[list[Floats]] = [[] for _ in windows]
    count, found = 0, []
    while count < _MOST_POINTS:
        numbers = np.arange(count, count + _BATCH)
        views = _look(asked, numbers, level)
        checked = np.flatnonzero(numbers % _CHECKED == 0)
        again = _look(doubled, numbers[checked], level)
        for k, window in enumerate(windows):
            curves = _curves(asked, views, window, k)
            gathered.curves[k].append(curves)
            changes[k].append(_curves(asked, again, window, k) - curves[checked])
        gathered.map_of.append(views.map_of)
        gathered.controls.append(views.controls)
        gathered.chances.append(views.chances)
        count += _BATCH
        found = gathered.crossings(windows)
        error = max(each.stderr for each in found)
        progress(min(1.0, (accuracy / max(error, 1e-12)) ** 2))
        if count >= _FEWEST_POINTS and error < accuracy / math.sqrt(2):
            break
    shifts = []
    for window, parts, each in zip(windows, changes, found):
        here = window.at(window.coefficients(np.concatenate(parts)), each.log_t) / -each.slope
        shifts.append((float(here.mean()), float(here.std(ddof=1)) / math.sqrt(len(here))))
    return [_Found(each, each.stderr, count) for each in found], shifts
