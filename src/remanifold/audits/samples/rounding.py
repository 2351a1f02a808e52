"""Rows that only the precision of storage tells apart: how near they are, and which samples are such copies."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import require
from remanifold._core.types import Floats
from remanifold.audits.samples.sets import EqualRows, RowSet
from remanifold.data import Points
from remanifold.data.maps.standardized import is_table
from remanifold.measures.copies.near_copy_test import local_chance
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.near_rows import NearRows

_ERRORS = (5 * 2.0**-23, 5e-6, 2.0**-10)
"""Relative errors of float32 after a few operations, of six printed digits and of float16."""
_OF_TABLES = 2  # of them: rows of the same words differ in few numbers, which chance brings as near as half precision
_FAR, _CLEAR = 100.0, 10.0  # times the tolerance: the median nearest distance, and that of all but 1 % of the rows
_CHANCE, _LOCAL_CHANCE = 0.001, 0.05  # of one sample or more a whole audit
_ROWS, _MOST_DIMS = 1000, 8
_BLOCK_NUMBERS = 2**22


@dataclass(frozen=True)
class Rounding:
    """How near rows are that only the precision of storage tells apart.

    Attributes:
        distance: Their distance at most, data units; 0: none are told so.
        number: The difference of any two of their numbers at most: less than a step of pixels of 8 bits.
    """

    distance: float = 0.0
    number: float = 0.0


def rounding_of(train: RowSet, own: NearRows, n_samples: int, seed: int) -> Rounding:
    """Distance up to which rows are equal but for rounding; 0 where nearness could be chance.

    The tolerance is a relative error of storage times the median norm of training rows, and of numbers times the
    largest. Errors are tried from float32 to float16, of tables to six printed digits; one counts where a hundredth of
    the median distance between training rows, and a tenth of that of all but 1 % of them, is larger, and where chance
    brings a sample so near in less than one audit of a thousand by the two-neighbour law, P(d < r) = (r / d_1)^k in k
    dimensions.

    Args:
        train: The training rows.
        own: The two nearest others of some of them.
        n_samples: Samples that will be compared with them.
        seed: Of the choice of at most 1000 rows whose norms count.
    """
    rows = train.points.take(choose_queries(train.distinct, _ROWS, seed))
    norms, largest = np.linalg.norm(rows, axis=1), float(np.abs(rows).max())
    norm, median = float(np.median(norms[norms > 0])) if norms.any() else 0.0, float(np.median(own.nearest))
    clear, dims, found = float(np.quantile(own.nearest, 0.01)), _dimensions(own.ratio), Rounding()
    for error in _ERRORS[:_OF_TABLES] if is_table(train.points) else _ERRORS:
        distance = error * norm
        if distance <= 0 or median < _FAR * distance or clear < _CLEAR * distance:
            break
        if n_samples * (distance / median) ** dims > _CHANCE:
            break
        found = Rounding(distance, error * largest)
    return found


def _dimensions(ratio: Floats) -> float:
    """Dimension in which d1/d2 has its median, less two errors: P(d1/d2 < r) = r^k."""
    median = float(np.median(ratio))
    if median >= 1:
        return float(_MOST_DIMS)
    k = math.log(2) / -math.log(max(median, 1e-300))
    return min(float(_MOST_DIMS), k * max(0.0, 1 - 2 / math.sqrt(len(ratio))))


def equal_but_rounding(
    equal: EqualRows, near: NearRows, train: RowSet, samples: RowSet, rounding: Rounding
) -> EqualRows:
    """``equal`` with the samples that equal no training row exactly but lie within ``rounding`` of one.

    Where a part of the data has few dimensions, the law of all rows does not say how near chance brings a sample there:
    its own next neighbours must say so too (`local_chance`).

    Args:
        equal: Samples that equal training rows exactly.
        near: The nearest distinct training rows of all samples.
        train: The training rows.
        samples: The samples.
        rounding: From `rounding_of`.

    Raises:
        InvalidInput: if the samples are the training set, rounded.
    """
    rounded = np.flatnonzero((equal.of < 0) & (near.nearest <= rounding.distance))
    each = [_differences(train.points, near.rows[rounded, 0], s, rounded) for s in (samples.points, *samples.views)]
    differences = np.min(each, axis=0)
    small = differences <= rounding.number
    small &= local_chance(near.distances[rounded]) * len(equal.of) < _LOCAL_CHANCE
    rounded, differences = rounded[small], differences[small]
    if not len(rounded):
        return replace(equal, rounding=rounding.distance)
    rows, distances = near.rows[rounded], near.distances[rounded]
    counts = np.ones(len(train.distinct), dtype=np.int64) if train.counts is None else train.counts
    place = np.minimum(np.searchsorted(train.distinct, rows), len(counts) - 1)
    of, copies, gaps = equal.of.copy(), equal.copies.copy(), equal.distances.copy()
    of[rounded], gaps[rounded] = rows[:, 0], distances[:, 0]
    copies[rounded] = np.where(distances <= rounding.distance, counts[place], 0).sum(axis=1)
    same = len(of) == len(train.rows) and bool((np.sort(of) == train.rows).all())
    require(not same, "samples must be rows that a model made", "the training set itself", "pass its samples")
    return EqualRows(of, copies, gaps, rounding.distance, float(differences.max()))


def _differences(train: Points, rows: NDArray[np.int64], samples: Points, of: NDArray[np.int64]) -> Floats:
    """Largest difference between numbers of each pair of rows, read in blocks."""
    step, largest = max(1, _BLOCK_NUMBERS // train.ambient_dim), np.zeros(len(rows))
    for start in range(0, len(rows), step):
        piece = slice(start, start + step)
        largest[piece] = np.abs(train.take(rows[piece]) - samples.take(of[piece])).max(axis=1)
    return largest
