"""What a report says of rows: which they are, which are exposed, when each class collapses, how many are needed."""

import math
from itertools import chain

from remanifold.audits.context import AuditContext
from remanifold.audits.data.groups import group_notes
from remanifold.audits.records.data import DataFacts
from remanifold.audits.records.models import SamplesNeeded
from remanifold.audits.records.rows import CarryingRows, ClassTimes, ExposedRow
from remanifold.data.reading import reading_of, scaling_words, widest_words
from remanifold.data.tables.facts import table_facts
from remanifold.measures import LEAST_POINTS, TESTED_FACTOR, SampleNeed, class_profiles, samples_needed
from remanifold.noise import MeasuredLevel, NoiseLevel

_TARGETS = (0.8, 0.5, 0.25)  # of sigma_collapse, where the user names no noise level
_MOST = 700.0  # exp of more overflows
_ROUGH = 100  # distinct points
_NAMED = 10  # rows that carry the mean and are named in a sentence


def data_facts(context: AuditContext) -> DataFacts:
    """What was audited."""
    points, facts = context.inputs.points, context.facts
    return DataFacts(
        source=points.record.source,
        kind=points.record.kind,
        dtype=points.record.dtype,
        preprocessing=points.record.preprocessing,
        fingerprint=facts.as_read,
        n_points=points.n_points,
        n_groups=len(context.duplicates.distinct),
        shape=points.shape,
        ambient_dim=points.ambient_dim,
        std=facts.std,
        duplicate_distance=context.duplicates.distance,
        reading=_reading(context),
        standardize=table_facts(points).standardize,
        columns=table_facts(points).columns,
    )


def _reading(context: AuditContext) -> tuple[str, ...]:
    """How the data, the hold-out and the samples were read."""
    inputs = context.inputs
    beside = (("the hold-out", inputs.holdout), ("the samples", inputs.samples))
    others = (reading_of(points, name) for name, points in beside if points is not None)
    return tuple(chain(scaling_words(inputs.points), reading_of(inputs.points), *others))


def notes_of(context: AuditContext, carried: CarryingRows | None) -> tuple[str, ...]:
    """What a reader should know of how much was looked at, and of the few rows that carry the noise levels."""
    n_queries, n_distinct, row = len(context.profile.queries), len(context.duplicates.distinct), context.row
    notes = []
    if n_queries < n_distinct:
        how = "chosen at random" if context.profile.weights is None else f"far {row}s always and others at random"
        notes.append(
            f"Times and exposure come from {n_queries} of {n_distinct} distinct {row}s, {how}; {row}s that were "
            "not chosen are not ranked. Raise --max-queries to rank more."
        )
    if context.profile.n_points < _ROUGH:
        notes.append(f"With {context.profile.n_points} distinct points every number here is rough.")
    notes += widest_words(context.inputs.points, context.facts.widest, context.facts.widest_share)
    if carried is not None:
        notes.append(_carried_words(carried, n_distinct, row))
    return tuple(notes + group_notes(context))


def _carried_words(carried: CarryingRows, n_distinct: int, row: str) -> str:
    """Which rows carry the means, and the levels without them."""
    names = ", ".join(map(str, carried.rows[:_NAMED]))
    more = len(carried.rows) - _NAMED
    times = (
        ("the collapse", carried.t_collapse),
        ("the onset of traps", carried.t_onset),
        ("the best stop", carried.t_generalization),
    )
    levels = ", ".join(f"{name} is at σ = {_sigma(time)}" for name, time in times if time is not None)
    many = len(carried.rows) > 1
    few = f"{len(carried.rows)} of {n_distinct} distinct {row}s carry" if many else f"One {row} carries"
    return (
        f"{few} the mean noise levels, far from all others: {names}{f' and {more} more' if more > 0 else ''}. Without "
        f"{'them' if many else 'it'} {levels or 'no level was found'}. Look at these {row}s before "
        "you rely on either number."
    )


def _sigma(time: MeasuredLevel) -> str:
    return f"{time.sigma:.4g} ± {time.sigma_stderr:.2g}"


def exposed_rows(context: AuditContext) -> tuple[ExposedRow, ...]:
    """Every query row with its own collapse, first to collapse first."""
    labels = context.inputs.labels
    return tuple(
        ExposedRow(
            item.row,
            item.time,
            item.nearest_row,
            item.nearest_distance,
            None if labels is None else str(labels[item.row]),
        )
        for item in context.exposed
    )


def class_times(context: AuditContext) -> tuple[ClassTimes, ...]:
    """The times of every class taken alone; empty without labels."""
    if context.inputs.labels is None:
        return ()
    compute = context.compute
    profiles = class_profiles(
        context.inputs.points,
        context.duplicates.distinct,
        context.inputs.labels,
        seed=context.options.seed,
        memory=compute.memory,
        threads=compute.threads,
        device=compute.device,
        parts=context.checkpoint,
        progress=compute.progress,
    )
    few = f"fewer than {LEAST_POINTS} distinct points"
    return tuple(
        ClassTimes(item.label, item.n_points, None, None, None, few)
        if item.profile is None
        else ClassTimes(
            item.label,
            item.n_points,
            _level(item.profile.t_onset),
            item.profile.t_collapse,
            _level(item.profile.t_generalization),
        )
        for item in profiles
    )


def _level(level: NoiseLevel | None) -> NoiseLevel | None:
    """A level whose error has no key in the JSON of a report."""
    return None if level is None else NoiseLevel(level)


def needed_rows(context: AuditContext) -> tuple[SamplesNeeded, ...]:
    """Needs for the noise levels that were asked for, or for shares of the collapse's; none without a collapse."""
    profile = context.profile
    if profile.t_collapse is None:
        return ()
    wanted = context.options.target_sigmas or tuple(share * profile.t_collapse.sigma for share in _TARGETS)
    return tuple(_needed(samples_needed(profile, sigma**2)) for sigma in wanted)


def _needed(need: SampleNeed) -> SamplesNeeded:
    low, high = need.log_factor_interval
    return SamplesNeeded(
        t=NoiseLevel(need.t),
        factor=math.exp(min(_MOST, need.log_factor.value)),
        n_points=need.n_points,
        factor_interval=(math.exp(min(_MOST, low)), math.exp(min(_MOST, high))),
        extrapolated=need.extrapolated,
        dimension_gap=need.dimension_gap,
        tested=abs(need.log_factor.value) <= math.log(TESTED_FACTOR),
    )
