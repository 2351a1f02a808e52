"""Reports as short Markdown, for a model card or a review."""

from collections.abc import Sequence
from html import escape

from remanifold._core.shown import plain
from remanifold.audits.answers.all import answers_of, limits_of
from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import groups_words, without_errors
from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.answers.unit import table_in_unit, unit
from remanifold.audits.answers.verdict import combined, of_data_alone, short_verdict, verdict_of
from remanifold.audits.noun import noun
from remanifold.audits.pages.level_tables import samples_table
from remanifold.audits.pages.row_cells import beside_table
from remanifold.audits.pages.row_names import with_names
from remanifold.audits.pages.tables import copy_numbers_table, copy_pairs_table, exposure_table, reasons_table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.records.verdict import Verdict
from remanifold.plots.page.table import Table, escaped, markdown_list, markdown_table

_MOST_ROWS = 10


def render_markdown(report: AuditRecord) -> str:
    """Verdict, what to do and the headline of every answer, about a screen; each answer in full is folded away."""
    row = noun(report)
    data = report.data
    answers = answers_of(report)
    parts = [
        "# Memorization audit",
        *(_verdict(report.verdict, verdict_of(report)) or [escaped(of_data_alone(report))]),
        f"{escaped(data.source)}: {data.n_points} {row}s{groups_words(report)} ({data.n_groups} distinct) of shape "
        f"{'×'.join(map(str, data.shape))}, {escaped(data.dtype)}, preprocessing: {escaped(data.preprocessing)}. "
        f"Noise levels σ are in {unit(report)}; the data's standard deviation is {data.std:.4g}.",
        _headlines(answers),
        *_reasons(report.verdict, row),
    ]
    for answer in answers:
        inside = _card(answer)
        if answer.key == "copies" and report.samples is not None:
            inside += _copies(report.samples, _MOST_ROWS)
        if answer.key == "memory" and report.model is not None:
            inside.append(markdown_list(report.model.notes))
        if answer.key == "exposure":
            inside.append(_table(with_names(exposure_table(report), report.row_names), unit(report)))
        if answer.key == "samples":
            inside.append(_table(samples_table(report), unit(report)))
        parts.append(folded(answer.question, inside))
    if report.notes:
        parts.append(folded("Notes", [markdown_list(report.notes)]))
    parts.append(folded("What this does not say", [markdown_list(limits_of(report))]))
    fingerprint = f"data fingerprint `{data.fingerprint.replace('`', '')}`; " if data.fingerprint else ""
    parts.append(
        f"Made by remanifold {escaped(report.version)} (report schema {escaped(report.schema_version)}); "
        f"{fingerprint}ideas: arXiv 2502.09578."
    )
    return _joined(parts)


def copies_markdown(copies: CopiesRecord) -> str:
    """The answer about generated samples; errors, p-values, its sets, numbers and pairs are folded away."""
    row = noun(copies)
    answer = copies_answer(copies)
    sizes = ((name if name.endswith("_groups") else f"{name} {row}s", size) for name, size in copies.sizes.items())
    parts = [
        f"# {escaped(answer.question)}",
        *_verdict(copies.verdict, combined(None, copies, [], row)),
        *(f"**Warning.** {escaped(text)}" for text in copies.warnings),
        _headlines([answer]),
        markdown_list(f"{name}: {source}" for name, source in copies.sources.items()),
        *_reasons(copies.verdict, row),
        folded("The answer in full", _card(answer)),
        folded("Sizes", [markdown_list(f"{name.replace('_groups', ' groups')}: {size}" for name, size in sizes)]),
        folded("Numbers and pairs", _copies(copies, most=len(copies.flagged) or _MOST_ROWS)),
        f"Made by remanifold {escaped(copies.version)}, seed {copies.seed}; not a privacy certificate.",
    ]
    return _joined(parts)


def _verdict(verdict: Verdict | None, anew: Verdict | None) -> list[str]:
    """State, why in short and what to do; nothing where there is no verdict. ``anew`` is that of this version."""
    if verdict is None:
        return []
    told = escaped(short_verdict(verdict, anew))
    return [f"**Verdict: {verdict.state}.** {told}", f"**What to do.** {escaped(verdict.next)}"]


def _reasons(verdict: Verdict | None, row: str) -> list[str]:
    """The verdict with its numbers and what it rests on, folded away."""
    if verdict is None:
        return []
    table = markdown_table(reasons_table(verdict, row)) if verdict.reasons else ""
    return [folded("What it rests on", [escaped(verdict.headline), table])]


def _headlines(answers: Sequence[Answer]) -> str:
    """Every question with its answer in a few words, without errors."""
    return "\n".join(
        f"- {escaped(answer.question)} **{escaped(without_errors(answer.headline))}**" for answer in answers
    )


def folded(title: str, parts: list[str]) -> str:
    """What a reader opens by its title; the empty lines are what Markdown inside HTML needs."""
    return f"<details>\n<summary>{escape(plain(title))}</summary>\n\n{_joined(parts)}\n</details>"


def _card(answer: Answer) -> list[str]:
    """One answer with its detail, and what to do."""
    return [escaped(f"{answer.answer} {answer.detail}"), f"**What to do.** {escaped(answer.what_to_do)}"]


def _copies(copies: CopiesRecord, most: int) -> list[str]:
    """All numbers of generated samples, and the first ``most`` pairs."""
    pairs = table_in_unit(copy_pairs_table(copies, most=len(copies.flagged or copies.closest)), unit(copies))
    beside = _table(beside_table(copies), unit(copies))
    numbers = markdown_table(copy_numbers_table(copies))
    return [numbers, markdown_table(pairs, most), beside, markdown_list(copies.notes)]


def _table(table: Table, words: str) -> str:
    return markdown_table(table_in_unit(table, words), _MOST_ROWS) if table.rows else ""


def _joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
