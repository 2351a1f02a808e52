"""Do two samples have the same law? The energy distance, with its permutation null."""

from dataclasses import dataclass

import numpy as np
import torch

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.data import PointsLike
from remanifold.measures.neighbours.panel import half_squared
from remanifold.measures.neighbours.reading import values_of

_MOST_ROWS = 20000  # of both samples together: all their distances are held


@dataclass(frozen=True, eq=False)
class EnergyDistance:
    """2 E|a - b| - E|a - a'| - E|b - b'| of two samples: 0 if, and only if, their laws are equal.

    Attributes:
        value: Unbiased estimate, data units; below 0 at times where the laws are equal.
        null: The same of random divisions of both samples together, (permutations,): what equal laws would give.
        p_value: Share of divisions with at least this value, itself counted among them.
        z: (value - mean of null) / standard deviation of null.
    """

    value: float
    null: Floats
    p_value: float
    z: float


def energy_distance(a: PointsLike, b: PointsLike, *, permutations: int = 500, seed: int = 0) -> EnergyDistance:
    """Compare the samples ``a`` (n, *shape) and ``b`` (m, *shape), e.g. of a stopped sampler and hold-out points.

    The null needs nothing but that rows are independent: it holds for any tails, at any n. Source: Székely and Rizzo,
    J. Stat. Plan. Inference 143 (2013) 1249.

    Raises:
        InvalidInput: if shapes disagree, or samples are too small or together beyond 20000 rows.
    """
    x, y = values_of(a), values_of(b)
    fits = x.ndim >= 1 and y.ndim >= 1 and x.shape[1:] == y.shape[1:] and min(len(x), len(y)) >= 2
    require(fits, "two samples must have rows of one shape, at least 2 each", (x.shape, y.shape), "match them")
    n, m = len(x), len(y)
    if not (n + m <= _MOST_ROWS):
        raise refusal(f"two samples must have at most {_MOST_ROWS} rows together", n + m, "pass fewer")
    permutations = whole("`permutations`", permutations, least=19, example=500)
    pooled = torch.from_numpy(np.concatenate([x.reshape(n, -1), y.reshape(m, -1)]))
    distances = torch.empty((n + m, n + m), dtype=torch.float64)
    half_squared(pooled - pooled.mean(0), pooled - pooled.mean(0), out=distances)
    distances = distances.mul_(2).clamp_(min=0).sqrt_().numpy()
    rng = generator(seed, "permutations")
    sides = np.array([np.arange(n + m) < n, *(rng.permutation(n + m) < n for _ in range(permutations))], dtype=float)
    values = _values(distances, sides, n, m)
    null = values[1:]
    share = (1 + int((null >= values[0]).sum())) / (permutations + 1)
    return EnergyDistance(float(values[0]), null, share, float((values[0] - null.mean()) / null.std()))


def _values(distances: Floats, sides: Floats, n: int, m: int) -> Floats:
    """The statistic of each division: ``sides`` (k, n + m) is 1 for the first sample's rows."""
    to_first = sides @ distances  # (k, n + m): sum of distances to the first sample
    inside = (to_first * sides).sum(axis=1)
    across = to_first.sum(axis=1) - inside
    other = distances.sum() - inside - 2 * across
    return 2 * across / (n * m) - inside / (n * (n - 1)) - other / (m * (m - 1))
