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
from remanifold.audits.copies_numbers import flagged_samples, notes_of_tests, numbers_alone, numbers_of_tests
from remanifold.audits.copies_report import CopiesReport
from remanifold.data import Points, open_points, survey
from remanifold.measures import closer_share, exact_copies
from remanifold.measures.cell_test import CellTest, cell_test
from remanifold.measures.near_rows import NearRows, near_rows
from remanifold.measures.queries import choose_queries
from remanifold.measures.ratio_test import RatioTest, ratio_test
from remanifold.measures.share_test import ShareTest, share_test

_K = 8  # neighbours kept: ties beyond are not split
_CELL_ROWS, _MOST_CELLS = 50, 10  # held-out rows a cell of C_T
_CONTROL_ROWS, _CONTROL_Z = 2000, 4.0
Features = Callable[[NDArray[np.float64]], Any] | Mapping[str, Any] | str


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
    numbers, rates, detectable, warnings, notes = (
        numbers_alone(sets["train"].points, sets["train"].distinct, ours, progress),
        None,
        {},
        [],
        [],
    )
    if "holdout" in sets:
        theirs = _near(sets["train"], sets["holdout"], progress)
        _require_no_overlap(theirs)
        share, ratio, cells = _tests(sets, ours, theirs, alpha, seed, progress)
        warnings = _warnings(sets, theirs, seed, progress)
        numbers += numbers_of_tests(share, ratio, cells, ours, alpha)
        rates, detectable = ratio.rates, {"closer_share": share.detectable, "ratio": ratio.detectable}
        notes = notes_of_tests(share, ratio)
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
        flagged=flagged_samples(ours, rates, alpha),
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
