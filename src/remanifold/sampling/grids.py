"""Which noise levels a sampler visits, from the highest down."""

import math
from typing import Any

import numpy as np

from remanifold._core.checks import positive, whole
from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.types import Floats

_MOST_STEPS = 10**7


def log_grid(high: float, low: float, steps: int) -> Floats:
    """``steps + 1`` noise variances from ``high`` down to ``low``, evenly spaced in log t; both ends are exact.

    Raises:
        InvalidInput: unless 0 < low < high and there is at least one step.
    """
    _require_ends(high, low, steps)
    levels = np.exp(np.linspace(math.log(high), math.log(low), steps + 1))
    levels[0], levels[-1] = high, low
    return require_levels(levels)


def edm_grid(high: float, low: float, steps: int, rho: float = 7.0) -> Floats:
    """``steps + 1`` noise variances from ``high`` to ``low``, evenly spaced in sigma^(1/rho): denser at low noise.

    Source: arXiv 2206.00364, equation (5). rho = 1 is even in sigma; large rho tends to `log_grid`.

    Raises:
        InvalidInput: see `log_grid`, and unless rho is a positive number.
    """
    _require_ends(high, low, steps)
    positive("rho", rho, example=7)
    levels = np.linspace(math.sqrt(high) ** (1 / rho), math.sqrt(low) ** (1 / rho), steps + 1) ** (2 * rho)
    levels[0], levels[-1] = high, low
    return require_levels(levels)


def require_levels(levels: Any) -> Floats:
    """The caller's own noise variances as float64, once they are found fit: positive, finite, strictly falling.

    Raises:
        InvalidInput: if they are not, or there are fewer than two.
    """
    need = "the levels must be at least two positive noise variances, each below the one before"
    do = "pass e.g. log_grid(100.0, 0.01, 200)"
    try:
        values = np.array(levels, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{need}, but got {type(levels).__name__}; {do}.") from error
    if values.ndim != 1 or len(values) < 2:
        raise refusal(need, f"shape {values.shape}", do)
    falling = np.isfinite(values).all() and values[-1] > 0 and bool((np.diff(values) < 0).all())
    require(falling, need, "others", do)
    return values


def _require_ends(high: float, low: float, steps: int) -> None:
    if not 0 < low < high < math.inf:
        need = "a grid must start at a finite noise variance and stop at a lower positive one"
        raise refusal(need, f"{high:.6g} and {low:.6g}", "pass high > low > 0")
    whole("the number of steps", steps, least=1, most=_MOST_STEPS, example=200)
