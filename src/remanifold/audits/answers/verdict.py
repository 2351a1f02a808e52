"""One verdict from all that was tested on a network and on samples; every report begins with it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from remanifold.audits.answers.numbers import count, listed, number, share
from remanifold.audits.answers.reasons import proofs, reasons_of_network, reasons_of_samples
from remanifold.audits.answers.samples import left_out_columns, near_power
from remanifold.audits.answers.sentence import Sentence
from remanifold.audits.answers.unit import unit
from remanifold.audits.answers.unknown import caption_doubts, holdout_doubts, same_rows, sample_doubts, unknown
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.records.verdict import Reason, Verdict
from remanifold.measures.estimates.holm import holm

LEVEL = 0.05
"""Chance of a false "remembers", all tests together."""


def verdict_of(report: AuditRecord) -> Verdict | None:
    """The verdict on the network and the samples of ``report``; None where neither was audited."""
    if report.model is None and report.samples is None:
        return None
    row = noun(report)
    doubts = holdout_doubts(report.holdout, report.groups, row, report.holdout_is_data)
    doubts += caption_doubts(report.model, row)
    return combined(report.model, report.samples, doubts, row)


def short_verdict(verdict: Verdict, anew: Verdict | None) -> str:
    """The sentence of ``verdict`` for a first screen; ``anew`` is the verdict of the same record by this version.

    A report of an older version has none of its own. Where this version would judge otherwise, its headline stands.
    """
    if verdict.short or anew is None or anew.state != verdict.state:
        return verdict.short or verdict.headline
    return anew.short


def of_data_alone(report: AuditRecord) -> str:
    """What the data say, where neither a network nor samples were audited: the first line of such a report.

    Its noise level has three digits and no error: that is told with the answers below.
    """
    known = f"no collapse was found ({report.t_collapse_reason})"
    if report.t_collapse is not None:
        collapse = f"σ = {number(report.t_collapse.sigma)} {unit(report)}"
        known = (
            f"they collapse at {collapse}, below which a diffusion model that fits them perfectly returns training "
            f"{noun(report)}s"
        )
    same = f" The hold-out checks nothing: {same_rows(noun(report))}." if report.holdout_is_data else ""
    return f"Data alone: {known}. No model and no samples were audited, so there is no verdict.{same}"


def combined(
    model: NetworkRecord | None, samples: CopiesRecord | None, doubts: Sequence[Sentence], row: str
) -> Verdict:
    """The verdict from the tests of both.

    Args:
        model: What was measured on a network, or None.
        samples: What was measured on generated samples, or None.
        doubts: Why the hold-out or the scale may be wrong, one clause each.
        row: What a row is called.
    """
    tests, proven = [*reasons_of_network(model, row), *reasons_of_samples(samples)], list(proofs(samples))
    if tests:
        adjusted = holm(np.array([reason.p_value for reason in tests], dtype=np.float64))
        tests = [_adjusted(reason, float(p)) for reason, p in zip(tests, adjusted)]
        tests.sort(key=lambda reason: reason.adjusted or 0.0)
    doubts = [*doubts, *sample_doubts(samples, row)]
    detectable = {} if model is None else dict(model.detectable)
    if samples is not None:
        detectable["samples"] = near_power(samples)
        detectable["samples_equal"] = samples.detectable.get("equal")
    significant = [reason for reason in tests if (reason.adjusted or 0.0) < LEVEL]
    reasons = (*proven, *tests)
    if proven or (significant and not doubts):
        told = _remembers(proven + significant, samples, row)
        return Verdict("remembers", told.exact, reasons, detectable, _mend(model, samples, row), told.short)
    why = next(unknown(model, samples, doubts, detectable, significant, row), None)
    if why:
        exact, short = (f"It cannot be told: {words}." for words in (why[0].exact, why[0].short))
        return Verdict("cannot tell", exact, reasons, detectable, why[1], short)
    told = _no_sign(detectable, [] if samples is None else left_out_columns(samples), row)
    go_on = _GO_ON + ("" if model is None else _NAME_ROWS.format(row=row))
    go_on += "" if samples is None else _unseen(samples)
    return Verdict("no sign", told.exact, reasons, detectable, go_on, told.short)


def _unseen(samples: CopiesRecord) -> str:
    """The changes of pictures that hide a copy from this search."""
    asked = samples.parameters.get("invariances", ())
    changes = [*(word for kind, word in _UNSEEN.items() if kind not in asked), "recoloured"]
    words = " or ".join(filter(None, [", ".join(changes[:-1]), changes[-1]]))
    return f" Copies that were {words} are not seen by distances."


def _mend(model: NetworkRecord | None, samples: CopiesRecord | None, row: str) -> str:
    """What to do with what was audited, and about it."""
    asked = [name for name, given in (("the model", model), ("these samples", samples)) if given is not None]
    as_is = "it is" if asked == ["the model"] else "they are"
    return (
        f"Do not release {' or '.join(asked)} as {as_is}. Remove duplicates "
        f"and the {row}s that the reasons name, train less long or on more {row}s, and audit again."
    )


def _adjusted(reason: Reason, p_value: float) -> Reason:
    text = reason.text if p_value < LEVEL else f"not found: {reason.text}"
    return replace(reason, adjusted=p_value, text=text)


_GO_ON = (
    "Audit again before every release with the same hold-out. No sign is no certificate: memory of smaller shares than "
    "those stated would be missed."
)
_NAME_ROWS = " Pass the {row}s that matter most as --rows."
_UNSEEN = {"flips": "flipped", "shifts": "shifted", "crops": "cropped"}


def _remembers(every: Sequence[Reason], samples: CopiesRecord | None, row: str) -> Sentence:
    first = every[0]
    p = "" if first.adjusted is None else f"; p = {number(first.adjusted)}, adjusted for all tests"
    more = f", and {count(len(every) - 1, 'more reason')}" if len(every) > 1 else ""
    beside = _not_given_back(samples, every, row)
    return Sentence(
        f"It remembers training {row}s: {first.text}{p}{more}.{beside.exact}",
        f"It remembers training {row}s: {first.words}{more}.{beside.short}",
    )


def _not_given_back(samples: CopiesRecord | None, every: Sequence[Reason], row: str) -> Sentence:
    """What joins a network that knows rows and samples that show none."""
    if samples is None or samples.doubts or any(reason.name.startswith("samples") for reason in every):
        return Sentence("", "")
    exact, short = (
        f" It knows these {row}s; in {where} it was not seen to give them back."
        for where in (count(samples.sizes["samples"], "sample"), "these samples")
    )
    return Sentence(exact, short)


def _no_sign(detectable: Mapping[str, float | None], left_out: Sequence[str], row: str) -> Sentence:
    words = {
        "rows": f"of the {row}s remembered in full",
        "rows_half": f"of the {row}s remembered by half",
        "groups": f"of the groups of {row}s remembered in full",
        "groups_half": f"of the groups of {row}s remembered by half",
        "samples": f"of the samples nearly copied (a twentieth of the way to the next {row})",
        "samples_equal": "of them copied exactly",
    }
    told = [f"{share(part)} {words[name]}" for name, part in detectable.items() if part is not None and name in words]
    brief = {name: words[name].partition(" (")[0] for name in ("rows", "groups", "samples")}
    few = [f"{share(part)} {brief[name]}" for name, part in detectable.items() if part is not None and name in brief]
    apart = f" Left out, and so not compared: {listed(left_out, 5)}." if left_out else ""
    columns = f" Not compared: {count(len(left_out), 'column')}." if left_out else ""
    found = "No sign of memory was found; with 80 % power the tests would have found"
    return Sentence(f"{found} {' or '.join(told)}.{apart}", f"{found} {' or '.join(few)}.{columns}")
