"""Rows in sentences: by number, and by name where they have one, such as the file of a picture."""

from collections.abc import Sequence

from remanifold.audits.answers.numbers import listed
from remanifold.audits.records.audit import AuditRecord


def named(report: AuditRecord, row: int, kind: str = "train") -> str:
    """``12 (cats/7.png)``, or ``12`` where the row has no name; ``kind``: train or holdout."""
    name = report.row_names.get(f"{kind}:{row}")
    return str(row) if name is None else f"{row} ({name})"


def listed_rows(report: AuditRecord, rows: Sequence[int], most: int = 8) -> str:
    """``3 (a.png), 5 (b.png) and 12 more`` of training rows."""
    return listed([named(report, row) for row in rows[:most]] + list(rows[most:]), most)
