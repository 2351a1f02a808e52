"""What a report records of a table: how its columns were scaled, and how each became coordinates."""

from dataclasses import dataclass, replace

from remanifold.data.maps.scaling import NOTHING, Scaling
from remanifold.data.points import Points


@dataclass(frozen=True)
class ColumnFacts:
    """One column of a table.

    Attributes:
        name: Of it.
        kind: "number", "yes or no", "date" (as days since 1970-01-01) or "category".
        coordinates: Their names.
        categories: Of a category, its words, two of which are 1 apart: each has a coordinate that is 1/sqrt(2).
        n_missing: Missing cells of the training rows.
        fill: What a missing number is taken as, before it is scaled; None where no set has one.
        left_out: Why it does not count; "" where it does.
    """

    name: str
    kind: str
    coordinates: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    n_missing: int = 0
    fill: float | None = None
    left_out: str = ""


@dataclass(frozen=True)
class TableFacts:
    """How the columns of the training rows were brought together.

    Attributes:
        standardize: How they were scaled.
        columns: Of a table with names, how each became coordinates.
    """

    standardize: Scaling = NOTHING
    columns: tuple[ColumnFacts, ...] = ()

    @property
    def unit(self) -> str:
        """Of distances."""
        return unit_of(self.standardize, self.columns)

    def without_values(self) -> "TableFacts":
        """The kinds alone: names, words and values of columns may tell of rows."""
        return TableFacts(Scaling(self.standardize.kind), kinds_alone(self.columns))


def kinds_alone(columns: tuple[ColumnFacts, ...]) -> tuple[ColumnFacts, ...]:
    """``columns`` by number, with their kinds and nothing else."""
    return tuple(ColumnFacts(str(k), column.kind) for k, column in enumerate(columns) if not column.left_out)


def unit_of(scaling: Scaling | None, columns: tuple[ColumnFacts, ...]) -> str:
    """The unit of distances and noise levels, in words; "data units" for numbers as they are."""
    if any(column.kind in ("category", "yes or no") or column.fill is not None for column in columns):
        return "units of the embedding"
    kinds = {"sd": "standard deviations of a column", "quantile": "normal scores of a column"}
    return "data units" if scaling is None else kinds.get(scaling.kind, "data units")


def table_facts(points: Points) -> TableFacts:
    """What is recorded of the training rows ``points``."""
    scaling = NOTHING if points.scaling is None else points.scaling
    if points.cells is None:
        return TableFacts(scaling, tuple(ColumnFacts(name, "number", (name,)) for name in points.record.value_names))
    counted = {column.name: column for column in points.cells.embedding.columns}
    out = dict(points.cells.embedding.left_out)
    facts = []
    for column in points.cells.columns:
        one = counted.get(column.name)
        if one is None:
            facts.append(ColumnFacts(column.name, column.kind, left_out=out.get(column.name, "")))
            continue
        of = ColumnFacts(one.name, one.kind, one.names, one.words, one.n_missing)
        facts.append(replace(of, fill=one.fill) if one.indicator else of)
    return TableFacts(scaling, tuple(facts))
