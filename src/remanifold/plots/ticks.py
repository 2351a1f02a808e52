"""Round numbers for the axes of plots."""

import math

_WIDE, _NARROW = 300.0, 12.0  # ratios of the axis' ends from which on only 1, and 1, 2, 5 of a decade are labelled


def round_numbers(low: float, high: float) -> list[float]:
    """The round numbers between ``low`` and ``high`` that a logarithmic axis can label without crowding."""
    ratio = high / low
    digits = (1,) if ratio > _WIDE else (1, 2, 5) if ratio > _NARROW else (1, 1.5, 2, 3, 4, 5, 6, 8)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    step = max(1, math.ceil(math.log10(ratio) / 9)) if len(digits) == 1 else 1
    numbers = (float(f"{digit}e{decade}") for decade in decades if decade % step == 0 for digit in digits)
    return [number for number in numbers if low <= number <= high]


def round_steps(low: float, high: float) -> list[float]:
    """Three to six round numbers at even steps, whose ends hold ``low`` and ``high``, for a linear axis."""
    span = (high - low) or abs(high) or 1.0
    decade = 10.0 ** math.floor(math.log10(span / 4))
    step = next(part * decade for part in (1, 2, 5, 10) if span / (part * decade) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [float(f"{k * step:.12g}") for k in range(first, max(last, first + 1) + 1)]
