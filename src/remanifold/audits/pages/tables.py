"""The tables of a report that name rows and say what was audited; those of noise levels are in `level_tables`."""

import math
from collections.abc import Iterator

from remanifold.audits.answers.numbers import number, sigma
from remanifold.audits.answers.reasons import shown_test
from remanifold.audits.answers.samples import number_texts
from remanifold.audits.noun import noun
from remanifold.audits.records.audit import AuditRecord
from remanifold.audits.records.rows import ClassTimes, DuplicateGroup, ExposedRow
from remanifold.audits.records.samples import CopiesRecord, FlaggedSample
from remanifold.audits.records.verdict import Verdict
from remanifold.data.pictures.noun import an
from remanifold.noise import NoiseLevel
from remanifold.plots.page.table import EMPTY, MOST_ROWS, Cell, Table, table_of

_MOST_MEMBERS = 8


def reasons_table(verdict: Verdict, row: str) -> Table:
    """The tests that a verdict rests on, the decisive first."""
    return table_of(
        "What the verdict rests on; p-values adjusted for all tests together (Holm)",
        ("test", "p", "adjusted p", "what it says"),
        verdict.reasons,
        lambda reason: (shown_test(reason.name, row), number(reason.p_value), number(reason.adjusted), reason.text),
    )


def exposure_table(report: AuditRecord) -> Table:
    """The most exposed rows, each beside its nearest neighbour."""

    row = noun(report)

    def cells(ranked: tuple[int, ExposedRow]) -> Iterator[str | Cell]:
        rank, item = ranked
        yield from (str(rank), _row("train", item.row), item.label or number(None), sigma(item.t))
        yield " to ".join(number(math.sqrt(max(end, 0.0))) for end in item.t.interval)
        yield from (_row("train", item.nearest_row), number(item.nearest_distance))

    columns = (
        "rank", row, "label", "collapses at σ (data units)", "95 % interval of σ", f"nearest other {row}",
        "distance (data units)",
    )  # fmt: skip
    caption = f"Most exposed {row}s under the empirical score, first to collapse first"
    return table_of(caption, columns, list(enumerate(report.exposure, start=1)), cells)


def duplicates_table(report: AuditRecord) -> Table:
    """Groups of rows that are the same point."""

    row = noun(report)

    def cells(placed: tuple[int, DuplicateGroup]) -> Iterator[str | Cell]:
        place, group = placed
        yield from (str(place), str(len(group.members)), _members(group.members), number(group.max_distance))

    columns = ("group", "size", f"{row}s", "largest distance (data units)")
    return table_of("Duplicates and near duplicates", columns, list(enumerate(report.duplicates, start=1)), cells)


def near_copies_table(report: AuditRecord) -> Table:
    """Groups of near copies among the training rows of a network, the best remembered first."""
    row = noun(report)
    return table_of(
        f"Near copies among the training {row}s, farther apart than duplicates, largest loss gap first",
        (f"{row}s", "largest distance (data units)", "mean loss gap (nats)"),
        report.model.near_copies if report.model else (),
        lambda group: (_members(group.members), number(group.max_distance), number(group.gap)),
    )


def pairs_table(report: AuditRecord) -> Table:
    """The pairs that make the duplicate groups."""
    row = noun(report)
    return table_of(
        "Pairs within the duplicate distance",
        (row, row, "distance (data units)"),
        report.duplicate_pairs,
        lambda pair: (str(pair[0]), str(pair[1]), number(pair[2])),
    )


def overlap_table(report: AuditRecord) -> Table:
    """Hold-out rows that are training rows."""
    row = noun(report)
    return table_of(
        f"Hold-out {row}s that lie within the duplicate distance of a training {row}",
        (f"hold-out {row}", f"training {row}", "distance (data units)"),
        report.holdout.overlap if report.holdout else (),
        lambda pair: (_row("holdout", pair[0]), _row("train", pair[1]), number(pair[2])),
    )


def classes_table(report: AuditRecord) -> Table:
    """The times of every class taken alone, first to collapse first."""

    row = noun(report)

    def cells(item: ClassTimes) -> Iterator[str]:
        yield from (item.label, str(item.n_points), _root(item.t_collapse))
        yield from (_root(item.t_onset), _root(item.t_generalization), item.reason or "")

    ordered = sorted(report.classes, key=lambda item: -item.t_collapse if item.t_collapse is not None else math.inf)
    columns = ("class", f"{row}s", "collapse σ (data units)", "onset of traps σ", "best stop σ", "remark")
    return table_of("Every class taken alone, first to collapse first", columns, ordered, cells)


def copy_numbers_table(copies: CopiesRecord | None) -> Table:
    """Every number of generated samples with its interval, null, p-value, n and direction."""
    if copies is None:
        return EMPTY
    row = noun(copies)
    columns = ("number", "meaning", "value", "95 % interval", "without copying", "p", "n", "with copying")
    return table_of(f"Generated samples beside training and hold-out {row}s", columns, copies.numbers, number_texts)


def copy_pairs_table(copies: CopiesRecord | None, most: int = MOST_ROWS) -> Table:
    """The named samples beside their training rows; the closest ones where none is named."""
    if copies is None:
        return EMPTY
    row = noun(copies)

    def cells(item: FlaggedSample) -> Iterator[str | Cell]:
        yield from (_row("sample", item.sample), _row("train", item.train))
        yield from (number(item.distance), number(item.ratio), number(item.rate))
        yield from (getattr(item, name) or ("as it is" if name == "transform" else "") for name in more)

    listed = copies.flagged or copies.closest
    files = {
        "sample_file": "file of the sample",
        "train_file": f"file of the training {row}",
        "transform": "the sample is",
    }
    more = [name for name in files if any(getattr(pair, name) for pair in listed)]
    units = "data units" if copies.parameters.get("features") is None else "units of the features"
    columns = ("sample", f"training {row}", f"distance ({units})", "d1/d2", "q-value (false discovery rate)")
    columns = (*columns, *(files[name] for name in more))
    caption = f"Named samples beside their training {row}s" if copies.flagged else "None is named; the closest samples"
    return table_of(f"{caption}, smallest d1/d2 first", columns, listed, cells, most)


def record_table(report: AuditRecord) -> Table:
    """What was audited, and with which settings."""
    row = noun(report)
    data = report.data
    facts: dict[str, object] = {
        "source": data.source,
        "kind": data.kind,
        f"{row}s": data.n_points,
        "distinct points": data.n_groups,
        f"shape of {an(row)}": " × ".join(map(str, data.shape)),
        f"numbers per {row}": data.ambient_dim,
        "dtype": data.dtype,
        "preprocessing": data.preprocessing,
        "how it was read": "; ".join(data.reading) or "not recorded",
        "standard deviation per coordinate (data units)": number(data.std, 5),
        "duplicate distance (data units)": number(data.duplicate_distance, 4),
        "content fingerprint": data.fingerprint,
        "remanifold version": report.version,
        "report schema": report.schema_version,
    }
    if report.groups is not None:
        given = report.groups
        facts |= {f"groups of {row}s": given.n_training, "largest group": f"{given.largest} {row}s"}
        facts |= {"groups of the hold-out": given.n_holdout, "groups on both sides": given.shared}
    facts |= {f"setting: {name.replace('_', ' ')}": value for name, value in report.parameters.items()}
    if report.holdout:
        facts |= {"hold-out source": report.holdout.source, "hold-out fingerprint": report.holdout.fingerprint}
    if report.samples:
        facts |= {"samples source": report.samples.sources["samples"]}
        facts |= {"samples fingerprint": report.samples.fingerprints["samples"]}
    return table_of(
        "What was audited", ("fact", "value"), list(facts.items()), lambda fact: map(str, fact), most=len(facts)
    )


def _members(rows: tuple[int, ...]) -> Cell:
    """Training rows that belong together, the first with their pictures."""
    shown, more = rows[:_MOST_MEMBERS], len(rows) - _MOST_MEMBERS
    text = ", ".join(map(str, shown)) + (f" and {more} more" if more > 0 else "")
    return Cell(text, tuple(f"train:{row}" for row in shown))


def _row(name: str, row: int) -> Cell:
    """The number of a row of the set ``name``, with its picture."""
    return Cell(str(row), (f"{name}:{row}",))


def _root(level: NoiseLevel | None) -> str:
    return number(None) if level is None else sigma(level)
