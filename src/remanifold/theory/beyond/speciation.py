"""When trajectories choose between two modes of the data."""

import math

from remanifold._core.errors import require
from remanifold.noise import NoiseLevel


def speciation_time(largest_eigenvalue: float, within_variance: float | None = None) -> NoiseLevel | None:
    """Noise at which two balanced modes +-m part; docs/theory.md (9.3), arXiv 2402.18491.

    Along m the noisy density has two peaks below t_s = |m|^2 - s2 = Lambda - 2 s2 and one above: exact for two Gaussian
    modes of equal covariance with m along one of its principal directions.

    Args:
        largest_eigenvalue: Lambda = |m|^2 + s2, the variance of all data along m, unit of t.
        within_variance: s2, the variance of one mode along m. If left out, t_s = Lambda: the leading order, too high
            by 2 s2.

    Returns:
        t_s, with `NoiseLevel.to_vp` for the variance-preserving clock, or None where the modes overlap so much
        (Lambda <= 2 s2) that there is one peak at every noise.

    Raises:
        InvalidInput: if Lambda is not positive, or s2 negative or above Lambda.
    """
    good = 0 < largest_eigenvalue < math.inf
    do = "pass the largest eigenvalue of the covariance"
    require(good, "the largest eigenvalue must be positive and finite", largest_eigenvalue, do)
    within = 0.0 if within_variance is None else within_variance
    need = f"the variance within a mode must be from 0 to the largest eigenvalue, {largest_eigenvalue:g}"
    require(0 <= within <= largest_eigenvalue, need, within, "pass that of one mode along the line between the means")
    t = largest_eigenvalue - 2 * within
    return NoiseLevel(t) if t > 0 else None
