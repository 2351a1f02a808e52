"""Columns whose numbers lie elsewhere in the samples than in training rows: other units, a logarithm, another sign.

No distance shows a copy then. What a generator makes differs from its data a little in every column; what counts is
the largest difference of the cumulative shares (Kolmogorov and Smirnov), beside that of the hold-out.
"""

import math
from dataclasses import replace

import numpy as np

from remanifold._core.types import Floats
from remanifold.audits.records.samples import UNSEEN, CopiesRecord
from remanifold.audits.samples.table_doubts import quoted
from remanifold.data import Points
from remanifold.data.tables.compared_columns import column_names, column_values

_APART, _FEWEST = 0.5, 20  # difference from which on a column is named; cells of each set
_LEVEL = 1e-3  # of all columns together: a difference as large by chance
_MOST_NUMBERS = 2**24


def with_column_laws(record: CopiesRecord, train: Points, samples: Points, holdout: Points | None) -> CopiesRecord:
    """``record`` with a doubt for each column of numbers or dates that the samples have elsewhere.

    Args:
        record: Of the samples.
        train, samples, holdout: The sets, embedded alike.
    """
    names = column_names(train)
    sets = [points for points in (train, samples, holdout) if points is not None]
    if not names or len(names) * sum(points.n_points for points in sets) > _MOST_NUMBERS:
        return record
    kinds = {} if train.cells is None else {column.name: column.kind for column in train.cells.columns}
    found = []
    for name, values in zip(names, column_values(sets), strict=True):
        if kinds.get(name, "number") not in ("number", "date"):
            continue
        ours, theirs, *others = (np.sort(one[np.isfinite(one)]) for one in values)
        if min(len(ours), len(theirs)) < _FEWEST or _difference(ours, theirs) < _least(ours, theirs, len(names)):
            continue
        if all(len(other) >= _FEWEST and _difference(ours, other) < _APART / 2 for other in others):
            found.append((name, float(np.median(theirs)), float(np.median(ours))))
    doubts = tuple(
        f"In column {quoted(name)} the samples lie elsewhere than the training rows (medians {drawn:.4g} and "
        f"{own:.4g}): are both in the same units? "
        f"Leave out columns that number rows (--ignore). {UNSEEN}"
        for name, drawn, own in found
        if not any(f"column {quoted(name)}" in doubt for doubt in record.doubts)  # it is named already
    )
    return replace(record, doubts=(*record.doubts, *doubts), warnings=(*record.warnings, *doubts))


def _least(one: Floats, other: Floats, columns: int) -> float:
    """The difference that two samples of one law reach in one of ``columns`` with a probability of `_LEVEL` at most.

    Source: P. Massart, Ann. Probab. 18, 1269 (1990), for either sample.
    """
    level = _LEVEL / columns / 2  # for each of the two
    parts = [math.sqrt(math.log(2 / level) / (2 * len(values))) for values in (one, other)]
    return max(_APART, sum(parts))


def _difference(one: Floats, other: Floats) -> float:
    """The largest difference of the cumulative shares of two sorted samples."""
    at = np.concatenate([one, other])
    shares = [np.searchsorted(values, at, side="right") / len(values) for values in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())
