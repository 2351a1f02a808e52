"""In how many dimensions the order of the paper begins: best stop below the collapse, both at finite size."""

import math

from remanifold._core.checks import number, whole
from remanifold._core.errors import NotConverged
from remanifold.theory.finite.gaussian import FEWEST_DIM, LARGEST_DIM, LARGEST_LOAD, finite_size_times

_VIEWS = 256


def log_gap(n_points: int, latent_dim: int, ambient_dim: int | None = None) -> float:
    """log(t_collapse/t_generalization) of isometric data at finite size: positive where the best stop is memorization.

    Args:
        n_points: P, at least 3.
        latent_dim: D, at least 3.
        ambient_dim: N; by default D.

    Raises:
        InvalidInput: if a size cannot be used.
        NotConverged: if a crossing is not found.

    Source: docs/explanation/finite-size.md.
    """
    n = latent_dim if ambient_dim is None else ambient_dim
    found = finite_size_times([n / latent_dim] * latent_dim, n_points, n, n_views=_VIEWS)
    return math.log(found.t_collapse / found.t_generalization)


def fewest_dimensions(n_points: int, latent_ratio: float = 1.0) -> int:
    """The least D at which isometric data of P points have their best stop below the collapse, at finite size.

    In fewer dimensions the empirical density fits unseen data best above the collapse, where nothing is memorized; from
    this D on generalization is best inside the memorization phase, as in high dimension. More points need more
    dimensions; empty directions (D < N) bring the order early, since noise in them costs likelihood.

    Args:
        n_points: P, at least 3.
        latent_ratio: D/N in (0, 1].

    Raises:
        InvalidInput: if an argument is out of range.
        NotConverged: if no such D up to 10000 exists, or a crossing is not found.

    Source: docs/explanation/finite-size.md.

    >>> from remanifold.theory import fewest_dimensions
    >>> fewest_dimensions(500)
    12
    """
    whole("`n_points`", n_points, least=3)
    number("the latent ratio", latent_ratio, above=0, most=1, do="pass D/N")

    def inside(dim: int) -> bool:
        return log_gap(n_points, dim, max(dim, round(dim / latent_ratio))) > 0

    low = max(FEWEST_DIM, math.ceil(math.log(n_points) / LARGEST_LOAD))
    if inside(low):
        return low
    high = 2 * low
    while not inside(high):
        low, high = high, 2 * high
        if high > LARGEST_DIM:
            raise NotConverged(f"no order of the times up to {LARGEST_DIM} dimensions; give fewer points.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if inside(middle) else (middle, high)
    return high
