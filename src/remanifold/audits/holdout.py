"""The hold-out as negative control of an audit."""

import math

import numpy as np

from remanifold._core.progress import Progress
from remanifold.audits.inputs import AuditOptions
from remanifold.audits.report import HoldoutCheck
from remanifold.audits.times import measured_time
from remanifold.data import Points, Survey
from remanifold.measures import Duplicates, NoiseProfile, choose_queries, closer_share, holdout_profile, nearest_points
from remanifold.measures.threads import thread_count


def check_holdout(
    points: Points,
    fresh: Points,
    facts: Survey,
    twins: Duplicates,
    profile: NoiseProfile,
    *,
    options: AuditOptions,
    std: float,
    progress: Progress,
) -> HoldoutCheck:
    """Overlap, nearest distances and best noise level of the hold-out rows.

    All hold-out rows are compared with the training rows for overlap; distances and the best level use at most
    ``max_queries`` of those that do not overlap, since a copied row is no fresh row.
    """
    everyone = np.arange(fresh.n_points)
    nearest, distances = nearest_points(
        points,
        np.arange(points.n_points),  # a leaked row may be any member of a group, not only its first
        fresh,
        everyone,
        same=False,
        threads=thread_count(options.threads),
        device=options.device,
        progress=progress,
    )
    near = distances <= twins.distance
    overlap = [(int(i), int(nearest[i]), float(distances[i])) for i in np.flatnonzero(near)]
    rows = choose_queries(np.flatnonzero(~near), options.max_queries, options.seed)
    training = profile.nearest_distances
    if len(rows) < 2:
        share, best, z = closer_share(distances, training), None, None
    else:
        measured = holdout_profile(
            points,
            twins.distinct,
            profile,
            fresh,
            rows,
            memory=options.memory,
            threads=options.threads,
            device=options.device,
            progress=progress,
        )
        share = closer_share(distances, training)
        best, z = measured.t_generalization, None
        if best is not None and profile.t_generalization is not None:
            step = math.log(best.value / profile.t_generalization.value)
            z = step / math.hypot(best.log_stderr, profile.t_generalization.log_stderr)
    return HoldoutCheck(
        n=fresh.n_points,
        source=fresh.record.source,
        fingerprint=facts.fingerprint,
        median_distance=float(np.median(distances)),
        median_distance_training=float(np.median(training)),
        closer_share=share.value,
        closer_share_stderr=share.stderr,
        overlap=tuple(overlap),
        t_generalization=measured_time(best, std),
        z=z,
    )
