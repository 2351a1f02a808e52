"""The axes of a diagram; at finite size whole numbers of points and of latent dimensions."""

import math
from collections.abc import Sequence

import numpy as np

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.types import Floats
from remanifold.manifolds import Activation, activation_of
from remanifold.manifolds.ensembles import draw_factor

_MOST_VALUES = 10_000
_MOST_LOG_POINTS = 40.0  # as far as times at finite size were held against the limit
_MOST_DIMS = 10_000


def whole_sizes(
    loads: Floats,
    latent_ratios: Floats,
    ambient_dim: int,
    activation: str | Activation,
    ensemble: str,
    exponent: float | None,
) -> tuple[Floats, Floats]:
    """Loads log(P)/N and latent ratios D/N of the nearest whole P >= 3 and D >= 1, each once, in the order given.

    Raises:
        InvalidInput: if N is no whole number from 2 to 10000, P is above e^40, or there is no such manifold.
    """
    n = whole("`ambient_dim`", ambient_dim, least=2, most=_MOST_DIMS, example=30)
    if float(loads.max()) * n > _MOST_LOG_POINTS:
        need = f"a diagram at finite size must have at most e^{_MOST_LOG_POINTS:g} points"
        raise refusal(need, f"e^{float(loads.max()) * n:.3g}", f"pass loads up to {_MOST_LOG_POINTS / n:.3g}")
    points = dict.fromkeys(max(3, round(math.exp(load * n))) for load in loads.tolist())
    latents = dict.fromkeys(max(1, round(ratio * n)) for ratio in latent_ratios.tolist())
    activation_of(activation)
    draw_factor(ensemble, 0, n, min(latents), exponent)
    return np.array([math.log(p) / n for p in points]), np.array([d / n for d in latents])


def axis(name: str, values: Sequence[float] | Floats) -> Floats:
    """The values of an axis, (n,); ``name`` is load or latent_ratio."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1 or not 1 <= len(array) <= _MOST_VALUES:
        got = f"an array of shape {values.shape}" if isinstance(values, np.ndarray) else repr(values)[:60]
        do = f"pass a list such as numpy.geomspace(0.1, {1 if name == 'latent_ratio' else 0.5}, 40)"
        raise refusal(f"`{name}s` must be a list of 1 to {_MOST_VALUES} numbers", got, do)
    return array


def require_axes(loads: Floats, ratios: Floats) -> None:
    """Refuse loads that are not positive, and ratios outside (0, 1]."""
    bad = loads[~((loads > 0) & np.isfinite(loads))]
    if len(bad):
        raise refusal("every load must be a positive finite number", bad[0], "pass log(P)/N")
    bad = ratios[~((ratios > 0) & (ratios <= 1))]
    if len(bad):
        raise refusal("every latent ratio must be above 0 and at most 1", bad[0], "pass D/N")
