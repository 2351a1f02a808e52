"""One noise level in every clock."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Self, SupportsFloat

import numpy as np

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold.noise.schedules import SCHEDULE_NAMES, AlphasCumprod, grid_variances

_ROUND_OFF = 1e-9  # relative: a level that left the grid through another clock and came back is still on it


class DdpmStep(NamedTuple):
    """A step of a trained grid.

    Attributes:
        step: Index into alphas_cumprod, 0 the least noise.
        t: Noise variance of that step, (1 - abar)/abar: the level that a model at ``step`` really sees.
    """

    step: int
    t: float


class NoiseLevel(float):
    """A noise level; as a number it is t, the noise VARIANCE per coordinate in x_t = xi + sqrt(t) w (exploding).

    The clocks name one law up to scale (theory.md, section 2), so every conversion is exact and invertible:
    sigma = sqrt(t) (also EDM's); t = e^{2s} - 1 of the variance-preserving (Ornstein-Uhlenbeck) time s;
    t = (u/(1-u))^2 of rectified flow x_u = (1-u) xi + u w; t = (1-abar)/abar of a DDPM step, the one clock with a grid.

    Raises:
        InvalidInput: if t is negative, infinite, nan or not a number.

    >>> from remanifold import NoiseLevel
    >>> level = NoiseLevel.from_sigma(20)
    >>> level.value, level.sigma, round(level.to_vp(), 3), round(level.to_flow(), 3)
    (400.0, 20.0, 2.997, 0.952)
    >>> level.to_ddpm("linear").step
    768

    See also:
        `remanifold.simulate`, `remanifold.phases`, `remanifold.noise_profile`.
    """

    __slots__ = ()

    def __new__(cls, t: SupportsFloat) -> Self:
        """Check t and make the level."""
        number = _number(t, "a noise variance t")
        require(
            0 <= number < math.inf, "a noise variance t must be finite and not negative", number, "pass t = sigma**2"
        )
        return super().__new__(cls, number + 0.0)  # + 0.0 turns -0.0 into 0.0

    @classmethod
    def from_sigma(cls, sigma: SupportsFloat) -> Self:
        """The level of standard deviation ``sigma`` per coordinate (also EDM's sigma): t = sigma^2.

        Raises:
            InvalidInput: if sigma is negative, not finite, or its square leaves the range of a float.
        """
        return cls._converted("sigma", sigma, lambda x: x * x, "not negative")

    @classmethod
    def from_vp(cls, s: SupportsFloat) -> Self:
        """The level of variance-preserving time s, y_s = e^{-s} xi + sqrt(1 - e^{-2s}) w: t = e^{2s} - 1.

        Raises:
            InvalidInput: if s is negative, not finite, or above 354 (t leaves the range of a float).
        """
        return cls._converted("the variance-preserving time s", s, lambda x: math.expm1(2 * x), "not negative")

    @classmethod
    def from_flow(cls, u: SupportsFloat) -> Self:
        """The level of rectified-flow time u, x_u = (1-u) xi + u w: t = (u/(1-u))^2.

        Near u = 1 the clock itself is coarse: a rounded u carries t to a relative 2.2e-16 sigma only.

        Raises:
            InvalidInput: if u is not in [0, 1) (u = 1 is pure noise, t infinite).
        """
        return cls._converted("the rectified-flow time u", u, lambda x: (x / (1 - x)) ** 2, "in [0, 1)", top=1)

    @classmethod
    def from_ddpm(cls, step: int, alphas_cumprod: AlphasCumprod) -> Self:
        """The level of ``step`` (0 the least noise) of a trained grid: t = (1-abar)/abar.

        Args:
            step: Index into ``alphas_cumprod``.
            alphas_cumprod: A built-in schedule's name or a model's own abar, see `schedules.grid_variances`.

        Raises:
            InvalidInput: if the grid has no such step, or the step is pure noise (abar = 0).
        """
        grid = grid_variances(alphas_cumprod)
        whole = isinstance(step, int | np.integer) and 0 <= step < len(grid)
        if not whole:
            raise refusal(f"a DDPM step must be a whole number from 0 to {len(grid) - 1}", step, "pass a trained step")
        if not (grid[step] < math.inf):
            raise refusal("a DDPM step must keep some signal", f"step {step} with abar = 0", "pass a lower step")
        return cls(grid[step])

    @classmethod
    def _converted(
        cls, name: str, value: SupportsFloat, rule: Callable[[float], float], domain: str, top: float = math.inf
    ) -> Self:
        number = _number(value, name)
        if not (0 <= number < top):
            raise refusal(f"{name} must be finite and {domain}", number, "pass a value of this clock")
        try:
            t = rule(number)
        except OverflowError:
            t = math.inf
        # A level must not reach 0 or infinity by rounding: it would silently be another level.
        kept = t < math.inf and (t > 0 or number == 0)
        if not kept:
            raise refusal(
                f"{name} must give a noise variance t that a float can hold", number, "pass a less extreme value"
            )
        return cls(t)

    @property
    def value(self) -> float:
        """The noise variance t as a plain float."""
        return float(self)

    @property
    def sigma(self) -> float:
        """Standard deviation of the noise per coordinate, sqrt(t); also EDM's sigma."""
        return math.sqrt(self)

    def to_vp(self) -> float:
        """Variance-preserving (Ornstein-Uhlenbeck) time s = log(1 + t)/2."""
        return math.log1p(self) / 2

    def to_flow(self) -> float:
        """Rectified-flow time u = sigma/(1 + sigma), in [0, 1).

        Raises:
            InvalidInput: above t = 1e31, where a float cannot tell u from 1.
        """
        u = self.sigma / (1 + self.sigma)
        if not (u < 1):
            raise refusal(
                "a level in the rectified-flow clock must have sigma below 9e15",
                f"sigma = {self.sigma:.6g}",
                "use sigma",
            )
        return u

    def to_ddpm(self, alphas_cumprod: AlphasCumprod) -> DdpmStep:
        """The trained step nearest in log t, with the t it really has.

        Args:
            alphas_cumprod: A built-in schedule's name or a model's own abar, see `schedules.grid_variances`.

        Raises:
            InvalidInput: if this level lies outside the trained range: nothing is clipped.
        """
        grid = grid_variances(alphas_cumprod)
        grid = grid[np.isfinite(grid)]
        require(
            len(grid) > 0, "alphas_cumprod must keep some signal", "no step with abar > 0", "pass a trained schedule"
        )
        inside = grid[0] * (1 - _ROUND_OFF) <= self <= grid[-1] * (1 + _ROUND_OFF)
        if not inside:
            raise refusal(
                f"a level of this schedule must have t from {grid[0]:.6g} to {grid[-1]:.6g}",
                f"t = {float(self):.6g}",
                "use another clock or a model trained at that noise",
            )
        step = int(np.argmin(np.abs(np.log(grid) - math.log(self))))
        return DdpmStep(step, float(grid[step]))

    def clocks(self) -> dict[str, Any]:
        """This level in every clock, ready for JSON.

        Keys: ``sigma``, ``vp_time``, ``flow_time`` (null beyond sigma 9e15) and ``ddpm``, which has for each built-in
        schedule ``{"step", "t"}`` (snapped) or ``{"step": null, "reason"}`` where the level is out of its range.
        """
        try:
            flow_time = self.to_flow()
        except InvalidInput:
            flow_time = None
        ddpm = {name: self._ddpm_clock(name) for name in SCHEDULE_NAMES}
        return {"sigma": self.sigma, "vp_time": self.to_vp(), "flow_time": flow_time, "ddpm": ddpm}

    def _ddpm_clock(self, name: str) -> dict[str, Any]:
        try:
            return self.to_ddpm(name)._asdict()
        except InvalidInput as error:
            return {"step": None, "reason": str(error)}


def _number(value: SupportsFloat, name: str) -> float:
    if isinstance(value, str):
        raise InvalidInput(f"{name} must be a number, but got the text {value!r}; pass a float.")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{name} must be a number, but got {type(value).__name__}; pass a float.") from error
