"""Reports in a notebook: a small fragment without script or network."""

from remanifold.audits.answers.all import answers_of
from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.answers.verdict import combined, short_verdict, verdict_of
from remanifold.audits.noun import noun
from remanifold.audits.pages.level_tables import times_table
from remanifold.audits.pages.tables import copy_numbers_table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.plots.page.render import render


def report_fragment(report: AuditRecord) -> str:
    """The three noise levels and the headlines of all answers, as an HTML fragment."""
    return render(
        "remanifold.audits.pages",
        "notebook.html.j2",
        title=f"Memorization audit of {report.data.source}",
        verdict=report.verdict,
        told=None if report.verdict is None else short_verdict(report.verdict, verdict_of(report)),
        table=times_table(report),
        answers=answers_of(report),
    )


def copies_fragment(copies: CopiesRecord) -> str:
    """The answer about generated samples and its numbers, as an HTML fragment."""
    answer, anew = copies_answer(copies), combined(None, copies, [], noun(copies))
    return render(
        "remanifold.audits.pages",
        "notebook.html.j2",
        title=answer.question,
        verdict=copies.verdict,
        told=None if copies.verdict is None else short_verdict(copies.verdict, anew),
        table=copy_numbers_table(copies),
        answers=(answer,),
    )
