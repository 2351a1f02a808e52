"""The numbers, notes and named samples of an audit of copies."""

import numpy as np
from numpy.typing import NDArray

from remanifold._core.progress import Progress
from remanifold.audits.copies_report import CopyNumber, FlaggedSample
from remanifold.data import Points
from remanifold.measures.cell_test import CellTest
from remanifold.measures.near_rows import NearRows, near_rows
from remanifold.measures.proportions import exact_interval
from remanifold.measures.ratio_test import RatioTest
from remanifold.measures.share_test import ShareTest

_MORE, _LESS = "higher: more copying", "lower: more copying"
_AUTHENTIC = "AuthPct: samples farther from their training row than its nearest other row is; never compare at other n"


def numbers_alone(points: Points, distinct: NDArray[np.int64], ours: NearRows, progress: Progress) -> list[CopyNumber]:
    """Numbers that need no hold-out."""
    m = len(ours.rows)
    rows, place = np.unique(ours.rows[:, 0], return_inverse=True)
    own = near_rows(points, distinct, points, rows, 1, same=True, progress=progress)
    copies, third = int((ours.nearest == 0).sum()), int((ours.ratio < 1 / 3).sum())
    authentic = int((ours.nearest > own.nearest[place]).sum())
    low, high = exact_interval(authentic, m)
    copied = float(len(np.unique(ours.rows[ours.nearest == 0, 0])))
    exact = "share of samples equal to a training row"
    return [
        CopyNumber("exact_copies", exact, copies / m, _MORE, "share", None, m, exact_interval(copies, m)),
        CopyNumber("copied_rows", "distinct training rows that a sample equals", copied, _MORE, "rows", None, m),
        CopyNumber(
            "third_rule", "share with d1/d2 < 1/3", third / m, _MORE, "share", None, m, exact_interval(third, m)
        ),
        CopyNumber("auth_pct", _AUTHENTIC, 100 * authentic / m, _LESS, "%", None, m, (100 * low, 100 * high)),
    ]


def numbers_of_tests(
    share: ShareTest, ratio: RatioTest, cells: CellTest | None, ours: NearRows, alpha: float
) -> list[CopyNumber]:
    """Numbers that rest on a hold-out."""
    m = share.n
    named = float((ratio.rates <= alpha).sum())
    closer = "share of samples nearer to training than to hold-out, ties split"
    found = [
        CopyNumber("closer_share", closer, share.share, _MORE, "share", share.null, m, share.interval, share.p_value),
        CopyNumber("dcr_share", "DCR share: the same in %", 100 * share.share, _MORE, "%", 100 * share.null, m),
        CopyNumber("named_samples", f"samples named at a false discovery rate {alpha}", named, _MORE, "rows", 0.0, m),
    ]
    if ratio.threshold is not None:
        below = int((ours.ratio < ratio.threshold).sum())
        what, ends = f"share with d1/d2 below {ratio.threshold:.4g}", exact_interval(below, m)
        found.append(
            CopyNumber("ratio_below_threshold", what, below / m, _MORE, "share", alpha, m, ends, ratio.p_value)
        )
    if cells is not None:
        n, what = cells.n_samples, f"C_T as published, {cells.cells} cells"
        found.append(CopyNumber("c_t", what, cells.raw, _LESS, "z", 0.0, n))
        what = "C_T with unit variance"
        found.append(CopyNumber("c_t_corrected", what, cells.z, _LESS, "z", 0.0, n, None, cells.p_value))
    return found


def notes_of_tests(share: ShareTest, ratio: RatioTest) -> list[str]:
    """What these tests cannot see."""
    best = [x for x in (share.detectable, ratio.detectable) if x is not None]
    missed = f"below {min(best):.2%} of samples would be missed" if best else "of any share could be missed"
    notes = [
        f"With these n, copying {missed} more often than one time in five, were each copy nearer to its row than all "
        "held-out rows are to theirs.",
        "Samples that are unlike held-out rows for another reason than copying, like less variety, are rejected too.",
    ]
    if ratio.fewest_named > 1:
        notes.append(f"So few held-out rows cannot name fewer than {ratio.fewest_named} samples.")
    return notes


def flagged_samples(ours: NearRows, rates: NDArray[np.float64] | None, alpha: float) -> tuple[FlaggedSample, ...]:
    """Exact copies, and samples named at the false discovery rate ``alpha``; smallest d1/d2 first."""
    named = ours.nearest == 0
    if rates is not None:
        named = named | (rates <= alpha)
    rows = np.flatnonzero(named)
    rows = rows[np.lexsort((rows, ours.ratio[rows]))]
    return tuple(
        FlaggedSample(
            int(i),
            int(ours.rows[i, 0]),
            float(ours.nearest[i]),
            float(ours.ratio[i]),
            None if rates is None else float(rates[i]),
        )
        for i in rows
    )
