"""Are generated samples copies? Tests against a hold-out, and the usual statistics under their own names."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remanifold._core.checks import number, share, whole
from remanifold._core.compute import Compute
from remanifold._core.errors import require
from remanifold._core.estimate import Estimate
from remanifold._core.seeds import generator
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.numbers import (
    control_number,
    notes_of_tests,
    numbers_alone,
    numbers_of_tests,
    samples_beside,
)
from remanifold.audits.samples.sets import CopySets, RowSet, nearest_of, nearest_other
from remanifold.measures import closer_share
from remanifold.measures.copies.cell_test import CellTest, cell_test
from remanifold.measures.copies.ratio_test import RatioTest, ratio_test
from remanifold.measures.copies.share_test import ShareTest, share_test
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.near_rows import NearRows, near_rows

_CELL_ROWS, _MOST_CELLS = 50, 10  # hold-out rows a cell of C_T
_CONTROL_ROWS, _CONTROL_Z = 2000, 3.0
_FAR = 3.0  # times as far as hold-out rows: no model of the data, but another scale
_NO_HOLDOUT = (
    "Without a hold-out it cannot be known whether these samples are nearer to training rows than unseen data are: "
    "there is no test, no false-positive rate and no named sample but exact copies."
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
    n = len(sets.train.distinct)
    require(n >= 3, "train must have at least 3 distinct rows", n, "pass the whole training set")
    near = nearest_of(sets.train, sets.samples, compute)
    numbers = numbers_alone(sets.train, near, sets.equal, compute)
    rates, detectable, warnings, notes = None, {}, [], [_NO_HOLDOUT]
    sizes, distinct = {"train": len(sets.train.rows), "samples": len(sets.samples.rows)}, {"train_distinct": n}
    if sets.holdout is not None and sets.holdout_near is not None:
        closer, ratio, cells = _tests(sets, sets.holdout, sets.holdout_near, near, options, compute)
        control = _control(sets.train, sets.holdout_near, options.seed, compute)
        numbers += numbers_of_tests(closer, ratio, cells, near, options.alpha)
        numbers.append(control_number(control, len(sets.holdout_near.rows)))
        rates, detectable = ratio.rates, {"closer_share": closer.detectable, "ratio": ratio.detectable}
        warnings = _warnings(control, near, sets.holdout_near)
        notes = notes_of_tests(closer, ratio, cells, len(sets.holdout.distinct))
        sizes["holdout"], distinct["holdout_distinct"] = len(sets.holdout.rows), len(sets.holdout.distinct)
    flagged, closest = samples_beside(near, sets.equal, rates, options.alpha)
    asked = {"alpha": options.alpha, "duplicate_distance": options.duplicate_distance, "device": compute.device}
    return CopiesRecord(
        sources=dict(sets.sources),
        fingerprints=dict(sets.fingerprints),
        sizes=sizes | distinct,
        parameters=asked | dict(parameters),
        seed=options.seed,
        numbers=tuple(numbers),
        flagged=flagged,
        closest=closest,
        detectable=detectable,
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def _tests(
    sets: CopySets, holdout: RowSet, holdout_near: NearRows, near: NearRows, options: CopiesOptions, compute: Compute
) -> tuple[ShareTest, RatioTest, CellTest | None]:
    alpha, seed = options.alpha, options.seed
    train, samples = sets.train, sets.samples
    to_holdout = nearest_of(holdout, samples, compute)
    closer = share_test(near, to_holdout, len(train.distinct), len(holdout.distinct), level=alpha, seed=seed)
    distinct = np.isin(holdout.rows, holdout.distinct)
    ratio = ratio_test(near.ratio, holdout_near.ratio[distinct], alpha=alpha, level=alpha, seed=seed)
    most = min(_MOST_CELLS, max(1, int(distinct.sum()) // _CELL_ROWS), len(train.distinct))
    centres = np.sort(generator(seed, "cells").choice(train.distinct, most, replace=False))
    cell = [near_rows(train.points, centres, s.points, s.rows, 1).rows[:, 0] for s in (samples, holdout)]
    return closer, ratio, cell_test(near.nearest, holdout_near.nearest[distinct], cell[0], cell[1][distinct])


def _control(train: RowSet, holdout_near: NearRows, seed: int, compute: Compute) -> Estimate:
    """P(a hold-out row is nearer to the training rows than one of these to the others): 1/2 if they are alike."""
    own = nearest_other(train, choose_queries(train.distinct, _CONTROL_ROWS, seed), compute)
    return closer_share(holdout_near.nearest, own.nearest)


def _warnings(control: Estimate, near: NearRows, holdout_near: NearRows) -> list[str]:
    samples, unseen = np.median(near.nearest), np.median(holdout_near.nearest)
    warnings = []
    if samples > _FAR * unseen:
        warnings.append(
            f"Samples lie {samples / unseen:.3g} times as far from the training rows as hold-out rows do (medians): "
            "were all sets prepared alike, say in -1..1 and not in 0..255? Copies could not be seen then."
        )
    if math.isfinite(control.stderr) and abs(control.value - 0.5) >= _CONTROL_Z * control.stderr:
        warnings.append(
            "The hold-out seems to come from another distribution than the training rows: a hold-out row is nearer to "
            f"the training set than a training row is to the others in {control.value:.0%} of pairs "
            f"(+- {control.stderr:.1%}), expected 50 %; the tests do not hold then."
        )
    return warnings
