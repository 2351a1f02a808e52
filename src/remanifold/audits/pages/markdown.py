"""The report as short Markdown, for a model card or a review."""

import re

from remanifold.audits.answers.all import LIMITS, answers_of
from remanifold.audits.pages.samples_tables import copy_numbers_table, copy_pairs_table
from remanifold.audits.pages.tables import Table, exposure_table, samples_table
from remanifold.audits.records.audit import AuditRecord

_MOST_ROWS = 10
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#])")


def render_markdown(report: AuditRecord) -> str:
    """The answers, what to do, the first exposed rows, the record and the limits of ``report`` as Markdown."""
    data = report.data
    parts = [
        "# Memorization audit",
        f"{_escaped(data.source)}: {data.n_points} rows ({data.n_groups} distinct) of shape "
        f"{'×'.join(map(str, data.shape))}, {_escaped(data.dtype)}, preprocessing: {_escaped(data.preprocessing)}. "
        f"Noise levels σ are in data units; the data's standard deviation is {data.std:.4g}.",
    ]
    for answer in answers_of(report):
        parts += [f"## {_escaped(answer.question)}", _escaped(f"{answer.answer} {answer.detail}")]
        parts.append(f"**What to do.** {_escaped(answer.what_to_do)}")
        if answer.key == "copies" and report.samples is not None:
            numbers, pairs = report.samples.numbers, report.samples.flagged or report.samples.closest
            parts += [_markdown_table(copy_numbers_table(report), len(numbers), most=len(numbers))]
            parts += [_markdown_table(copy_pairs_table(report), len(pairs))]
            parts.append("\n".join(f"- {_escaped(note)}" for note in report.samples.notes))
        if answer.key == "memory" and report.model is not None and report.model.notes:
            parts.append("\n".join(f"- {_escaped(note)}" for note in report.model.notes))
        if answer.key == "exposure" and report.exposure:
            parts.append(_markdown_table(exposure_table(report), len(report.exposure)))
        if answer.key == "samples" and report.samples_needed:
            parts.append(_markdown_table(samples_table(report), len(report.samples_needed)))
    if report.notes:
        parts += ["## Notes", "\n".join(f"- {_escaped(note)}" for note in report.notes)]
    parts += ["## What this does not say", "\n".join(f"- {_escaped(limit)}" for limit in LIMITS)]
    parts.append(
        f"Made by remanifold {_escaped(report.version)} (report schema {_escaped(report.schema_version)}); "
        f"data fingerprint `{data.fingerprint.replace('`', '')}`; ideas: arXiv 2502.09578."
    )
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: Table, total: int, most: int = _MOST_ROWS) -> str:
    rows = [[_escaped(cell.text) for cell in row] for row in table.rows[:most]]
    lines = [_line(list(map(_escaped, table.columns))), _line(["---"] * len(table.columns)), *map(_line, rows)]
    more = total - len(rows)
    return "\n".join(lines) + (f"\n\n{more} more in the JSON." if more else "")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """``text`` without effect on the Markdown around it."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
