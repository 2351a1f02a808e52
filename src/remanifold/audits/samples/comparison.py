"""Are generated samples copies? Tests against a hold-out, and the usual statistics under their own names."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.checks import number, share, whole
from remanifold._core.compute import Compute
from remanifold._core.errors import require
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import generator
from remanifold.audits.records.samples import TEST_LEVEL, VOID, CopiesRecord, tests_hold
from remanifold.audits.samples.groups import GroupsOfSets, exchangeable_rows, groups_of
from remanifold.audits.samples.maps import matched_steps
from remanifold.audits.samples.numbers import (
    CopyTests,
    certain_copies,
    control_number,
    notes_of_tests,
    numbers_alone,
    numbers_of_tests,
    rounding_notes,
    samples_beside,
)
from remanifold.audits.samples.of_tables import distance_curves
from remanifold.audits.samples.recurring import (
    Recurrence,
    detectable_equal,
    recurrence,
    recurrence_notes,
    recurrence_number,
)
from remanifold.audits.samples.rounding import equal_but_rounding, rounding_of
from remanifold.audits.samples.scale import few_notes, map_notes, nearer_doubts, scale_doubts
from remanifold.audits.samples.sets import CopySets, RowSet, nearest_of, nearest_other
from remanifold.data.pictures.noun import noun_of
from remanifold.measures import closer_share
from remanifold.measures.copies.cell_test import cell_test
from remanifold.measures.copies.near_copy_test import detectable_near, near_copy_test
from remanifold.measures.copies.ratio_test import ratio_test
from remanifold.measures.copies.share_test import share_test
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.near_rows import NearRows, near_rows

_CELL_ROWS, _MOST_CELLS = 50, 10  # hold-out rows a cell of C_T
_CONTROL_ROWS, _CONTROL_Z = 2000, 3.0
_NO_HOLDOUT = (
    "Without a hold-out it cannot be known whether these samples are nearer to training {row}s than unseen data are: "
    "there is no test, no false-positive rate and no named sample but exact copies."
)

_CLEANED = (
    "Hold-out {row}s equal each other, and hardly any equals a training {row}: {row}s that equal training {row}s seem "
    "to have been taken out of the hold-out. Put them back; without them what recurs by itself looks like copying."
)


@dataclass(frozen=True)
class CopiesOptions:
    """What an audit of samples is asked, checked before any work starts.

    Raises:
        InvalidInput: in one sentence, for each number that cannot be used.
    """

    alpha: float = 0.05
    duplicate_distance: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        share("`alpha`", self.alpha, example=0.05)
        number("`duplicate_distance`", self.duplicate_distance, least=0, do="pass e.g. 0.01 (data units)")
        whole("`seed`", self.seed, most=2**63 - 1)


def compare(sets: CopySets, options: CopiesOptions, parameters: Mapping[str, object], compute: Compute) -> CopiesRecord:
    """What `audit_copies` says of sets that are open and fit each other.

    Args:
        sets: Training rows, samples and, for a test, the hold-out.
        options: What is asked.
        parameters: For the record, beside the options.
        compute: What the work may use.

    Raises:
        InvalidInput: for fewer than 3 distinct training rows.
    """
    mapping = None if parameters.get("samples_map") is None else str(parameters["samples_map"])
    n, row = len(sets.train.distinct), noun_of(sets.shape)
    require(n >= 3, "train must have at least 3 distinct rows", n, "pass the whole training set")
    groups = groups_of(sets, options.seed)
    sets = sets if groups is None else groups.sets
    near = nearest_of(sets.train, sets.samples, compute)
    sets, own, found = _recurring(sets, groups, near, options, compute)
    numbers = numbers_alone(sets.train, near, sets.equal, compute, row)
    near = near if groups is None else groups.near(near, sets.samples, compute)
    numbers.insert(1, certain_copies(found.copies, row))
    rates, detectable, elsewhere, notes = None, {}, [], [_NO_HOLDOUT.format(row=row)]
    expected, closer = own, None
    sizes, distinct = {"train": len(sets.train.rows), "samples": len(sets.samples.rows)}, {"train_distinct": n}
    if sets.holdout is not None and sets.holdout_near is not None and found.holdout is not None:
        unseen = sets.holdout_near.nearest[~found.holdout & found.independent]
        holdout_near = sets.holdout_near if groups is None else groups.near(sets.holdout_near, sets.holdout, compute)
        tests = _tests(sets, sets.holdout, holdout_near, near, found, options, compute)
        numbers += numbers_of_tests(tests, recurrence_number(found, row), near, options.alpha, row)
        closer = tests.closer
        detectable = {
            "closer_share": None if tests.closer is None else tests.closer.detectable,
            "ratio": None,
            "near": None,
        }
        if tests.outstanding is not None:
            unseen_near = holdout_near.distances[(holdout_near.nearest > 0) & found.independent]
            detectable["near"] = detectable_near(near.distances[tests.of], unseen_near, level=TEST_LEVEL)
        least = min((power for power in detectable.values() if power is not None), default=None)
        detectable["equal"] = None if matched_steps(mapping) else detectable_equal(found)
        size = len(sets.holdout.distinct) if groups is None else found.holdout_counts[1]
        unit = f"hold-out {row}s" if groups is None else f"groups of hold-out {row}s"
        notes = notes_of_tests(tests, least, (len(sets.samples.rows), size), row, unit)
        if tests.ratio is not None:
            rates = np.ones(len(near.rows))
            rates[tests.of] = tests.ratio.rates
            detectable["ratio"] = tests.ratio.detectable
        if len(unseen):
            control = closer_share(unseen, own)
            numbers.append(control_number(control, len(unseen), row))
            elsewhere, expected = _elsewhere(control, row), unseen
        sizes["holdout"], distinct["holdout_distinct"] = len(sets.holdout.rows), len(sets.holdout.distinct)
    words = recurrence_notes(found, row) + rounding_notes(sets.equal, row)
    if groups is not None:
        distinct |= groups.sizes
        elsewhere, notes = groups.warnings(row) + elsewhere, groups.notes(row) + notes
    doubts = scale_doubts(
        sets.train,
        sets.samples,
        near.nearest,
        expected,
        options.seed,
        compute,
        mapping,
        row=row,
        maps=_may_be_mapped(sets, parameters),
    )
    doubts += nearer_doubts(closer) + elsewhere + ([_CLEANED.format(row=row)] if found.cleaned else [])
    doubts, notes = (words + doubts, notes) if found.leak else (doubts, words + notes)
    notes = few_notes(len(sets.samples.rows), row) + map_notes(mapping, row) + notes
    flagged, closest = samples_beside(
        near, sets.equal, found.copies if found.named is None else found.named, rates, options.alpha
    )
    asked = {
        "alpha": options.alpha,
        "duplicate_distance": options.duplicate_distance,
        "device": compute.device,
        "rounding": sets.equal.rounding,
    }
    return CopiesRecord(
        sources=dict(sets.sources),
        fingerprints=dict(sets.fingerprints),
        sizes=sizes | distinct,
        parameters=asked | dict(parameters),
        seed=options.seed,
        numbers=tuple(numbers),
        flagged=flagged if tests_hold(doubts) else tuple(pair for pair in flagged if pair.ratio == 0),
        closest=closest,
        detectable=detectable,
        warnings=tuple(doubts),
        notes=tuple(notes),
        doubts=tuple(doubts),
        difference=sets.equal.difference,
        shape=sets.shape,
        reference=_usual(sets),
        curves=distance_curves(near.nearest, None if sets.holdout_near is None else sets.holdout_near.nearest),
    )


def _usual(sets: CopySets) -> tuple[int, int] | None:
    """A hold-out row at the median distance from its nearest training row, and that row."""
    if sets.holdout is None or sets.holdout_near is None or not len(sets.holdout.rows):
        return None
    usual = int(np.argsort(sets.holdout_near.nearest, kind="stable")[len(sets.holdout.rows) // 2])
    return int(sets.holdout.rows[usual]), int(sets.holdout_near.rows[usual, 0])


def _may_be_mapped(sets: CopySets, parameters: Mapping[str, object]) -> bool:
    """Whether maps of numbers can be tried on the samples: not on features, nor on columns of words."""
    plain = parameters.get("features") is None and not (sets.samples.views or sets.samples.crops)
    return plain and sets.train.points.cells is None


def _recurring(
    sets: CopySets, groups: GroupsOfSets | None, near: NearRows, options: CopiesOptions, compute: Compute
) -> tuple[CopySets, NDArray[np.float64], Recurrence]:
    """The sets with what only rounding tells apart, distances of training rows to their nearest others, what recurs."""
    single = sets.train.single if len(sets.train.single) else sets.train.distinct
    apart = single if groups is None else single[groups.one_each(single, groups.persons.training)]
    others = nearest_other(sets.train, choose_queries(apart, _CONTROL_ROWS, options.seed), compute, k=2)
    rounding, own = rounding_of(sets.train, others, len(near.rows), options.seed), others.nearest
    sets = replace(sets, equal=equal_but_rounding(sets.equal, near, sets.train, sets.samples, rounding))
    counted = None
    if groups is not None:
        own = groups.own(choose_queries(apart, _CONTROL_ROWS, options.seed), compute)
        if sets.holdout is not None:
            counted = groups.one_each(sets.holdout.rows, groups.persons.holdout)
    return sets, own, recurrence(sets, near, own, options.duplicate_distance, counted)


def _tests(
    sets: CopySets,
    holdout: RowSet,
    holdout_near: NearRows,
    near: NearRows,
    found: Recurrence,
    options: CopiesOptions,
    compute: Compute,
) -> CopyTests:
    """Of what is left where nothing recurs on either side.

    Sides of values that are held once by training and hold-out together can be exchanged: the share test has these.
    The others compare samples and hold-out rows that equal no training row, or, where no hold-out row equals one, all.
    """
    alpha, seed, train = options.alpha, options.seed, sets.train
    if found.is_empty:
        ours, theirs, of = train.distinct, holdout.distinct, np.arange(len(near.rows))
        rows, kept = of, np.isin(holdout.rows, holdout.distinct) & found.independent
    else:
        kept = ~found.is_holdout & found.independent
        ours = np.setdiff1d(train.single, found.rows)
        theirs = np.intersect1d(holdout.single, holdout.rows[~found.is_holdout])
        of = np.flatnonzero(~found.samples)
        rows = _hit_none(sets, found, np.setdiff1d(holdout.distinct, theirs), near, options, compute)
    closer = ratio = cells = outstanding = None
    if min(len(ours), len(theirs), len(rows)) > 0 and len(ours) > 1:
        samples, persons = replace(sets.samples, rows=sets.samples.rows[rows]), None
        if sets.persons is not None:
            ours, theirs, persons = exchangeable_rows(sets.persons, ours, theirs, seed)
        gaps = [nearest_of(replace(s, distinct=d), samples, compute) for s, d in ((train, ours), (holdout, theirs))]
        closer = share_test(gaps[0], gaps[1], len(ours), len(theirs), persons=persons, level=alpha, seed=seed)
    if len(of) and kept.any():
        ratio = ratio_test(near.ratio[of], holdout_near.ratio[kept], alpha=alpha, level=alpha, seed=seed)
        if found.fine:  # on a coarse grid d1/d2 has few values, and no law to carry on
            own, unseen = of[near.nearest[of] > 0], kept & (holdout_near.nearest > 0)
            outstanding = near_copy_test(near.distances[own], holdout_near.distances[unseen])
        most = min(_MOST_CELLS, max(1, int(kept.sum()) // _CELL_ROWS), len(train.distinct))
        centres = np.sort(generator(seed, "cells").choice(train.distinct, most, replace=False))
        budget, both = compute.memory_bytes, (sets.samples, holdout)
        cell = [near_rows(train.points, centres, s.points, s.rows, 1, memory=budget).rows[:, 0] for s in both]
        cells = cell_test(near.nearest[of], holdout_near.nearest[kept], cell[0][of], cell[1][kept])
    return CopyTests(closer, ratio, cells, of, outstanding)


def _hit_none(
    sets: CopySets, found: Recurrence, gone: NDArray[np.int64], near: NearRows, options: CopiesOptions, compute: Compute
) -> NDArray[np.int64]:
    """Samples that equal none of the rows which the share test leaves out of either side."""
    single = np.setdiff1d(sets.train.single, found.rows)
    left = ~(found.samples & ~np.isin(near.rows[:, 0], single))
    if sets.holdout is not None and len(gone):
        theirs = nearest_of(replace(sets.holdout, distinct=gone), sets.samples, compute)
        left &= theirs.nearest > max(options.duplicate_distance, sets.equal.rounding)
    return np.flatnonzero(left)


def _elsewhere(control: Estimate, row: str) -> list[str]:
    if not math.isfinite(control.stderr) or abs(control.value - 0.5) < _CONTROL_Z * control.stderr:
        return []
    return [
        f"The hold-out seems to come from another distribution than the training {row}s: a hold-out {row} is nearer to "
        f"the training set than a training {row} is to the others in {control.value:.0%} of pairs "
        f"(+- {control.stderr:.1%}), expected 50 %; {VOID}"
    ]
