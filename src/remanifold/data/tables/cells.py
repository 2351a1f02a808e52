"""Columns of a table as they were read: numbers, yes or no, dates, categories; some cells may be missing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.types import Floats
from remanifold.data.tables.embedding import Embedding

MISSING = "missing"


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes:
        name: Of it.
        kind: "number", "yes or no", "date", "category", or "empty" where every cell is missing.
        values: Numbers, 0 or 1, days since 1970-01-01, with nan where a cell is missing, or, of categories, the number
            of the word, -1 where it is missing, (P,).
        words: The categories.
    """

    name: str
    kind: str
    values: NDArray
    words: tuple[str, ...] = ()

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which cells are missing, (P,)."""
        return self.values < 0 if self.kind == "category" else np.isnan(self.values)

    @property
    def numbers(self) -> Floats:
        """The values of cells that are there."""
        return self.values[~self.missing]

    def text(self, row: int) -> str:
        """The cell of ``row`` as text."""
        if self.missing[row]:
            return MISSING
        value = self.values[row]
        if self.kind == "category":
            return self.words[int(value)]
        if self.kind == "date":
            moment = np.datetime64(0, "s") + np.timedelta64(round(float(value) * 86400), "s")
            return str(moment).removesuffix("T00:00:00")
        return ("no", "yes")[int(value)] if self.kind == "yes or no" else f"{value:.10g}"


@dataclass(frozen=True, eq=False)
class Cells:
    """The columns of a table, and how they become coordinates."""

    columns: tuple[Column, ...]
    embedding: Embedding

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which coordinates are numbers or dates, and so have a unit, (N,)."""
        return np.array(self.embedding.measured)
