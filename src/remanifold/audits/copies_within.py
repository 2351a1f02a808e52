"""Samples beside the audit of the data: the same training rows, the same duplicates, the same hold-out."""

from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.errors import require
from remanifold._core.progress import Progress
from remanifold.audits.copies_audit import compare
from remanifold.audits.copies_options import CopiesOptions
from remanifold.audits.copies_report import CopiesReport
from remanifold.audits.copies_sets import EqualRows, RowSet, equal_rows, nearest_of, row_set
from remanifold.audits.gallery import SHOWN_PAIRS, pair_pictures
from remanifold.audits.inputs import AuditInputs, AuditOptions
from remanifold.audits.report import AuditReport
from remanifold.data import Points, Survey, open_points, survey
from remanifold.measures import Duplicates

_ALL_GONE = "Every held-out row is a training row, or a near copy of one."


@dataclass(frozen=True)
class GivenSamples:
    """Samples of a model, read once and found to be neither the training set nor the hold-out."""

    points: Points
    fingerprint: str
    equal: EqualRows


def given_samples(
    inputs: AuditInputs, options: AuditOptions, facts: Survey, fresh_facts: Survey | None, progress: Progress
) -> GivenSamples | None:
    """The samples of ``inputs``, refused where they cannot be samples; None where none were given.

    Raises:
        InvalidInput: for numbers that are not finite, or samples that are the training set or the hold-out.
    """
    if inputs.samples is None:
        return None
    found = survey(inputs.samples, memory=options.survey_bytes, equal=True, progress=progress).fingerprint
    same = {facts.fingerprint: "the training set itself"}
    same |= {} if fresh_facts is None else {fresh_facts.fingerprint: "the hold-out itself"}
    require(found not in same, "samples must be rows that a model made", same.get(found), "pass its samples")
    return GivenSamples(inputs.samples, found, equal_rows(inputs.points, inputs.samples, options.memory, progress))


def with_samples(
    report: AuditReport,
    given: GivenSamples,
    inputs: AuditInputs,
    twins: Duplicates,
    options: AuditOptions,
    progress: Progress,
) -> AuditReport:
    """``report`` with what `audit_copies` says of the samples, and with pictures of the nearest pairs.

    Groups of duplicates count as one row, as everywhere in the report; held-out rows that overlap the training rows
    are left out.
    """
    asked = CopiesOptions(
        duplicate_distance=twins.distance,
        seed=options.seed,
        memory=options.memory,
        threads=options.threads,
        device=options.device,
    )
    train = RowSet(inputs.points, twins.distinct)
    sets = {"train": train, "samples": RowSet(given.points, np.arange(given.points.n_points))}
    sources, prints = {"train": report.data.source}, {"train": report.data.fingerprint}
    sources["samples"], prints["samples"] = given.points.record.source, given.fingerprint
    fresh, left_out = _not_in_training(report, inputs)
    theirs, notes = None, ()
    if fresh is not None and report.holdout is not None:
        sets["holdout"] = row_set(fresh, asked, progress)
        theirs = nearest_of(train, sets["holdout"], asked, progress)
        sources["holdout"], prints["holdout"] = report.holdout.source, report.holdout.fingerprint
    if left_out:
        words = f"{left_out} held-out rows that are training rows, or near copies of such, were left out."
        notes = (_ALL_GONE if fresh is None else words,)
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


def _not_in_training(report: AuditReport, inputs: AuditInputs) -> tuple[Points | None, int]:
    """The held-out rows that do not overlap the training rows, None where there are none; how many were left out."""
    if inputs.holdout is None or report.holdout is None:
        return None, 0
    overlap = {row for row, _, _ in report.holdout.overlap}
    if not overlap:
        return inputs.holdout, 0
    kept = np.setdiff1d(np.arange(inputs.holdout.n_points), np.array(sorted(overlap), dtype=np.int64))
    if not len(kept):
        return None, len(overlap)
    return open_points(inputs.holdout.take(kept).reshape(-1, *inputs.holdout.shape)), len(overlap)


def _pictures(train: Points, samples: Points, found: CopiesReport) -> dict[str, str]:
    pairs = (found.flagged or found.closest)[:SHOWN_PAIRS]
    return pair_pictures(train, samples, [(pair.sample, pair.train) for pair in pairs])
