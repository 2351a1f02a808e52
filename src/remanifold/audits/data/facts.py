"""What was audited, and what to know of how much of it was looked at."""

from remanifold.audits.inputs import AuditInputs
from remanifold.audits.report import DataFacts
from remanifold.data import Survey
from remanifold.measures import Duplicates, NoiseProfile


def data_facts(inputs: AuditInputs, facts: Survey, twins: Duplicates) -> DataFacts:
    """What was audited."""
    points = inputs.points
    return DataFacts(
        source=points.record.source,
        kind=points.record.kind,
        dtype=points.record.dtype,
        preprocessing=points.record.preprocessing,
        fingerprint=facts.fingerprint,
        n_points=points.n_points,
        n_groups=len(twins.distinct),
        shape=points.shape,
        ambient_dim=points.ambient_dim,
        std=facts.std,
        duplicate_distance=twins.distance,
    )


def notes_of(profile: NoiseProfile, twins: Duplicates) -> tuple[str, ...]:
    """What a reader should know of how much was looked at."""
    notes = []
    if len(profile.queries) < len(twins.distinct):
        notes.append(
            f"Times and exposure come from {len(profile.queries)} of {len(twins.distinct)} distinct rows, chosen at "
            "random; rows that were not chosen are not ranked. Raise --max-queries to rank more."
        )
    if profile.n_points < 100:
        notes.append(f"With {profile.n_points} distinct points every number here is rough.")
    return tuple(notes)
