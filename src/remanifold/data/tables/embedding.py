r"""Columns of a table as coordinates whose Euclidean distance means something.

* A number is itself, a date its days since 1970-01-01; both are scaled like any number where columns are standardized.
* Of yes or no the coordinate is 1 or 0.
* A category of K words has K coordinates, 1/sqrt(2) at its own and 0 elsewhere, so that two words are 1 apart, as in
  Gower's coefficient (Biometrics 27, 857, 1971).
* A missing number is the mean of the training rows, beside a coordinate that is 1 where it is missing: it is at least 1
  from every number. A missing word is a category of its own, with a coordinate that no word has.
* A category with more words than half the rows, or than 1000, is left out: it names rows.
"""

import math
from dataclasses import dataclass

APART = 1 / math.sqrt(2)


@dataclass(frozen=True)
class EmbeddedColumn:
    """How one column becomes coordinates.

    Attributes:
        name, kind: Of the column, see `cells.Column`.
        words: Of a category, those with a coordinate.
        fill: What a missing number is replaced by.
        indicator: Whether a coordinate, the last, says which cells are missing: one of any set is.
        n_missing: Missing cells of the training rows.
    """

    name: str
    kind: str
    words: tuple[str, ...] = ()
    fill: float = 0.0
    indicator: bool = False
    n_missing: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Of its coordinates."""
        cells = tuple(f"{self.name}={word}" for word in self.words) if self.kind == "category" else (self.name,)
        return (*cells, f"{self.name} is missing") if self.indicator else cells

    @property
    def measured(self) -> tuple[bool, ...]:
        """Which of them have a unit."""
        return (self.kind in ("number", "date"), *(False,) * (len(self.names) - 1))


@dataclass(frozen=True)
class Embedding:
    """How a table becomes coordinates.

    Attributes:
        columns: That count, in the order of their coordinates.
        left_out: Names of columns that do not, with the reason.
    """

    columns: tuple[EmbeddedColumn, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the coordinates, (N,)."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def measured(self) -> tuple[bool, ...]:
        """Which coordinates have a unit, (N,)."""
        return tuple(measured for column in self.columns for measured in column.measured)

    @property
    def words(self) -> tuple[str, ...]:
        """What was done, in sentences."""
        told = []
        for column in self.columns:
            if column.kind == "category":
                told.append(f"column {column.name}: {len(column.words)} categories, any two of them 1 apart")
            elif column.kind != "number":
                what = {"date": "dates, as days", "yes or no": "yes or no, 1 apart"}[column.kind]
                told.append(f"column {column.name}: {what}")
            if column.indicator:
                does = "a category of their own"
                if column.kind != "category":
                    does = "each taken as the mean, and a coordinate that is 1 where it is missing"
                n = f"{column.n_missing} cells are missing" if column.n_missing else "cells of another set are missing"
                told.append(f"column {column.name}: {n}, {does}")
        if not all(self.measured):
            told.append(
                "distances and noise levels are in units of the embedding: two different categories, yes and no, or a "
                "missing number and one that is there are 1 apart, and a noise level well below 1 leaves them readable"
            )
        return (*told, *(f"left out column {name}: {why}" for name, why in self.left_out))
