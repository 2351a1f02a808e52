"""The power of a statistic at a false-positive rate, from its values with and without memory."""

import math

import numpy as np
from numpy.typing import NDArray

from remanifold._core.estimate import Estimate

Values = NDArray[np.float64]


def detection_rate(null: Values, alternative: Values, alpha: float) -> Estimate | None:
    """Share of ``alternative`` above the (1 - alpha) quantile of ``null``; ties count by chance.

    The error has two parts: that of the share, and that of the threshold. The false-positive rate of a threshold taken
    from k values of the null is off by s = sqrt(alpha (1 - alpha)/k); the second part is s times the slope of the
    detection rate between alpha - s and alpha + s.

    Args:
        null: The statistic without memory, (k,).
        alternative: With memory, (cases,).
        alpha: False-positive rate.

    Returns:
        The rate, or None where fewer than one value of ``null`` is expected above the threshold: too few for alpha.
    """
    if alpha * len(null) < 1 - 1e-9:
        return None
    rate, off = _detected(null, alternative, alpha), math.sqrt(alpha * (1 - alpha) / len(null))
    low, high = max(alpha - off, 0.0), min(alpha + off, 1.0)
    slope = (_detected(null, alternative, high) - _detected(null, alternative, low)) / (high - low)
    return Estimate(rate, math.hypot(math.sqrt(rate * (1 - rate) / len(alternative)), slope * off), len(alternative))


def _detected(null: Values, alternative: Values, alpha: float) -> float:
    rank = max(math.ceil((1 - alpha) * len(null) - 1e-9), 1)
    threshold = np.sort(null)[rank - 1]
    above, at = float((null > threshold).mean()), float((null == threshold).mean())
    split = (alpha - above) / at if at > 0 else 0.0
    return float((alternative > threshold).mean() + split * (alternative == threshold).mean())
