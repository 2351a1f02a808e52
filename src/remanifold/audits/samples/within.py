"""Samples beside the audit of the data: the same training rows, the same duplicates, the same hold-out."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal
from remanifold.audits.context import AuditContext
from remanifold.audits.data.gallery import SHOWN_PAIRS, pair_pictures
from remanifold.audits.inputs import AuditInputs, survey_bytes
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.audit import compare
from remanifold.audits.samples.options import CopiesOptions
from remanifold.audits.samples.sets import EqualRows, RowSet, equal_rows, nearest_of, row_set
from remanifold.data import Points, Survey, survey
from remanifold.measures import Duplicates, find_duplicates

Report = TypeVar("Report", bound=AuditRecord)


@dataclass(frozen=True)
class GivenSamples:
    """Samples of a model, read once and found to be neither the training set nor the hold-out.

    Attributes:
        points: The samples.
        fingerprint: Of their stored rows.
        equal: Which of them equal training rows.
        holdout_duplicates: Duplicates among the held-out rows, None without a hold-out.
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
    fingerprint = survey(inputs.samples, memory=survey_bytes(compute), equal=True, progress=progress).fingerprint
    for known, words in zip(facts, ("the training set itself", "the hold-out itself")):
        if known is not None and known.fingerprint == fingerprint:
            raise refusal("samples must be rows that a model made", words, "pass its samples")
    equal = equal_rows(inputs.points, inputs.samples, compute.memory, progress)
    duplicates = None if inputs.holdout is None else find_duplicates(inputs.holdout, distance, progress=progress)
    return GivenSamples(inputs.samples, fingerprint, equal, duplicates)


def with_samples(report: Report, given: GivenSamples, context: AuditContext) -> Report:
    """``report`` with what `audit_copies` says of the samples, and with pictures of the nearest pairs.

    Groups of duplicates count as one row, as everywhere in the report; held-out rows that overlap the training rows
    are left out.
    """
    inputs, compute, progress = context.inputs, context.compute, context.compute.progress
    asked = CopiesOptions(
        duplicate_distance=context.duplicates.distance,
        seed=context.options.seed,
        memory=compute.memory,
        threads=compute.threads,
        device=compute.device,
    )
    made = np.arange(given.points.n_points)
    sets = {"train": row_set(inputs.points, context.duplicates), "samples": RowSet(given.points, made, made)}
    sources, prints = {"train": report.data.source}, {"train": report.data.fingerprint}
    sources["samples"], prints["samples"] = given.points.record.source, given.fingerprint
    theirs, notes, left_out = None, (), 0
    if inputs.holdout is not None and given.holdout_duplicates is not None and report.holdout is not None:
        overlap = sorted({row for row, _, _ in report.holdout.overlap})
        left_out, fresh = len(overlap), row_set(inputs.holdout, given.holdout_duplicates, overlap)
        sources["holdout"], prints["holdout"] = report.holdout.source, report.holdout.fingerprint
        if len(fresh.rows):
            sets["holdout"], theirs = fresh, nearest_of(sets["train"], fresh, asked, progress)
        notes = (_left_out(left_out, len(fresh.rows)),) if left_out else ()
    found = compare(
        sets,
        given.equal,
        theirs,
        asked,
        sources=sources,
        fingerprints=prints,
        parameters={"features": None, "holdout_left_out": left_out},
        progress=progress,
    )
    found = replace(found, notes=notes + found.notes)
    return replace(report, samples=found, pictures=report.pictures | _pictures(inputs.points, given.points, found))


def _left_out(count: int, rest: int) -> str:
    if not rest:
        return "Every held-out row is a training row, or a near copy of one."
    return f"{count} held-out rows that are training rows, or near copies of such, were left out."


def _pictures(train: Points, samples: Points, found: CopiesRecord) -> dict[str, str]:
    pairs = (found.flagged or found.closest)[:SHOWN_PAIRS]
    return pair_pictures(train, samples, [(pair.sample, pair.train) for pair in pairs])
