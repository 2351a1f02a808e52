"""Which rows are shown as pictures in a report."""

from collections.abc import Sequence

import numpy as np

from remanifold.audits.data.pictures import thumbnails
from remanifold.audits.inputs import AuditInputs
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.rows import DuplicateGroup, ExposedRow
from remanifold.data import Points
from remanifold.data.points import LATENTS

SHOWN_EXPOSED, SHOWN_GROUPS, SHOWN_MEMBERS, SHOWN_OVERLAP, SHOWN_PAIRS = 24, 12, 6, 12, 24


def gallery(
    inputs: AuditInputs, exposed: Sequence[ExposedRow], groups: Sequence[DuplicateGroup], check: HoldoutCheck | None
) -> dict[str, str]:
    """PNG data URIs by "train:ROW" and "holdout:ROW" of the first rows of the report's tables; empty if no images.

    Args:
        inputs: The data and the hold-out.
        exposed: Rows, first to collapse first.
        groups: Groups of duplicates.
        check: The check of the hold-out, or None.
    """
    overlap = check.overlap[:SHOWN_OVERLAP] if check is not None else ()
    wanted = [row for item in exposed[:SHOWN_EXPOSED] for row in (item.row, item.nearest_row)]
    wanted += [row for group in groups[:SHOWN_GROUPS] for row in group.members[:SHOWN_MEMBERS]]
    wanted += [training for _, training, _ in overlap]
    pictures = pictures_of("train", inputs.points, wanted)
    if inputs.holdout is not None:
        pictures |= pictures_of("holdout", inputs.holdout, [row for row, _, _ in overlap])
    return pictures


def pair_pictures(train: Points, samples: Points, pairs: Sequence[tuple[int, int]]) -> dict[str, str]:
    """The same by "sample:ROW" and "train:ROW" of pairs (sample, training row), in one brightness."""
    if not pairs:
        return {}
    train, samples = shown_rows(train), shown_rows(samples)
    drawn, rows = (np.unique(np.array(side, dtype=np.int64)) for side in zip(*pairs, strict=True))
    values = np.concatenate([samples.take(drawn, np.float32), train.take(rows, np.float32)])
    uris = thumbnails(values.reshape(-1, *train.shape))
    names = [f"sample:{row}" for row in drawn] + [f"train:{row}" for row in rows]
    return {} if uris is None else dict(zip(names, uris, strict=True))


def reference_pictures(train: Points, holdout: Points, pair: tuple[int, int]) -> dict[str, str]:
    """The same by "reference-holdout:ROW" and "reference-train:ROW" of one hold-out row and its nearest training row.

    Beside pairs of samples and training rows it tells the eye how alike rows are that nobody copied.
    """
    train, holdout = shown_rows(train), shown_rows(holdout)
    values = np.concatenate([holdout.take(np.array(pair[:1]), np.float32), train.take(np.array(pair[1:]), np.float32)])
    uris = thumbnails(values.reshape(-1, *train.shape))
    names = f"reference-holdout:{pair[0]}", f"reference-train:{pair[1]}"
    return {} if uris is None else dict(zip(names, uris, strict=True))


def shown_rows(points: Points) -> Points:
    """The pictures behind latents, else ``points``."""
    return points.as_read if points.record.kind == LATENTS and points.as_read is not None else points


def pictures_of(name: str, points: Points, rows: list[int]) -> dict[str, str]:
    """The same by "NAME:ROW" of some rows of one set."""
    chosen = np.unique(np.array(rows, dtype=np.int64))
    if not len(chosen):
        return {}
    points = shown_rows(points)
    uris = thumbnails(points.take(chosen, np.float32).reshape(len(chosen), *points.shape))
    return {} if uris is None else {f"{name}:{row}": uri for row, uri in zip(chosen, uris, strict=True)}
