"""What every audit of a network or of data knows first: which rows are distinct, and of what its numbers are."""

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.data import Points, Survey
from remanifold.measures import Duplicates, default_distance, exact_copies, find_duplicates


def identity_of(inputs: AuditInputs, facts: Survey, holdout_facts: Survey | None) -> dict[str, object]:
    """What tells the numbers of these data from those of others."""
    record = inputs.points.record
    holdout = None if holdout_facts is None else holdout_facts.fingerprint
    return {"data": facts.fingerprint, "scale": record.scale, "shift": record.shift, "holdout": holdout}


def distinct_points(points: Points, options: AuditOptions, compute: Compute) -> Duplicates:
    """Duplicates of the data; everything is measured on the distinct rows.

    Raises:
        InvalidInput: if they leave fewer than 3.
    """
    memory = compute.memory_bytes
    origin = exact_copies(points, compute.progress, memory=memory)
    distance = options.duplicate_distance
    if distance is None:
        distance = default_distance(points, np.unique(origin), options.seed, compute.n_threads, memory)
    duplicates = find_duplicates(points, distance, origin=origin, memory=memory, progress=compute.progress)
    if len(duplicates.distinct) < 3:
        raise refusal(
            "an audit needs at least 3 distinct points",
            f"{len(duplicates.distinct)} after merging the rows within {distance:.3g} of each other",
            "give more data or a smaller `duplicate_distance`",
        )
    return duplicates
