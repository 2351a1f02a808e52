"""One verdict from all that was tested on a network and on samples; every report begins with it."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from remanifold.audits.answers.numbers import count, listed, number, share, sigma, whole
from remanifold.audits.answers.samples import equals, left_out_columns, near_power, nearer_to_one, unexplained
from remanifold.audits.answers.unit import unit
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.groups import GroupFacts
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import BUT_ONE, GIVEN_BACK, LEFT_OUT, MOST_BY_CHANCE, SURE, CopiesRecord
from remanifold.audits.records.verdict import Reason, Verdict
from remanifold.measures.estimates.holm import holm

LEVEL = 0.05
"""Chance of a false "remembers", all tests together."""
_SAME = "every hold-out row is a training row, as where the same data are given twice"
_LEAST_SHARE = 0.05  # of rows or samples, which must be found with 80 % power for "no sign"
_GROUPS = {
    "all rows": "the loss on training rows is lower than on hold-out rows",
    "a few rows": "some training rows have lower losses than any chance split of the rows gives",
    "duplicates": "the loss on rows that are repeated in the training data is lower than on hold-out rows",
    "near copies": "the loss on rows with a near copy in the training data is lower than on hold-out rows",
    "most exposed": "the loss on the most isolated rows is lower than on equally isolated hold-out rows",
    "named rows": "the loss on the rows that you named is lower than on hold-out rows",
}
_SAMPLES = {
    "copies_beyond_recurrence": ("samples: equal rows", "samples equal training rows more often than unseen rows do"),
    "closer_share": ("samples: nearer to training", "samples lie nearer to training rows than to hold-out rows"),
    "outstanding_samples": ("samples: near copies", "samples lie far nearer to one training row than unseen rows do"),
}


def verdict_of(report: AuditRecord) -> Verdict | None:
    """The verdict on the network and the samples of ``report``; None where neither was audited."""
    if report.model is None and report.samples is None:
        return None
    return combined(report.model, report.samples, holdout_doubts(report.holdout, report.groups, report.holdout_is_data))


def holdout_doubts(holdout: HoldoutCheck | None, groups: GroupFacts | None, is_data: bool = False) -> list[str]:
    """Why the hold-out may be wrong, as clauses."""
    doubts = []
    if is_data:
        doubts.append(_SAME)
    elif holdout is not None and holdout.is_doubtful:
        copies = holdout.n_overlapping if holdout.closer_share.value > 0.5 else 0
        leaked = f": {copies} of the {holdout.n} are training rows or near copies of such" if copies else ""
        doubts.append(f"hold-out rows lie at other distances from the training rows than these from each other{leaked}")
    if groups is not None and groups.is_doubtful:
        verb = "is" if groups.shared == 1 else "are"
        shared = count(groups.shared, "group")
        doubts.append(f"{shared} of the {groups.n_holdout} of the hold-out {verb} in the training data too")
    return doubts


def of_data_alone(report: AuditRecord) -> str:
    """What the data say, where neither a network nor samples were audited: the first line of such a report."""
    known = f"no collapse was found ({report.t_collapse_reason})"
    if report.t_collapse is not None:
        known = (
            f"they collapse at σ = {sigma(report.t_collapse)} {unit(report)}, below which a diffusion model that fits "
            "them perfectly returns training rows"
        )
    same = f" The hold-out checks nothing: {_SAME}." if report.holdout_is_data else ""
    return f"Data alone: {known}. No model and no samples were audited, so there is no verdict.{same}"


def combined(model: NetworkRecord | None, samples: CopiesRecord | None, doubts: list[str]) -> Verdict:
    """The verdict from the tests of both.

    Args:
        model: What was measured on a network, or None.
        samples: What was measured on generated samples, or None.
        doubts: Why the hold-out or the scale may be wrong, one clause each.
    """
    tests, proofs = [*_of_network(model), *_of_samples(samples)], list(_proofs(samples))
    if tests:
        adjusted = holm(np.array([reason.p_value for reason in tests], dtype=np.float64))
        tests = [_adjusted(reason, float(p)) for reason, p in zip(tests, adjusted)]
        tests.sort(key=lambda reason: reason.adjusted or 0.0)
    doubts = doubts + ([] if samples is None else [text.rstrip(".") for text in samples.doubts])
    detectable = {} if model is None else dict(model.detectable)
    if samples is not None:
        detectable["samples"] = near_power(samples)
        detectable["samples_equal"] = samples.detectable.get("equal")
    significant = [reason for reason in tests if (reason.adjusted or 0.0) < LEVEL]
    reasons = (*proofs, *tests)
    if proofs or (significant and not doubts):
        first = (proofs or significant)[0]
        headline = _remembers(first, proofs + significant) + _not_given_back(samples, proofs + significant)
        return Verdict("remembers", headline, reasons, detectable, _MEND)
    why = next(_unknown(model, samples, doubts, detectable, tests), None)
    if why:
        return Verdict("cannot tell", f"It cannot be told: {why[0]}.", reasons, detectable, why[1])
    left = [] if samples is None else left_out_columns(samples)
    apart = f" Left out, and so not compared: {listed(left, 5)}." if left else ""
    go_on = _GO_ON + ("" if model is None else _NAME_ROWS) + ("" if samples is None else _unseen(samples))
    return Verdict("no sign", _no_sign(detectable) + apart, reasons, detectable, go_on)


def _unseen(samples: CopiesRecord) -> str:
    """The changes of pictures that hide a copy from this search."""
    asked = samples.parameters.get("invariances", ())
    changes = [*(word for kind, word in _UNSEEN.items() if kind not in asked), "recoloured"]
    words = " or ".join(filter(None, [", ".join(changes[:-1]), changes[-1]]))
    return f" Copies that were {words} are not seen by distances."


def _adjusted(reason: Reason, p_value: float) -> Reason:
    text = reason.text if p_value < LEVEL else f"not found: {reason.text}"
    return replace(reason, adjusted=p_value, text=text)


_MEND = (
    "Do not release the model or these samples as they are: remove the rows behind the first reason or their copies, "
    "train less long or on more rows, and audit again."
)
_GO_ON = (
    "Audit again before every release with the same hold-out. No sign is no certificate: memory of smaller shares than "
    "those stated would be missed."
)
_KEEP_BACK = (
    "Pass rows of the same source that it was not trained on as --holdout: a test split or newer rows, prepared alike, "
    "some hundreds. They add the loss gap, the memory index, the tests of memory and the names of remembered rows. "
    "Set such rows aside before the next training."
)
_NAME_ROWS = " Pass the rows that matter most as --rows."
_UNSEEN = {"flips": "flipped", "shifts": "shifted", "crops": "cropped"}


def _of_network(model: NetworkRecord | None) -> Iterator[Reason]:
    unit = " groups" if model is not None and "groups" in model.detectable else ""
    for test in () if model is None else model.tests:
        words = _GROUPS.get(test.name, f"the loss on rows of {test.name} is lower than on hold-out rows of it")
        text = f"{words} (P = {number(test.share)}, 1/2 without memory, n = {test.n} against {test.n_holdout}{unit})"
        yield Reason(test.name, test.p_value, None, test.share, text)


def _of_samples(samples: CopiesRecord | None) -> Iterator[Reason]:
    for name, (title, words) in _SAMPLES.items():
        test = None if samples is None else samples.number(name)
        if test is not None and test.p_value is not None:
            null = "" if test.null is None else f", {number(test.null)} expected without copying"
            yield Reason(title, test.p_value, None, test.value, f"{words} ({number(test.value)}{null}, n = {test.n})")


def _proofs(samples: CopiesRecord | None) -> Iterator[Reason]:
    """Samples that equal training rows where chance cannot make them equal."""
    copies = None if samples is None else samples.number("certain_copies")
    if samples is not None and copies is not None and copies.value > 0:
        rows, verb = sorted({pair.train for pair in samples.copied}), equals(samples, round(copies.value))
        which = f" ({'row' if len(rows) == 1 else 'rows'} {listed(rows, 5)})" if rows else ""
        text = f"{count(round(copies.value), 'sample')} {verb}{which}"
        yield Reason("samples: exact copies", None, None, copies.value, text)
    but_one = None if samples is None else samples.number(BUT_ONE)
    if but_one is None or but_one.p_value is None or but_one.null is None:
        return
    if but_one.p_value < SURE and but_one.null <= MOST_BY_CHANCE:
        many = count(round(but_one.value * but_one.n), "sample")
        beside = f"where {share(but_one.null)} of the hold-out rows do"
        text = f"{many} equal a training row in every column but one, {beside}"
        yield Reason("samples: all columns but one", but_one.p_value, None, but_one.value, text)


def _remembers(first: Reason, every: list[Reason]) -> str:
    p = "" if first.adjusted is None else f"; p = {number(first.adjusted)}, adjusted for all tests"
    more = f", and {count(len(every) - 1, 'more reason')}" if len(every) > 1 else ""
    return f"It remembers training rows: {first.text}{p}{more}."


def _not_given_back(samples: CopiesRecord | None, found: list[Reason]) -> str:
    """What joins a network that knows rows and samples that show none."""
    if samples is None or samples.doubts or any(reason.name.startswith("samples") for reason in found):
        return ""
    return f" It knows these rows; in {count(samples.sizes['samples'], 'sample')} it was not seen to give them back."


def _unknown(
    model: NetworkRecord | None,
    samples: CopiesRecord | None,
    doubts: list[str],
    detectable: dict[str, float | None],
    tests: list[Reason],
) -> Iterator[tuple[str, str]]:
    """Why no all-clear can be given, and what to do; nothing if one can."""
    if doubts:
        low = [reason for reason in tests if (reason.adjusted or 0.0) < LEVEL]
        beside = f" (if that is harmless, it remembers: {low[0].text})" if low else ""
        mend = "Bring all sets to one scale and one source, split at random, and audit again."
        yield f"{doubts[0]}{beside}", _KEEP_BACK if doubts[0] == _SAME else mend
    if model is not None and model.p_value is None:
        yield model.reason or "no loss gap is known", _KEEP_BACK
    if model is not None and model.outstanding:
        n, rows = len(model.outstanding), listed(list(model.outstanding), 5)
        yield (
            f"{count(n, 'training row')} ({rows}) {'stands' if n == 1 else 'stand'} out far beyond every hold-out row, "
            f"and {whole(model.n_holdout)} hold-out rows are too few to tell whether by memory",
            "Look at these rows; hold back more rows and audit again; pass such rows of a next training as --rows.",
        )
    if samples is not None and "holdout_distinct" not in samples.sizes:
        yield "without a hold-out there is no test", "Keep rows of the same source from training."
    for note in () if samples is None else samples.notes:
        if note.startswith(LEFT_OUT) and GIVEN_BACK in note:
            yield note[:1].lower() + note[1:].rstrip("."), "Look at these values; take them out of the training rows."
    odd = 0 if samples is None else unexplained(samples)
    if odd:
        yield (
            f"{count(odd, 'sample')} {'equals' if odd == 1 else 'equal'} a training row, no hold-out row does, and the "
            "rows are too few to tell chance from copying",
            "Look at these pairs; give more hold-out rows and more samples.",
        )
    if samples is not None and nearer_to_one(samples):
        yield (
            "samples lie nearer to single training rows than hold-out rows do, which copying explains, and so does "
            "less variety than the data have",
            "Look at the closest pairs; audit the network itself with --model; give more samples.",
        )
    kinds = {"rows": "of the training rows, remembered in full,", "samples": "of the samples, nearly copied,"}
    kinds["groups"] = "of the groups of training rows, remembered in full,"
    for name, words in kinds.items():
        part = detectable.get(name, 0.0)
        if part is None or part > _LEAST_SHARE:
            least = "no share" if part is None else f"only {share(part)} and more"
            yield f"{least} {words} would be found with 80 % power", "Give more hold-out rows, or more samples."


def _no_sign(detectable: dict[str, float | None]) -> str:
    words = {
        "rows": "of the rows remembered in full",
        "rows_half": "of the rows remembered by half",
        "groups": "of the groups of rows remembered in full",
        "groups_half": "of the groups of rows remembered by half",
        "samples": "of the samples nearly copied (a twentieth of the way to the next row)",
        "samples_equal": "of them copied exactly",
    }
    told = [f"{share(part)} {words[name]}" for name, part in detectable.items() if part is not None and name in words]
    return f"No sign of memory was found; with 80 % power it would have been found from {' or '.join(told)} on."
