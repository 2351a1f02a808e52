"""Are samples copies of training rows? Tests against a hold-out, and the usual statistics under their own names."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from remanifold._core.errors import refusal, require
from remanifold._core.estimate import Estimate
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold.audits.records.samples import CopiesRecord
from remanifold.audits.samples.numbers import (
    closest_samples,
    control_number,
    flagged_samples,
    notes_of_tests,
    numbers_alone,
    numbers_of_tests,
)
from remanifold.audits.samples.options import CopiesOptions
from remanifold.audits.samples.sets import (
    EqualRows,
    Features,
    RowSet,
    equal_rows,
    featured,
    name_of,
    nearest_of,
    require_fit,
    row_set,
)
from remanifold.data import Points, PointsLike, open_points, survey
from remanifold.measures import closer_share, find_duplicates, thread_count
from remanifold.measures.copies.cell_test import CellTest, cell_test
from remanifold.measures.copies.ratio_test import RatioTest, ratio_test
from remanifold.measures.copies.share_test import ShareTest, share_test
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.near_rows import NearRows, near_rows

_CELL_ROWS, _MOST_CELLS = 50, 10  # held-out rows a cell of C_T
_CONTROL_ROWS, _CONTROL_Z = 2000, 3.0
_FAR = 3.0  # times as far as held-out rows: no model of the data, but another scale
_NO_HOLDOUT = (
    "Without held-out rows it cannot be known whether these samples are nearer to training rows than fresh data are: "
    "there is no test, no false-positive rate and no named sample but exact copies."
)


def compare_sources(
    train: PointsLike,
    samples: PointsLike,
    holdout: PointsLike | None,
    features: Features | None,
    options: CopiesOptions,
    progress: Progress = silent,
) -> CopiesRecord:
    """`remanifold.audit_copies` on sets that are still to be opened."""
    given = {"train": train, "samples": samples} | ({} if holdout is None else {"holdout": holdout})
    raw = {name: open_points(source) for name, source in given.items()}
    if features is None:
        require_fit(raw)
    prints = _fingerprints(raw, options, progress)
    points, made = raw, {}
    if features is not None:
        points = featured(raw, features)
        require_fit(points)
        made = _fingerprints(points, options, progress)
    equal = equal_rows(points["train"], points["samples"], options.memory, progress)
    sets = {n: row_set(p, find_duplicates(p, options.duplicate_distance, progress=progress)) for n, p in points.items()}
    theirs = None if holdout is None else nearest_of(sets["train"], sets["holdout"], options, progress)
    _require_no_overlap(theirs, options.duplicate_distance)
    return compare(
        sets,
        equal,
        theirs,
        options,
        sources={name: one.record.source for name, one in raw.items()},
        fingerprints=prints,
        parameters={"features": None if features is None else name_of(features), "feature_fingerprints": made},
        progress=progress,
    )


def _fingerprints(sets: Mapping[str, Points], options: CopiesOptions, progress: Progress) -> dict[str, str]:
    """Of every set, which is read in full: nan is refused, and so is a hold-out given as samples."""
    budget = options.survey_bytes
    found = {name: survey(p, memory=budget, equal=True, progress=progress).fingerprint for name, p in sets.items()}
    same = found["samples"] == found.get("holdout")
    require(not same, "samples must be rows that a model made", "the hold-out itself", "pass its samples")
    return found


def compare(
    sets: Mapping[str, RowSet],
    equal: EqualRows,
    theirs: NearRows | None,
    options: CopiesOptions,
    *,
    sources: Mapping[str, str],
    fingerprints: Mapping[str, str],
    parameters: Mapping[str, Any],
    progress: Progress = silent,
) -> CopiesRecord:
    """`audit_copies` on sets that are open and fit each other: train, samples and, for a test, holdout.

    Args:
        sets: The sets by name.
        equal: Which samples equal training rows.
        theirs: The nearest training rows of the held-out rows, `nearest_of`; None without a hold-out.
        options: What is asked.
        sources, fingerprints, parameters: For the record.
        progress: Told about the stages.

    Raises:
        InvalidInput: for fewer than 3 distinct training rows.
    """
    train, samples, holdout = sets["train"], sets["samples"], sets.get("holdout")
    n = len(train.distinct)
    require(n >= 3, "train must have at least 3 distinct rows", n, "pass the whole training set")
    ours = nearest_of(train, samples, options, progress)
    numbers = numbers_alone(train, ours, equal, options, progress)
    rates, detectable, warnings, notes = None, {}, [], [_NO_HOLDOUT]
    if holdout is not None and theirs is not None:
        share, ratio, cells = _tests(train, samples, holdout, ours, theirs, options, progress)
        numbers += numbers_of_tests(share, ratio, cells, ours, options.alpha)
        rates, detectable = ratio.rates, {"closer_share": share.detectable, "ratio": ratio.detectable}
        control = _control(train, theirs, options, progress)
        numbers, warnings = [*numbers, control_number(control, len(theirs.rows))], _warnings(control, ours, theirs)
        notes = notes_of_tests(share, ratio, cells, len(holdout.distinct))
    sizes = {name: len(one.rows) for name, one in sets.items()}
    sizes |= {f"{name}_distinct": len(one.distinct) for name, one in sets.items() if name != "samples"}
    known = {"alpha": options.alpha, "duplicate_distance": options.duplicate_distance, "device": options.device}
    return CopiesRecord(
        sources=dict(sources),
        fingerprints=dict(fingerprints),
        sizes=sizes,
        parameters=known | dict(parameters),
        seed=options.seed,
        numbers=tuple(numbers),
        flagged=flagged_samples(ours, equal, rates, options.alpha),
        closest=closest_samples(ours, equal, rates),
        detectable=detectable,
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def _require_no_overlap(theirs: NearRows | None, distance: float) -> None:
    if theirs is None:
        return
    rows = np.flatnonzero(theirs.nearest <= distance)
    word = "near" if distance > 0 else "equal to"
    pairs = ", ".join(f"row {i} {word} training row {theirs.rows[i, 0]}" for i in rows[:3])
    got = f"{len(rows)} rows of the training set ({pairs})"
    need = "the hold-out must be rows that the training set does not hold"
    if len(rows) != 0:
        raise refusal(need + (f" within {distance:.4g}" if distance > 0 else ""), got, "remove them")


def _tests(
    train: RowSet,
    samples: RowSet,
    holdout: RowSet,
    ours: NearRows,
    theirs: NearRows,
    options: CopiesOptions,
    progress: Progress,
) -> tuple[ShareTest, RatioTest, CellTest | None]:
    alpha, seed = options.alpha, options.seed
    fresh = nearest_of(holdout, samples, options, progress)
    share = share_test(ours, fresh, len(train.distinct), len(holdout.distinct), level=alpha, seed=seed)
    kept = np.isin(holdout.rows, holdout.distinct)
    ratio = ratio_test(ours.ratio, theirs.ratio[kept], alpha=alpha, level=alpha, seed=seed)
    most = min(_MOST_CELLS, max(1, int(kept.sum()) // _CELL_ROWS), len(train.distinct))
    centres = np.sort(generator(seed, "cells").choice(train.distinct, most, replace=False))
    cell = [near_rows(train.points, centres, s.points, s.rows, 1).rows[:, 0] for s in (samples, holdout)]
    return share, ratio, cell_test(ours.nearest, theirs.nearest[kept], cell[0], cell[1][kept])


def _control(train: RowSet, theirs: NearRows, options: CopiesOptions, progress: Progress) -> Estimate:
    """P(a held-out row is nearer to the training rows than one of these to the others): 1/2 if they are alike."""
    rows = choose_queries(train.distinct, _CONTROL_ROWS, options.seed)
    threads = thread_count(options.threads)
    own = near_rows(
        train.points,
        train.distinct,
        train.points,
        rows,
        1,
        same=True,
        threads=threads,
        device=options.device,
        progress=progress,
    )
    return closer_share(theirs.nearest, own.nearest)


def _warnings(control: Estimate, ours: NearRows, theirs: NearRows) -> list[str]:
    near, fresh = np.median(ours.nearest), np.median(theirs.nearest)
    found = []
    if near > _FAR * fresh:
        found.append(
            f"Samples lie {near / fresh:.3g} times as far from the training rows as held-out rows do (medians): were "
            "all sets prepared alike, say in -1..1 and not in 0..255? Copies could not be seen then."
        )
    if not math.isfinite(control.stderr) or abs(control.value - 0.5) < _CONTROL_Z * control.stderr:
        return found
    return [
        *found,
        f"The hold-out seems to come from another distribution than the training rows: a held-out row is nearer to the "
        f"training set than a training row is to the others in {control.value:.0%} of pairs (+- {control.stderr:.1%}), "
        "expected 50 %; the tests do not hold then.",
    ]
