"""A noise as callers give it: the variance t, or the standard deviation sigma."""

from collections.abc import Iterable, Sequence
from typing import Any, SupportsFloat

import numpy as np

from remanifold._core.checks import number, positive
from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.noise.level import NoiseLevel

NoiseLevels = SupportsFloat | Sequence[SupportsFloat] | Floats
"""One noise level or several of them: numbers, `NoiseLevel`, an array, a tensor."""
_LEAST_SIGMA = 1e-150


def noise_variance(t: SupportsFloat | None, sigma: SupportsFloat | None) -> NoiseLevel:
    """The one noise level that a caller named, either by its variance ``t`` or by its root ``sigma``.

    Raises:
        InvalidInput: if both or neither of them came, or it is no noise level.
    """
    require_t_or_sigma(t, sigma)
    return _of_sigma(sigma) if sigma is not None else NoiseLevel(0.0 if t is None else t)


def noise_variances(t: NoiseLevels | None, sigma: NoiseLevels | None) -> Floats:
    """Variances of the noise levels that a caller named by ``t`` or by ``sigma``, (levels,), in the order they came.

    Raises:
        InvalidInput: if both or neither of them came, there is none, or one is no noise level.
    """
    require_t_or_sigma(t, sigma)
    level = NoiseLevel if sigma is None else _of_sigma
    variances = np.array([level(number) for number in _each(t if sigma is None else sigma)], dtype=np.float64)
    if variances.size == 0:
        raise refusal("there must be a noise level", "none", "pass one or more of them")
    return variances


def noise_sigmas(name: str, sigma: NoiseLevels) -> tuple[float, ...]:
    """Standard deviations of the noise levels that a caller named by sigma; none for an empty sequence.

    Args:
        name: Of the parameter, as a sentence begins with it.
        sigma: Numbers from 1e-150 to 1e150, or `NoiseLevel`.

    Raises:
        InvalidInput: if one is neither.
    """
    levels = (level.sigma if isinstance(level, NoiseLevel) else level for level in _each(sigma))
    return tuple(usable_sigma(name, getattr(level, "item", lambda level=level: level)()) for level in levels)


def usable_sigma(name: str, value: object) -> float:
    """``value`` as a sigma above 0 whose square is a number of full precision, far from the ends of its range.

    Raises:
        InvalidInput: if it is none.
    """
    do = "pass it in data units"
    return number(name, positive(name, value), least=_LEAST_SIGMA, most=1 / _LEAST_SIGMA, do=do)


def _of_sigma(sigma: SupportsFloat) -> NoiseLevel:
    """The level of ``sigma``; a `NoiseLevel` is the level that it is, not a number to be squared."""
    return NoiseLevel(sigma) if isinstance(sigma, NoiseLevel) else NoiseLevel.from_sigma(sigma)


def require_t_or_sigma(t: object, sigma: object) -> None:
    """Refuse both or neither of ``t`` and ``sigma``.

    Raises:
        InvalidInput: in one sentence.
    """
    if (t is None) == (sigma is None):
        got = "neither" if t is None else "both"
        raise refusal("a noise must be given as its variance t or as sigma", got, "pass one of the two, t = sigma**2")


def _each(given: Any) -> list[Any]:
    several = isinstance(given, Iterable) and getattr(given, "ndim", 1) > 0 and not isinstance(given, str)
    return list(given) if several else [given]
