"""How a quantity goes with N: weighted straight lines, and where they end for N -> infinity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.estimate import Estimate


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
