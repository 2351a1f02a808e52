"""How far two denoisers are apart at each noise level, on noised rows."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from remanifold._core.errors import require
from remanifold._core.seeds import normals_at
from remanifold.data import open_points
from remanifold.measures.denoising_loss import loss_levels
from remanifold.measures.probing import PROBES, probed
from remanifold.measures.queries import choose_queries


@dataclass(frozen=True, eq=False)
class DenoiserDistance:
    """Root mean squared difference of two posterior means per coordinate, over the standard deviation of the noise.

    Attributes:
        t: Noise variances, ascending, (levels,).
        value: sqrt(E|m - m'|^2 / N) / sqrt(t), (levels,): 0 for equal denoisers; about 1 is as far apart as the noise.
        stderr: Delta-method error over rows, (levels,).
        n: Rows.
        evaluations: Rows that each denoiser was asked about.
    """

    t: NDArray[np.float64]
    value: NDArray[np.float64]
    stderr: NDArray[np.float64]
    n: int
    evaluations: int


def denoiser_distance(
    one: Any,
    other: Any,
    rows: Any,
    levels: ArrayLike,
    *,
    most_rows: int = 500,
    evaluations: int | None = None,
    seed: int = 0,
    batch: int = 256,
    device: str | None = None,
) -> DenoiserDistance:
    """Compare ``one`` with ``other``, e.g. a network with the empirical or the population score.

    Args:
        one: m(x, t).
        other: m'(x, t).
        rows: Rows that are noised, whatever `open_points` takes. At training rows a network that remembers them is far
            from the population score; at held-out rows its distance to the empirical score shows.
        levels: Noise variances.
        most_rows: Most rows, at random.
        evaluations: Most rows that each denoiser may be asked about.
        seed: Of rows and noise; the noise belongs to the row.
        batch: Rows at a time.
        device: Hand ``one`` float64 torch tensors on this device; ``other`` gets numpy arrays.

    Raises:
        InvalidInput: see `probed`, or for bad levels, or a budget that two rows exceed.
    """
    points, t = open_points(rows), loss_levels(levels)
    count = most_rows if evaluations is None else min(most_rows, (evaluations - PROBES) // len(t))
    require(count >= 2, f"two rows take {PROBES + 2 * len(t)} network evaluations", evaluations, "raise `evaluations`")
    chosen = choose_queries(np.arange(points.n_points), count, seed)
    first, second = probed(one, points.shape, t, device)[0], probed(other, points.shape, t)[0]
    squared = np.empty((len(chosen), len(t)))
    for start in range(0, len(chosen), batch):
        part = chosen[start : start + batch]
        clean, noise = points.take(part), normals_at(seed, "denoiser distance", part, points.ambient_dim)
        for k, level in enumerate(t):
            x = (clean + math.sqrt(level) * noise).reshape(len(part), *points.shape)
            gaps = (first(x, float(level)) - second(x, float(level))).reshape(len(part), -1)
            squared[start : start + len(part), k] = (gaps * gaps).mean(axis=1) / level
    value = np.sqrt(squared.mean(axis=0))
    error = squared.std(axis=0, ddof=1) / math.sqrt(len(chosen))
    error = np.divide(error, 2 * value, out=np.zeros_like(error), where=value > 0)
    return DenoiserDistance(t, value, error, len(chosen), PROBES + squared.size)
