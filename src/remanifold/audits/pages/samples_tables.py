"""Tables of samples on the report's page and card."""

from remanifold.audits.answers.numbers import number, whole
from remanifold.audits.pages.tables import MOST_ROWS, Cell, Table
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.samples import CopyNumber

_EMPTY = Table("", (), ())


def copy_numbers_table(report: AuditRecord) -> Table:
    """Every number with its interval, null, p-value, n and direction."""
    if report.samples is None:
        return _EMPTY
    columns = ("number", "meaning", "value", "95 % interval", "without copying", "p", "n", "with copying")
    return Table("Samples beside training and held-out rows", columns, tuple(map(_numbers, report.samples.numbers)))


def _numbers(one: CopyNumber) -> tuple[Cell, ...]:
    interval = number(None) if one.interval is None else " to ".join(number(end) for end in one.interval)
    value = number(one.value) + ("" if one.unit == "share" else f" {one.unit}")
    texts = (one.name, one.meaning, value, interval, number(one.null), number(one.p_value))
    return tuple(map(Cell, (*texts, whole(one.n), one.direction.partition(":")[0])))


def copy_pairs_table(report: AuditRecord) -> Table:
    """The named samples beside their training rows; the closest ones where none is named."""
    found = report.samples
    if found is None:
        return _EMPTY
    pairs = found.flagged or found.closest
    rows = tuple(
        (
            Cell(str(one.sample), (f"sample:{one.sample}",)),
            Cell(str(one.train), (f"train:{one.train}",)),
            Cell(number(one.distance)),
            Cell(number(one.ratio)),
            Cell(number(one.rate)),
        )
        for one in pairs[:MOST_ROWS]
    )
    columns = ("sample", "training row", "distance (data units)", "d1/d2", "false discovery rate")
    caption = "Named samples beside their training rows" if found.flagged else "None is named; the closest samples"
    return Table(f"{caption}, smallest d1/d2 first", columns, rows, max(0, len(pairs) - MOST_ROWS))
