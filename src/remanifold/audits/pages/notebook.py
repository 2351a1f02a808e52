"""A report as a notebook shows it: its answers in a table, without a script and without the network."""

from html import escape

from remanifold.audits.answers.all import answers_of
from remanifold.audits.records.audit import AuditRecord


def report_fragment(record: AuditRecord) -> str:
    """A fragment of HTML with every question and the answer as a number."""
    data = record.data
    head = f"<caption>{escape(data.source)}: {data.n_points} rows, {data.n_groups} distinct</caption>"
    rows = (f"<tr><td>{escape(one.question)}<td>{escape(one.headline)}</tr>" for one in answers_of(record))
    return f"<table>{head}{''.join(rows)}</table>"
