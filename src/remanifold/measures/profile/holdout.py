"""Rows that the set does not hold, against the set: distances as negative control, and the best noise level."""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.threads import held_to_threads, one_thread
from remanifold._core.types import Floats, Integers
from remanifold.data import PointsLike
from remanifold.measures.estimates.series import Series, series_of
from remanifold.measures.neighbours.reading import RowReader, rows_of
from remanifold.measures.profile.checkpoint import SweepParts, VisitLike
from remanifold.measures.profile.noise_profile import NoiseProfile, best_level, nll_slope
from remanifold.measures.profile.runner import QueryRunner
from remanifold.measures.profile.sweep import sweep_queries
from remanifold.noise import MeasuredLevel


@dataclass(frozen=True)
class HoldoutProfile:
    """Cross entropy of hold-out rows under the smoothed empirical measure, on the levels of a noise profile.

    Attributes:
        nll: -log p_t^emp of a hold-out row, nats, at every level of the profile.
        t_generalization: The level of least mean cross entropy, or None where it is at an end of the levels.
        nearest_rows, nearest_distances: Nearest training point of each row, (rows,).
    """

    nll: Series
    t_generalization: MeasuredLevel | None
    nearest_rows: Integers
    nearest_distances: Floats


@held_to_threads
def holdout_profile(
    points: PointsLike | RowReader,
    rows: Integers,
    profile: NoiseProfile,
    holdout: PointsLike | RowReader,
    holdout_rows: Integers,
    *,
    memory: str | float = "2GB",
    threads: int | None = None,
    device: str = "cpu",
    parts: SweepParts | None = None,
    persons: Integers | None = None,
    progress: Progress = silent,
) -> HoldoutProfile:
    """Measure hold-out rows against the distinct training rows.

    Args:
        points: Training data, whatever `open_points` takes.
        rows: Its distinct points, as given to `noise_profile`.
        profile: That profile; its levels are used.
        holdout: Hold-out data of the same dimension.
        holdout_rows: Rows of it, ascending.
        memory, threads, device, progress: As for `noise_profile`.
        parts: Finished rows, of these points and these hold-out data.
        persons: Of the hold-out rows, (rows,), where rows belong together: errors count persons.

    Raises:
        InvalidInput: for hold-out rows of another dimension, none at all, or a budget too small.
    """
    points, others = rows_of(points), rows_of(holdout)
    n = points.ambient_dim
    if others.ambient_dim != n or len(holdout_rows) == 0:
        got = f"{len(holdout_rows)} of {others.ambient_dim}"
        raise refusal(f"a hold-out needs rows of {n} numbers, as the data have", got, "pass rows from the same source")
    compute = Compute(memory=memory, threads=threads, device=device, progress=progress)
    runner = QueryRunner(points, rows, n_draws=0, seed=profile.seed, compute=compute)
    with one_thread():  # for each query; the runner has its own
        visits = runner.run(
            holdout_rows,
            lambda half, projection: sweep_queries(half, projection, profile.t, bracket=False),
            progress,
            source=others,
            kept=parts,
            work=b"hold-out" + profile.t.tobytes(),
            like=VisitLike(rows, 1, profile.t, False),
        )
    log_sum = np.stack([visit.result.log_sum[:, 0] for visit in visits])
    half_squared = np.stack([visit.result.half_squared for visit in visits])
    nll = profile.ambient_dim / 2 * np.log(2 * math.pi * profile.t) + math.log(len(rows)) - log_sum
    slopes = nll_slope(profile.t, half_squared, profile.ambient_dim)
    return HoldoutProfile(
        series_of(nll, persons=persons),
        best_level(profile.t, nll.mean(axis=0), slopes, persons=persons),
        np.array([visit.nearest_row for visit in visits]),
        np.array([visit.nearest_distance for visit in visits]),
    )


def closer_share(holdout: Floats, training: Floats) -> Estimate:
    """P(hold-out distance < training distance), ties split; null value 1/2 for exchangeable rows.

    Args:
        holdout: Distances of hold-out rows to their nearest training point, (m,).
        training: Leave-one-out distances of training rows, (n,).

    Returns:
        The share over all pairs with DeLong's standard error (Biometrics 44, 837, 1988), which counts the sampling of
        rows on both sides; never below half a row of the smaller side, which is all that total separation can tell.

    Raises:
        InvalidInput: if there are no rows on one side.
    """
    if len(holdout) == 0 or len(training) == 0:
        got = f"{len(holdout)} and {len(training)}"
        raise refusal("a share of closer rows needs rows on both sides", got, "pass both")

    def mid_rank(values: Floats, among: Floats) -> Floats:
        ordered = np.sort(among)
        left, right = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
        return (left + right) / 2 / len(among)  # share of `among` below, ties split

    of_holdout = 1 - mid_rank(holdout, training)
    of_training = mid_rank(training, holdout)
    parts = [v.var(ddof=1) / len(v) if len(v) > 1 else math.nan for v in (of_holdout, of_training)]
    fewest = min(len(holdout), len(training))
    error = math.sqrt(sum(parts))
    return Estimate(float(of_holdout.mean()), max(error, 0.5 / fewest) if fewest > 1 else error, fewest)
