"""Rows that agree in every column of a table but one: samples with training rows, and training rows with each other.

Where one column of the samples is in other units, recoded, or drawn anew, no distance shows a copy; the other cells do.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from remanifold._core.seeds import generator
from remanifold.audits.records.samples import BUT_ONE, CopyNumber
from remanifold.audits.samples.table_doubts import quoted
from remanifold.data import Points
from remanifold.data.tables.compared_columns import column_names, column_values
from remanifold.measures.estimates.proportions import exact_interval

_FEWEST_COLUMNS, _MOST_NUMBERS = 4, 2**24
_OWN_CELLS = 2
_FEWEST_REPEATED, _LEAST_REPEATED = 3, 0.005  # rows, and their share, from which on a column is named


def agreement_number(train: Points, samples: Points, holdout: Points) -> tuple[CopyNumber, str] | None:
    """The share of such samples, with the column that most of them differ in; None for tables of few columns.

    A training row counts where two of its other cells or more are its own: no other training row has their values.
    Common answers agree by chance, the more the sharper a generator is; one value of its own comes from generators that
    draw each column from its training values. Samples that equal a training row are not counted: `certain_copies` are.

    Args:
        train, samples, holdout: Tables of the same columns, embedded alike.
    """
    sets = (train, samples, holdout)
    names = column_names(train)
    if len(names) < _FEWEST_COLUMNS or len(names) * sum(points.n_points for points in sets) > _MOST_NUMBERS:
        return None
    tables = _hashes(sets)
    with np.errstate(over="ignore"):  # sums modulo 2^64
        whole = [table.sum(axis=0, dtype=np.uint64) for table in tables]
        found = np.zeros((2, len(names)), dtype=np.int64)
        agree = [np.zeros(len(one), dtype=bool) for one in whole[1:]]
        alone = np.stack([_alone(cells) for cells in tables[0]])
        for k in range(len(names)):
            identified = alone.sum(axis=0) - alone[k] >= _OWN_CELLS
            own = (whole[0] - tables[0][k])[identified]
            for side in (0, 1):
                hit = np.isin(whole[side + 1] - tables[side + 1][k], own) & ~np.isin(whole[side + 1], whole[0])
                found[side, k], agree[side] = hit.sum(), agree[side] | hit
    (hits, n), (null, m) = ((int(one.sum()), len(one)) for one in agree)
    number = CopyNumber(
        BUT_ONE,
        "share of samples that agree with a training row in every column but one, two values of which it alone has",
        hits / n,
        "higher: more samples are training rows with one cell changed",
        "share",
        null / m,
        n,
        exact_interval(hits, n),
        float(hypergeom.sf(hits - 1, n + m, hits + null, n)),
    )
    return number, names[int(found[0].argmax())]


def _alone(cells: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which cells of a column, (rows,), have a value that no other row has."""
    _, place, counts = np.unique(cells, return_inverse=True, return_counts=True)
    return counts[place.ravel()] == 1


def repeated_but_one(train: Points) -> str | None:
    """A note on rows that equal another row in every column but one, which perhaps numbers the rows; or None.

    That column alone must set them apart: leaving out any other one makes ten times fewer rows equal, and what is left
    still tells at least half of the rows from each other.
    """
    names, n = column_names(train), train.n_points
    if len(names) < _FEWEST_COLUMNS or len(names) * n > _MOST_NUMBERS:
        return None
    (table,) = _hashes((train,))
    with np.errstate(over="ignore"):
        whole = table.sum(axis=0, dtype=np.uint64)
        distinct = len(np.unique(whole))
        more = np.array([distinct - len(np.unique(whole - cells)) for cells in table])
    k = int(more.argmax())
    if more[k] < max(_FEWEST_REPEATED, n * _LEAST_REPEATED) or distinct - more[k] < n / 2:
        return None
    if np.delete(more, k).max() > more[k] / 10:
        return None
    name = quoted(names[k])
    return (
        f"{more[k]} rows equal another row in every column but {name}: if it numbers the rows, leave it out "
        "(--ignore), and these are duplicates."
    )


def _hashes(sets: Sequence[Points]) -> list[NDArray[np.uint64]]:
    """One random number a cell, the same for equal cells of a column: (columns, rows) of each set."""
    random = generator(0, "cells of tables")
    sizes = np.cumsum([points.n_points for points in sets])[:-1]
    made: list[list[NDArray[np.uint64]]] = [[] for _ in sets]
    for column in column_values(sets):
        codes = np.unique(np.concatenate(column), return_inverse=True)[1].ravel()
        numbers = random.integers(2**64, size=int(codes.max()) + 1, dtype=np.uint64)[codes]
        for side, part in enumerate(np.split(numbers, sizes)):
            made[side].append(part)
    return [np.stack(parts) for parts in made]
