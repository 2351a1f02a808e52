"""Measure a noise profile: choose queries and levels, sweep, collect."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.compute import Compute
from remanifold._core.errors import NotConverged, refusal, require
from remanifold._core.memory import hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import held_to_threads, one_thread
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.neighbours.reading import RowReader, rows_of
from remanifold.measures.profile.checkpoint import SweepParts, parts_of
from remanifold.measures.profile.levels import is_fine, level_grid, search_range
from remanifold.measures.profile.local_runner import LocalRunner, ProfileRunner
from remanifold.measures.profile.noise_profile import NoiseProfile
from remanifold.measures.profile.strata import stratified_queries
from remanifold.measures.profile.sweep import QuerySums, Visit

PILOT = 24  # queries that choose the levels
_DEAR, _EVERY = 2e7, 16  # pairs of query and point that a sweep for one in so many queries is worth saving
_CHEAP = 10**5  # pairs that are swept at once rather than again for a few queries
_MOST_REFINEMENTS, _PILOT_REFINEMENTS = 8, 4
_FIRST_REACH = 2.0  # in log t; doubled at every refinement


def _collect(
    runner: ProfileRunner,
    queries: Integers,
    levels: Floats,
    visits: Sequence[Visit[QuerySums]],
    weights: Floats | None = None,
) -> NoiseProfile:
    size = len(runner.rows), runner.ambient_dim, runner.n_draws, runner.seed
    rows, distances = (np.array(column) for column in zip(*((v.nearest_row, v.nearest_distance) for v in visits)))
    return NoiseProfile(levels, queries, *size, tuple(visit.result for visit in visits), rows, distances, weights)


def _require_distinct(distances: Floats) -> None:
    copies = int((distances == 0).sum())
    if copies != 0:
        got = f"{copies} of {len(distances)} query rows with an exact copy"
        raise refusal("the points of a profile must be distinct", got, "merge duplicates first or pass levels")


def _pilot_levels(runner: ProfileRunner, queries: Integers, weights: Floats | None, progress: Progress) -> Floats:
    """Levels that suit a few of the queries: the range of the profile, dense around their times."""
    stands_for = np.cumsum(np.ones(len(queries)) if weights is None else weights)
    places = np.searchsorted(stands_for, stands_for[-1] * (np.arange(PILOT) + 0.5) / PILOT)
    pilot = queries[np.unique(places)]
    few = runner.pilot(pilot)
    _require_distinct(few.nearest)
    start = float(np.median(few.nearest))
    log_points = math.log(len(runner.rows))

    def surprisal(t: float) -> float:
        sums = few.sums(np.array([t]))
        return float(np.mean([np.logaddexp(0.0, s.log_sum[:, 1:]).mean() for s in sums])) / log_points

    low, high = search_range(surprisal, start)
    progress("noise range", 1, 2)
    grid = level_grid(low, high, ())
    for k in range(_PILOT_REFINEMENTS if len(queries) * len(runner.rows) > _CHEAP else 1):
        rough = _collect(runner, pilot, grid, [Visit(0, 0.0, sums) for sums in few.sums(grid)])
        better = _refined(rough, _FIRST_REACH * 2**k)
        if better is None:
            break
        grid = better
    progress("noise range", 2, 2)
    return grid


def _refined(profile: NoiseProfile, reach: float) -> Floats | None:
    """Better levels, if all queries together ask for more than the pilot did; None if all is well.

    Args:
        profile: What all queries gave on the present levels.
        reach: How far in log t an end moves that is not far enough out.
    """
    share = profile.own_surprisal.value / math.log(profile.n_points)
    low, high = float(profile.t[0]), float(profile.t[-1])
    least = int(profile.nll.value.argmin())
    if share[0] >= 0.005 or (profile.t_generalization is None and least == 0) or profile.gap.value[0] < 0:
        low *= math.exp(-reach)
    if share[-1] <= 0.95 or profile.trap.value[-1] > 0 or least == len(profile.t) - 1:
        high *= math.exp(reach)
    times = [time.value for time in (profile.t_generalization, profile.t_collapse, profile.t_onset) if time is not None]
    wide_enough = (low, high) == (profile.t[0], profile.t[-1])
    if wide_enough and all(is_fine(profile.t, time) for time in times):
        return None
    return level_grid(low, high, times)


@held_to_threads
def noise_profile(
    points: PointsLike | RowReader,
    *,
    rows: Integers | Sequence[int] | None = None,
    max_queries: int = 2000,
    n_draws: int = 2,
    seed: int = 0,
    levels: Floats | Sequence[float] | None = None,
    memory: str | float = "2GB",
    threads: int | None = None,
    device: str = "cpu",
    part_file: str | Path | SweepParts | None = None,
    progress: Progress = silent,
) -> NoiseProfile:
    """Measure the noise profile of ``points`` (docs/explanation/theory.md, section 6).

    >>> import numpy as np, remanifold as rm
    >>> profile = rm.noise_profile(np.random.default_rng(0).normal(size=(200, 8)), threads=1)
    >>> profile.t_collapse < profile.t_onset
    True

    Main arguments:
        points: Whatever `remanifold.open_points` takes (or anything that reads rows).
        rows: Row numbers that count as distinct points; all by default. Merge duplicates first
            (`remanifold.measures.find_duplicates`): they never cross.
        max_queries: Query points; where there are more rows, far ones always and others at random (see
            `NoiseProfile.weights`).
        n_draws: Noise draws a query (at least 2, so that each row's own error can be measured), both signs of each.
        seed: Seed of noise and choice. Row i's noise depends on (seed, i) alone.

    Other arguments:
        levels: Noise variances; by default chosen so that every crossing lies between two levels at most 1/8 apart in
            log t, and own_surprisal / log P goes from below .005 to above .95; on a lattice uniform in 1/sqrt(t) within
            each factor 4 of t, where a level costs a fifth of one that is named here.
        memory: Budget, e.g. "2GB".
        threads: Threads; the cores of this process by default. Results do not depend on it beyond round-off.
        device: Torch device.
        part_file: File that keeps the sums of finished queries, so that a second call with the same arguments goes on
            where the first was interrupted or killed, bit for bit; deleted at the end. Of `SweepParts` the caller says
            when to delete them.
        progress: Told ("distances", rows done, rows) of each pass over the data and ("noise levels", queries done,
            queries).

    Raises:
        InvalidInput: for fewer than 3 rows, rows that are copies, bad numbers, a budget too small, or a part file that
            cannot be written.

    See also:
        `remanifold.audit`, which measures the profile among much else; `remanifold.phases`, what theory predicts.
    """
    points = rows_of(points)
    compute = Compute(memory=memory, threads=threads, device=device, progress=progress)
    hold_nothing_back(compute.memory_bytes)
    kept = counted_rows(points.n_points, rows, max_queries, n_draws)
    runner = LocalRunner(points, kept, n_draws=n_draws, seed=seed, compute=compute)
    parts = parts_of(part_file, points, kept) if isinstance(part_file, str | Path) else part_file
    with one_thread():  # for each query; the runner has its own
        queries, weights = stratified_queries(points, kept, max_queries, seed, compute)
        profile = profile_of(runner, queries, levels, parts, progress, weights)
    if isinstance(part_file, str | Path) and parts is not None:
        parts.remove()
    return profile


def counted_rows(n_points: int, rows: Integers | Sequence[int] | None, max_queries: int, n_draws: int) -> Integers:
    """The numbers of the rows that count, ascending, once the arguments are found fit; see `noise_profile`.

    Raises:
        InvalidInput: for fewer than 3 rows, or bad numbers of queries or draws.
    """
    kept = np.arange(n_points) if rows is None else np.unique(np.asarray(rows, dtype=np.int64))
    if not (len(kept) >= 3):
        raise refusal("a noise profile needs at least 3 distinct points", len(kept), "give more data")
    whole("the number of queries", max_queries, least=2, example=2000)
    whole("the number of noise draws", n_draws, least=2)
    return kept


def profile_of(
    runner: ProfileRunner,
    queries: Integers,
    levels: Floats | Sequence[float] | None = None,
    parts: SweepParts | None = None,
    progress: Progress = silent,
    weights: Floats | None = None,
) -> NoiseProfile:
    """The profile of the points of ``runner``, seen from ``queries``; see `noise_profile`.

    Raises:
        InvalidInput: for bad levels or copies, and what the runner refuses.
    """
    chosen = (
        _pilot_levels(runner, queries, weights, progress)
        if levels is None
        else np.unique(np.asarray(levels, dtype=float))
    )
    usable = len(chosen) >= 2 and bool(np.isfinite(chosen).all()) and chosen[0] > 0
    require(usable, "noise levels must be at least 2 positive numbers", chosen, "pass noise variances")
    if levels is None and len(queries) * len(runner.rows) > _DEAR:  # let some queries choose the levels for all
        chosen = _settled(
            runner, queries[::_EVERY], chosen, parts, progress, None if weights is None else weights[::_EVERY]
        ).t
    if levels is None:
        return _settled(runner, queries, chosen, parts, progress, weights)
    return _collect(runner, queries, chosen, runner.sweep(queries, chosen, progress, parts), weights)


def _settled(
    runner: ProfileRunner,
    queries: Integers,
    levels: Floats,
    parts: SweepParts | None,
    progress: Progress,
    weights: Floats | None,
) -> NoiseProfile:
    """The profile on levels that suit these queries, beginning with ``levels``."""
    for k in range(_MOST_REFINEMENTS):
        profile = _collect(runner, queries, levels, runner.sweep(queries, levels, progress, parts), weights)
        _require_distinct(profile.nearest_distances)
        better = _refined(profile, _FIRST_REACH * 2**k)
        if better is None:
            return profile
        levels = better
    raise NotConverged(f"the profile did not end between noise variances {levels[0]:.3g} and {levels[-1]:.3g}.")
