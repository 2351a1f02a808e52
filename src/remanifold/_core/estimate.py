"""A number that was measured, with its error."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import require

_NORMAL_95 = 1.959963984540054  # two-sided 95 % point of the normal law


@dataclass(frozen=True)
class Estimate:
    """A Monte-Carlo mean with its standard error.

    Attributes:
        value: The mean, in the unit of the quantity.
        stderr: Standard error of ``value``, same unit; 0 for an exact number, nan where n < 2.
        n: Number of independent draws behind it.
    """

    value: float
    stderr: float
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval, value -+ 1.96 stderr."""
        return (self.value - _NORMAL_95 * self.stderr, self.value + _NORMAL_95 * self.stderr)

    def z(self, reference: float) -> float:
        """Standard errors between this estimate and ``reference`` (infinite for an exact number that differs)."""
        gap = self.value - reference
        if self.stderr == 0:
            return 0.0 if gap == 0 else math.copysign(math.inf, gap)
        return gap / self.stderr

    def _repr_html_(self) -> str:
        return f"{self.value:.4g} ± {self.stderr:.2g} (n = {self.n})"

    def __format__(self, spec: str) -> str:
        return f"{self.value:{spec or '.4g'}} +- {self.stderr:.2g}"


def mean_estimate(draws: NDArray[np.floating]) -> Estimate:
    """Mean of independent ``draws`` (n,) with standard error sd/sqrt(n), which is also the jackknife's.

    Raises:
        InvalidInput: if there is no draw.
    """
    need = "a mean needs a one-dimensional array of draws"
    require(draws.ndim == 1 and len(draws) > 0, need, draws.shape, "pass draws")
    n = len(draws)
    return Estimate(float(draws.mean()), float(draws.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan, n)
