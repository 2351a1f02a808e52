"""How far two denoisers are apart at each noise level, on noised rows."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from remanifold._core.errors import refusal
from remanifold._core.kept.part_file import PartFile, is_table
from remanifold._core.seeds import normals_at
from remanifold._core.types import Floats, Integers
from remanifold._core.version import __version__
from remanifold.data import Points, PointsLike, open_points
from remanifold.measures.estimates.series import choose_queries, series_of
from remanifold.measures.memory.denoising_loss import loss_levels
from remanifold.measures.memory.probing import PROBES, probed
from remanifold.measures.profile.checkpoint import rows_digest
from remanifold.noise import NoiseLevels
from remanifold.sampling.means import LabelledMeans, digest_of
from remanifold.scores.denoiser import DenoiserLike


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

    t: Floats
    value: Floats
    stderr: Floats
    n: int
    evaluations: int


def denoiser_distance(
    first: DenoiserLike,
    second: DenoiserLike,
    rows: PointsLike,
    levels: NoiseLevels,
    *,
    most_rows: int = 500,
    evaluations: int | None = None,
    seed: int = 0,
    batch: int = 256,
    device: str | None = None,
    part_file: str | Path | None = None,
    keep_parts: bool = False,
    labels: ArrayLike | None = None,
) -> DenoiserDistance:
    """Compare ``first`` with ``second``, e.g. a network with the empirical or the population score.

    Args:
        first: m(x, t).
        second: m'(x, t).
        rows: Rows that are noised, whatever `open_points` takes. At training rows a network that remembers them is far
            from the population score; at hold-out rows its distance to the empirical score shows.
        levels: Noise variances.
        most_rows: Most rows, at random.
        evaluations: Most rows that each denoiser may be asked about.
        seed: Of rows and noise; the noise belongs to the row.
        batch: Rows at a time.
        device: Hand ``first`` float64 torch tensors on this device; ``second`` gets numpy arrays.
        part_file: Keeps finished batches: the same call goes on from there, bit for bit. Deleted at the end.
        keep_parts: Leave ``part_file`` where it is.
        labels: One a row, for denoisers that take labels (x, t, labels), both of them.

    Raises:
        InvalidInput: see `probed`, or for bad levels, or a budget that two rows exceed.
    """
    points, t = open_points(rows), loss_levels(levels)
    count = most_rows if evaluations is None else min(most_rows, (evaluations - PROBES) // len(t))
    if not (count >= 2):
        raise refusal(f"two rows take {PROBES + 2 * len(t)} network evaluations", evaluations, "raise `evaluations`")
    chosen = choose_queries(np.arange(points.n_points), count, seed)
    names = None if labels is None else np.asarray(labels)
    probes = [probed(m, points.shape, t, where, names) for m, where in ((first, device), (second, None))]
    parts = None
    if part_file is not None:
        digest, of = rows_digest(points, chosen), digest_of(None if names is None else names[chosen])
        stamp = {
            "kind": "denoiser distance",
            "version": __version__,
            "rows": digest,
            "levels": t.tolist(),
            "seed": seed,
            "batch": batch,
            "probes": probes,
            "labels": of,
        }

        def fits(start: int, squared: Any) -> bool:
            shape = len(chosen[start : start + batch]), len(t)
            return is_table(squared, shape) and min(map(min, squared)) >= 0

        parts = PartFile(Path(part_file), stamp, fits)
    known = {} if parts is None else parts.pieces
    for start in range(0, len(chosen), batch):
        if start not in known:
            part = chosen[start : start + batch]
            own = None if names is None else names[part]
            pair = LabelledMeans(first, own, device), LabelledMeans(second, own, None)
            known[start] = _squared(*pair, points, part, t, seed).tolist()
            if parts is not None:
                parts.add(start, known[start])
    if parts is not None and not keep_parts:
        parts.remove()
    squared = np.concatenate([np.array(known[start]) for start in range(0, len(chosen), batch)])
    series = series_of(squared)
    value = np.sqrt(series.value)
    error = np.divide(series.stderr, 2 * value, out=np.zeros_like(value), where=value > 0)
    return DenoiserDistance(t, value, error, len(chosen), PROBES + squared.size)


def _squared(
    first: LabelledMeans, second: LabelledMeans, points: Points, rows: Integers, t: Floats, seed: int
) -> Floats:
    """|m - m'|^2 / (N t) of these rows, (rows, levels)."""
    clean, noise = points.take(rows), normals_at(seed, "denoiser distance", rows, points.ambient_dim)
    out = np.empty((len(rows), len(t)))
    for k, level in enumerate(t):
        x = (clean + math.sqrt(level) * noise).reshape(len(rows), *points.shape)
        gaps = (first(x, float(level)) - second(x, float(level))).reshape(len(rows), -1)
        out[:, k] = (gaps * gaps).mean(axis=1) / level
    return out
