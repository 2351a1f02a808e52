"""Names of the rows that a report tells by number: files of pictures, the column of names of a table."""

from collections.abc import Iterator

from remanifold.audits.inputs import AuditInputs
from remanifold.audits.records.audit import AuditRecord


def row_names(inputs: AuditInputs, report: AuditRecord) -> dict[str, str]:
    """Names by "train:ROW" and "holdout:ROW" of all rows in ``report``; empty where rows have none."""
    names = inputs.points.row_names
    told = {} if names is None else {f"train:{row}": names[row] for row in sorted(set(_training_rows(report)))}
    unseen = None if inputs.holdout is None else inputs.holdout.row_names
    if unseen is not None and report.holdout is not None:
        told |= {f"holdout:{row}": unseen[row] for row, _, _ in report.holdout.overlap}
    return told


def _training_rows(report: AuditRecord) -> Iterator[int]:
    for item in report.exposure:
        yield from (item.row, item.nearest_row)
    for group in report.duplicates:
        yield from group.members
    for level in (report.onset_rows, report.collapse_rows, report.generalization_rows):
        if level is not None and level.first_row is not None:
            yield level.first_row
    yield from () if report.carried is None else report.carried.rows
    yield from () if report.holdout is None else (row for _, row, _ in report.holdout.overlap)
    if report.model is not None:
        yield from (item.row for item in report.model.remembered)
        yield from report.model.outstanding
        for group in report.model.near_copies:
            yield from group.members
