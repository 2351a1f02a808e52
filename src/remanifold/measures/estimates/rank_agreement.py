"""Do two rankings agree? Spearman's correlation with its interval."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats

_NORMAL_95 = 1.959963984540054
_LEAST = 5
_NEARLY_ONE = 1 - 1e-9


@dataclass(frozen=True)
class RankAgreement:
    """Spearman's rank correlation of n pairs.

    Attributes:
        value: In [-1, 1]; 0 where the rankings have nothing to do with each other.
        interval: 95 %, on Fisher's scale.
        n: Pairs.
    """

    value: float
    interval: tuple[float, float]
    n: int


def rank_agreement(a: ArrayLike, b: ArrayLike, *, stderr: float | None = None) -> RankAgreement:
    """Compare the rankings of ``a`` and ``b``, (n,) each, pair by pair.

    Args:
        a: Numbers of one ranking.
        b: Of the other.
        stderr: Standard error of atanh(value); that of independent pairs by default, sqrt((1 + value^2 / 2)/(n - 3))
            (Bonett and Wright, Psychometrika 65 (2000) 23).

    Raises:
        InvalidInput: for fewer than five pairs, numbers that are not finite, or a side without two different numbers.
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(x) < _LEAST:
        raise refusal(f"rankings need at least {_LEAST} pairs", f"shapes {x.shape} and {y.shape}", "pass equally many")
    usable = bool(np.isfinite(x).all() and np.isfinite(y).all()) and np.ptp(x) > 0 and np.ptp(y) > 0
    require(usable, "rankings need finite numbers that are not all equal", "others", "leave such rows out")
    value = spearman(x, y)
    error = math.sqrt((1 + value**2 / 2) / (len(x) - 3)) if stderr is None else stderr
    centre = fisher(value)
    low, high = math.tanh(centre - _NORMAL_95 * error), math.tanh(centre + _NORMAL_95 * error)
    return RankAgreement(value, (low, high), len(x))


def spearman(x: Floats, y: Floats) -> float:
    """Correlation of the ranks, ties at their mean rank."""
    from scipy.stats import spearmanr

    return float(np.asarray(spearmanr(x, y))[0])


def fisher(value: float) -> float:
    """atanh(value), where the error of a correlation hardly depends on it; finite at both ends."""
    return math.atanh(min(max(value, -_NEARLY_ONE), _NEARLY_ONE))
