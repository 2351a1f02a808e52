"""What every audit of a network or of data knows first: which rows are distinct, their profile, of what it is."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold._core.progress import Progress
from remanifold._core.types import Integers
from remanifold.audits.budget import draws_for
from remanifold.audits.context import AuditContext
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.data import Points, Survey
from remanifold.measures import (
    Duplicates,
    NoiseProfile,
    SweepParts,
    default_distance,
    exact_copies,
    find_duplicates,
    noise_profile,
)


class Profiler(Protocol):
    """What measures the noise profile of an audit, with these arguments of `noise_profile`."""

    def __call__(
        self,
        points: Points,
        /,
        *,
        rows: Integers,
        max_queries: int,
        n_draws: int,
        seed: int,
        memory: str | float,
        threads: int | None,
        device: str,
        part_file: SweepParts | None,
        progress: Progress,
    ) -> NoiseProfile:
        """The noise profile of the distinct ``rows``."""
        ...


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


def profiled(
    inputs: AuditInputs,
    options: AuditOptions,
    compute: Compute,
    facts: tuple[Survey, Survey | None],
    duplicates: Duplicates,
    checkpoint: SweepParts | None,
    profiler: Profiler = noise_profile,
) -> AuditContext:
    """All that is known once ``profiler`` has measured the distinct rows; ``facts``: of the data and the hold-out.

    Raises:
        InvalidInput: see `noise_profile`.
    """
    n_distinct = len(duplicates.distinct)
    profile = profiler(
        inputs.points,
        rows=duplicates.distinct,
        max_queries=options.max_queries,
        n_draws=draws_for(min(options.max_queries, n_distinct), n_distinct),
        seed=options.seed,
        memory=compute.memory,
        threads=compute.threads,
        device=compute.device,
        part_file=checkpoint,
        progress=compute.progress,
    )
    if inputs.persons is not None:
        profile = replace(profile, persons=inputs.persons.training[profile.queries])
    return AuditContext(inputs, options, compute, *facts, duplicates, profile, checkpoint)
