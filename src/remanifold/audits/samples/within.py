"""Generated samples beside the audit of the data: the same training rows, the same duplicates, the same hold-out."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold.audits.context import AuditContext
from remanifold.audits.data.gallery import SHOWN_PAIRS, pair_pictures, reference_pictures
from remanifold.audits.inputs import AuditInputs, survey_bytes
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.audit import compare_alike
from remanifold.audits.samples.column_laws import with_column_laws
from remanifold.audits.samples.comparison import CopiesOptions, compare
from remanifold.audits.samples.of_tables import with_tables
from remanifold.audits.samples.sets import CopySets, EqualRows, RowSet, equal_rows, nearest_of, row_set
from remanifold.audits.samples.table_doubts import with_table_doubts
from remanifold.audits.samples.told_pairs import with_files
from remanifold.data import Points, Survey, survey
from remanifold.measures import Duplicates, find_duplicates

Report = TypeVar("Report", bound=AuditRecord)


@dataclass(frozen=True)
class GivenSamples:
    """Samples of a model, read once, that are neither the training set nor the hold-out.

    Attributes:
        points: The samples.
        fingerprint: Of their stored rows.
        equal: Which of them equal training rows.
        holdout_duplicates: Duplicates among the hold-out rows, None without a hold-out.
    """

    points: Points
    fingerprint: str
    equal: EqualRows
    holdout_duplicates: Duplicates | None


def given_samples(
    inputs: AuditInputs, compute: Compute, facts: tuple[Survey, Survey | None], distance: float
) -> GivenSamples | None:
    """The samples of ``inputs``, refused where they cannot be samples; None where none were given.

    Args:
        inputs: The data.
        compute: What the work may use.
        facts: Of the training rows and the hold-out.
        distance: The duplicate distance.

    Raises:
        InvalidInput: for numbers that are not finite, or samples that are the training set or the hold-out.
    """
    if inputs.samples is None:
        return None
    progress = compute.progress
    fingerprint = survey(inputs.samples, memory=survey_bytes(compute), equal=True, progress=progress).as_read
    for known, words in zip(facts, ("the training set itself", "the hold-out itself")):
        if known is not None and known.as_read == fingerprint:
            raise refusal("samples must be rows that a model made", words, "pass its samples")
    equal = equal_rows(inputs.points, inputs.samples, compute)
    duplicates = (
        None
        if inputs.holdout is None
        else find_duplicates(inputs.holdout, distance, memory=compute.memory, progress=progress)
    )
    return GivenSamples(inputs.samples, fingerprint, equal, duplicates)


def with_samples(report: Report, given: GivenSamples, context: AuditContext) -> Report:
    """``report`` with what `audit_copies` says of the samples, and with pictures of the nearest pairs.

    Groups of duplicates count as one row, as everywhere in the report.
    """
    inputs, compute = context.inputs, context.compute
    if not inputs.likeness.is_plain:
        return _up_to_likeness(report, given, context)
    every = np.arange(given.points.n_points)
    train, samples = row_set(inputs.points, context.duplicates), RowSet(given.points, every, every, every)
    sources = {"train": report.data.source, "samples": given.points.record.source}
    prints = {"train": report.data.fingerprint, "samples": given.fingerprint}
    holdout, holdout_near = None, None
    if inputs.holdout is not None and given.holdout_duplicates is not None and report.holdout is not None:
        sources["holdout"], prints["holdout"] = report.holdout.source, report.holdout.fingerprint
        holdout = row_set(inputs.holdout, given.holdout_duplicates)
        holdout_near = nearest_of(train, holdout, compute)
    sets = CopySets(
        train, samples, holdout, given.equal, holdout_near, sources, prints, inputs.persons, inputs.points.shape
    )
    asked = CopiesOptions(duplicate_distance=context.duplicates.distance, seed=context.options.seed)
    record = compare(sets, asked, {"features": None, "samples_map": inputs.samples_map}, compute)
    record = with_files(record, inputs.points, given.points)
    return _beside(report, with_tables(record, inputs.points, given.points, inputs.holdout), given, context)


def _up_to_likeness(report: Report, given: GivenSamples, context: AuditContext) -> Report:
    """The same in the space of features, or up to transforms; duplicates there are equal rows."""
    inputs, sets = context.inputs, {"train": context.inputs.points, "samples": given.points}
    prints = {"train": report.data.fingerprint, "samples": given.fingerprint}
    if inputs.holdout is not None and report.holdout is not None:
        sets["holdout"], prints["holdout"] = inputs.holdout, report.holdout.fingerprint
    raw = {name: points if points.own is None else points.own for name, points in sets.items()}
    asked = CopiesOptions(seed=context.options.seed)
    beside = context.compute, prints, inputs.samples_map, inputs.persons
    record, warnings = compare_alike(raw, inputs.likeness, asked, *beside)
    return _beside(report, replace(record, warnings=(*record.warnings, *warnings)), given, context)


def _beside(report: Report, record: CopiesRecord, given: GivenSamples, context: AuditContext) -> Report:
    """``report`` with ``record`` of the samples and pictures of its first pairs."""
    record = replace(record, shape=context.inputs.points.shape)
    record = with_table_doubts(record, context.inputs.points, given.points, context.inputs.holdout)
    record = with_column_laws(record, context.inputs.points, given.points, context.inputs.holdout)
    pairs = [(pair.sample, pair.train) for pair in (record.flagged or record.closest)[:SHOWN_PAIRS]]
    pictures = pair_pictures(context.inputs.points, given.points, pairs)
    if context.inputs.holdout is not None and record.reference is not None:
        pictures |= reference_pictures(context.inputs.points, context.inputs.holdout, record.reference)
    return replace(report, samples=record, pictures=report.pictures | pictures)
