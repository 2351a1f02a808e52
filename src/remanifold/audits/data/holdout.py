"""The hold-out as negative control of an audit."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from remanifold.audits.context import AuditContext
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.data import Points
from remanifold.measures import choose_queries, closer_share, holdout_profile, nearest_points
from remanifold.measures.estimates.person_numbers import person_numbers
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.neighbours.other_persons import nearest_of_others
from remanifold.noise import MeasuredLevel


def check_holdout(context: AuditContext) -> HoldoutCheck | None:
    """Overlap, nearest distances and best noise level of the hold-out rows; None without a hold-out.

    All hold-out rows are compared with all training rows for overlap. The share of closer rows takes all hold-out rows,
    overlapping ones included, and distances to the distinct training points, as the training rows' own are. The best
    level uses at most ``max_queries`` of the rows that do not overlap, since a copied row was seen in training. Where
    rows belong together distances are to rows of other groups, one number a group, and the rows of groups that are on
    both sides are left out; there is no ``z`` then, since the level of the training rows leaves out single rows.
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
    own, persons = _training_distances(context), context.inputs.persons
    apart, z_known = np.ones(len(near), dtype=bool), persons is None
    if persons is not None:
        own, comparable, apart = _of_groups(context, persons, comparable)
    rows = choose_queries(np.flatnonzero(~near & apart), context.options.max_queries, context.options.seed)
    best, reason = _best_level(context, holdout, rows)
    return HoldoutCheck(
        n=holdout.n_points,
        source=holdout.record.source,
        fingerprint=facts.as_read,
        median_distance=float(np.median(comparable)),
        median_distance_training=float(np.median(own)),
        closer_share=replace(closer_share(comparable, own), n=0),
        overlap=tuple((int(i), int(nearest[i]), float(distances[i])) for i in np.flatnonzero(near)),
        t_generalization=best,
        z=_difference(best, profile.t_generalization) if z_known else None,
        t_generalization_reason=reason,
    )


def _training_distances(context: AuditContext) -> NDArray[np.float64]:
    """Leave-one-out distances of the queries, or of a plain random choice where far rows are queries more often."""
    profile, options, distinct = context.profile, context.options, context.duplicates.distinct
    if profile.weights is None:
        return profile.nearest_distances
    points, chosen = context.inputs.points, choose_queries(distinct, options.max_queries, options.seed)
    compute = context.compute
    how = {"threads": compute.n_threads, "device": compute.device, "progress": compute.progress}
    how["memory"] = compute.memory_bytes
    return nearest_points(points, distinct, points, chosen, same=True, **how)[1]


def _of_groups(
    context: AuditContext, persons: Persons, distances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Distances of training and hold-out persons to rows of others, and which hold-out rows are of no shared person."""
    points, distinct, queries = context.inputs.points, context.duplicates.distinct, context.profile.queries
    options = {"threads": context.compute.n_threads, "device": context.compute.device}
    own = nearest_of_others(points, distinct, queries, persons.training, **options)[1]
    apart = ~np.isin(persons.holdout, persons.shared)
    if not apart.any():
        return own, distances, apart
    ours, theirs = person_numbers(
        own, distances[apart], persons.at(queries, np.flatnonzero(apart)), context.options.seed
    )
    return ours, theirs, apart


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
        memory=context.compute.memory_bytes,
        progress=context.compute.progress,
    )


def _best_level(
    context: AuditContext, holdout: Points, rows: NDArray[np.int64]
) -> tuple[MeasuredLevel | None, str | None]:
    """The best noise level of ``rows``, or None and the reason why there is none."""
    if len(rows) < 2:
        return None, f"fewer than two of its {context.row}s are free of overlap"
    measured = holdout_profile(
        context.inputs.points,
        context.duplicates.distinct,
        context.profile,
        holdout,
        rows,
        parts=context.checkpoint,
        persons=None if context.inputs.persons is None else context.inputs.persons.holdout[rows],
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
