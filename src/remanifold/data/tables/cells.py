"""Columns of a table as they were read: numbers, yes or no, dates, categories; some cells may be missing."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.types import Floats
from remanifold.data.tables.embedding import Embedding

_MISSING = "(missing)"
_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes:
        name: Of it.
        kind: "number", "yes or no", "date", "category", or "empty" where every cell is missing.
        values: Numbers, 0 or 1, days since 1970-01-01, with nan where a cell is missing, or, of categories, the number
            of the word, -1 where it is missing, (P,).
        words: The categories; of yes or no, how no and yes are written.
        absent: Words that were taken as missing cells, such as NA.
    """

    name: str
    kind: str
    values: NDArray
    words: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which cells are missing, (P,)."""
        return self.values < 0 if self.kind == "category" else np.isnan(self.values)

    @property
    def numbers(self) -> Floats:
        """The values of cells that are there."""
        return self.values[~self.missing]

    @property
    def used(self) -> set[str]:
        """Words of a category that some cell is."""
        return {self.words[k] for k in np.unique(self.numbers)} if self.kind == "category" else set()

    def lacks(self, row: int) -> bool:
        """Whether the cell of ``row`` is missing."""
        return bool(self.values[row] < 0 if self.kind == "category" else np.isnan(self.values[row]))

    def text(self, row: int, *, exact: bool = False) -> str:
        """The cell of ``row`` as text; ``exact``: with all digits of a number, which are ten without."""
        if self.lacks(row):
            return _MISSING
        value = self.values[row]
        if self.kind == "category":
            return self.words[int(value)]
        if self.kind == "date":
            moment = np.datetime64(0, "us") + np.timedelta64(round(float(value) * _DAY), "us")
            moment = moment if exact else (moment + np.timedelta64(500_000, "us")).astype("datetime64[s]")
            return str(moment).removesuffix(".000000").removesuffix("T00:00:00")
        if self.kind == "yes or no":
            return (self.words or ("no", "yes"))[int(value)]
        return repr(float(value)).removesuffix(".0") if exact else f"{value:.10g}"


@dataclass(frozen=True, eq=False)
class Cells:
    """The columns of a table, and how they become coordinates."""

    columns: tuple[Column, ...]
    embedding: Embedding

    @property
    def fingerprint(self) -> str:
        """SHA-256 of names, kinds and cells of all columns, whatever their embedding."""
        made = hashlib.sha256()
        for column in self.columns:
            made.update(repr((column.name, column.kind, sorted(column.used))).encode())
            values = column.values
            if column.kind == "category":
                place = {word: k for k, word in enumerate(sorted(column.used))}
                values = np.array([*(place.get(word, -1) for word in column.words), -1], dtype=np.int64)[values]
            made.update(np.ascontiguousarray(values, "<f8").data)
        return made.hexdigest()

    @property
    def measured(self) -> NDArray[np.bool_]:
        """Which coordinates are numbers or dates, and so have a unit, (N,)."""
        return np.array(self.embedding.measured)

    @property
    def gaps(self) -> NDArray[np.int64]:
        """Of every coordinate that which is 1 where its cell is missing, -1 where there is none, (N,)."""
        found, start = [], 0
        for column in self.embedding.columns:
            width = len(column.names)
            found += [start + width - 1 if column.indicator else -1] * width
            start += width
        return np.array(found, dtype=np.int64)
