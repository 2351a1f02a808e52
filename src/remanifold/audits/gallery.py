"""Which rows are shown as pictures in a report."""

from collections.abc import Iterable

import numpy as np

from remanifold.audits.pictures import thumbnails
from remanifold.data import Points

SHOWN_EXPOSED, SHOWN_GROUPS, SHOWN_MEMBERS, SHOWN_OVERLAP = 24, 12, 6, 12


def gallery(
    points: Points,
    holdout: Points | None,
    exposed: Iterable[tuple[int, int]],
    groups: Iterable[tuple[int, ...]],
    overlap: Iterable[tuple[int, int, float]],
) -> dict[str, str]:
    """PNG data URIs by "train:ROW" and "holdout:ROW" of the first rows of the report's tables; empty if no images.

    Args:
        points: The data.
        holdout: The hold-out, or None.
        exposed: (row, nearest row), first to collapse first.
        groups: Members of the groups of duplicates.
        overlap: (hold-out row, training row, distance).
    """
    overlap = list(overlap)[:SHOWN_OVERLAP]
    wanted = [row for pair in list(exposed)[:SHOWN_EXPOSED] for row in pair]
    wanted += [row for members in list(groups)[:SHOWN_GROUPS] for row in members[:SHOWN_MEMBERS]]
    wanted += [training for _, training, _ in overlap]
    pictures = _pictures("train", points, wanted)
    if holdout is not None:
        pictures |= _pictures("holdout", holdout, [row for row, _, _ in overlap])
    return pictures


def _pictures(name: str, points: Points, rows: list[int]) -> dict[str, str]:
    chosen = np.unique(np.array(rows, dtype=np.int64))
    if not len(chosen):
        return {}
    uris = thumbnails(points.take(chosen, np.float32).reshape(len(chosen), *points.shape))
    return {} if uris is None else {f"{name}:{row}": uri for row, uri in zip(chosen, uris, strict=True)}
