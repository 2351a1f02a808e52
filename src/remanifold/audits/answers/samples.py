"""The answer about samples: are they copies of training rows, which, and what would have been missed?"""

from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import count, listed, number, share, whole
from remanifold.audits.records.samples import TESTS, CopiesRecord, CopyNumber
from remanifold.audits.report import AuditReport

_QUESTION = "Are these samples copies of training rows?"
_NAMED = 5


def copies(report: AuditReport) -> Answer | None:
    """Are these samples copies of training rows?"""
    return None if report.samples is None else copies_answer(report.samples)


def copies_answer(found: CopiesRecord) -> Answer:
    """The same from what `audit_copies` found."""
    closer, together = found.number("closer_share"), found.number("evidence")
    if closer is None or together is None or together.p_value is None:
        return _without_holdout(found)
    rejected = together.p_value < found.parameters["alpha"]
    return Answer(
        _QUESTION,
        f"{_verdict(found, closer, rejected)} {_closer(closer)} {_named(found)} {_missed(found)}{_doubt(found)}",
        _detail(found, closer, together),
        _advice(found, rejected),
        key="copies",
        headline=f"{share(closer.value)} nearer to training, {share(closer.null or 0.0)} expected",
        concern=rejected or _exact(found) > 0,
    )


def _exact(found: CopiesRecord) -> int:
    exact = found.number("exact_copies")
    return 0 if exact is None else round(exact.value * exact.n)


def _without_holdout(found: CopiesRecord) -> Answer:
    exact, m = _exact(found), found.sizes["samples"]
    gone = "holdout" in found.sources
    known = f"{count(exact, 'sample')} of {whole(m)} {'equals' if exact == 1 else 'equal'} a training row."
    return Answer(
        _QUESTION,
        f"{f'Yes: {known}' if exact else f'No sample of {whole(m)} equals a training row.'} Whether the others lie "
        "nearer to training rows than fresh data would cannot be known without held-out rows"
        f"{', and every row of this hold-out is a training row or near one' if gone else ''}.",
        f"Without a hold-out there is no test, no false-positive rate and no other named sample; {_usual(found)}",
        "Keep rows of the same source from the training, and audit again with these as --holdout.",
        key="copies",
        headline=f"{count(exact, 'exact copy') if exact == 1 else f'{whole(exact)} exact copies'}, no test",
        concern=exact > 0,
    )


def _verdict(found: CopiesRecord, closer: CopyNumber, rejected: bool) -> str:
    exact = _exact(found)
    if exact:
        return f"Yes: {count(exact, 'sample')} {'equals' if exact == 1 else 'equal'} a training row."
    if not rejected:
        return "No copying was found."
    tests = sum(one.p_value is not None for one in found.numbers if one.name in TESTS)
    if closer.p_value is not None and closer.p_value * tests < found.parameters["alpha"]:
        start = "Yes:" if found.flagged else "Not one by one, but all together"
        return f"{start} they lie nearer to training rows than to rows that the model never saw, which is memory."
    return (
        "Perhaps: samples lie nearer to single training rows than held-out rows do, which copying explains, and less "
        "variety than the data have too."
    )


def _closer(closer: CopyNumber) -> str:
    return (
        f"{share(closer.value)} of them are nearer to a training row than to a held-out row, where "
        f"{share(closer.null or 0.0)} are expected without copying (p = {number(closer.p_value)})."
    )


def _named(found: CopiesRecord) -> str:
    flagged = found.flagged
    if not flagged:
        return "No single sample can be named."
    pairs = [f"sample {one.sample} (training row {one.train})" for one in flagged]
    return f"{count(len(flagged), 'sample')} of {whole(found.sizes['samples'])} can be named: {listed(pairs, _NAMED)}."


def _missed(found: CopiesRecord) -> str:
    best = [one for one in found.detectable.values() if one is not None]
    if not best:
        return "With so few rows copying of any share could be missed."
    return f"Copying of fewer than {share(min(best))} of the samples would be missed more often than one time in five."


def _doubt(found: CopiesRecord) -> str:
    return f" Careful: {found.warnings[0][0].lower()}{found.warnings[0][1:]}" if found.warnings else ""


def _detail(found: CopiesRecord, closer: CopyNumber, together: CopyNumber) -> str:
    low, high = closer.interval or (closer.value, closer.value)
    alpha, sizes = found.parameters["alpha"], found.sizes
    words = [
        f"Share nearer to training: 95 % interval over samples {share(low)} to {share(high)}; null n_train/(n_train + "
        f"n_holdout); p by swapping the labels of the rows; higher is more copying."
    ]
    for name, what in (("ratio_below_threshold", "samples against held-out rows by d1/d2"), ("c_t_corrected", "C_T")):
        one = found.number(name)
        if one is not None:
            words.append(f"{what[0].upper()}{what[1:]}: p = {number(one.p_value)}.")
    control = found.number("holdout_closer_share")
    if control is not None and control.interval is not None:
        low, high = control.interval
        words.append(
            f"Held-out rows beside training rows, 50 % if they are alike: {share(control.value)} ({share(low)} to "
            f"{share(high)}); differences too small for this check can raise alarms as well."
        )
    words.append(
        f"All tests together (Bonferroni): p = {number(together.p_value)}; the answer is no above {alpha:g}, which "
        f"bounds false alarms if the hold-out is of the same source. Samples are named at a false discovery rate of "
        f"{share(alpha)}; "
        f"{_usual(found)} "
        f"n = {whole(sizes['samples'])} samples, {whole(sizes['train_distinct'])} training and "
        f"{whole(sizes['holdout_distinct'])} held-out rows, duplicates counted once."
    )
    return " ".join(words)


def _usual(found: CopiesRecord) -> str:
    third, exact = found.number("third_rule"), _exact(found)
    rule = "" if third is None else f", d1/d2 below 1/3 in {share(third.value)}"
    return f"exact copies {exact}{rule}."


def _advice(found: CopiesRecord, rejected: bool) -> str:
    if rejected or found.flagged:
        return (
            "Look at the pairs below: are they the same picture? Then do not release these samples or the model; "
            "remove duplicated rows, train less long or on more rows, and audit new samples."
        )
    return (
        "Audit more samples before a release: what a model knows may show in one sample of many thousands. No copy "
        "found is no certificate; --model asks the network itself."
    )
