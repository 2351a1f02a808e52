"""When trajectories choose between two modes of the data."""

from remanifold._core.checks import number
from remanifold.noise import NoiseLevel


def speciation_time(largest_eigenvalue: float, within_variance: float | None = None) -> NoiseLevel | None:
    """Noise at which two balanced modes +-m part; docs/explanation/theory.md (9.3), arXiv 2402.18491.

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
    number("the largest eigenvalue", largest_eigenvalue, above=0, do="pass that of the covariance")
    within, do = 0.0 if within_variance is None else within_variance, "pass that of one mode along m"
    number("the variance within a mode", within, least=0, most=largest_eigenvalue, do=do)
    t = largest_eigenvalue - 2 * within
    return NoiseLevel(t) if t > 0 else None
