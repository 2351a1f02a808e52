"""The sizes of a hidden manifold: N, D and P, each from the ways in which a user may give them."""

import math

from remanifold._core.errors import refusal, require

_MOST_POINTS = 2**53  # sample indices stay exact in float64


def latent_dim_of(ambient_dim: int, latent_dim: int | None, latent_ratio: float | None) -> int:
    """D from ``latent_dim`` or as the nearest whole number to ``latent_ratio`` * N (at least 1).

    Raises:
        InvalidInput: unless exactly one is given and 1 <= D <= N.
    """
    require(
        (latent_dim is None) != (latent_ratio is None),
        "a hidden manifold needs one of latent_dim and latent_ratio",
        "neither" if latent_dim is None else "both",
        "pass exactly one",
    )
    if latent_ratio is not None:
        require(
            0 < latent_ratio <= 1, "the latent ratio D/N must be in (0, 1]", latent_ratio, "pass e.g. latent_ratio=0.3"
        )
        return max(1, round(latent_ratio * ambient_dim))
    dim = whole("the latent dimension", latent_dim)
    if not (dim <= ambient_dim):
        raise refusal(f"the latent dimension must be at most the ambient {ambient_dim}", dim, "pass a smaller one")
    return dim


def n_points_of(ambient_dim: int, n_points: int | None, load: float | None) -> int:
    """P from ``n_points`` or as round(exp(``load`` * N)).

    Raises:
        InvalidInput: unless exactly one is given and 1 <= P <= 2^53.
    """
    require(
        (n_points is None) != (load is None),
        "a hidden manifold needs one of n_points and load",
        "neither" if n_points is None else "both",
        "pass exactly one",
    )
    if load is None:
        count = whole("the number of points", n_points)
        require(count <= _MOST_POINTS, "the number of points must be at most 2^53", count, "pass fewer")
        return count
    require(
        math.isfinite(load) and load >= 0, "the load log(P)/N must be a finite number >= 0", load, "pass e.g. load=0.2"
    )
    if not (load * ambient_dim <= math.log(_MOST_POINTS)):
        raise refusal(
            "the number of points exp(load * N) must be at most 2^53",
            f"exp({load * ambient_dim:.4g})",
            "lower the load or the ambient dimension",
        )
    return round(math.exp(load * ambient_dim))


def whole(what: str, value: object) -> int:
    """``value`` as an int >= 1.

    Raises:
        InvalidInput: if it is not a whole number >= 1.
    """
    ok = not isinstance(value, bool) and hasattr(value, "__index__")
    number = value.__index__() if ok else 0  # pyright: ignore[reportAttributeAccessIssue]
    if not (number >= 1):
        raise refusal(f"{what} must be a whole number >= 1", repr(value), "pass one")
    return int(number)
