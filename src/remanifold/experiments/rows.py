"""Reading the rows of an experiment's table: choose, take columns, group, and lay straight lines through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def groups(rows: Rows, name: str) -> list[tuple[Any, list[Row]]]:
    """(value, the rows with it) of a column, in the order in which the values appear."""
    return [(value, select(rows, **{name: value})) for value in values_of(rows, name)]


def pooled(rows: Rows, name: str) -> Estimate:
    """Mean over draws of a column, with the error within draws (its ``_stderr``): few draws say little of their own."""
    errors = column(rows, f"{name}_stderr")
    return Estimate(float(column(rows, name).mean()), float(np.linalg.norm(errors)) / len(errors), len(errors))


@dataclass(frozen=True)
class Line:
    """Weighted least squares y = intercept + slope x.

    Attributes:
        intercept: At x = 0; its error is raised by sqrt(chi2/dof) where the points scatter more than they should.
        slope: Likewise.
        chi2: Sum of squared residuals in units of the errors.
        dof: Points less 2.
    """

    intercept: Estimate
    slope: Estimate
    chi2: float
    dof: int


def weighted_line(x: ArrayLike, y: ArrayLike, errors: ArrayLike) -> Line:
    """The line through at least 2 points with errors (all positive), one dimension each."""
    a, b, e = (np.asarray(values, dtype=np.float64) for values in (x, y, errors))
    design = np.stack([np.ones_like(a), a], axis=1) / e[:, None]
    covariance = np.linalg.inv(design.T @ design)
    fit = covariance @ design.T @ (b / e)
    chi2, dof = float((((b - fit[0] - fit[1] * a) / e) ** 2).sum()), len(a) - 2
    raised = np.sqrt(np.diag(covariance) * max(1.0, chi2 / dof if dof else 1.0))
    intercept, slope = (Estimate(float(v), float(s), len(a)) for v, s in zip(fit, raised))
    return Line(intercept, slope, chi2, dof)


def same_line(x: ArrayLike, errors: ArrayLike, values: Sequence[Estimate]) -> tuple[Estimate, Estimate]:
    """(intercept, slope) of `weighted_line` with the weights of these ``errors``, through other values at the same x.

    What is predicted for sizes, or how far it is from what was measured there, goes through the same arithmetic as the
    measured numbers; the errors are those of ``values``.
    """
    a, e = (np.asarray(numbers, dtype=np.float64) for numbers in (x, errors))
    design = np.stack([np.ones_like(a), a], axis=1) / e[:, None]
    parts = np.linalg.inv(design.T @ design) @ design.T / e
    fit = parts @ np.array([one.value for one in values])
    own = np.sqrt(np.square(parts) @ np.square([one.stderr for one in values]))
    intercept, slope = (Estimate(float(v), float(s), len(a)) for v, s in zip(fit, own))
    return intercept, slope
