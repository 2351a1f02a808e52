"""Query rows in strata by nearest distance: the far rows, which carry means over heavy-tailed rows, are always in."""

import numpy as np
import torch

from remanifold._core.compute import Compute
from remanifold._core.seeds import generator
from remanifold._core.threads import one_thread
from remanifold._core.types import Floats, Integers
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.panel import half_squared, middle_of
from remanifold.measures.neighbours.reading import COLUMN_BYTES, RowReader, read_rows

_PANEL = 1024  # rows to which distances are measured: all of a small set, a random part of a large one
_PANEL_BYTES, _FEWEST_ROWS = 2**23, 16  # of the panel, whatever the memory budget: it must not change the choice
_COLUMN_SHARE = 0.05  # of the budget
_LARGEST = 2**27  # bytes of data in float64: beyond it the choice is plain, without another reading
_FEWEST = 8  # queries that are worth strata
_EACH, _MOST_STRATA = 5, 12  # queries a stratum at least, so that it tells its own spread
_HEAVY = 1.5  # variance of the squared distances over their squared mean; at most 1.04 on regular sets
_DIGITS = 6  # of the log of a distance: below them is round-off, which must not choose


def stratified_queries(
    points: RowReader, rows: Integers, most: int, seed: int, compute: Compute
) -> tuple[Integers, Floats | None]:
    """At most ``most`` of ``rows``, ascending, and how many rows each stands for, (queries,).

    The means of a profile are sums of terms that grow as the squared distance to the nearest point. Rows are taken in
    proportion to it (Cochran, Sampling Techniques, 1977, section 5A.7): those that would be in more than once are
    certain, with weight 1; the rest is cut where the squared distances of the strata have equal sums, and as many
    queries are drawn at random from each. Weights are None, and the choice a plain random one, where all rows are
    queries, or too few for strata, or the distances have no heavy tail, or the data are larger than 128 MB.
    """
    if most >= len(rows) or most < _FEWEST or 8 * len(rows) * points.ambient_dim > _LARGEST:
        return choose_queries(rows, most, seed), None
    squares = _squared_distances(points, rows, seed, compute)
    if (squares / squares.mean()).var() <= _HEAVY:
        return choose_queries(rows, most, seed), None
    random = generator(seed, "strata of queries")
    chance = random.permutation(len(rows))
    order = np.lexsort((chance, squares))  # ascending, ties at random
    bounds, counts = _strata(squares[order], most)
    chosen, weights = [], []
    for start, stop, count in zip(bounds[:-1], bounds[1:], counts, strict=True):
        chosen.append(random.choice(order[start:stop], count, replace=False))
        weights.append(np.full(count, (stop - start) / count))
    places, stands_for = np.concatenate(chosen), np.concatenate(weights)
    ascending = np.argsort(places)
    return rows[places[ascending]], stands_for[ascending]


def _squared_distances(points: RowReader, rows: Integers, seed: int, compute: Compute) -> Floats:
    """Squared distance of each row to the nearest other row of a panel, (rows,), to `_DIGITS` digits."""
    width = 8 * points.ambient_dim
    panel = choose_queries(rows, max(_FEWEST_ROWS, min(_PANEL, _PANEL_BYTES // width)), seed)
    held = min(COLUMN_BYTES, int(compute.memory_bytes * _COLUMN_SHARE))
    most = max(1, min(len(panel), 2 * held // width))  # of the panel at once
    nearest = np.full(len(rows), np.inf)
    for start in range(0, len(panel), most):
        np.minimum(nearest, _nearest_of(points, rows, panel[start : start + most], held), out=nearest)
    return np.exp(np.round(np.log(np.maximum(nearest, np.finfo(float).tiny)), _DIGITS))


def _nearest_of(points: RowReader, rows: Integers, panel: Integers, held: int) -> Floats:
    """Squared distance of each row to the nearest other row of ``panel``, (rows,), with blocks of ``held`` bytes."""
    values = read_rows(points, panel)
    centre = middle_of(values)
    left = torch.from_numpy(values - centre)
    own = np.searchsorted(rows, panel)
    step = max(1, held // (8 * max(points.ambient_dim, len(panel))))
    nearest = np.empty(len(rows))
    with one_thread():  # and no thread that reads ahead: each would keep memory of its own
        for start in range(0, len(rows), step):
            right = torch.from_numpy(read_rows(points, rows[start : start + step]) - centre)
            half = torch.empty((len(left), len(right)), dtype=torch.float64)
            half_squared(left, right, out=half)
            inside = np.flatnonzero((own >= start) & (own < start + len(right)))
            half[inside, own[inside] - start] = torch.inf
            nearest[start : start + len(right)] = half.amin(0).mul_(2).numpy()
    return nearest


def _strata(squares: Floats, most: int) -> tuple[list[int], list[int]]:
    """Bounds of the strata among ascending ``squares``, and how many queries each gives."""
    total, certain = np.cumsum(squares), 0
    while certain < most // 2 and squares[-1 - certain] * (most - certain) >= total[-1 - certain]:
        certain += 1
    end, left = len(squares) - certain, most - certain
    bounds, counts = [len(squares)], [] if not certain else [certain]
    if certain:
        bounds.append(end)
    for strata in range(min(_MOST_STRATA, max(1, left // _EACH)), 0, -1):
        count = left // strata
        cut = int(np.searchsorted(total[:end], total[end - 1] * (1 - 1 / strata)))
        start = 0 if strata == 1 else max(left - count, min(cut, end - count))
        bounds.append(start)
        counts.append(count)
        end, left = start, left - count
    return bounds[::-1], counts[::-1]
