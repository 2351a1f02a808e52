"""Are samples prepared as the training rows are? Where they are not, no all-clear can be given."""

import numpy as np

from remanifold._core.types import Floats
from remanifold.audits.samples.sets import RowSet
from remanifold.measures.copies.share_test import ShareTest
from remanifold.measures.estimates.series import choose_queries

_FACTOR = 3.0
_ROWS = 1000
_LEVEL = 0.01


def scale_doubts(
    train: RowSet, samples: RowSet, nearest: Floats, expected: Floats, closer: ShareTest | None, seed: int
) -> list[str]:
    """Sentences why samples do not fit the training rows; nothing where they do.

    Args:
        train, samples: The sets.
        nearest: Distances of samples to their nearest training rows.
        expected: The same of hold-out rows, or without these of training rows to their nearest others.
        closer: The test against the hold-out, where there is one.
        seed: Of the rows whose location and spread are compared.
    """
    ours, theirs = (s.points.take(choose_queries(s.rows, _ROWS, seed)) for s in (train, samples))
    centre = [np.mean(rows, axis=0) for rows in (ours, theirs)]
    spread = [float(np.median(np.linalg.norm(r - c, axis=1))) for r, c in zip((ours, theirs), centre)]
    moved, doubts = float(np.linalg.norm(centre[1] - centre[0])), []
    alike = "were all sets prepared alike, say in -1..1 and not in 0..255? Copies could not be seen then."
    if not spread[0] / _FACTOR <= spread[1] <= spread[0] * _FACTOR:
        doubts.append(f"The scale of the samples is {_times(spread[1], spread[0])} that of the training rows: {alike}")
    elif moved > _FACTOR * spread[0]:
        doubts.append(
            f"The mean of the samples lies {_times(moved, spread[0])} the training rows' spread away: {alike}"
        )
    far, near = float(np.median(nearest)), float(np.median(expected)) if len(expected) else 0.0
    if near > 0 and far > _FACTOR * near and not doubts:
        doubts.append(
            f"Samples lie {far / near:.3g} times as far from the training rows as unseen rows do (medians): {alike}"
        )
    if closer is not None and closer.p_fewer < _LEVEL:
        doubts.append(
            f"Samples are nearer to the hold-out than chance allows: {closer.share:.0%} lie nearer to training where "
            f"{closer.null:.0%} are expected (p = {closer.p_fewer:.2g}); the sets are not of one source."
        )
    return doubts


def _times(value: float, of: float) -> str:
    return f"{value / of:.3g} times" if of > 0 else "not"
