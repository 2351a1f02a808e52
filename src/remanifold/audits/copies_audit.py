"""Are samples copies of training rows? Tests against a hold-out, and the usual statistics under their own names."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, require
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import generator
from remanifold.audits.copies_report import CopiesReport, CopyNumber, FlaggedSample
from remanifold.data import Points, open_points, survey
from remanifold.measures import closer_share, exact_copies
from remanifold.measures.cell_test import CellTest, cell_test
from remanifold.measures.near_rows import NearRows, near_rows
from remanifold.measures.proportions import exact_interval
from remanifold.measures.queries import choose_queries
from remanifold.measures.ratio_test import RatioTest, ratio_test
from remanifold.measures.share_test import ShareTest, share_test

_K = 8  # neighbours kept: ties beyond are not split
_CELL_ROWS, _MOST_CELLS = 50, 10  # held-out rows a cell of C_T
_CONTROL_ROWS, _CONTROL_Z = 2000, 4.0
Features = Callable[[NDArray[np.float64]], Any] | Mapping[str, Any] | str
_MORE, _LESS = "higher: more copying", "lower: more copying"


@dataclass(frozen=True)
class _Set:
    """Rows in the space where distances are taken; ``distinct`` without exact copies."""

    points: Points
    distinct: NDArray[np.int64]

    @property
    def all(self) -> NDArray[np.int64]:
        return np.arange(self.points.n_points)


def audit_copies(
    train: Any,
    samples: Any,
    holdout: Any = None,
    features: Features | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 0,
    memory: str | float = "256MB",
    progress: Progress = silent,
) -> CopiesReport:
    """Compare samples with the training rows of the model that made them.

    Args:
        train, samples, holdout: Anything that `open_points` reads. Only with held-out rows, of the source of the
            training rows and unknown to the model, is there a test.
        features: Where distances are taken: a function of rows (k, \\*shape), or saved arrays named train, samples and
            holdout (a mapping or a path to an .npz), one row of numbers a row. None: the rows themselves.
        alpha: Level of tests, threshold and false discovery rate.
        seed: Of labels and cells.
        memory: Budget of the first reading.
        progress: Told about the stages.

    Raises:
        InvalidInput: in one sentence, for sets that do not fit, overlap of hold-out and training, samples that are the
            training set, numbers that are not finite.
    """
    require(0 < alpha < 1, "`alpha` must be a rate between 0 and 1", alpha, "pass e.g. 0.05")
    given = {"train": train, "samples": samples} | ({} if holdout is None else {"holdout": holdout})
    raw = {name: open_points(source) for name, source in given.items()}
    prints = {name: survey(p, memory=memory, equal=True, progress=progress).fingerprint for name, p in raw.items()}
    points = raw if features is None else _featured(raw, features)
    sets = {name: _set(p, memory, progress) for name, p in points.items()}
    _require_fit(sets)
    ours = _near(sets["train"], sets["samples"], progress)
    _require_not_training(sets, ours)
    numbers, rates, detectable, warnings, notes = _alone(sets, ours, progress), None, {}, [], []
    if "holdout" in sets:
        theirs = _near(sets["train"], sets["holdout"], progress)
        _require_no_overlap(theirs)
        share, ratio, cells = _tests(sets, ours, theirs, alpha, seed, progress)
        warnings = _warnings(sets, theirs, seed, progress)
        numbers += _tested(share, ratio, cells, ours, sets, alpha)
        rates, detectable = ratio.rates, {"closer_share": share.detectable, "ratio": ratio.detectable}
        notes = _notes(share, ratio, ours)
    else:
        notes = [
            "Without held-out rows it cannot be known whether these samples are nearer to training rows than fresh "
            "data are: there is no test, no false-positive rate and no named sample but exact copies."
        ]
    sizes = {name: p.n_points for name, p in raw.items()}
    sizes |= {f"{name}_distinct": len(s.distinct) for name, s in sets.items() if name != "samples"}
    return CopiesReport(
        sources={name: p.record.source for name, p in raw.items()},
        fingerprints=prints,
        sizes=sizes,
        parameters={"alpha": alpha, "features": None if features is None else _name(features)},
        seed=seed,
        numbers=tuple(numbers),
        flagged=_flagged(ours, rates, alpha),
        detectable=detectable,
        warnings=tuple(warnings),
        notes=tuple(notes),
    )


def _name(features: Features) -> str:
    return features if isinstance(features, str) else "given arrays" if isinstance(features, Mapping) else "a function"


def _featured(raw: dict[str, Points], features: Features) -> dict[str, Points]:
    """The rows of every set in the space of features."""
    if callable(features):
        made = {n: features(p.chunk(0, p.n_points).reshape(p.n_points, *p.shape)) for n, p in raw.items()}
    else:
        made = _loaded(features) if isinstance(features, str) else features
    found = {}
    for name, points in raw.items():
        require(name in made, "features must hold an array for every set", f"none named {name}", f"save {name} too")
        found[name] = open_points(np.asarray(made[name]))
        n = found[name].n_points
        need = f"features of {name} must have its {points.n_points} rows"
        require(n == points.n_points, need, n, "compute them from the same rows")
    return found


def _loaded(path: str) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise InvalidInput(
            f"`features` must be an .npz file with arrays train, samples and holdout, but got {path}; save it with "
            "numpy.savez."
        ) from error


def _set(points: Points, memory: str | float, progress: Progress) -> _Set:
    survey(points, memory=memory, equal=True, progress=progress)  # refuses nan
    return _Set(points, np.unique(exact_copies(points, progress)))


def _require_fit(sets: dict[str, _Set]) -> None:
    width = sets["train"].points.ambient_dim
    for name, one in sets.items():
        need = f"{name} must have {width} numbers a row, as train has"
        require(one.points.ambient_dim == width, need, one.points.ambient_dim, "prepare all sets in the same way")
    n = len(sets["train"].distinct)
    require(n >= 3, "train must have at least 3 distinct rows", n, "pass the whole training set")


def _near(to: _Set, of: _Set, progress: Progress) -> NearRows:
    return near_rows(to.points, to.distinct, of.points, of.all, _K, progress=progress)


def _require_not_training(sets: dict[str, _Set], ours: NearRows) -> None:
    same = len(ours.rows) == sets["train"].points.n_points and not ours.nearest.any()
    same = same and len(np.unique(ours.rows[:, 0])) == len(sets["train"].distinct)
    got = "the training set itself"
    require(not same, "samples must be rows that a model made", got, "pass its samples")


def _require_no_overlap(theirs: NearRows) -> None:
    rows = np.flatnonzero(theirs.nearest == 0)
    pairs = ", ".join(f"row {i} equal to training row {theirs.rows[i, 0]}" for i in rows[:3])
    got = f"{len(rows)} rows of the training set ({pairs})"
    require(len(rows) == 0, "the hold-out must be rows that the training set does not hold", got, "remove them")


def _tests(
    sets: dict[str, _Set], ours: NearRows, theirs: NearRows, alpha: float, seed: int, progress: Progress
) -> tuple[ShareTest, RatioTest, CellTest | None]:
    train, samples, holdout = sets["train"], sets["samples"], sets["holdout"]
    fresh = _near(holdout, samples, progress)
    share = share_test(ours, fresh, len(train.distinct), len(holdout.distinct), level=alpha, seed=seed)
    kept = np.isin(holdout.all, holdout.distinct)
    ratio = ratio_test(ours.ratio, theirs.ratio[kept], alpha=alpha, level=alpha, seed=seed)
    most = min(_MOST_CELLS, max(1, int(kept.sum()) // _CELL_ROWS), len(train.distinct))
    centres = np.sort(generator(seed, "cells").choice(train.distinct, most, replace=False))
    cell = [near_rows(train.points, centres, s.points, s.all, 1).rows[:, 0] for s in (samples, holdout)]
    return share, ratio, cell_test(ours.nearest, theirs.nearest[kept], cell[0], cell[1][kept])


def _warnings(sets: dict[str, _Set], theirs: NearRows, seed: int, progress: Progress) -> list[str]:
    train = sets["train"]
    rows = choose_queries(train.distinct, _CONTROL_ROWS, seed)
    own = near_rows(train.points, train.distinct, train.points, rows, 1, same=True, progress=progress)
    share = closer_share(theirs.nearest, own.nearest)
    if not math.isfinite(share.stderr) or abs(share.value - 0.5) < _CONTROL_Z * share.stderr:
        return []
    return [
        f"The hold-out seems to come from another distribution than the training rows: a held-out row is nearer to "
        f"the training set than a training row is to the others in {share.value:.0%} of pairs (+- {share.stderr:.1%}), "
        "expected 50 %; the tests do not hold then."
    ]


def _alone(sets: dict[str, _Set], ours: NearRows, progress: Progress) -> list[CopyNumber]:
    """Numbers that need no hold-out."""
    train, m = sets["train"], len(ours.rows)
    rows, place = np.unique(ours.rows[:, 0], return_inverse=True)
    own = near_rows(train.points, train.distinct, train.points, rows, 1, same=True, progress=progress)
    copies, third = int((ours.nearest == 0).sum()), int((ours.ratio < 1 / 3).sum())
    authentic = int((ours.nearest > own.nearest[place]).sum())
    copied = float(len(np.unique(ours.rows[ours.nearest == 0, 0])))
    exact = "share of samples equal to a training row"
    return [
        CopyNumber("exact_copies", exact, copies / m, _MORE, "share", None, m, exact_interval(copies, m)),
        CopyNumber("copied_rows", "distinct training rows that a sample equals", copied, _MORE, "rows", None, m),
        CopyNumber(
            "third_rule", "share with d1/d2 < 1/3", third / m, _MORE, "share", None, m, exact_interval(third, m)
        ),
        CopyNumber(
            "auth_pct",
            "AuthPct: samples farther from their training row than its nearest other row is; never compare at other n",
            100 * authentic / m,
            _LESS,
            "%",
            None,
            m,
            tuple(100 * end for end in exact_interval(authentic, m)),  # type: ignore[arg-type]
        ),
    ]


def _tested(
    share: ShareTest, ratio: RatioTest, cells: CellTest | None, ours: NearRows, sets: dict[str, _Set], alpha: float
) -> list[CopyNumber]:
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


def _notes(share: ShareTest, ratio: RatioTest, ours: NearRows) -> list[str]:
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


def _flagged(ours: NearRows, rates: NDArray[np.float64] | None, alpha: float) -> tuple[FlaggedSample, ...]:
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
