"""A noise level that was measured: a `NoiseLevel` with its error."""

import math
from numbers import Real
from typing import SupportsFloat

from remanifold._core.errors import refusal
from remanifold._core.estimate import Estimate
from remanifold.noise.level import NoiseLevel

_LARGEST_LOG = 700.0  # a level without an error to speak of; exp of the ends of its interval must be a number


class MeasuredLevel(NoiseLevel):
    """A noise level with its standard error; as a number it is t, the noise variance per coordinate.

    The logarithm of a level is closer to normal than the level: ``interval`` comes from its error.

    Args:
        t: The level, noise variance.
        stderr: Standard error of t, same unit; nan where it is not known.
        n: Number of independent draws (query rows, data sets) behind it.

    Raises:
        InvalidInput: if t is not a noise variance, or the error is negative.
    """

    __slots__ = ("n", "stderr")
    stderr: float
    n: int

    def __new__(cls, t: SupportsFloat, stderr: float = math.nan, n: int = 0) -> "MeasuredLevel":
        """Check the error and make the level."""
        level = super().__new__(cls, t)
        if not isinstance(stderr, Real) or stderr < 0:
            raise refusal(
                "the error of a noise level must be a number that is not negative",
                repr(stderr),
                "pass its standard error",
            )
        level.stderr, level.n = float(stderr), int(n)
        return level

    @classmethod
    def from_log(cls, log: Estimate) -> "MeasuredLevel":
        """The level whose natural logarithm was measured as ``log``."""
        t = math.exp(log.value) if log.value < _LARGEST_LOG else math.inf
        return cls(t, t * log.stderr, log.n)

    def __reduce__(self) -> tuple[type["MeasuredLevel"], tuple[float, float, int]]:
        return (type(self), (float(self), self.stderr, self.n))

    def __repr__(self) -> str:
        return f"MeasuredLevel({self.value:.6g}, stderr={self.stderr:.2g}, n={self.n})"

    def __str__(self) -> str:
        return repr(self.value)

    @property
    def log_stderr(self) -> float:
        """Standard error of log t, relative error of t."""
        return self.stderr / self if self > 0 else math.nan

    @property
    def sigma_stderr(self) -> float:
        """Standard error of sigma = sqrt(t): d sigma = dt / (2 sigma)."""
        return self.stderr / (2 * self.sigma) if self > 0 else math.nan

    @property
    def log(self) -> Estimate:
        """log t, the quantity whose error is close to normal; -inf at t = 0."""
        return Estimate(math.log(self) if self > 0 else -math.inf, self.log_stderr, self.n)

    @property
    def estimate(self) -> Estimate:
        """The level as an `Estimate` of t."""
        return Estimate(self.value, self.stderr, self.n)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of t, from that of log t, kept within floating-point numbers; nan without an error."""
        low, high = self.log.interval
        return (math.exp(max(low, -_LARGEST_LOG)), math.exp(min(high, _LARGEST_LOG)))
