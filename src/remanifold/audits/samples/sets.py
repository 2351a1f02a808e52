"""The sets of rows of an audit of samples, in the space where distances are taken, and what of them is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from remanifold._core.compute import Compute
from remanifold._core.errors import refusal, require
from remanifold._core.types import Floats, Integers
from remanifold.data import Points
from remanifold.data.maps.mapped import colour_axis, map_option, moving_map
from remanifold.data.tables.columns import require_same_columns
from remanifold.measures import Duplicates
from remanifold.measures.estimates.persons import Persons
from remanifold.measures.neighbours.close_pairs import close_pairs
from remanifold.measures.neighbours.near_rows import NearRows, near_rows
from remanifold.measures.neighbours.transformed import first_alike, nearer, versions_of

_K = 16  # neighbours kept: ties beyond are not split


@dataclass(frozen=True)
class RowSet:
    """Rows that count.

    Attributes:
        points: Where they are read.
        rows: Their numbers, ascending.
        distinct: One of them for each group of duplicates, ascending.
        single: Those without a duplicate, ascending.
        counts: How many rows each of `distinct` stands for; None: itself only.
        views: The same rows under transforms, a search for whose nearest rows takes the nearest of all.
        crops: The same rows cropped, among which others are sought too.
    """

    points: Points
    rows: NDArray[np.int64]
    distinct: NDArray[np.int64]
    single: NDArray[np.int64]
    counts: NDArray[np.int64] | None = None
    views: tuple[Points, ...] = ()
    crops: tuple[Points, ...] = ()


@dataclass(frozen=True)
class EqualRows:
    """Samples with the content of training rows but for rounding; all rows count, also those that stand for no group.

    Attributes:
        of: For every sample the first training row that it equals, -1 where there is none, (m,).
        copies: How many training rows each sample equals, up to rounding only where it equals none exactly, (m,).
        distances: Of each sample from that row, infinite where there is none, (m,).
        rounding: Distance up to which rows are equal; 0: exactly.
        difference: Largest difference between numbers of a sample and of the row that it equals.
    """

    of: NDArray[np.int64]
    copies: NDArray[np.int64]
    distances: Floats
    rounding: float = 0.0
    difference: float = 0.0


@dataclass(frozen=True)
class CopySets:
    """Training rows, generated samples and, for a test, hold-out rows: open, and fitting each other.

    Attributes:
        train, samples, holdout: The sets.
        equal: Which samples equal training rows.
        holdout_near: The nearest training rows of the hold-out rows; None without a hold-out.
        sources, fingerprints: Of the sets, by name.
        persons: Of all rows of train and of holdout, where rows belong together.
        shape: Of one training row as it was given, whatever distances are taken of.
    """

    train: RowSet
    samples: RowSet
    holdout: RowSet | None
    equal: EqualRows
    holdout_near: NearRows | None
    sources: Mapping[str, str]
    fingerprints: Mapping[str, str]
    persons: Persons | None = None
    shape: tuple[int, ...] = ()


def row_set(
    points: Points,
    duplicates: Duplicates,
    views: tuple[Points, ...] = (),
    crops: tuple[Points, ...] = (),
    compute: Compute | None = None,
) -> RowSet:
    """``points`` with each group of duplicates counted once; with ``views`` also what equals a transformed row."""
    stands = rows = np.arange(points.n_points)
    if duplicates.groups:
        stands = stands.copy()
    for group in duplicates.groups:
        stands[list(group.members)] = group.members[0]
    if views and compute is not None:
        stands = first_alike(points, views, stands, duplicates.distance, compute)
    distinct, counts = np.unique(stands, return_counts=True)
    return RowSet(points, rows, distinct, distinct[counts == 1], counts, views, crops)


def nearest_of(to: RowSet, of: RowSet, compute: Compute) -> NearRows:
    """The nearest distinct rows of ``to`` of every row of ``of``."""
    return _nearest(to, of.points, of.rows, _K, compute, of.views)


def nearest_other(to: RowSet, rows: NDArray[np.int64], compute: Compute, k: int = 1) -> NearRows:
    """The ``k`` nearest other distinct rows of ``to`` of each of its ``rows``."""
    return _nearest(to, to.points, rows, k, compute, to.views)


def _nearest(
    to: RowSet, points: Points, rows: NDArray[np.int64], k: int, compute: Compute, views: Sequence[Points]
) -> NearRows:
    options = {"threads": compute.n_threads, "device": compute.device, "progress": compute.progress}
    options["memory"] = compute.memory_bytes
    same = points is to.points
    searches = (
        near_rows(among, to.distinct, version, rows, k, same=same, **options)
        for version, among in versions_of(points, views, to.points, to.crops)
    )
    return reduce(nearer, searches)


def equal_rows(train: Points, samples: Points, compute: Compute, views: Sequence[Points] = ()) -> EqualRows:
    """Which samples equal training rows, as they are or under one of ``views``, compared as float64 numbers.

    Raises:
        InvalidInput: if the samples are the training set, in whatever order.
    """
    of, copies, in_samples = _equal(train, samples, compute)
    same = len(of) == train.n_points and bool((of >= 0).all() and (copies == in_samples[of]).all())
    require(not same, "samples must be rows that a model made", "the training set itself", "pass its samples")
    for view in views:
        other, more, _ = _equal(train, view, compute)
        of, copies = np.where(of >= 0, of, other), np.maximum(copies, more)
    return EqualRows(of, copies, np.where(of >= 0, 0.0, np.inf))


def _equal(train: Points, samples: Points, compute: Compute) -> tuple[Integers, Integers, Integers]:
    """Of each sample the first training row that it equals, or -1, and how many; of each training row how many."""
    rows, equal, _ = close_pairs(samples, train, 0.0, None, compute.memory_bytes, compute.progress).closest(None)
    first = np.full(samples.n_points, train.n_points, dtype=np.int64)
    np.minimum.at(first, rows, equal)
    of = np.where(first < train.n_points, first, -1)
    return of, np.bincount(rows, minlength=len(of)), np.bincount(equal, minlength=train.n_points)


def require_fit(sets: Mapping[str, Points], samples_map: str | None = None) -> None:
    """Refuse sets of another width than the training rows, and colours whose axis lies elsewhere.

    Raises:
        InvalidInput: if there is one.
    """
    width = sets["train"].ambient_dim
    for name, points in sets.items():
        if points.ambient_dim != width:
            need = f"{name} must have {width} numbers a row, as train has"
            raise refusal(need, points.ambient_dim, "prepare all sets in the same way")
        require_same_columns(sets["train"], points, name)
        shape = sets["train"].shape
        moved, coloured = moving_map(points.shape, shape), (colour_axis(points.shape), colour_axis(shape))
        if moved is not None and coloured != (None, None):
            need = f"{name} must have rows of the shape {shape}, as train has"
            do = map_option(moved, samples_map) if name == "samples" else "move the axis of its channels"
            raise refusal(need, points.shape, do)
