"""The tables of a report as text cells, cut at a readable length; the page adds pictures, the card takes none."""

import math
from dataclasses import dataclass
from typing import Any

from remanifold.audits.answers.numbers import measured, number, ratio_to, sigma, whole, with_error
from remanifold.audits.records.audit import AuditRecord
from remanifold.noise import MeasuredLevel, NoiseLevel

MOST_ROWS = 50
_MOST_MEMBERS = 8
TIME_NAMES = (("t_onset", "onset of traps"), ("t_collapse", "collapse"), ("t_generalization", "best stop"))


@dataclass(frozen=True)
class Cell:
    """Text of one cell, and the names of the rows whose pictures belong beside it ("train:12")."""

    text: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table: column heads, rows of cells, and how many rows were left out (they are in the JSON)."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0


def exposure_table(report: AuditRecord) -> Table:
    """The most exposed rows, each beside its nearest neighbour."""
    columns = (
        "rank",
        "row",
        "label",
        "collapses at σ (data units)",
        "95 % interval of σ",
        "nearest other row",
        "distance (data units)",
    )
    rows = tuple(
        (
            Cell(str(rank)),
            Cell(str(item.row), (f"train:{item.row}",)),
            Cell(item.label or number(None)),
            Cell(sigma(item.t)),
            Cell(" to ".join(number(math.sqrt(max(end, 0.0))) for end in item.t.interval)),
            Cell(str(item.nearest_row), (f"train:{item.nearest_row}",)),
            Cell(number(item.nearest_distance)),
        )
        for rank, item in enumerate(report.exposure[:MOST_ROWS], start=1)
    )
    return Table(
        "Most exposed rows under the empirical score, first to collapse first", columns, rows, _rest(report.exposure)
    )


def duplicates_table(report: AuditRecord) -> Table:
    """Groups of rows that are the same point."""
    rows = tuple(
        (
            Cell(str(place)),
            Cell(str(len(group.members))),
            Cell(
                ", ".join(map(str, group.members[:_MOST_MEMBERS]))
                + (f" and {len(group.members) - _MOST_MEMBERS} more" if len(group.members) > _MOST_MEMBERS else ""),
                tuple(f"train:{row}" for row in group.members[:_MOST_MEMBERS]),
            ),
            Cell(number(group.max_distance)),
        )
        for place, group in enumerate(report.duplicates[:MOST_ROWS], start=1)
    )
    columns = ("group", "size", "rows", "largest distance (data units)")
    return Table("Rows that are the same point", columns, rows, _rest(report.duplicates))


def pairs_table(report: AuditRecord) -> Table:
    """The pairs that make the duplicate groups."""
    rows = tuple(
        (Cell(str(one)), Cell(str(other)), Cell(number(distance)))
        for one, other, distance in report.duplicate_pairs[:MOST_ROWS]
    )
    return Table(
        "Pairs within the duplicate distance",
        ("row", "row", "distance (data units)"),
        rows,
        _rest(report.duplicate_pairs),
    )


def samples_table(report: AuditRecord) -> Table:
    """Distinct rows needed for each target noise."""
    rows = tuple(
        (
            Cell(number(goal.t.sigma)),
            Cell(number(goal.factor)),
            Cell(" to ".join(number(end) for end in goal.factor_interval)),
            Cell(whole(goal.n_points)),
            Cell(("extrapolated" if goal.extrapolated else "measured") + ("" if goal.tested else ", beyond any test")),
        )
        for goal in report.samples_needed[:MOST_ROWS]
    )
    columns = (
        "target σ (data units)",
        "times as many",
        "interval of the factor",
        "distinct rows needed",
        "local dimension",
    )
    return Table("Distinct rows that push the collapse down to a target", columns, rows, _rest(report.samples_needed))


def gaussian_table(report: AuditRecord) -> Table:
    """The measured times beside those of a Gaussian with the same covariance: of this size, and asymptotic."""
    columns = (
        "noise variance (squared data units)",
        "measured",
        "Gaussian of this size",
        "ratio (null value 1)",
        "Gaussian, asymptotic",
    )
    rows = []
    reference = report.gaussian_reference
    for name, words in TIME_NAMES if reference else ():
        time: MeasuredLevel | None = getattr(report, name)
        finite = reference.finite_size if reference else None
        sized: MeasuredLevel | None = getattr(finite, name) if finite else None
        ratio = number(None) if time is None or sized is None else with_error(*ratio_to(time, sized))
        levels = (number(None) if one is None else measured(one) for one in (time, sized))
        rows.append((Cell(words), *map(Cell, (*levels, ratio, number(getattr(reference, name), 4)))))
    return Table("This set beside a Gaussian with its covariance and its number of points", columns, tuple(rows))


def manifold_table(report: AuditRecord) -> Table:
    """Every candidate manifold with its best latent ratio."""
    rows = tuple(
        (
            Cell(one.activation),
            Cell(number(one.latent_ratio)),
            Cell(number(one.misfit)),
            Cell(measured(one.behind)),
            Cell("not excluded" if one.alike else "excluded"),
        )
        for one in (report.manifold_fit.candidates if report.manifold_fit else ())
    )
    columns = ("activation", "latent ratio D/N", "misfit (nats)", "behind the best (nats)", "by the data")
    return Table("Candidates, best first", columns, rows)


def overlap_table(report: AuditRecord) -> Table:
    """Hold-out rows that are training rows."""
    overlap = report.holdout.overlap if report.holdout else ()
    rows = tuple(
        (Cell(str(row), (f"holdout:{row}",)), Cell(str(training), (f"train:{training}",)), Cell(number(distance)))
        for row, training, distance in overlap[:MOST_ROWS]
    )
    return Table(
        "Hold-out rows that lie within the duplicate distance of a training row",
        ("hold-out row", "training row", "distance (data units)"),
        rows,
        _rest(overlap),
    )


def classes_table(report: AuditRecord) -> Table:
    """The times of every class taken alone, first to collapse first."""
    ordered = sorted(report.classes, key=lambda one: -one.t_collapse if one.t_collapse is not None else math.inf)
    rows = tuple(
        (
            Cell(one.label),
            Cell(str(one.n_points)),
            Cell(_root(one.t_collapse)),
            Cell(_root(one.t_onset)),
            Cell(_root(one.t_generalization)),
            Cell(one.reason or ""),
        )
        for one in ordered[:MOST_ROWS]
    )
    columns = ("class", "rows", "collapse σ (data units)", "onset of traps σ", "best stop σ", "remark")
    return Table("Every class taken alone, first to collapse first", columns, rows, _rest(ordered))


def _root(level: NoiseLevel | None) -> str:
    return number(None) if level is None else sigma(level)


def record_table(report: AuditRecord) -> Table:
    """What was audited, and with which settings."""
    data = report.data
    facts: dict[str, object] = {
        "source": data.source,
        "kind": data.kind,
        "rows": data.n_points,
        "distinct points": data.n_groups,
        "shape of a row": " × ".join(map(str, data.shape)),
        "numbers per row": data.ambient_dim,
        "dtype": data.dtype,
        "preprocessing": data.preprocessing,
        "standard deviation per coordinate (data units)": number(data.std, 5),
        "duplicate distance (data units)": number(data.duplicate_distance, 4),
        "content fingerprint": data.fingerprint,
        "remanifold version": report.version,
        "report schema": report.schema_version,
    }
    facts |= {f"setting: {name.replace('_', ' ')}": value for name, value in report.parameters.items()}
    if report.holdout:
        facts |= {"hold-out source": report.holdout.source, "hold-out fingerprint": report.holdout.fingerprint}
    if report.samples:
        facts |= {"samples source": report.samples.sources["samples"]}
        facts |= {"samples fingerprint": report.samples.fingerprints["samples"]}
    return Table(
        "What was audited", ("fact", "value"), tuple((Cell(name), Cell(str(value))) for name, value in facts.items())
    )


def _rest(rows: tuple[Any, ...] | list[Any]) -> int:
    return max(0, len(rows) - MOST_ROWS)
