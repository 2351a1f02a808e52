"""Onset, collapse and best generalization in few latent dimensions: means over data sets that are drawn.

In one or two a few far points decide where a single data set crosses, so that the crossing of a mean over points, which
serves in more dimensions, is not the mean of the crossings. In three it is, but sampling it takes ten times as long.
Whole data sets are drawn, and each is measured as an experiment measures it. Source: docs/explanation/finite-size.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri

from remanifold._core.errors import NotConverged
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.theory.finite.drawn.every_point import EveryPoint
from remanifold.theory.finite.drawn.near_points import Looking, NearPoints, looking
from remanifold.theory.finite.drawn.set_points import PointsOf
from remanifold.theory.finite.sampled.times import SampledTime, SampledTimes
from remanifold.theory.roots import positive_root, smooth_root

LookAt = Callable[[Floats, np.random.Generator], Looking | EveryPoint]
"""What some points of a data set (P, N) see of the others."""

_MOST_WORK, _USUAL = 4e8, 0.03  # exponentials, some 20 s, for this accuracy or a lower one
_SURE = 0.95  # that a spread lies below its bound
_FEWEST_SETS, _USUAL_SETS, _MOST_SETS = 16, 48, 4096  # at least, and at least while there is work left
_MORE = 0.125  # sets, of those there are, before errors are looked at again
_TOLERANCE = 2e-3  # of log t of a single set, far below its scatter
_FARTHER, _FAR = 4.0, 1e4  # t up to which more points are looked up, over the t that needs them
_CLEAN = 2.0  # t without noise over that with noise for which the same points are enough
_STEP, _LONG, _RISES = 0.3, 0.9, 4  # of the grid of the cross entropy in log t: long after so many steps up
_FEWEST_ALONE = 0.4  # share of points without an exact copy, over sets: that of relu on a line is 1/2
_FEWEST_LOOKING = 2  # points without a copy: sets with fewer have no times
_PASSES = 20  # over the pairs of a set


def times_of_sets(
    points_of: PointsOf,
    n_points: int,
    latent_dim: int,
    ambient_dim: int,
    accuracy: float,
    *,
    of_map: int = 2,
    look_at: LookAt = looking,
    seed: int = 0,
    progress: Progress | None = None,
) -> SampledTimes:
    """The three times, averaged over data sets: mean of log t.

    Args:
        points_of: Makes the points of a set.
        n_points: P.
        latent_dim, ambient_dim: D and N; points may have fewer numbers than N if their distances are right.
        accuracy: Error of log t aimed at; work has an end, and the error reached by then is told.
        of_map: Sets of each map: 2 tell the spread between maps; 1 where there is one map.
        look_at: `looking`, or `every_point` where the latent dimensions are more than a few.
        seed: Of the latents, the noise and the points that look.
        progress: Called with the stage, and how many sets of those that are likely to be needed are done.

    Raises:
        NotConverged: if a set has no such time, or most points have exact copies.
    """
    logs: list[tuple[float, float, float]] = []
    tried, alone, wider, goal, needed = 0, 0.0, 1.0, _USUAL_SETS, _USUAL_SETS
    work, most = 0.0, _MOST_WORK * max(1.0, (_USUAL / accuracy) ** 2)
    while len(logs) < needed or len(logs) % of_map > 0:
        random = generator(seed, f"finite size/set {tried}")
        points = points_of(len(logs) // of_map, random.standard_normal((n_points, latent_dim)))
        look = look_at(points, random)
        tried, alone = tried + 1, alone + look.alone
        if tried >= _FEWEST_SETS and alone < _FEWEST_ALONE * tried:
            raise NotConverged("most points have an exact copy, as in discrete or clipped data; there is no such time.")
        work += look.drawing_work(n_points, latent_dim) * points.size
        if look.alone * n_points < _FEWEST_LOOKING:
            continue
        found = _of_set(look, ambient_dim, wider)
        logs.append(found.logs)
        wider = max(wider, found.reach) if len(logs) > 1 else found.reach
        work += found.work
        few = len(logs) < (_USUAL_SETS if work < most else _FEWEST_SETS)
        if not few and len(logs) % of_map == 0:
            share = float(_over_maps(logs, of_map)[0].max()) / accuracy
            goal = max(len(logs), min(_MOST_SETS, math.ceil(len(logs) * min(share**2, most / work))))
            needed = min(goal, len(logs) + math.ceil(_MORE * len(logs)))
        (progress or silent)("data sets", len(logs), goal)
    parts = (part.tolist() for part in _over_maps(logs, of_map))
    columns = zip(np.mean(logs, axis=0).tolist(), *parts)
    found = (
        SampledTime(log_t, error, 0.0, between, len(logs), spread_bound=bound)
        for log_t, error, between, bound in columns
    )
    return SampledTimes(*found)


def _over_maps(logs: list[tuple[float, float, float]], of_map: int) -> tuple[Floats, Floats, Floats]:
    """(error of the mean, spread between maps, 95 % upper bound of it), (3,) each, from the sets of each map.

    The error is that of Student's law, as wide as its standard deviation.
    """
    sets = np.reshape(logs, (-1, of_map, 3))
    free, seen = len(sets) - 1, sets.mean(1).var(axis=0, ddof=1)
    errors = np.sqrt(seen / len(sets) * free / max(free - 2, 1))
    if of_map == 1:
        return errors, np.zeros(3), np.zeros(3)
    within = sets.var(axis=1, ddof=1).mean(0) / of_map
    between, most = (np.sqrt(np.maximum(part - within, 0.0)) for part in (seen, seen * free / chdtri(free, _SURE)))
    return errors, between, most


@dataclass(frozen=True)
class _Found:
    """Of one set: log t of the three times, the reach needed over the mean square to the nearest point, the work."""

    logs: tuple[float, float, float]
    reach: float
    work: float


def _of_set(look: Looking | EveryPoint, ambient_dim: int, wider: float) -> _Found:
    base = float(look.shares @ look.nearest**2)
    near = look.near(wider * base)

    def risen(t: float, *, noisy: bool) -> float:
        nonlocal near
        if t > near.reach:
            near = look.near(_FARTHER * t)
        return near.mean_log_sum(t, noisy=noisy)

    start = 0.25 * near.reach
    onset = positive_root(lambda t: risen(t, noisy=False), "the onset of traps of a data set", start, _TOLERANCE)
    collapse = positive_root(lambda t: risen(t, noisy=True), "the collapse of a data set", onset, _TOLERANCE)
    best, looked = _best(look, near, base / ambient_dim, ambient_dim)
    work = _PASSES * near.pairs * near.pair_work + looked
    return _Found((math.log(onset), math.log(collapse), best), 2 * max(onset, collapse) / base, work)


def _best(
    look: Looking | EveryPoint, near: NearPoints | EveryPoint, low: float, ambient_dim: int
) -> tuple[float, float]:
    """(log t of the least cross entropy, work); below ``low`` the mean energy over t is above N/2: it falls there."""
    half, grid, entropy, work = ambient_dim / 2, [math.log(low)], [], 0.0
    some, rises = near.within(min(_FARTHER * low, near.reach)), 0
    while True:
        t = math.exp(grid[-1])
        if t > _CLEAN * some.reach:  # far above a minimum fewer points tell whether there is a deeper one
            reach = t * (_FARTHER if rises < _RISES else _FAR) / _CLEAN
            some = near.within(min(reach, near.reach)) if t <= _CLEAN * near.reach else look.near(reach)
        entropy.append(half * grid[-1] - some.mean_log_sum(t, noisy=False))
        work += some.pairs * some.pair_work
        rises = rises + 1 if len(entropy) > 1 and entropy[-1] > entropy[-2] else 0
        least = int(np.argmin(entropy))
        if t * ambient_dim > look.span and least < len(grid) - 1:  # the mean energy over t is below N/2 from there on
            break
        grid.append(grid[-1] + (_STEP if rises < _RISES else _LONG))
    reach = math.exp(grid[least + 1]) / _CLEAN
    some = near.within(reach) if reach <= near.reach else look.near(reach)

    def slope(log_t: float) -> float:
        return half - some.mean_energy(math.exp(log_t))

    left, right = grid[max(least - 1, 0)], grid[least + 1]
    if slope(left) > 0 or slope(right) < 0:
        return grid[least], work
    return smooth_root(slope, left, right, _TOLERANCE / abs(right)), work
