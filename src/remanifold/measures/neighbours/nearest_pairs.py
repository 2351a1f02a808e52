"""The nearest row of one set for every row of another, by the pruned search of the exact score at vanishing noise."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from remanifold._core.kept.part_file import PartFile, is_table
from remanifold._core.progress import Progress
from remanifold._core.types import Floats, Integers
from remanifold._core.version import __version__
from remanifold.data import Points
from remanifold.data.rows import LEAST_POINTS
from remanifold.measures.neighbours.close_pairs import FoundPairs
from remanifold.scores import EmpiricalScore

_NO_NOISE = 1e-300  # the score raises it to its floor, where the nearest row has all weight
_LEAST_BYTES, _MOST_BYTES, _SHARE = 2**22, 2**25, 16  # of rows of A asked for at once, in float64; part of the budget
_MOST_ROWS = 1024
_STAGES = ("reading the data", "indexing")


def nearest_pairs(
    a: Points,
    b: Points | None,
    distance: float,
    memory: int,
    checkpoint: tuple[str | Path, tuple[str, ...]] | None,
    progress: Progress,
) -> FoundPairs:
    """Each row of ``a`` with its nearest row of ``b``, or other row of ``a``, where that is within ``distance``.

    ``checkpoint``: a file that keeps finished rows, and the fingerprints of the data. Which rows can be nearest is
    decided by bounds that hold with rounding, which is by float64 differences.
    """
    held = min(_MOST_BYTES, max(_LEAST_BYTES, memory // _SHARE))
    step = max(1, min(_MOST_ROWS, held // (8 * a.ambient_dim)))
    file = None
    if checkpoint is not None:
        stamp = {"kind": "nearest rows", "version": __version__, "fingerprints": list(checkpoint[1]), "rows": step}
        file = PartFile(
            Path(checkpoint[0]), stamp, lambda start, found: _fits(found, start, step, a, a if b is None else b)
        )
    done = {} if file is None else file.pieces
    few = b is not None and b.n_points < LEAST_POINTS
    searched = a if b is None else b
    score = None if few else EmpiricalScore(searched, memory=memory, progress=partial(_heard, progress))
    pairs = FoundPairs(None)
    for start in range(0, a.n_points, step):
        own = np.arange(start, min(start + step, a.n_points))
        if start not in done:
            rows, distances = _nearest(score, a, b, own)
            if file is not None:
                file.add(start, [rows.tolist(), distances.tolist()])
        else:
            rows, distances = np.array(done[start][0], dtype=np.int64), np.array(done[start][1])
        near = distances <= distance
        pairs.add(own[near], rows[near], distances[near])
        progress("nearest rows", start + len(own), a.n_points)
    if file is not None:
        file.remove()
    return pairs


def _fits(found: Any, start: int, step: int, a: Points, b: Points) -> bool:
    """Whether ``found`` can be the nearest rows, and the distances to them, of the block that begins at ``start``."""
    count = min(step, a.n_points - start)
    rows, distances = (np.array(column) for column in found)
    known = is_table(rows, (count,)) and is_table(distances, (count,)) and rows.dtype.kind == "i"
    return start >= 0 and start % step == 0 and known and 0 <= rows.min() <= rows.max() < b.n_points


def _heard(progress: Progress, stage: str, done: int, total: int) -> None:
    """Pass on what takes place once; the score's steps within one chunk would drown the rest."""
    if stage in _STAGES:
        progress(stage, done, total)


def _nearest(score: EmpiricalScore | None, a: Points, b: Points | None, own: Integers) -> tuple[Integers, Floats]:
    """The nearest row of each of ``own``, and how far it is; without a score ``b`` has too few rows for one."""
    values = a.chunk(int(own[0]), int(own[-1]) + 1)
    if score is None:
        others = a if b is None else b
        gaps = np.stack([np.linalg.norm(values - row, axis=1) for row in others.chunk(0, others.n_points)], axis=1)
        return gaps.argmin(axis=1), gaps.min(axis=1)
    _, nearest = score.weights(values.reshape(len(own), *score.shape), _NO_NOISE, top=2 if b is None else 1)
    best = np.asarray(nearest, dtype=np.int64)
    rows = best[:, 0].copy()
    if b is None:
        itself = rows == own  # a row that is not among its best two has copies there
        rows[itself] = best[itself, 1]
    return rows, np.linalg.norm(values - (a if b is None else b).take(rows), axis=1)
