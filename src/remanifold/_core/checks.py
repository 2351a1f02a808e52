"""Checks of numbers, declared: each returns the number or refuses it in one sentence."""

import math
from numbers import Integral, Real

from remanifold._core.errors import refusal


def whole(name: str, value: object, *, least: int = 0, most: int | None = None, example: object = None) -> int:
    """``value`` as an int from ``least`` to ``most``.

    Args:
        name: What it is, as the sentence begins ("`n_points`", "the seed").
        value: What came; numpy's integers count, booleans do not.
        least: Least value.
        most: Largest value, if there is one.
        example: A value that can be used; the least one by default.

    Raises:
        InvalidInput: "{name} must be a whole number of at least {least}, but got {value}; pass e.g. {example}."
    """
    count = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
    if count is not None and least <= count and (most is None or count <= most):
        return count
    reach = f"of at least {least}" if most is None else f"from {least} to {most}"
    do = f"pass e.g. {least if example is None else example}"
    raise refusal(f"{name} must be a whole number {reach}", _shown(value), do)


def number(
    name: str,
    value: object,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    below: float = math.inf,
    most: float = math.inf,
    do: str = "pass such a number",
) -> float:
    """``value`` as a finite float with above < value < below and least <= value <= most.

    Raises:
        InvalidInput: "{name} must be a number {range}, but got {value}; {do}."
    """
    real = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if math.isfinite(real) and above < real < below and least <= real <= most:
        return real
    ends = ((above, "above"), (least, "of at least"), (below, "below"), (most, "of at most"))
    reach = " and ".join(f"{word} {end:g}" for end, word in ends if math.isfinite(end)) or "that is finite"
    raise refusal(f"{name} must be a number {reach.replace('and of', 'and')}", _shown(value), do)


def positive(name: str, value: object, *, example: object = 1.0) -> float:
    """``value`` as a finite float above 0; see `number`."""
    return number(name, value, above=0, do=f"pass e.g. {example}")


def share(name: str, value: object, *, example: object = 0.5) -> float:
    """``value`` as a float strictly between 0 and 1; see `number`."""
    return number(name, value, above=0, below=1, do=f"pass e.g. {example}")


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)[:60]
