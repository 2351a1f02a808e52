"""The answers that name rows: exposed rows, duplicates, the hold-out control, classes."""

from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import count, difference_z, measured, number, order_words, share, sigma
from remanifold.audits.answers.row_names import listed_rows, named
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.holdout import DOUBTFUL, HoldoutCheck
from remanifold.data.pictures.noun import an
from remanifold.measures.copies.recurrence import is_leak


def exposure(report: AuditRecord) -> Answer:
    """Which rows are most exposed?"""
    row = noun(report)
    question = f"Which {row}s are most exposed?"
    if not report.exposure:
        return Answer(
            question,
            f"No {row} was ranked: no query {row}'s own collapse could be bracketed.",
            f"Exposure is {an(row)}'s own collapse under the empirical score.",
            f"Audit with more query {row}s.",
            key="exposure",
            headline="none ranked",
        )
    first = report.exposure[0]
    rows = [item.row for item in report.exposure]
    shown, order = sigma(first.t), ""
    if len(report.exposure) > 1:
        second = report.exposure[1]
        order = f"{order_words(difference_z(first.t, second.t), f'{row} {named(report, second.row)}')} "
    return Answer(
        question,
        f"{row.capitalize()} {named(report, first.row)}: it collapses at σ = {shown} data units, the first of the "
        f"{count(len(report.exposure), f'ranked {row}')}. {order}First to "
        f"collapse: {listed_rows(report, rows)}.",
        f"Exposure under the empirical score: the noise below which {an(row)} is recovered from its noised copy, "
        f"higher is more exposed; the error comes from the finite number of noise draws; n = {len(report.exposure)} "
        f"{row}s ranked. Isolated {row}s come first here; trained networks were also seen to copy duplicated and "
        f"typical {row}s first.",
        f"Look at these {row}s: are they mistakes, outliers, or somebody's only picture? Decide on each before you "
        "train, and test a trained model on them.",
        key="exposure",
        headline=f"{row} {first.row}: σ = {shown}",
    )


def duplicates(report: AuditRecord) -> Answer:
    """Which rows are duplicates?"""
    row = noun(report)
    question = f"Which {row}s are duplicates?"
    data = report.data
    groups = report.duplicates
    rule = (
        f"{row.capitalize()}s count as the same point when a chain of distances up to "
        f"{number(data.duplicate_distance)} data units joins them; n = {data.n_points} {row}s, {data.n_groups} "
        "distinct points. Lower is better; null value 0. Everything else in this report is measured on distinct points."
    )
    if not groups:
        return Answer(
            question,
            f"None: no two of the {count(data.n_points, row)} lie within {number(data.duplicate_distance)} data units.",
            rule,
            "Nothing. Copies that were shifted, flipped or re-encoded are farther apart and are not found by distance.",
            key="duplicates",
            headline=f"0 {row}s",
        )
    rows = sum(len(group.members) for group in groups)
    largest = max(groups, key=lambda group: len(group.members))
    return Answer(
        question,
        f"{count(rows, row)} of {data.n_points} ({share(rows / data.n_points)}) are duplicates or near duplicates, "
        f"in {count(len(groups), 'group')}; the largest has the {row}s "
        f"{listed_rows(report, largest.members)}.",
        rule,
        f"Keep one {row} of each group: duplicates never separate as the noise falls, and they are what trained "
        "networks copy most.",
        key="duplicates",
        headline=f"{count(rows, row)} in {count(len(groups), 'group')}",
        concern=True,
    )


def holdout(report: AuditRecord) -> Answer:
    """Is the hold-out really held out, and does it confirm the best stop?"""
    row = noun(report)
    question = "Is the hold-out really held out, and does it confirm the best stop?"
    check = report.holdout
    if check is None:
        return Answer(
            question,
            "Not checked: no hold-out set was given.",
            f"Without {row}s from the same source that are not in the set there is no negative control.",
            f"Keep some {row}s back and audit again with --holdout.",
            key="holdout",
            headline="no control",
        )
    overlap, shifted = check.n_overlapping, check.is_doubtful or abs(check.z or 0.0) > DOUBTFUL
    unmeasured = check.t_generalization is None
    remark = ", but shifted" if shifted else ", but best stop not measured" if unmeasured else ""
    return Answer(
        question,
        f"{_overlap_words(report, check, overlap)} {_stop_words(check)}",
        _control_words(check, row),
        _control_advice(overlap > 0, _leaks(report), shifted, unmeasured, row),
        key="holdout",
        headline=f"{overlap} of {check.n} {row}s overlap{'' if overlap else remark}",
        concern=overlap > 0 or shifted or unmeasured,
    )


def _control_advice(overlaps: bool, leaks: bool, shifted: bool, unmeasured: bool, row: str) -> str:
    if overlaps and not leaks:
        return (
            f"Look at the {row}s named in the hold-out table. Blank pictures and short tables repeat by themselves: "
            "keep these. Anything else has leaked: remove it from one of the two sets and audit again."
        )
    if overlaps:
        return (
            f"Remove the {row}s named in the hold-out table from one of the two sets and audit again: no number that "
            "rests on this hold-out is a control until then."
        )
    if shifted:
        return (
            f"Find out how the two sets differ (order, source, preprocessing, {row}s changed a little), shuffle before "
            "splitting and audit again: as it stands this hold-out is no control."
        )
    if unmeasured:
        return (
            f"Give more hold-out {row}s, from the same source and prepared in the same way, and audit again: as it "
            "stands this hold-out confirms nothing."
        )
    return "Use this hold-out as the negative control of tests on a trained model."


def _overlap_words(report: AuditRecord, check: HoldoutCheck, overlap: int) -> str:
    row = noun(report)
    if overlap:
        if report.holdout_is_data:
            every = f"No: each of the {count(check.n, f'hold-out {row}')}"
            return f"{every} is a training {row}, as where the same data are given twice."
        held, training, _ = check.overlap[0]
        words = (
            f"{overlap} of {count(check.n, f'hold-out {row}')} lie within {number(report.data.duplicate_distance)} "
            f"data units of a training {row}"
        )
        pair = f"hold-out {row} {named(report, held, 'holdout')} is training {row} {named(report, training)}."
        if _leaks(report):
            return f"No, a leak: {words}, far more than training {row}s equal each other; {pair}"
        return (
            f"No: {words}; {pair} That is a leak, or the source repeats itself: training {row}s equal each other about "
            "as often, and counts cannot tell the two apart."
        )
    if check.is_doubtful:
        side = "nearer to" if check.closer_share.value > 0.5 else "farther from"
        return (
            f"Doubtful: no {row} overlaps, but hold-out {row}s lie {side} the training {row}s than these lie "
            f"to each other."
        )
    return (
        f"Nothing speaks against it: 0 of {count(check.n, row)} overlap (95 % upper bound "
        f"{share(min(1.0, 3 / check.n))} of the source)."
    )


def _leaks(report: AuditRecord) -> bool:
    """Whether more hold-out rows equal training rows than rows that recur explain."""
    check, repeated = report.holdout, sum(len(group.members) for group in report.duplicates)
    return check is not None and is_leak(check.n_overlapping, check.n, repeated, report.data.n_points)


def _stop_words(check: HoldoutCheck) -> str:
    if check.t_generalization is None:
        return f"The best stop could not be measured on it: {check.t_generalization_reason or 'no reason is recorded'}."
    if check.z is None:
        return "The set has no best stop to compare its own with."
    shown = sigma(check.t_generalization)
    agrees = "agrees with" if abs(check.z) <= DOUBTFUL else "differs from"
    return f"On it the best stop is σ = {shown} data units, which {agrees} leave-one-out (z = {number(check.z, 2)})."


def _control_words(check: HoldoutCheck, row: str) -> str:
    return (
        f"Share of pairs in which the hold-out {row} is nearer to its nearest training {row} than a training {row} is "
        f"to its own nearest: {measured(check.closer_share)}, null value 0.5, ties split; "
        f"above 0.5 the hold-out is suspiciously near. Median nearest distance {number(check.median_distance)} "
        f"(hold-out) against {number(check.median_distance_training)} (training {row}s, leave-one-out) data units. n "
        f"= {check.n} hold-out {row}s."
    )


def classes(report: AuditRecord) -> Answer | None:
    """Which class collapses first, taken alone? None where the data had no labels."""
    row = noun(report)
    if not report.classes:
        return None
    question = "Which class collapses first, taken alone?"
    timed = [(item.t_collapse, item) for item in report.classes if item.t_collapse is not None]
    if not timed:
        reason = (report.classes[0].reason or f"too few {row}s").rstrip(".")
        return Answer(
            question,
            f"None of the {len(report.classes)} classes has a collapse of its own: {reason}.",
            "A class taken alone is what a class-conditional model faces.",
            f"Add {row}s to the classes, or train without labels.",
            key="classes",
            headline="no class",
        )
    ranked = sorted(timed, key=lambda pair: -pair[0])
    t, first = ranked[0]
    order = ""
    if len(ranked) > 1:
        next_t, second = ranked[1]
        order = f"{order_words(difference_z(t, next_t), f'class {second.label}')} "
    return Answer(
        question,
        f"Class {first.label} ({count(first.n_points, row)}), at σ = {sigma(t)} data units. "
        f"{order}A class-conditional model has to tell apart only the "
        f"{row}s of a class, so that it collapses at another noise than the whole set.",
        f"{len(timed)} of {len(report.classes)} classes have a collapse of their own. Lower is "
        f"better.{_forecast(report)}",
        f"Add {row}s to the classes at the top of the table first, or share information between classes.",
        key="classes",
        headline=f"class {first.label}: σ = {sigma(t)}",
    )


def _forecast(report: AuditRecord) -> str:
    row = noun(report)
    if report.class_shift_prediction is None:
        return ""
    return (
        f" If the labels said nothing about the {row}s, the profile of the whole set would put the classes' collapse "
        f"at σ = {sigma(report.class_shift_prediction)} data units: each has fewer {row}s to hide among (log P less "
        "the entropy of the labels). Classes that never overlap are not moved by this."
    )
