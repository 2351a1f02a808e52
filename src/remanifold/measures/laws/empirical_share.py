"""Which does a denoiser follow: the empirical score of its training points, or that of the law they came from?"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate


@dataclass(frozen=True)
class EmpiricalShare:
    """Where the answers of a denoiser lie on the way from the population's to the empirical ones.

    Attributes:
        share: sum (m - p).(e - p) / sum |e - p|^2: 0 for the population score p, 1 for the empirical score e. Its error
            is a jackknife error over rows.
        aside: Root mean square of what is left, m - p - share (e - p), over that of e - p: 0 on the straight way.
        apart: Root mean square of e - p per coordinate.
    """

    share: Estimate
    aside: float
    apart: float


def empirical_share(answers: ArrayLike, empirical: ArrayLike, population: ArrayLike) -> EmpiricalShare:
    """Project a denoiser's answers on the line between two others, all given at the same noised rows.

    Args:
        answers: Posterior means of the denoiser, (n, *shape), n >= 2.
        empirical: The same of the empirical score.
        population: The same of the score of the law.

    Raises:
        InvalidInput: for other shapes, fewer than two rows, or two scores that are the same.
    """
    arrays = (np.asarray(values, dtype=np.float64) for values in (answers, empirical, population))
    m, e, p = (array.reshape(len(array), -1) for array in arrays)
    sizes = (m.shape, e.shape, p.shape)
    require(m.shape == e.shape == p.shape, "all three must answer the same rows", sizes, "ask them at the same points")
    if not (len(m) >= 2):
        raise refusal("an error needs at least 2 rows", len(m), "pass more")
    across, along = e - p, m - p
    top, bottom = (along * across).sum(axis=1), (across * across).sum(axis=1)
    total = float(bottom.sum())
    require(total > 0, "the two scores must differ", "equal answers", "ask at a lower noise")
    share, n = float(top.sum()) / total, len(m)
    without = (top.sum() - top) / np.maximum(total - bottom, np.finfo(float).tiny)
    error = math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    left = along - share * across
    aside = math.sqrt(float((left * left).sum()) / total)
    return EmpiricalShare(Estimate(share, error, n), aside, math.sqrt(total / across.size))
