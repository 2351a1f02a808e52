"""Rows that recur: which samples equal training rows, and which of these a fresh draw would hit by itself."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold.audits.records.samples import TEST_LEVEL, CopyNumber
from remanifold.audits.samples.sets import CopySets, RowSet
from remanifold.measures.copies.recurrence import detectable_copies, is_cleaned, is_leak
from remanifold.measures.estimates.proportions import more_often
from remanifold.measures.neighbours.near_rows import NearRows

_FINE_STEPS, _FINE_CHANCE, _MOST_DIMS = 10, 0.01, 8
_POWER = 0.8
_MISSED = 0.01  # chance that a row which recurs, repeated in the training data, misses the hold-out
_FINE_ROWS = 1000  # training rows that tell how fine the data are


@dataclass(frozen=True)
class Recurrence:
    """What equals training rows, at the duplicate distance or nearer, counted before anything is left out.

    Attributes:
        samples: Samples that equal a training row, (m,).
        holdout: Hold-out rows that do, (n,); None without a hold-out.
        beyond: Samples that equal a training row which no hold-out row hits, and are not one value repeated, (m,).
        lone: Hold-out rows that equal a training row which no other hold-out row hits, likewise, (n,): as often as
            ``beyond`` where samples recur as unseen rows do.
        copies: Those of them that are copies: chance does not explain any of them, (m,).
        named: These, and where rows are fine and there are more of ``beyond`` than chance explains, all of them, (m,).
        rows: Distinct training rows that some hold-out row hits, ascending.
        p_value: Of more samples ``beyond`` than hold-out rows ``lone``; None without a hold-out.
        leak: Whether more hold-out rows equal training rows than these equal each other, or one does that chance
            cannot make equal.
        cleaned: Whether hold-out rows equal each other far more often than training rows, as if such rows had been
            taken out of it.
        distance: The duplicate distance.
        fine: Whether rows are so fine-grained that two never are equal by chance.
        counted: Hold-out rows that count, one of each person, where rows belong together, (n,).
    """

    samples: NDArray[np.bool_]
    holdout: NDArray[np.bool_] | None
    beyond: NDArray[np.bool_]
    copies: NDArray[np.bool_]
    rows: NDArray[np.int64]
    p_value: float | None
    leak: bool
    fine: bool
    counted: NDArray[np.bool_] | None = None
    lone: NDArray[np.bool_] | None = None
    named: NDArray[np.bool_] | None = None
    cleaned: bool = False
    distance: float = 0.0

    @property
    def lone_counts(self) -> tuple[int, int]:
        """Independent hold-out rows that are ``lone``, of how many."""
        lone = self.is_holdout if self.lone is None else self.lone
        return int((lone & self.independent).sum()), int(self.independent.sum())

    @property
    def independent(self) -> NDArray[np.bool_]:
        """Hold-out rows that count, (n,): all, or one of each person."""
        return np.ones(len(self.is_holdout), dtype=bool) if self.counted is None else self.counted

    @property
    def holdout_counts(self) -> tuple[int, int]:
        """Independent hold-out rows that equal a training row, of how many."""
        return int((self.is_holdout & self.independent).sum()), int(self.independent.sum())

    @property
    def is_holdout(self) -> NDArray[np.bool_]:
        """Hold-out rows that equal a training row, (n,); none without a hold-out."""
        return np.empty(0, dtype=bool) if self.holdout is None else self.holdout

    @property
    def is_empty(self) -> bool:
        """Whether no hold-out row equals a training row."""
        return not len(self.rows)


def recurrence(
    sets: CopySets, near: NearRows, own: NDArray[np.float64], distance: float, counted: NDArray[np.bool_] | None = None
) -> Recurrence:
    """Compare samples and hold-out rows that equal training rows.

    Args:
        sets: The sets.
        near: The nearest training rows of the samples.
        own: Distances of distinct training rows to their nearest others, (k,).
        distance: At which rows are equal; rows that only rounding tells apart are, on both sides.
        counted: Hold-out rows that count, one of each person, where rows belong together, (n,).
    """
    exact, rounding = sets.equal.of >= 0, sets.equal.rounding
    apart, distance = distance, max(distance, rounding)
    hit = exact | (near.nearest <= distance)
    fine = _is_fine(sets.train, own, len(hit))
    vary = _vary(sets.samples, rounding)
    unlike_chance = exact & vary & fine
    if sets.holdout is None or sets.holdout_near is None:
        nothing = np.empty(0, dtype=np.int64)
        return Recurrence(hit, None, hit, unlike_chance, nothing, None, False, fine)
    theirs = sets.holdout_near
    holdout = theirs.nearest <= distance
    at = theirs.distances <= distance
    rows, times = np.unique(theirs.rows[at], return_counts=True)
    often = np.isin(theirs.rows, rows[times > 1]) & at
    lone = holdout & ~often.any(axis=1) & _vary(sets.holdout, rounding)
    first = near.rows[:, 0]
    recurs = np.isin(first, rows) | (np.isin(near.rows, rows) & (near.distances <= distance)).any(axis=1)
    beyond = hit & ~recurs & vary
    found = Recurrence(hit, holdout, beyond, beyond, rows, None, False, fine, counted, lone)
    equal, independent = found.holdout_counts
    p_value = more_often(int(beyond.sum()), len(hit), *found.lone_counts)
    n = len(sets.train.rows)
    once = (sets.equal.copies == 1) | ((n / (n + len(holdout))) ** sets.equal.copies < _MISSED)  # else it may recur
    if counted is not None:  # copies within one person say nothing about what recurs
        once = sets.equal.copies == 1
    repeated = len(sets.train.rows) - len(sets.train.single)
    leak = is_leak(equal, independent, repeated, len(sets.train.rows))
    if leak:  # the hold-out holds training rows, and what it hits says nothing about what recurs
        copies = unlike_chance & once
    else:
        copies = unlike_chance & beyond & once & (not _recur(sets, theirs, holdout, rounding))
    named = copies | (beyond & fine & (p_value < TEST_LEVEL))
    if fine and not leak:  # rows that vary and are not repeated do not recur where equal rows cannot be chance
        leak = bool((holdout & _vary(sets.holdout, rounding) & np.isin(theirs.rows[:, 0], sets.train.single)).any())
    own_repeats = len(sets.holdout.rows) - len(sets.holdout.single)
    cleaned = counted is None and len(holdout) <= n and is_cleaned(int(holdout.sum()), own_repeats, len(holdout))
    judged = {"named": named, "p_value": p_value, "leak": leak, "cleaned": cleaned}
    return replace(found, copies=copies, distance=apart, **judged)


def _recur(sets: CopySets, near: NearRows, hits: NDArray[np.bool_], rounding: float) -> bool:
    """Whether rows that vary recur in these data, so that one equal row proves nothing.

    They do where hold-out rows equal each other, or equal training rows that are repeated there. Repeated training rows
    alone are no sign of it, since somebody may have repeated them, nor are hits of single ones, which may be a leak.

    Args:
        sets: The sets, with a hold-out.
        near: Nearest training rows of hold-out rows.
        hits: Hold-out rows that equal a training row, (n,).
        rounding: See `equal_but_rounding`.
    """
    holdout = sets.holdout
    if holdout is None:
        return False
    again = ~np.isin(holdout.rows, holdout.single) | (hits & ~np.isin(near.rows[:, 0], sets.train.single))
    if not again.any():
        return False
    some = holdout.rows[again][:_FINE_ROWS]
    return holdout.points.ambient_dim == 1 or bool((np.ptp(holdout.points.take(some), axis=1) > 2 * rounding).any())


def recurrence_number(found: Recurrence, row: str) -> CopyNumber | None:
    """The number for the report; None without a hold-out."""
    if found.holdout is None or found.p_value is None:
        return None
    m = len(found.samples)
    what = (
        f"share of samples equal to a training {row}, or within the duplicate distance, that no hold-out {row} equals"
    )
    lone, independent = found.lone_counts
    null, value = lone / independent, float(found.beyond.mean())
    return CopyNumber(
        "copies_beyond_recurrence", what, value, "higher: more copying", "share", null, m, None, found.p_value
    )


def detectable_equal(found: Recurrence) -> float | None:
    """Least share of samples equal to training rows found with 80 % power; where chance makes none, one copy is."""
    m = len(found.samples)
    if found.fine:
        return 1 - (1 - _POWER) ** (1 / m)  # a sample or more is a copy
    if found.holdout is None:
        return None
    return detectable_copies(m, *found.lone_counts, level=TEST_LEVEL, power=_POWER)


def recurrence_notes(found: Recurrence, row: str) -> list[str]:
    """What recurs, in words; nothing where nothing does."""
    if found.holdout is None:
        odd = int((found.samples & ~found.copies).sum())
        rest = f"{row}s of these data can be equal by chance, and only a hold-out tells how often"
        return [f"{odd} samples equal a training {row} without being called copies: {rest}."] if odd else []
    h, n, k, m = int(found.holdout.sum()), len(found.holdout), int(found.samples.sum()), len(found.samples)
    if not h:
        return []
    lone, beyond = found.lone_counts[0], int(found.beyond.sum())
    near = f" or lie within {found.distance:.3g} of it" if found.distance else ""
    shares = (
        f"{h} of {n} hold-out {row}s and {k} of {m} samples equal a training {row}{near}, {lone} and {beyond} of them "
        f"one that no other hold-out {row} equals (p = {found.p_value:.3g})"
    )
    if found.leak:
        words = f"Leak: more than {row}s that recur explain, so that the hold-out seems to hold training {row}s"
    else:
        words = (
            f"{row.capitalize()}s that recur, or a leak that counts cannot tell from it: training {row}s equal each "
        )
        words += "other as often"
    return [
        f"{words}. {shares}; training {row}s that the hold-out hits, and what equals them, are left out of the tests."
    ]


def _vary(samples: RowSet, rounding: float) -> NDArray[np.bool_]:
    """Which samples are not one value repeated but for rounding, (m,); rows of one number count as such that vary."""
    if samples.points.ambient_dim == 1:
        return np.ones(len(samples.rows), dtype=bool)
    step = max(1, 2**22 // samples.points.ambient_dim)
    parts = (samples.points.chunk(i, min(i + step, len(samples.rows))) for i in range(0, len(samples.rows), step))
    return np.concatenate([np.ptp(part, axis=1) > 2 * rounding for part in parts])


def _is_fine(train: RowSet, own: NDArray[np.float64], n_samples: int) -> bool:
    """Whether equal rows cannot be chance: distances of many steps between values, or a column of distinct numbers.

    A fresh row equals one at d steps' distance in D columns with a chance of the order d^-D.
    """
    if not len(train.single):
        return False
    chosen = train.single[np.linspace(0, len(train.single) - 1, min(_FINE_ROWS, len(train.single))).astype(np.int64)]
    values = train.points.take(chosen)
    steps = []
    for column in values.T:
        levels = np.unique(column)
        if len(levels) < 2:
            continue
        steps.append(np.diff(levels).min())
        if len(levels) == len(column) and len(column) > 2:
            with np.errstate(all="ignore"):
                digits = 10.0 ** (5 - np.floor(np.log10(np.abs(column))))
                if np.mean(np.abs(np.round(column * digits) / digits - column) > 0) > 0.9:  # more than six digits
                    return True
    if not steps:
        return False
    far = float(np.median(own)) / float(np.quantile(steps, 0.75))
    return far >= _FINE_STEPS and n_samples * far ** -min(len(steps), _MOST_DIMS) <= _FINE_CHANCE
