"""Columns brought to one scale by the columns of the training rows, so that no unit decides what is near.

A distance adds squared differences of columns: one column in other units, ten thousand times as large, decides it
alone. `scaling_of` reads the training rows once and finds one map per column; `standardized` applies it to them, to the
hold-out and to the samples alike.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from remanifold._core.errors import refusal
from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.data.maps.scaling import KINDS, NOTHING, Scaling
from remanifold.data.points import Points
from remanifold.data.rows import SlicedRows
from remanifold.data.survey import require_finite

_NAMED = ("csv", "parquet", "huggingface", "table in memory")  # kinds of sources whose columns may have names
_BLOCK_NUMBERS = 2**19  # read at a time whatever the budget, so that no budget changes the result
_SORTED_NUMBERS = 2**21  # sorted at a time
_ROUNDING = 4  # units in the last place that two results of the same sum differ by
_KNOTS, _TAIL = 129, 1.25  # of ranks between which scores are interpolated; growth of their steps from either end


def is_table(points: Points) -> bool:
    """Whether the points are rows of a table whose columns have names."""
    return points.record.kind in _NAMED and bool(points.record.value_names)


def scaling_kind(points: Points, asked: str | None) -> str:
    """``asked``, or by default "sd" for a table whose columns have names and "none" for arrays.

    Raises:
        InvalidInput: for another word, or for "sd" and "quantile" of pictures kept with their own preprocessing.
    """
    if asked is None:
        return "sd" if is_table(points) else "none"
    if asked not in KINDS:
        raise refusal(f"`standardize` must be one of {', '.join(KINDS)}", repr(asked)[:40], "pass sd")
    return asked


def scaling_of(points: Points, kind: str) -> Scaling:
    """The scaling of the columns of the training ``points``; coordinates of categories keep their own.

    The numbers do not depend on any memory budget. Quantiles of more than 2 million rows come from as many at random.

    Raises:
        InvalidInput: if a number is nan or infinite, or a column has no finite standard deviation.
    """
    if kind == "none":
        return NOTHING
    names = points.record.value_names or tuple(map(str, range(points.ambient_dim)))
    measured = np.ones(points.ambient_dim, bool) if points.cells is None else points.cells.measured
    gaps = np.full(points.ambient_dim, -1) if points.cells is None else points.cells.gaps
    mean, std, least, most = _moments(points, gaps)
    constant = _constant(least, most) & measured
    beyond = np.flatnonzero(~np.isfinite(std) & measured & (kind == "sd"))
    if len(beyond):
        got = f"numbers whose squares do not fit a float in column {names[beyond[0]]} of {points.record.source}"
        raise refusal("a column must have a standard deviation", got, "rescale it, or pass `standardize` 'quantile'")
    told = tuple(names[k] for k in np.flatnonzero(constant))
    if kind == "sd":
        shift, scale = np.where(measured, mean, 0.0), np.where(measured & ~constant, std, 1.0)
        return Scaling(kind, names, tuple(shift.tolist()), tuple(scale.tolist()), constant=told)
    values, scores = _knots(points, measured & ~constant, gaps)
    shift = np.where(constant, least, 0.0)
    return Scaling(kind, names, tuple(shift.tolist()), (1.0,) * len(names), values, scores, told)


def standardized(points: Points, scaling: Scaling) -> Points:
    """``points`` with ``scaling`` applied to every row that is read; they know their `own` units.

    Raises:
        InvalidInput: if the scaling is of rows of another width.
    """
    own = points if points.own is None else points.own
    if scaling.kind == "none":
        return own
    if len(scaling.shift) != own.ambient_dim:
        got = f"{own.ambient_dim} in {own.record.source}"
        raise refusal(f"rows must have {len(scaling.shift)} numbers, as those that scale them have", got, "check it")
    shape = (own.n_points, *own.shape)
    rows = SlicedRows(
        shape,
        np.dtype(np.float64),
        lambda a, b: scaling.scaled(own.chunk(a, b)).reshape(-1, *own.shape),
        lambda at: scaling.scaled(own.take(at)).reshape(-1, *own.shape),
    )
    keywords = (*(item for item in own.record.opened if item[0] != "standardize"), ("standardize", scaling))
    record = replace(
        own.record,
        dtype="float64",
        scale=1.0,
        shift=0.0,
        preprocessing=f"{own.record.preprocessing}; columns standardized ({scaling.kind})",
        opened=keywords if own.record.opened else (),
    )
    plain = Points(rows, record, own.labels, own.row_names, own.files)  # not mapped once more
    return plain.changed(own=own, scaling=scaling, cells=own.cells, as_read=own.as_read or own)


def standardized_alike(sets: Mapping[str, Points], asked: str | Scaling | None) -> dict[str, Points]:
    """``sets`` of one width, scaled by the first, the training rows; see `scaling_kind` for ``asked``.

    Raises:
        InvalidInput: see `scaling_of`.
    """
    train = next(iter(sets.values()))
    scaling = asked if isinstance(asked, Scaling) else scaling_of(train, scaling_kind(train, asked))
    return {name: standardized(points, scaling) for name, points in sets.items()}


def _constant(least: Floats, most: Floats) -> NDArray[np.bool_]:
    """Which columns vary by rounding at most, as .1 + .2 beside .3; whole numbers are exact."""
    whole = (least == np.floor(least)) & (most == np.floor(most))
    rounding = _ROUNDING * np.finfo(np.float64).eps * np.maximum(np.abs(least), np.abs(most))
    return most - least <= np.where(whole, 0.0, rounding)


def _moments(points: Points, gaps: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, standard deviation, least and largest of every column, of cells that are there.

    Args:
        points: The rows.
        gaps: Of every coordinate that which is 1 where its cell is missing, -1 without one, (N,).
    """
    step = max(1, _BLOCK_NUMBERS // points.ambient_dim)
    pivot = total = squares = np.zeros(points.ambient_dim)
    least, most = np.full(points.ambient_dim, np.inf), np.full(points.ambient_dim, -np.inf)
    n = np.zeros(points.ambient_dim)
    with_gaps, marks = np.flatnonzero(gaps >= 0), gaps[gaps >= 0]
    with np.errstate(over="ignore", invalid="ignore"):  # told by who needs them
        for start in range(0, points.n_points, step):
            block = points.chunk(start, min(start + step, points.n_points))
            require_finite(block, start, points.record.source)
            if start == 0:
                pivot = block.mean(axis=0)  # a missing cell is as large as the mean of the others
            least, most = np.minimum(least, block.min(axis=0)), np.maximum(most, block.max(axis=0))
            there = block[:, marks] == 0
            block -= pivot
            block[:, with_gaps] = np.where(there, block[:, with_gaps], 0.0)
            n += len(block)
            n[with_gaps] -= (~there).sum(axis=0)
            total, squares = total + block.sum(axis=0), squares + np.einsum("ij,ij->j", block, block)
        shift = total / n
        std = np.sqrt(np.maximum(squares / n - shift**2, 0.0))
    return pivot + shift, np.where((std == 0) & (least < most), most - least, std), least, most  # squares underflow


def _knots(
    points: Points, which: NDArray[np.bool_], gaps: NDArray[np.int64]
) -> tuple[tuple[tuple[float, ...], ...], ...]:
    """Values and normal scores of the columns ``which``, () for the others; ``gaps``: see `_moments`."""
    rows = np.arange(points.n_points)
    if len(rows) > _SORTED_NUMBERS:
        rows = np.sort(generator(0, "quantiles").choice(len(rows), _SORTED_NUMBERS, replace=False))
    values: list[tuple[float, ...]] = [()] * points.ambient_dim
    scores: list[tuple[float, ...]] = [()] * points.ambient_dim
    columns, width = np.flatnonzero(which), max(1, _SORTED_NUMBERS // len(rows))
    for first in range(0, len(columns), width):
        some = columns[first : first + width]
        read = _read(points, rows, np.concatenate([some, gaps[some]]))
        for k, column, missing in zip(some, read, read[len(some) :]):
            values[k], scores[k] = _scores(column if gaps[k] < 0 else column[missing == 0])
    return tuple(values), tuple(scores)


def _read(points: Points, rows: NDArray[np.int64], columns: NDArray[np.integer]) -> Floats:
    """``columns`` of ``rows``, (columns, rows)."""
    step = max(1, _BLOCK_NUMBERS // points.ambient_dim)
    parts = [points.take(rows[a : a + step])[:, columns] for a in range(0, len(rows), step)]
    return np.concatenate(parts).T


def _scores(column: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Some values of ``column`` and the normal scores of their mid-ranks: all of few, else more of them at the ends."""
    values, counts = np.unique(column, return_counts=True)
    ranks = np.cumsum(counts) - counts / 2
    if len(values) > 2 * _KNOTS:
        tail = np.unique(np.floor(_TAIL ** np.arange(1, 80)).astype(np.int64) - 1)
        tail = tail[tail < len(values) // 2]
        middle = np.linspace(0, len(values) - 1, _KNOTS).astype(np.int64)
        kept = np.unique(np.concatenate([tail, middle, len(values) - 1 - tail]))
        values, ranks = values[kept], ranks[kept]
    return tuple(values.tolist()), tuple(ndtri(ranks / len(column)).tolist())
