"""How a network sees a noise level: how its input is scaled, and what its second argument says."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats
from remanifold.noise import SCHEDULE_NAMES, NoiseLevel
from remanifold.noise.schedules import AlphasCumprod, grid_variances

Path = Literal["exploding", "preserving", "flow", "flow from noise"]
Array = Floats
_ROUND_OFF = 1e-9  # relative: a level that left the grid through another clock and came back is still on it


@dataclass(frozen=True)
class Placement:
    """What a network sees at some noise levels: its input is y = scale xi + noise w, all arrays (batch,).

    Attributes:
        t: Noise variance that the network is told, (noise/scale)^2: snapped to the grid where the clock has one.
        scale, noise: Of the input y; so y = scale x for x = xi + sqrt(t) w.
        scale_slope, noise_slope: Their derivatives along the path: a velocity is scale_slope xi + noise_slope w.
        argument: The network's second argument, floats, or whole numbers for steps.
    """

    t: Array
    scale: Array
    noise: Array
    scale_slope: Array
    noise_slope: Array
    argument: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Clock:
    """A path of scaled inputs with the number that names a point on it.

    With sigma = sqrt(t): ``exploding`` y = xi + sigma w; ``preserving`` y = (xi + sigma w)/sqrt(1+t);
    ``flow`` y = (1-u) xi + u w with u = sigma/(1+sigma); ``flow from noise`` the same followed the other way, so that
    its velocity is xi - w. Source: docs/explanation/theory.md, section 2.

    Attributes:
        name: As messages call it.
        path: How the input is scaled.
        argument: From a noise variance t to the network's second argument.
        levels: The only noise variances that the network knows, rising; None where it takes any.
        arguments: Second arguments at these ``levels``; they replace ``argument``.
    """

    name: str
    path: Path
    argument: Callable[[float], float] | None = None
    levels: Array | None = None
    arguments: NDArray[Any] | None = None

    def snapped(self, t: ArrayLike) -> Array:
        """The noise variances that the network has for ``t`` (any shape): the nearest in log t, or t itself.

        Raises:
            InvalidInput: if a level lies outside those that the network was trained at.
        """
        wanted = np.asarray(t, dtype=np.float64)
        return wanted if self.levels is None else self.levels[_nearest(self.levels, wanted)]

    def place(self, t: Array) -> Placement:
        """What the network sees at noise variances ``t`` (batch,), all positive.

        Raises:
            InvalidInput: if a level lies outside those that the network was trained at.
        """
        if self.levels is None or self.arguments is None:
            unique, owner = np.unique(t, return_inverse=True)
            rule = self.argument or float
            argument = np.array([rule(NoiseLevel(value)) for value in unique], dtype=np.float64)[owner]
            return _placement(self.path, t, argument)
        steps = _nearest(self.levels, t)
        return _placement(self.path, self.levels[steps], self.arguments[steps])


def _nearest(levels: Array, t: Array) -> NDArray[np.intp]:
    """Which of the rising ``levels`` is nearest to each t in log t."""
    least, most = levels[0], levels[-1]
    outside = t[(t < least * (1 - _ROUND_OFF)) | (t > most * (1 + _ROUND_OFF))]
    if outside.size:
        need = f"a level of this model must have t from {least:.6g} to {most:.6g}"
        raise refusal(need, f"t = {outside.ravel()[0]:.6g}", "use a model trained at that noise")
    logs = np.log(levels)
    return np.searchsorted((logs[1:] + logs[:-1]) / 2, np.log(t))


def _placement(path: Path, t: Array, argument: NDArray[Any]) -> Placement:
    """Scales and slopes of a path at noise variances t; see `Clock`."""
    sigma = np.sqrt(t)
    one = np.ones_like(t)
    if path == "exploding":
        return Placement(t, one, sigma, 0 * one, one, argument)
    if path == "preserving":  # on the circle scale = cos, noise = sin: the velocity of its angle
        scale = 1 / np.sqrt(1 + t)
        return Placement(t, scale, sigma * scale, -sigma * scale, scale, argument)
    scale = 1 / (1 + sigma)
    turn = 1.0 if path == "flow" else -1.0
    return Placement(t, scale, sigma * scale, -turn * one, turn * one, argument)


CLOCKS: dict[str, Clock] = {
    clock.name: clock
    for clock in (
        Clock("sigma", "exploding", math.sqrt),
        Clock("variance", "exploding", float),
        Clock("vp", "preserving", lambda t: NoiseLevel(t).to_vp()),
        Clock("alpha_bar", "preserving", lambda t: 1 / (1 + t)),
        Clock("flow", "flow", lambda t: NoiseLevel(t).to_flow()),
        Clock("flow steps", "flow", lambda t: 1000 * NoiseLevel(t).to_flow()),
        Clock("flow from noise", "flow from noise", lambda t: 1 / (1 + math.sqrt(t))),
    )
}
"""The clocks that have a name; docs/reference/schedulers.md has their table."""


def steps_clock(alphas_cumprod: AlphasCumprod) -> Clock:
    """The clock of whole DDPM steps: input sqrt(abar_k) xi + sqrt(1 - abar_k) w, second argument k.

    Args:
        alphas_cumprod: A built-in schedule's name or a model's own abar, see `schedules.grid_variances`.

    Raises:
        InvalidInput: if these are not numbers in [0, 1) that fall with the step, or none has signal. Of equal steps the
            first is asked; steps without signal are left out.
    """
    variances = grid_variances(alphas_cumprod)
    levels, steps = np.unique(variances[np.isfinite(variances)], return_index=True)
    require(len(levels) > 0, "alphas_cumprod must keep some signal", "no step with abar > 0", "pass a trained schedule")
    name = f"{alphas_cumprod} steps" if isinstance(alphas_cumprod, str) else "steps of alphas_cumprod"
    return Clock(name, "preserving", levels=levels, arguments=steps)


def flow_steps_clock(times: Any, arguments: Any) -> Clock:
    """The clock of a flow-matching scheduler: its rectified-flow ``times`` u and the ``arguments`` that go with them.

    Raises:
        InvalidInput: if a time is not in [0, 1]; u = 1 has no signal and is left out.
    """
    u, names = np.asarray(times, np.float64), np.asarray(arguments, np.float64)
    kept = (u > 0) & (u != 1)
    require(kept.any(), "a flow-matching scheduler must keep some signal", "no time u < 1", "pass a trained one")
    variances = np.array([float(NoiseLevel.from_flow(value)) for value in u[kept]])
    levels, steps = np.unique(variances, return_index=True)
    return Clock("steps of a flow-matching scheduler", "flow", levels=levels, arguments=names[kept][steps])


ClockLike = Clock | AlphasCumprod
"""A clock, its name, or a model's own alphas_cumprod."""


def clock_of(clock: ClockLike) -> Clock:
    """The clock of a name (`CLOCKS`, or a built-in schedule's), of a model's alphas_cumprod, or ``clock`` itself.

    Raises:
        InvalidInput: if there is no such clock.
    """
    if isinstance(clock, Clock):
        return clock
    if isinstance(clock, str) and clock in CLOCKS:
        return CLOCKS[clock]
    if not isinstance(clock, str):
        return steps_clock(clock)
    if clock not in SCHEDULE_NAMES:
        names = ", ".join([*CLOCKS, *SCHEDULE_NAMES])
        raise refusal(f"the clock must be one of {names}", repr(clock), "pass one, or alphas_cumprod")
    return steps_clock(clock)
