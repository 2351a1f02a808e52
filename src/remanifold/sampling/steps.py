"""One step of a reverse process from noise variance t down to s: each scheme is one formula.

With m = m(x, t) the posterior mean and z fresh standard normal numbers, the reverse SDE is dx = (m - x)/t dt + dB as t
falls by dt, and the probability-flow ODE, which has the same law at every t, is dx = (m - x)/sigma dsigma as sigma =
sqrt(t) falls by dsigma. Source: arXiv 2011.13456, equations (6) and (13), for the variance-exploding clock.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scipy.special import ndtr

from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats

State = Floats
"""(batch, *shape)."""

Means = Callable[[State, float], State]
"""The posterior mean m(x, t)."""

Step = Callable[[Means, State, float, float, Callable[[], State]], State]
"""``step(means, x, t, s, draw)`` gives the state at s < t; ``draw()`` gives standard normal numbers of x's shape,
others at every call."""


def euler_maruyama(means: Means, x: State, t: float, s: float, draw: Callable[[], State]) -> State:
    """Reverse SDE, x + (t-s) (m-x)/t + sqrt(t-s) z. Weak order 1."""
    return x + ((t - s) / t) * (means(x, t) - x) + math.sqrt(t - s) * draw()


def exponential(means: Means, x: State, t: float, s: float, draw: Callable[[], State]) -> State:
    """Reverse SDE, exact while m stays as it is: m + (s/t)(x-m) + sqrt(s(t-s)/t) z, a bridge to m. Weak order 1.

    The same as DDPM's ancestral step in this clock. Once one training point has all weight it is exact at any length.
    """
    m = means(x, t)
    return m + (s / t) * (x - m) + math.sqrt(s * (t - s) / t) * draw()


def exact(means: Means, x: State, t: float, s: float, draw: Callable[[], State]) -> State:
    """Reverse SDE of an `EmpiricalScore`, without error at any length: a bridge to a point of its data.

    Given x_t the clean point is xi^mu with probability w_mu(x), and given both, x_s is normal with mean
    xi + (s/t)(x - xi) and variance s(t-s)/t: `exponential` with a drawn point in place of the mean of all.
    """
    drawn = getattr(means, "drawn", None)
    if drawn is None:
        raise refusal("the method exact needs an EmpiricalScore", type(means).__name__, "pass another method")
    xi = drawn(x, t, ndtr(draw().reshape(len(x), -1)[:, 0]))
    return xi + (s / t) * (x - xi) + math.sqrt(s * (t - s) / t) * draw()


def ode_euler(means: Means, x: State, t: float, s: float, draw: Callable[[], State]) -> State:
    """Probability-flow ODE, m + sqrt(s/t) (x-m): Euler in sigma, exact while m stays as it is (DDIM). Order 1."""
    m = means(x, t)
    return m + math.sqrt(s / t) * (x - m)


@dataclass(frozen=True)
class Churn:
    """Noise that `heun` adds before a step and takes away in it. Source: arXiv 2206.00364, algorithm 2.

    Attributes:
        amount: S_churn / number of steps: sigma is raised by the factor 1 + min(amount, sqrt(2) - 1) first.
        t_low: Noise variance below which nothing is added (S_tmin squared).
        t_high: And above which (S_tmax squared); None: no such limit.
        noise: S_noise, the factor on the standard deviation of what is added; 1 leaves the law as it is.

    Raises:
        InvalidInput: if a number is negative or nan.
    """

    amount: float
    t_low: float = 0.0
    t_high: float | None = None
    noise: float = 1.0

    def __post_init__(self) -> None:
        values = (self.amount, self.t_low, self.t_high or 0.0, self.noise)
        need = "churn must be numbers >= 0, an amount first"
        require(all(value >= 0 for value in values) and self.amount < math.inf, need, values, "pass e.g. Churn(0.1)")

    def raised(self, t: float) -> float:
        """Noise variance that a step from ``t`` first goes up to."""
        inside = self.t_low <= t and (self.t_high is None or t <= self.t_high)
        return t * (1 + min(self.amount, math.sqrt(2) - 1)) ** 2 if inside else t


def heun(means: Means, x: State, t: float, s: float, draw: Callable[[], State], churn: Churn | None = None) -> State:
    """Probability-flow ODE, trapezoid in sigma: order 2, two calls of m a step. With ``churn`` it is stochastic.

    Source: arXiv 2206.00364, algorithm 2.
    """
    if churn is not None and (raised := churn.raised(t)) > t:
        x, t = x + churn.noise * math.sqrt(raised - t) * draw(), raised
    sigma, lower = math.sqrt(t), math.sqrt(s)
    slope = (x - means(x, t)) / sigma
    ahead = x + (lower - sigma) * slope
    return x + (lower - sigma) * (slope + (ahead - means(ahead, s)) / lower) / 2


METHODS: dict[str, Step] = {
    "euler-maruyama": euler_maruyama,
    "exponential": exponential,
    "ode-euler": ode_euler,
    "heun": heun,
    "exact": exact,
}
"""Name -> step: ode-euler and heun follow the probability-flow ODE, the others the reverse SDE."""


def method_of(choice: str | Step, churn: Churn | None) -> tuple[str, Step]:
    """The name and the step of a scheme given by name or as a function of the user.

    Raises:
        InvalidInput: if the name is unknown, or churn is asked of another scheme than heun.
    """
    known = ", ".join(METHODS)
    name = choice if isinstance(choice, str) else getattr(choice, "__name__", type(choice).__name__)
    need = f"the method must be one of {known}, or a step function"
    if not (callable(choice) or choice in METHODS):
        raise refusal(need, repr(choice), "pass one of them")
    require(churn is None or choice == "heun", "churn belongs to the method heun", name, "leave it out or pass heun")
    step = METHODS[choice] if isinstance(choice, str) else choice
    return name, step if churn is None else partial(heun, churn=churn)
