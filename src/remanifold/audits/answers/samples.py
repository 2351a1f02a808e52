"""The answer about generated samples: are they copies of training rows, which, and how small a share is detectable?"""

from collections.abc import Mapping

from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import count, listed, number, share, whole
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import LEFT_OUT, TEST_LEVEL, CopiesRecord, CopyNumber

_QUESTION = "Are these samples copies of training {row}s?"
_NAMED = 3
_TESTS = {
    "ratio_below_threshold": "samples against hold-out {row}s by d1/d2",
    "c_t_corrected": "C_T",
    "copies_beyond_recurrence": "more samples than hold-out {row}s {meet} a training {row}",
}


def about_samples(report: AuditRecord) -> Answer | None:
    """Are these samples copies of training rows?"""
    return None if report.samples is None else copies_answer(report.samples)


def copies_answer(copies: CopiesRecord) -> Answer:
    """The same from what `audit_copies` copies."""
    row = noun(copies)
    closer, together = copies.number("closer_share"), copies.number("evidence")
    if together is None or together.p_value is None:
        return _without_holdout(copies)
    rejected = together.p_value < copies.parameters["alpha"]
    doubt = copies.warnings[0] if copies.warnings else ""
    nearer = f"Too few {row}s that do not recur are left to compare distances."
    if closer is not None:
        nearer = (
            f"{share(closer.value)} of the samples are nearer to a training {row} than to a hold-out {row}; "
            f"{share(closer.null or 0.0)} are expected without copying (p = {number(closer.p_value)})."
        )
    return Answer(
        _QUESTION.format(row=row),
        f"{_verdict(copies, closer)} {nearer} {_recurring(copies)}{_named(copies)} "
        f"{_missed(copies)}{f' Careful: {doubt[0].lower()}{doubt[1:]}' if doubt else ''}",
        _detail(copies, together),
        _advice(copies, rejected),
        key="copies",
        headline=_headline(copies, closer, rejected),
        concern=rejected or _exact(copies) > 0,
    )


def _headline(copies: CopiesRecord, closer: CopyNumber | None, rejected: bool) -> str:
    """The number that the answer rests on: of the least p-value where the tests reject, else the share nearer."""
    row, exact = noun(copies), _exact(copies)
    if exact or closer is None:
        return count(exact, "exact copy") if exact == 1 else f"{whole(exact)} exact copies"
    tests = [copies.number(name) for name in ("closer_share", *_TESTS)]
    known = [test for test in tests if test is not None and test.p_value is not None]
    decisive = min(known, key=lambda test: test.p_value or 0.0, default=closer)
    if not rejected or decisive is closer:
        return f"{share(closer.value)} nearer to training, {share(closer.null or 0.0)} expected"
    if decisive.name == "c_t_corrected":
        return f"C_T = {number(decisive.value)}, 0 expected"
    what = f"{meets(copies)} a training {row}"
    if decisive.name == "ratio_below_threshold":
        what = f"nearer to one training {row} by d1/d2"
    return f"{share(decisive.value)} {what}, {share(decisive.null or 0.0)} expected"


def left_out_columns(copies: CopiesRecord) -> list[str]:
    """Names of the columns of a table that were not compared, in backticks."""
    notes = (note for note in copies.notes if note.startswith(LEFT_OUT))
    return [f"`{note.removeprefix(LEFT_OUT).partition('`')[0]}`" for note in notes]


def number_texts(item: CopyNumber) -> tuple[str, ...]:
    """One number of generated samples as text: name, meaning, value, interval, null, p, n, direction."""
    interval = number(None) if item.interval is None else " to ".join(number(end) for end in item.interval)
    value = number(item.value) + ("" if item.unit == "share" else f" {item.unit}")
    direction = item.direction.partition(":")[0]
    return item.name, item.meaning, value, interval, number(item.null), number(item.p_value), whole(item.n), direction


def _exact(copies: CopiesRecord) -> int:
    """Samples called copies because they equal a training row, beyond what recurs."""
    return len(copies.copied)


def _equal(copies: CopiesRecord) -> int:
    exact = copies.number("exact_copies")
    return 0 if exact is None else round(exact.value * exact.n)


def equals(copies: CopiesRecord, n: int) -> str:
    """The verb of ``n`` samples that equal a training row, and up to what."""
    row = noun(copies)
    rounding = f" up to rounding (largest difference {copies.difference:.2g})" if copies.difference else ""
    return f"{'equals' if n == 1 else 'equal'} a training {row}{rounding}"


def meets(copies: CopiesRecord) -> str:
    """The verb of samples that count as equal to a training row: they may lie apart by the duplicate distance."""
    return "lie within the duplicate distance of" if copies.parameters.get("duplicate_distance") else "equal"


def unexplained(copies: CopiesRecord) -> int:
    """Samples that equal a training row, are too few for a test, and are not explained by hold-out rows that do too."""
    beyond = copies.number("copies_beyond_recurrence")
    return 0 if beyond is None or beyond.null else max(0, round(beyond.value * beyond.n) - _exact(copies))


def _recurring(copies: CopiesRecord) -> str:
    """How many samples equal a training row without being copies, beside the hold-out's share."""
    row = noun(copies)
    beyond, odd = copies.number("copies_beyond_recurrence"), _equal(copies) - _exact(copies)
    if odd <= 0 or beyond is None:
        return ""
    return (
        f"{count(odd, 'sample')} {'equals' if odd == 1 else 'equal'} a training {row}"
        f"{', which may be chance or copying' if unexplained(copies) else f' as hold-out {row}s do'}: "
        f"{share(beyond.value)} of the samples and {share(beyond.null or 0.0)} of the hold-out {row}s {meets(copies)} "
        f"one that no other hold-out {row} meets (p = {number(beyond.p_value)}). "
    )


def _without_holdout(copies: CopiesRecord) -> Answer:
    row = noun(copies)
    exact, equal, m = _exact(copies), _equal(copies), copies.sizes["samples"]
    known = f"No sample of {whole(m)} equals a training {row}."
    if exact:
        known = f"Yes: {count(exact, 'sample')} of {whole(m)} {equals(copies, exact)}."
    elif equal:
        known = (
            f"It cannot be told: {count(equal, 'sample')} of {whole(m)} {'equals' if equal == 1 else 'equal'} a "
            f"training {row}, and {row}s of these data may be equal by chance."
        )
    doubt = f" Careful: {copies.doubts[0][0].lower()}{copies.doubts[0][1:]}" if copies.doubts else ""
    return Answer(
        _QUESTION.format(row=row),
        f"{known} Whether the others lie nearer to training {row}s than unseen data would cannot be known without a "
        f"hold-out.{doubt}",
        f"Without a hold-out there is no test, no false-positive rate and no other named sample; {_usual(copies)}",
        f"Keep {row}s of the same source from the training, and audit again with these as --holdout.",
        key="copies",
        headline=f"{count(exact, 'exact copy') if exact == 1 else f'{whole(exact)} exact copies'}, no test",
        concern=exact > 0,
    )


def _verdict(copies: CopiesRecord, closer: CopyNumber | None) -> str:
    row = noun(copies)
    exact = _exact(copies)
    if exact:
        return f"Yes: {count(exact, 'sample')} {equals(copies, exact)}."
    group = "Yes: the samples are closer to the training set than chance allows."
    if not copies.flagged:
        group = (
            "No individual copy was found, but as a group the samples are closer to the training set than chance "
            "allows: evidence of partial memorization."
        )
    equal, near = copies.number("copies_beyond_recurrence"), copies.number("outstanding_samples")
    sentences = (
        (not copies.tests_hold, "It cannot be told whether samples are copies, since the tests do not hold."),
        (_below(equal), f"Yes: more samples {meets(copies)} a training {row} than hold-out {row}s do."),
        (_below(near), f"Yes: single samples lie far nearer to one training {row} than unseen {row}s do."),
        (_below(closer), group),
        (bool(copies.doubts or unexplained(copies)), "It cannot be told whether samples are copies."),
        (
            nearer_to_one(copies),
            f"It cannot be told: samples lie nearer to single training {row}s than hold-out {row}s do. Copying "
            "explains that, and so does less variety than the data have.",
        ),
    )
    return next((words for holds, words in sentences if holds), "No copying was found.")


def nearer_to_one(copies: CopiesRecord) -> bool:
    """Whether d1/d2 of samples is smaller than that of hold-out rows, which copying explains and less variety too."""
    return _below(copies.number("ratio_below_threshold"))


def _below(test: CopyNumber | None) -> bool:
    return test is not None and test.p_value is not None and test.p_value < TEST_LEVEL


def _named(copies: CopiesRecord) -> str:
    row = noun(copies)
    flagged = copies.flagged
    if not flagged:
        return "No single sample can be named."
    pairs = [f"sample {pair.sample} (training {row} {pair.train})" for pair in flagged]
    return f"{count(len(flagged), 'sample')} of {whole(copies.sizes['samples'])} can be named: {listed(pairs, _NAMED)}."


def _missed(copies: CopiesRecord) -> str:
    row = noun(copies)
    if not copies.tests_hold:
        return ""
    near, equal = near_power(copies), copies.detectable.get("equal")
    exact = "" if equal is None else f" exact copies from {share(equal)} on"
    if near is None:
        return f"With so few {row}s no share of near copies would be found with 80 % power{exact and ','}{exact}."
    return f"Near copies are found with 80 % power from {share(near)} of the samples on{exact and ','}{exact}."


def near_power(copies: CopiesRecord) -> float | None:
    """Least share of near copies that a test of the verdict finds with 80 % power; None where none would be."""
    parts = (copies.detectable.get(name) for name in ("closer_share", "near"))
    return min((part for part in parts if part is not None), default=None)


def _detail(copies: CopiesRecord, together: CopyNumber) -> str:
    row = noun(copies)
    alpha, sizes = copies.parameters["alpha"], copies.sizes
    words = [
        f"Share nearer to training: null n_train/(n_train + n_holdout); p by swapping the labels of the {row}s; "
        "higher is more copying."
    ]
    for name, what in _TESTS.items():
        test = copies.number(name)
        if test is not None and (name != "copies_beyond_recurrence" or test.value or test.null):
            words.append(
                f"{what[0].upper()}{what[1:].format(row=row, meet=meets(copies))}: p = {number(test.p_value)}."
            )
    control = copies.number("holdout_closer_share")
    if control is not None and control.interval is not None:
        low, high = control.interval
        words.append(
            f"Hold-out {row}s beside training {row}s, 50 % if they are alike: {share(control.value)} ({share(low)} to "
            f"{share(high)}); differences too small for this check can raise alarms as well."
        )
    words.append(
        f"All tests together (Bonferroni): p = {number(together.p_value)}; the answer is no above {alpha:g}, which "
        f"bounds false alarms if the hold-out is of the same source. Samples are named at a false discovery rate of "
        f"{share(alpha)}; "
        f"{_usual(copies)} "
        f"n = {whole(sizes['samples'])} samples, {whole(sizes['train_distinct'])} training and "
        f"{whole(sizes['holdout_distinct'])} hold-out {row}s, duplicates counted once"
        f"{_of_groups(sizes)}."
    )
    return " ".join(words)


def _of_groups(sizes: Mapping[str, int]) -> str:
    """Groups beside rows, where rows belong together."""
    if "holdout_groups" not in sizes:
        return ""
    return f", of {sizes['train_groups']} and {sizes['holdout_groups']} groups, which the tests exchange"


def _usual(copies: CopiesRecord) -> str:
    row = noun(copies)
    third, exact = copies.number("third_rule"), _equal(copies)
    rule = "" if third is None else f", d1/d2 below 1/3 in {share(third.value)}"
    return f"equal to a training {row} {exact}{rule}."


def _advice(copies: CopiesRecord, rejected: bool) -> str:
    row = noun(copies)
    if not copies.tests_hold and not copies.flagged:
        return (
            f"Prepare all sets alike, with a hold-out of the source of the training {row}s, and audit these "
            f"samples again."
        )
    if rejected or copies.flagged:
        return (
            "Look at the pairs below: are they the same? Then do not release these samples or the model; "
            f"remove duplicates, train less long or on more {row}s, and audit new samples."
        )
    return (
        "Audit more samples before a release: what a model knows may show in one sample of many thousands. No copy "
        "found is no certificate; --model asks the network itself."
    )
