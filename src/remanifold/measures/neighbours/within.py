"""How far is near: a distance as it was asked for, in data units or in median nearest distances."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from remanifold._core.errors import refusal
from remanifold._core.types import Floats, Integers
from remanifold.data import Points
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.duplicates import exact_copies
from remanifold.measures.neighbours.near_rows import near_rows
from remanifold.measures.neighbours.transformed import versions_of

_QUERIES = 500
_FEW_NUMBERS = 2**21  # of all rows: fewer are compared one by one, sooner than torch is loaded for products of them
_TIMES = "x"


def asked_distance(within: float | str | None, nearest: bool) -> tuple[float | None, float]:
    """(how many median nearest distances, distance): the former None where a distance was given, the latter then.

    Args:
        within: A number, a text such as "0.5" or "0.1x", or None: by default 0, or infinite where ``nearest``.
        nearest: Whether each row's nearest is asked for.

    Raises:
        InvalidInput: if it is neither, negative, nan, or infinite without ``nearest``.
    """
    if within is None:
        return None, math.inf if nearest else 0.0
    text = str(within).strip()
    times = text.endswith(_TIMES)
    try:
        value = float(text.removesuffix(_TIMES)) if times else float(within)
    except (TypeError, ValueError):
        value = math.nan
    if not (value >= 0 and (math.isfinite(value) or (nearest and not times))):
        do = "pass e.g. 0.01, or 0.1x for a tenth of the median nearest distance"
        raise refusal("`within` must be a distance >= 0", within, do)
    return (value, math.inf) if times else (None, value)


def median_nearest(points: Points, views: Sequence[Points], crops: Sequence[Points], memory: int) -> float:
    """Median distance of a distinct row to its nearest other, or under ``views`` or to its ``crops``; of at most 500.

    Raises:
        InvalidInput: if all rows are equal.
    """
    unique = np.unique(exact_copies(points, memory=memory))
    if len(unique) < 2:
        need = "a median nearest distance needs rows that differ"
        raise refusal(need, f"{points.n_points} equal rows in {points.record.source}", "pass other rows")
    queries = choose_queries(unique, _QUERIES, 0)
    gaps = [
        _nearest(rows, queries, others, unique, memory) for rows, others in versions_of(points, views, points, crops)
    ]
    return float(np.median(np.min(gaps, axis=0)))


def _nearest(rows: Points, queries: Integers, others: Points, columns: Integers, memory: int) -> Floats:
    """Distance of each of the rows ``queries`` to the nearest of the ``columns`` of ``others`` but itself, (q,)."""
    numbers = len(columns) * others.ambient_dim
    if numbers > _FEW_NUMBERS or 8 * (numbers + len(queries) * len(columns)) > memory // 4:
        return near_rows(others, columns, rows, queries, 1, same=True, memory=memory).nearest
    gaps = cdist(rows.take(queries), others.take(columns))
    gaps[np.arange(len(queries)), np.searchsorted(columns, queries)] = np.inf
    return gaps.min(axis=1)
