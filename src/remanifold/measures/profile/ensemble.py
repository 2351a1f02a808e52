"""Where many data sets can be drawn: the times of each, and the spread between draws beside the error within one."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import NotConverged
from remanifold._core.estimate import Estimate, mean_estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.neighbours.reading import RowReader
from remanifold.measures.profile.measuring import noise_profile
from remanifold.noise import MeasuredLevel


@dataclass(frozen=True)
class DrawnTime:
    """One time over many draws of the data.

    Attributes:
        log: Mean of log t over draws, with the error from the spread between draws.
        between: Standard deviation of log t between draws.
        within: Root mean square of the error that one draw states of itself (conditional on its data).
        values: t of each draw, (draws,).
    """

    log: Estimate
    between: float
    within: float
    values: Floats

    @property
    def level(self) -> MeasuredLevel:
        """Geometric mean of t, with the error from the spread between draws."""
        return MeasuredLevel.from_log(self.log)

    @property
    def value(self) -> float:
        """`level` as a plain number, a noise variance."""
        return self.level.value

    @property
    def sigma(self) -> float:
        """Its root."""
        return self.level.sigma


@dataclass(frozen=True)
class EnsembleTimes:
    """The three times over draws of the data."""

    t_onset: DrawnTime
    t_collapse: DrawnTime
    t_generalization: DrawnTime


def drawn_time(times: list[MeasuredLevel | None]) -> DrawnTime:
    """One of the three times from that of each draw.

    Raises:
        NotConverged: if a draw has none.
    """
    levels = [time for time in times if time is not None]
    if len(levels) < len(times):
        raise NotConverged(f"{len(times) - len(levels)} of {len(times)} draws have no such time.")
    logs = np.array([math.log(time.value) for time in levels])
    within = math.sqrt(float(np.mean([time.log_stderr**2 for time in levels])))
    return DrawnTime(mean_estimate(logs), float(logs.std(ddof=1)), within, np.exp(logs))


def ensemble_times(
    draw: Callable[[int], PointsLike | RowReader],
    n_draws: int,
    *,
    seed: int = 0,
    max_queries: int = 500,
    levels: Floats | None = None,
    memory: str | float = "2GB",
    threads: int | None = None,
    progress: Progress = silent,
) -> EnsembleTimes:
    """Measure the three times on ``n_draws`` data sets.

    Args:
        draw: ``draw(seed)`` gives a data set, e.g. ``lambda s: HiddenManifold(..., seed=s).points()``.
        n_draws: At least 2.
        seed: First seed; draws use seed, seed + 1, ...
        max_queries, levels, memory, threads: As for `noise_profile`; the same levels serve every draw.
        progress: Told the draws done.

    Raises:
        InvalidInput: for fewer than 2 draws.
    """
    n_draws = whole("the number of draws", n_draws, least=2, example=8)
    rows: list[tuple[MeasuredLevel | None, ...]] = []
    for k in range(n_draws):
        profile = noise_profile(
            draw(seed + k), max_queries=max_queries, levels=levels, seed=seed + k, memory=memory, threads=threads
        )
        rows.append((profile.t_onset, profile.t_collapse, profile.t_generalization))
        progress("draws", k + 1, n_draws)
    return EnsembleTimes(*(drawn_time([row[i] for row in rows]) for i in range(3)))
