"""A table of results that says where it came from: columns, units, parameters, seed and version."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from remanifold._core.errors import require
from remanifold._core.shown import plain_html, short_repr
from remanifold._core.version import __version__

Cell = float | int | str | None


@dataclass(frozen=True)
class Table:
    """Columns of equal length, with what is needed to compute them again.

    Attributes:
        kind: What the table holds ("phase diagram").
        columns: Name -> one entry a row; None where there is none.
        parameters: The arguments that made it, as plain JSON.
        units: Name -> unit or meaning, for the columns that need one.
        seed: Seed of its random numbers; None where there are none.
        schema_version: Version of the names and meanings of the columns.
        version: Version of remanifold.

    Raises:
        InvalidInput: if the columns differ in length.
    """

    __repr__ = short_repr

    kind: str
    columns: Mapping[str, Sequence[Cell]]
    parameters: Mapping[str, Any]
    units: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    schema_version: str = "1"
    version: str = __version__

    def __post_init__(self) -> None:
        lengths = {name: len(column) for name, column in self.columns.items()}
        equal = len(set(lengths.values())) <= 1
        require(equal, "the columns of a table must be equally long", lengths, "give each row an entry in every column")

    def header(self) -> dict[str, Any]:
        """All but the columns, as plain JSON."""
        return {
            "kind": self.kind,
            "version": self.version,
            "schema_version": self.schema_version,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "units": dict(self.units),
        }

    def to_json(self) -> str:
        """Strict JSON text (no NaN or infinity): the header's keys, and ``columns``."""
        plain = self.header() | {"columns": {name: list(column) for name, column in self.columns.items()}}
        return json.dumps(plain, indent=1, allow_nan=False) + "\n"

    def to_csv(self) -> str:
        """CSV text; the header comes first, one ``# key: JSON`` a line; numbers in full precision, None empty."""
        text = io.StringIO()
        for key, value in self.header().items():
            text.write(f"# {key}: {json.dumps(value, allow_nan=False)}\n")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(zip(*self.columns.values()))
        return text.getvalue()


def html_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A small table for notebooks: no script, no style sheet, nothing from elsewhere."""
    head = "".join(f"<th>{plain_html(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{plain_html(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{plain_html(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
