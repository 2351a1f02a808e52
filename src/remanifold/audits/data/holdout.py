"""The hold-out as negative control of an audit."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.progress import Progress
from remanifold.audits.data.times import measured_time
from remanifold.audits.inputs import AuditOptions
from remanifold.audits.report import HoldoutCheck
from remanifold.data import Points, Survey
from remanifold.measures import (
    Duplicates,
    NoiseProfile,
    SweepParts,
    choose_queries,
    closer_share,
    holdout_profile,
    nearest_points,
    thread_count,
)
from remanifold.noise import MeasuredLevel


def check_holdout(
    points: Points,
    fresh: Points,
    facts: Survey,
    twins: Duplicates,
    profile: NoiseProfile,
    *,
    options: AuditOptions,
    std: float,
    parts: SweepParts | None,
    progress: Progress,
) -> HoldoutCheck:
    """Overlap, nearest distances and best noise level of the hold-out rows.

    All hold-out rows are compared with all training rows for overlap. The share of closer rows takes all hold-out rows,
    overlapping ones included, and distances to the distinct training points, as the training rows' own are. The best
    level uses at most ``max_queries`` of the rows that do not overlap, since a copied row is no fresh row.
    """
    nearest, distances = _nearest(
        points, np.arange(points.n_points), fresh, np.arange(fresh.n_points), options, progress
    )
    near = distances <= twins.distance
    comparable = _to_distinct(points, fresh, nearest, distances, twins, options, progress)
    share = closer_share(comparable, profile.nearest_distances)
    rows = choose_queries(np.flatnonzero(~near), options.max_queries, options.seed)
    best, reason = _best_level(points, fresh, rows, twins, profile, options, parts, progress)
    return HoldoutCheck(
        n=fresh.n_points,
        source=fresh.record.source,
        fingerprint=facts.fingerprint,
        median_distance=float(np.median(comparable)),
        median_distance_training=float(np.median(profile.nearest_distances)),
        closer_share=share.value,
        closer_share_stderr=share.stderr,
        overlap=tuple((int(i), int(nearest[i]), float(distances[i])) for i in np.flatnonzero(near)),
        t_generalization=measured_time(best, std),
        z=_difference(best, profile.t_generalization),
        t_generalization_reason=reason,
    )


def _nearest(
    points: Points,
    columns: NDArray[np.int64],
    fresh: Points,
    rows: NDArray[np.int64],
    options: AuditOptions,
    progress: Progress,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return nearest_points(
        points,
        columns,
        fresh,
        rows,
        same=False,
        threads=thread_count(options.threads),
        device=options.device,
        progress=progress,
    )


def _to_distinct(
    points: Points,
    fresh: Points,
    nearest: NDArray[np.int64],
    distances: NDArray[np.float64],
    twins: Duplicates,
    options: AuditOptions,
    progress: Progress,
) -> NDArray[np.float64]:
    """Distance of every hold-out row to the nearest distinct point: only a nearest row that is a copy has another."""
    moved = np.flatnonzero(~np.isin(nearest, twins.distinct))
    if not len(moved):
        return distances
    found = distances.copy()
    found[moved] = _nearest(points, twins.distinct, fresh, moved, options, progress)[1]
    return found


def _best_level(
    points: Points,
    fresh: Points,
    rows: NDArray[np.int64],
    twins: Duplicates,
    profile: NoiseProfile,
    options: AuditOptions,
    parts: SweepParts | None,
    progress: Progress,
) -> tuple[MeasuredLevel | None, str | None]:
    """The best noise level of ``rows``, or None and the reason why there is none."""
    if len(rows) < 2:
        return None, "fewer than two of its rows are free of overlap"
    measured = holdout_profile(
        points,
        twins.distinct,
        profile,
        fresh,
        rows,
        parts=parts,
        memory=options.memory,
        threads=options.threads,
        device=options.device,
        progress=progress,
    )
    if measured.t_generalization is None:
        return None, "its cross entropy is least at an end of the levels measured, or beyond"
    return measured.t_generalization, None


def _difference(best: MeasuredLevel | None, training: MeasuredLevel | None) -> float | None:
    """log ratio of the best levels, hold-out over leave-one-out, in standard errors."""
    if best is None or training is None:
        return None
    return math.log(best.value / training.value) / math.hypot(best.log_stderr, training.log_stderr)
