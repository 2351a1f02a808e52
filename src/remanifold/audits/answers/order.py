"""Whether an order of two measured levels is settled: a test of the difference of their logarithms."""

import math

SETTLED = 3.0  # standard errors of the difference; a chance of 1 in 370 if the two were equal


def difference_z(t: float, stderr: float, next_t: float, next_stderr: float) -> float:
    """log(t / next_t) over its standard error; nan where an error is unknown.

    Args:
        t, next_t: Noise variances.
        stderr, next_stderr: Their errors, taken as independent.
    """
    error = math.hypot(stderr / t, next_stderr / next_t)
    return math.log(t / next_t) / error if error > 0 else math.nan


def order_words(z: float, name: str) -> str:
    """A sentence on the order of two levels ``z`` errors apart, the second called ``name``."""
    if not math.isfinite(z):
        return f"The order against the next, {name}, is not settled: an error is unknown."
    verdict = "settled" if z > SETTLED else "not settled"
    return f"The order against the next, {name}, is {verdict} (log t differs by {z:.1f} standard errors)."
