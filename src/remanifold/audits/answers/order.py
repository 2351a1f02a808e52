"""Whether an order of two measured levels is settled: a test of the difference of their logarithms."""

import math

from remanifold.noise import MeasuredLevel

SETTLED = 3.0  # standard errors of the difference; a chance of 1 in 370 if the two were equal


def difference_z(first: MeasuredLevel, second: MeasuredLevel) -> float:
    """log(first / second) over its standard error, errors taken as independent; nan where one is unknown."""
    error = math.hypot(first.log_stderr, second.log_stderr)
    return math.log(first / second) / error if error > 0 else math.nan


def order_words(z: float, name: str) -> str:
    """A sentence on the order of two levels ``z`` errors apart, the second called ``name``."""
    if not math.isfinite(z):
        return f"The order against the next, {name}, is not settled: an error is unknown."
    verdict = "settled" if z > SETTLED else "not settled"
    return f"The order against the next, {name}, is {verdict} (log t differs by {z:.1f} standard errors)."
