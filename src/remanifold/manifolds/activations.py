"""The elementwise function g of a hidden manifold: a registry by name, and any callable of the user."""

from collections.abc import Callable

import numpy as np
from scipy.special import erf, ndtri

from remanifold._core.errors import InvalidInput, refusal, require
from remanifold._core.types import Floats

Activation = Callable[[Floats], Floats]
"""An elementwise function of a float64 array that returns an array of the same shape."""

_NODES = 100_000
LEAK = 0.1  # slope of leaky-relu below zero


def _linear(u: Floats) -> Floats:
    return u


def _relu(u: Floats) -> Floats:
    return np.maximum(u, 0.0)


def _sign(u: Floats) -> Floats:
    return np.where(u >= 0, 1.0, -1.0)  # sign(0) = 1, so that every coordinate is +-1


def _erf(u: Floats) -> Floats:
    return erf(u / np.sqrt(2.0))


def _leaky_relu(u: Floats) -> Floats:
    return np.where(u >= 0, u, LEAK * u)


ACTIVATIONS: dict[str, Activation] = {
    "linear": _linear,
    "tanh": np.tanh,
    "relu": _relu,
    "sign": _sign,
    "erf": _erf,
    "leaky-relu": _leaky_relu,
    "sine": np.sin,
}
"""Name -> g: g(u) = u, tanh(u), max(u, 0), sign(u) with sign(0) = 1, erf(u/sqrt 2), slope 0.1 below 0, sin(u)."""


def output_std(choice: str | Activation) -> float:
    """Standard deviation of g(u), u a standard normal number: of a coordinate of large manifolds, in units of u.

    Raises:
        InvalidInput: as `activation_of`.
    """
    _, function = activation_of(choice)
    if choice == "linear":
        return 1.0  # to the digit
    middle = ndtri((np.arange(_NODES) + 0.5) / _NODES)  # of equal slices of probability; kinks and jumps do no harm
    return float(np.std(function(middle)))


def activation_of(choice: str | Activation) -> tuple[str, Activation]:
    """The name and the function of an activation given by name or as an elementwise callable.

    Raises:
        InvalidInput: if the name is unknown, or the callable does not map an array to finite real numbers one by one.
    """
    if isinstance(choice, str):
        known = ", ".join(ACTIVATIONS)
        if choice not in ACTIVATIONS:
            raise refusal(f"the activation must be one of {known}", repr(choice), "pass one of these or a callable")
        return choice, ACTIVATIONS[choice]
    if not callable(choice):
        raise refusal("the activation must be a name or a callable", type(choice).__name__, "pass e.g. 'tanh'")
    name = getattr(choice, "__name__", type(choice).__name__)
    _check_elementwise(name, choice)
    return name, choice


def _check_elementwise(name: str, function: Activation) -> None:
    """Try ``function`` on a small grid: finite real numbers, each from its own entry."""
    probe = np.linspace(2.5, -2.5, 12).reshape(3, 4)
    do = "pass a function of a numpy array that acts entry by entry"
    need = f"the activation {name} must map an array to finite real numbers, entry by entry"
    try:
        with np.errstate(all="ignore"):
            values = np.asarray(function(probe.copy()), dtype=np.float64)
            parts = np.asarray(function(probe[::-1, 1:].copy()), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{need}, but got an error ({error}); {do}.") from error
    if values.shape != probe.shape:
        raise refusal(need, f"shape {values.shape} from {probe.shape}", do)
    require(np.isfinite(values).all(), need, "values that are not finite", do)
    alone = np.allclose(values[::-1, 1:], parts, rtol=1e-12, atol=1e-12)
    require(alone, need, "entries that depend on one another", do)
