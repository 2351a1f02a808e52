"""The unit of distances and noise levels: the data's own, or that of their scaled columns."""

from dataclasses import replace

from remanifold.audits.answers.answer import Answer
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.data.tables.facts import unit_of
from remanifold.plots.page.table import Table

OWN = "data units"


def unit(report: AuditRecord | CopiesRecord) -> str:
    """In words, such as "standard deviations of a column"; "data units" where columns were not scaled."""
    facts = report.data
    return OWN if facts is None else unit_of(facts.standardize, facts.columns)


def in_unit(text: str, words: str) -> str:
    """``text``, in which "data units" stand for the unit."""
    return text.replace(OWN, words)


def answer_in_unit(answer: Answer, words: str) -> Answer:
    """``answer`` in the unit ``words``."""
    told = {name: in_unit(getattr(answer, name), words) for name in ("answer", "detail", "what_to_do", "headline")}
    return replace(answer, **told)


def table_in_unit(table: Table, words: str) -> Table:
    """``table`` with its heads in the unit ``words``."""
    columns = tuple(in_unit(name, words) for name in table.columns)
    rows = tuple(tuple(replace(cell, text=in_unit(cell.text, words)) for cell in row) for row in table.rows)
    return replace(table, caption=in_unit(table.caption, words), columns=columns, rows=rows)
