"""What a row is called on terminal, page and card of a report."""

from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.compared import ComparisonRecord
from remanifold.audits.records.samples import CopiesRecord
from remanifold.data.pictures.noun import noun_of


def noun(report: AuditRecord | CopiesRecord | ComparisonRecord) -> str:
    """Of the rows that ``report`` is about: image or row; row where an older version did not record their shape."""
    return noun_of(report.data.shape if isinstance(report, AuditRecord) else report.shape)
