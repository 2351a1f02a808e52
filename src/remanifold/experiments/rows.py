"""Reading the rows of an experiment's table: choose, take columns, group."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate
from remanifold.experiments.experiment import Row, Rows


def select(rows: Rows, **wanted: Any) -> list[Row]:
    """The rows whose columns have these values."""
    return [row for row in rows if all(row.get(name) == value for name, value in wanted.items())]


def column(rows: Rows, name: str) -> NDArray[np.float64]:
    """A column of numbers as an array; nan where there is none."""
    return np.array([np.nan if row.get(name) is None else row[name] for row in rows], dtype=np.float64)


def values_of(rows: Rows, name: str) -> list[Any]:
    """The different values of a column, in the order in which they appear."""
    return list(dict.fromkeys(row[name] for row in rows if row.get(name) is not None))


def pooled(rows: Rows, name: str) -> Estimate:
    """Mean over draws of a column, with the error within draws (its ``_stderr``): few draws say little of their own."""
    errors = column(rows, f"{name}_stderr")
    return Estimate(float(column(rows, name).mean()), float(np.linalg.norm(errors)) / len(errors), len(errors))
