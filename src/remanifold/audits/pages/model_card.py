"""One short section for a model card: the verdict, what it rests on, and what would have been found."""

from collections.abc import Iterator

from remanifold.audits.answers.numbers import number, share, with_error
from remanifold.audits.answers.verdict import combined, short_verdict, verdict_of
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.network import NetworkRecord
from remanifold.audits.records.samples import LEFT_OUT, CopiesRecord
from remanifold.audits.records.verdict import Verdict
from remanifold.plots.page.table import escaped, markdown_list

_KINDS = {
    "rows": "training {row}s, if remembered in full",
    "groups": "groups of training {row}s, if remembered in full",
    "samples": "samples, if nearly copied",
}


def audit_card(report: AuditRecord) -> str:
    """The section of an audit; of data alone it says when such data are memorized."""
    row = noun(report)
    facts = [f"Training data: {report.data.n_points} {row}s, {report.data.n_groups} distinct."]
    if report.t_collapse is not None:
        sigma = with_error(report.t_collapse.sigma, report.t_collapse.sigma_stderr)
        facts.append(f"Noise below which a perfect fit returns training {row}s: σ = {sigma}.")
    if report.model is not None:
        facts += _of_network(report.model, row)
    if report.samples is not None:
        facts += _of_samples(report.samples)
    return _section(report.verdict, verdict_of(report), facts, report.version, row)


def copies_card(report: CopiesRecord) -> str:
    """The section of a comparison of samples with training rows."""
    row = noun(report)
    return _section(report.verdict, combined(None, report, [], row), list(_of_samples(report)), report.version, row)


def _section(verdict: Verdict | None, anew: Verdict | None, facts: list[str], version: str, row: str) -> str:
    parts = ["## Memorization"]
    if verdict is None:
        parts.append("Neither the model nor samples were audited, so there is no verdict.")
    else:
        told = short_verdict(verdict, anew)
        parts.append(f"**Verdict: {verdict.state}.** {escaped(told)}")
        facts = ([] if told == verdict.headline else [f"With its numbers: {verdict.headline}"]) + facts
        facts = facts + list(_detectable(verdict, row))
    parts.append(markdown_list(facts))
    parts.append(f"Measured by remanifold {escaped(version)}; no privacy certificate.")
    return "\n\n".join(parts) + "\n"


def _of_network(model: NetworkRecord, row: str) -> Iterator[str]:
    yield f"Hold-out: {model.n_holdout} {row}s that the model was not trained on."
    if model.index is not None:
        index = with_error(model.index.value, model.index.stderr)
        yield f"Memory index {index} (0: none, 1: the empirical score)."
    if model.p_value is not None:
        yield f"Training {row}s told from hold-out {row}s by their loss: p = {number(model.p_value)}."


def _of_samples(samples: CopiesRecord) -> Iterator[str]:
    row = noun(samples)
    sizes = samples.sizes
    beside = f" and {sizes['holdout']} hold-out {row}s" if "holdout" in sizes else ""
    yield f"{sizes.get('samples', 0)} samples beside {sizes.get('train', 0)} training {row}s{beside}."
    yield f"Samples named as copies: {len(samples.flagged)}."
    yield from (note for note in samples.notes if note.startswith(LEFT_OUT))


def _detectable(verdict: Verdict, row: str) -> Iterator[str]:
    for name, words in _KINDS.items():
        if name in verdict.detectable:
            part = verdict.detectable[name]
            told = "not even all" if part is None else f"{share(part)} and more"
            yield f"Found with 80 % power: {told} of the {words.format(row=row)}."
