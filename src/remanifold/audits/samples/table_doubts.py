"""What tells tables apart by more than chance: words that training rows lack, missing cells, columns left out.

A word that no training row has is as far from every training row as any other word: where samples spell a column
otherwise, no distance shows a copy. Of honest rows the share with such words is about the share of training rows whose
word is theirs alone (Good, Biometrika 40, 237, 1953).
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from remanifold.audits.records.samples import GIVEN_BACK, LEFT_OUT, UNSEEN, VOID, CopiesRecord, tests_hold
from remanifold.data import Points
from remanifold.data.tables.cells import Column
from remanifold.data.tables.spelling import same_words

_LEVEL = 1e-3  # of all columns together
_LEAST = 0.05  # share of cells that is told
_HIDDEN = 0.5  # share of rows that missing cells set apart, from which on no all-clear is given
_LONG = 60  # letters of a name
_ERRORS = 6  # standard errors, and cells, that an expected share may be larger: several words may be as rare


def with_table_doubts(record: CopiesRecord, train: Points, samples: Points, holdout: Points | None) -> CopiesRecord:
    """``record`` with doubts and notes on columns whose words or missing cells differ, and on those left out.

    Args:
        record: Of the samples.
        train, samples, holdout: The sets, embedded alike.
    """
    doubts, notes = _differences(train, {"samples": samples} | ({} if holdout is None else {"hold-out": holdout}))
    every = (*doubts, *record.doubts)
    return replace(
        record,
        doubts=every,
        warnings=(*doubts, *record.warnings),
        notes=(*notes, *record.notes),
        flagged=record.flagged if tests_hold(every) else record.copied,
    )


def holdout_notes(train: Points, holdout: Points | None) -> tuple[str, ...]:
    """The same of training rows and a hold-out alone, all as notes."""
    doubts, notes = _differences(train, {} if holdout is None else {"hold-out": holdout})
    return (*doubts, *notes)


def _differences(train: Points, sets: Mapping[str, Points]) -> tuple[list[str], list[str]]:
    """Doubts and notes on ``sets`` that were embedded like ``train``."""
    if train.cells is None:
        return [], []
    columns = {name: _columns(points) for name, points in sets.items()}
    ours = _columns(train)
    counted = [ours[column.name] for column in train.cells.embedding.columns]
    doubts, notes = [], []
    for name, theirs in columns.items():
        doubts += _unseen(counted, columns, name)
        apart, told = _missing(counted, theirs, name)
        doubts, notes = doubts + apart, notes + told
    return doubts, _left_out(train.cells.embedding.left_out, ours, columns) + notes


def _columns(points: Points) -> Mapping[str, Column]:
    return {} if points.cells is None else {column.name: column for column in points.cells.columns}


def quoted(name: str) -> str:
    """The name of a column in one line, in backquotes."""
    return f"`{' '.join(name.split())[:_LONG].replace('`', chr(39))}`"


def _ends(name: str, question: str) -> str:
    return f": {question} {UNSEEN}" if name == "samples" else f"; {VOID}"


def _unseen(train: list[Column], sets: Mapping[str, Mapping[str, Column]], name: str) -> list[str]:
    """Columns in which more cells of the set ``name`` than chance allows hold words that no training row has."""
    words = [column for column in train if column.kind == "category"]
    found = []
    for ours in words:
        shares = {one: _unseen_share(ours, theirs[ours.name]) for one, theirs in sets.items()}
        expected = _expected(ours, shares, name, _LEVEL / len(words))
        if expected:
            found.append(
                f"In column {quoted(ours.name)} {shares[name][0]:.0%} of the cells of the {name} hold words that no "
                f"training row has, where {expected}{_ends(name, 'are both tables spelled alike?')}"
            )
    return found


def _unseen_share(ours: Column, theirs: Column) -> tuple[float, int]:
    """The share of cells with words that training rows lack, and of how many."""
    known, m = ours.used, len(theirs.numbers)
    new = np.array([word not in known for word in theirs.words], dtype=bool)
    return (float(new[theirs.numbers.astype(np.int64)].mean()) if m else 0.0), m


def _expected(ours: Column, shares: Mapping[str, tuple[float, int]], name: str, level: float) -> str:
    """How many cells of the set ``name`` with words that training rows lack chance explains; "" where it explains all.

    By the words that single training rows have, and for samples also by the hold-out (Fisher's exact test), which such
    a column of rare words needs.
    """
    counts = np.bincount(ours.numbers.astype(np.int64), minlength=len(ours.words))
    n, once = int(counts.sum()), int((counts == 1).sum())
    most = min(1.0, (once + _ERRORS * (math.sqrt(once) + 1)) / n)
    share, m = shares[name]
    tried = min(m, n)  # more cells than training rows repeat the same new words
    if share > max(_LEAST, most) and stats.binom.sf(round(share * tried) - 1, tried, most) < level / 2:
        return f"at most {most:.1%} are expected"
    if name != "samples" or "hold-out" not in shares:
        return ""
    (k, k_holdout), m_holdout = (round(part * of) for part, of in shares.values()), shares["hold-out"][1]
    p_value = stats.hypergeom.sf(k - 1, m + m_holdout, k + k_holdout, m)
    apart = share - shares["hold-out"][0] > _LEAST and p_value < level / 2
    return f"{shares['hold-out'][0]:.0%} of those of the hold-out do" if apart else ""


def _missing(train: list[Column], theirs: Mapping[str, Column], name: str) -> tuple[list[str], list[str]]:
    """A doubt where missing cells set most rows apart, and notes on columns that lack other shares of their cells."""
    notes, fewer, more = [], [], []
    for ours in train:
        gaps = ours.missing, theirs[ours.name].missing
        shares = float(gaps[0].mean()), float(gaps[1].mean())
        if abs(shares[0] - shares[1]) > _LEAST and _differ(*gaps, _LEVEL / len(train)):
            notes.append(
                f"In column {quoted(ours.name)} {shares[1]:.0%} of the cells of the {name} are missing, and "
                f"{shares[0]:.0%} of those of the training rows."
            )
            (more if shares[1] > shares[0] else fewer).append(gaps)
    for columns in (more, fewer):
        if not columns:
            continue
        apart = [float(np.any([gap[side] for gap in columns], axis=0).mean()) for side in (0, 1)]
        if abs(apart[0] - apart[1]) > _HIDDEN:
            return [notes[0].removesuffix(".") + _ends(name, "do both tables leave the same cells out?")], notes
    return [], notes


def _differ(ours: NDArray[np.bool_], theirs: NDArray[np.bool_], level: float) -> bool:
    """Whether two shares differ, by both one-sided exact tests of Fisher."""
    law = stats.hypergeom(len(ours) + len(theirs), int(ours.sum() + theirs.sum()), len(theirs))
    k = int(theirs.sum())
    return 2 * min(float(law.cdf(k)), float(law.sf(k - 1))) < level


def _left_out(
    left_out: tuple[tuple[str, str], ...], ours: Mapping[str, Column], sets: Mapping[str, Mapping[str, Column]]
) -> list[str]:
    """Columns that were not compared, and how many rows share their value there with a training row."""
    told = []
    for column, why in left_out:
        train, counts = ours[column], {}
        for name, theirs in sets.items():
            other = theirs[column]
            if train.kind == other.kind == "category":
                counts[name] = _shared(train, other), len(other.values)
        words = [f"{k} of {n} {_ROWS[name]}" for name, (k, n) in counts.items()]
        end = (
            f": {' and '.join(words)} share its value with a training row{_more(counts, len(left_out))}"
            if words
            else ""
        )
        told.append(f"{LEFT_OUT}{quoted(column)[1:]} was left out ({why}){end}.")
    return told


_ROWS = {"samples": "samples", "hold-out": "hold-out rows"}


def _shared(train: Column, other: Column) -> int:
    known = train.used
    same = same_words(other.used, known)
    shared = np.array([word in known or word in same for word in other.words], dtype=bool)
    return int(shared[other.numbers.astype(np.int64)].sum())


def _more(counts: Mapping[str, tuple[int, int]], tests: int) -> str:
    """Words where samples share values more often than hold-out rows do, by the exact test of Fisher."""
    if len(counts) < len(_ROWS):
        return ""
    (k, n), (of_holdout, n_holdout) = counts["samples"], counts["hold-out"]
    p_value = float(stats.hypergeom.sf(k - 1, n + n_holdout, k + of_holdout, n))
    return f", {GIVEN_BACK} (p = {p_value:.2g})" if p_value < _LEVEL / tests else ""
