"""A training row noised to the three levels of the data, and what the exact score returns, as small pictures."""

import math

import numpy as np

from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.audits.context import AuditContext
from remanifold.audits.data.pictures import thumbnails
from remanifold.data import Points
from remanifold.data.points import LATENTS
from remanifold.noise import MeasuredLevel

_BLOCK_NUMBERS, _MOST_NUMBERS = 2**19, 2**28  # read at a time; in all, beyond which a picture costs too much


def noised_pictures(context: AuditContext, row: int) -> dict[str, str]:
    """PNG data URIs by "clean:ROW", "noised:LEVEL:ROW" and "returned:LEVEL:ROW"; empty where rows are no images.

    Of latents and of very large data there are none, too. LEVEL is onset, collapse or generalization, those that exist;
    what is returned is the posterior mean under the distinct rows. Noise depends on the seed and the row alone, and is
    the same at every level.

    Args:
        context: The audit.
        row: Number of a row of the data.
    """
    points, profile = context.inputs.points, context.profile
    if points.record.kind == LATENTS or len(context.duplicates.distinct) * points.ambient_dim > _MOST_NUMBERS:
        return {}
    clean = points.take(np.array([row]), np.float64).reshape(1, -1)
    if thumbnails(clean.reshape(1, *points.shape)) is None:
        return {}
    levels = {"onset": profile.t_onset, "collapse": profile.t_collapse, "generalization": profile.t_generalization}
    found = {name: level for name, level in levels.items() if isinstance(level, MeasuredLevel) and level.value > 0}
    if not found:
        return {}
    t = np.array([level.value for level in found.values()])
    noise = generator(context.options.seed, f"noised pictures of {row}").standard_normal(clean.shape[1])
    noised = clean + np.sqrt(t)[:, None] * noise
    returned = posterior_means(points, context.duplicates.distinct, noised, t)
    shown = np.clip(np.concatenate([clean, noised, returned]), clean.min(), clean.max())  # in one brightness
    names = [f"clean:{row}", *(f"{what}:{name}:{row}" for what in ("noised", "returned") for name in found)]
    uris = thumbnails(shown.reshape(-1, *points.shape).astype(np.float32))
    return {} if uris is None else dict(zip(names, uris, strict=True))


def posterior_means(points: Points, distinct: np.ndarray, x: Floats, t: Floats) -> Floats:
    """E[row | x] under the rows ``distinct``, one pass over these; (n, N) for ``x`` (n, N) and noise variances (n,)."""
    step = max(1, _BLOCK_NUMBERS // points.ambient_dim)
    highest, total, mean = np.full(len(x), -math.inf), np.zeros(len(x)), np.zeros_like(x)
    middle = x.mean(axis=0)  # else a far origin costs digits
    x = x - middle
    for start in range(0, len(distinct), step):
        rows = points.take(distinct[start : start + step], np.float64) - middle
        squares = np.einsum("ij,ij->i", x, x)[:, None] - 2 * (x @ rows.T) + np.einsum("ij,ij->i", rows, rows)
        logits = squares / (-2 * t[:, None])
        new = np.maximum(highest, logits.max(axis=1))
        weights, kept = np.exp(logits - new[:, None]), np.exp(highest - new)
        total, mean = total * kept + weights.sum(axis=1), mean * kept[:, None] + weights @ rows
        highest = new
    return middle + mean / total[:, None]
