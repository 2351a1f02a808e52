"""The hold-out as negative control of an audit."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remanifold.audits.context import AuditContext
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.data import Points
from remanifold.measures import choose_queries, closer_share, holdout_profile, nearest_points
from remanifold.noise import MeasuredLevel


def check_holdout(context: AuditContext) -> HoldoutCheck | None:
    """Overlap, nearest distances and best noise level of the hold-out rows; None without a hold-out.

    All hold-out rows are compared with all training rows for overlap. The share of closer rows takes all hold-out rows,
    overlapping ones included, and distances to the distinct training points, as the training rows' own are. The best
    level uses at most ``max_queries`` of the rows that do not overlap, since a copied row was seen in training.
    """
    holdout, facts, profile = context.inputs.holdout, context.holdout_facts, context.profile
    if holdout is None or facts is None:
        return None
    every = np.arange(context.inputs.points.n_points)
    nearest, distances = _nearest(context, every, holdout, np.arange(holdout.n_points))
    near = distances <= context.duplicates.distance
    comparable = distances.copy()
    moved = np.flatnonzero(~np.isin(nearest, context.duplicates.distinct))  # only a row that is a copy has another
    if len(moved):
        comparable[moved] = _nearest(context, context.duplicates.distinct, holdout, moved)[1]
    rows = choose_queries(np.flatnonzero(~near), context.options.max_queries, context.options.seed)
    best, reason = _best_level(context, holdout, rows)
    of_training = _training_distances(context)
    return HoldoutCheck(
        n=holdout.n_points,
        source=holdout.record.source,
        fingerprint=facts.fingerprint,
        median_distance=float(np.median(comparable)),
        median_distance_training=float(np.median(of_training)),
        closer_share=replace(closer_share(comparable, of_training), n=0),
        overlap=tuple((int(i), int(nearest[i]), float(distances[i])) for i in np.flatnonzero(near)),
        t_generalization=best,
        z=_difference(best, profile.t_generalization),
        t_generalization_reason=reason,
    )


def _training_distances(context: AuditContext) -> NDArray[np.float64]:
    """Leave-one-out distances of the queries, or of a plain random choice where far rows are queries more often."""
    profile, options, distinct = context.profile, context.options, context.duplicates.distinct
    if profile.weights is None:
        return profile.nearest_distances
    points, chosen = context.inputs.points, choose_queries(distinct, options.max_queries, options.seed)
    how = {"threads": context.compute.n_threads, "device": context.compute.device, "progress": context.compute.progress}
    return nearest_points(points, distinct, points, chosen, same=True, **how)[1]


def _nearest(
    context: AuditContext, columns: NDArray[np.int64], holdout: Points, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    return nearest_points(
        context.inputs.points,
        columns,
        holdout,
        rows,
        same=False,
        threads=context.compute.n_threads,
        device=context.compute.device,
        progress=context.compute.progress,
    )


def _best_level(
    context: AuditContext, holdout: Points, rows: NDArray[np.int64]
) -> tuple[MeasuredLevel | None, str | None]:
    """The best noise level of ``rows``, or None and the reason why there is none."""
    if len(rows) < 2:
        return None, "fewer than two of its rows are free of overlap"
    measured = holdout_profile(
        context.inputs.points,
        context.duplicates.distinct,
        context.profile,
        holdout,
        rows,
        parts=context.checkpoint,
        memory=context.compute.memory,
        threads=context.compute.threads,
        device=context.compute.device,
        progress=context.compute.progress,
    )
    if measured.t_generalization is None:
        return None, "its cross entropy is least at an end of the levels measured, or beyond"
    return measured.t_generalization, None


def _difference(best: MeasuredLevel | None, training: MeasuredLevel | None) -> float | None:
    """log ratio of the best levels, hold-out over leave-one-out, in standard errors."""
    if best is None or training is None:
        return None
    return math.log(best.value / training.value) / math.hypot(best.log_stderr, training.log_stderr)
