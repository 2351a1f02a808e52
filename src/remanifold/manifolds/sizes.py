"""The sizes of a hidden manifold: N, D and P, each from the ways in which a user may give them."""

import math

from remanifold._core.checks import number, whole
from remanifold._core.errors import refusal, require

_MOST_POINTS = 2**53  # sample indices stay exact in float64


def latent_dim_of(ambient_dim: int, latent_dim: int | None, latent_ratio: float | None) -> int:
    """D from ``latent_dim`` or as the nearest whole number to ``latent_ratio`` * N (at least 1).

    Raises:
        InvalidInput: unless exactly one is given and 1 <= D <= N.
    """
    _require_one("latent_dim and latent_ratio", latent_dim, latent_ratio)
    if latent_ratio is not None:
        ratio = number("the latent ratio D/N", latent_ratio, above=0, most=1, do="pass e.g. latent_ratio=0.3")
        return max(1, round(ratio * ambient_dim))
    return whole("the latent dimension", latent_dim, least=1, most=ambient_dim)


def _require_one(names: str, a: float | None, b: float | None) -> None:
    got = "neither" if a is None else "both"
    require((a is None) != (b is None), f"a hidden manifold needs one of {names}", got, "pass exactly one")


def n_points_of(ambient_dim: int, n_points: int | None, load: float | None) -> int:
    """P from ``n_points`` or as round(exp(``load`` * N)).

    Raises:
        InvalidInput: unless exactly one is given and 1 <= P <= 2^53.
    """
    _require_one("n_points and load", n_points, load)
    if load is None:
        return whole("the number of points", n_points, least=1, most=_MOST_POINTS)
    number("the load log(P)/N", load, least=0, do="pass e.g. load=0.2")
    if not (load * ambient_dim <= math.log(_MOST_POINTS)):
        got, do = f"exp({load * ambient_dim:.4g})", "lower the load or the ambient dimension"
        raise refusal("the number of points exp(load * N) must be at most 2^53", got, do)
    return round(math.exp(load * ambient_dim))
