"""Singling-out and linkability: the two attacks of tabular privacy, each with the hold-out as its baseline.

Giomi, Boenisch, Wehmeyer, Tasnadi, A unified framework for quantifying privacy risk in synthetic data, PoPETs 2023 (2):
an attack that succeeds on training rows as often as on rows that the model never saw tells nothing of single rows.

* Singling out (multivariate): a predicate of three columns of one sample, a number at least or at most its own
  according to the side of the median that it lies on, a word equal to its own, that holds of no other sample. It
  succeeds where it holds of exactly one row.
* Linkability: an attacker holds half of the columns of a row in one table and the other half in another. It succeeds
  where both halves have the same nearest sample.
"""

import numpy as np
from numpy.typing import NDArray

from remanifold._core.seeds import generator
from remanifold._core.types import Floats
from remanifold.audits.records.samples import CopyNumber
from remanifold.data import Points, open_points
from remanifold.measures.estimates.proportions import exact_interval
from remanifold.measures.neighbours.near_rows import near_rows

_MORE = "higher: more of single training rows is known"
_MOST_ROWS, _MOST_NUMBERS, _TARGETS = 5000, 2**22, 2000  # of a set, whatever the memory budget
_PREDICATES, _TRIES, _COLUMNS = 1000, 5000, 3


def attack_numbers(train: Points, samples: Points, holdout: Points, seed: int) -> list[CopyNumber]:
    """Both attacks on equally many training and hold-out rows; empty for tables of one column."""
    columns = _columns_of(train)
    if len(columns) < 2:
        return []
    most = min(_MOST_ROWS, max(3, _MOST_NUMBERS // train.ambient_dim))
    n, m = min(train.n_points, holdout.n_points, most), min(samples.n_points, most)
    rows = [_some(points, k, seed, name) for points, k, name in ((train, n, "t"), (holdout, n, "h"), (samples, m, "s"))]
    ours, theirs, drawn = rows
    return [*_singled_out(ours, theirs, drawn, columns, train, seed), *_linked(ours, theirs, drawn, columns, seed)]


def _some(points: Points, n: int, seed: int, name: str) -> Floats:
    """At most ``n`` rows at random."""
    numbers = generator(seed, f"attacks {name}").choice(points.n_points, min(n, points.n_points), replace=False)
    return points.take(np.sort(numbers))


def _columns_of(points: Points) -> list[NDArray[np.int64]]:
    """Coordinates of every column of the table."""
    if points.cells is None:
        return [np.array([k]) for k in range(points.ambient_dim)]
    sizes = [len(column.names) for column in points.cells.embedding.columns]
    return np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])


def _singled_out(
    ours: Floats, theirs: Floats, drawn: Floats, columns: list[NDArray[np.int64]], train: Points, seed: int
) -> list[CopyNumber]:
    ordered = np.ones(train.ambient_dim, bool) if train.cells is None else train.cells.measured
    (sampled, *others), lines, ordered = compared_lines([drawn, ours, theirs], columns, ordered)
    random, medians = generator(seed, "singling out"), np.median(sampled, axis=1)
    hits, done = [0, 0], 0
    for _ in range(_TRIES):
        row = sampled[:, random.integers(len(drawn))]
        chosen = random.choice(len(columns), min(_COLUMNS, len(columns)), replace=False)
        terms = [k for column in chosen for k in lines[column]]
        if held(sampled, row, terms, ordered, medians) != 1:
            continue
        done += 1
        for side, rows in enumerate(others):
            hits[side] += held(rows, row, terms, ordered, medians) == 1
        if done == _PREDICATES:
            break
    what = (
        f"singling-out (multivariate, {min(_COLUMNS, len(columns))} columns): share of predicates true of one sample "
        f"that hold of exactly one of {len(ours)} training rows; the null is that of {len(theirs)} hold-out rows"
    )
    return _number("singling_out", what, hits, (done, done), tested=False)


def compared_lines(
    sets: list[Floats], columns: list[NDArray[np.int64]], ordered: NDArray[np.bool_]
) -> tuple[list[Floats], list[list[int]], NDArray[np.bool_]]:
    """``sets`` (n, N) as lines (k, n): each ordered coordinate, and one code of all others of a column.

    Rows of whatever set have equal codes where all these coordinates are equal, so that a word is one comparison.

    Returns:
        The lines of each set, those of each column, and which of them are ordered.
    """
    ends = np.cumsum([len(rows) for rows in sets])[:-1]
    found: list[list[Floats]] = [[] for _ in sets]
    lines, kinds = [], []
    for column in columns:
        named, first = column[~ordered[column]], len(kinds)
        for k in column[ordered[column]]:
            for own, rows in zip(found, sets):
                own.append(rows[:, k])
            kinds.append(True)
        if len(named):
            for own, codes in zip(found, np.split(_codes([rows[:, named] for rows in sets]), ends)):
                own.append(codes)
            kinds.append(False)
        lines.append([*range(first, len(kinds))])
    return [np.array(own) for own in found], lines, np.array(kinds)


def held(rows: Floats, row: Floats, terms: list[int], ordered: NDArray[np.bool_], medians: Floats) -> int:
    """Of how many ``rows``, as lines, the predicate of ``row`` holds."""
    holds = np.ones(rows.shape[1], bool)
    for k in terms:
        if not ordered[k]:
            holds &= rows[k] == row[k]
        else:
            holds &= rows[k] >= row[k] if row[k] > medians[k] else rows[k] <= row[k]
    return int(np.count_nonzero(holds))


def _codes(sets: list[Floats]) -> Floats:
    """One number for each row of ``sets``, one after another, equal for equal rows, (n,)."""
    known: dict[bytes, int] = {}
    return np.array([known.setdefault((row + 0.0).tobytes(), len(known)) for rows in sets for row in rows], float)


def _linked(
    ours: Floats, theirs: Floats, drawn: Floats, columns: list[NDArray[np.int64]], seed: int
) -> list[CopyNumber]:
    order = generator(seed, "linkability").permutation(len(columns))
    halves = [np.sort(np.concatenate([columns[k] for k in order[side::2]])) for side in (0, 1)]
    hits, targets = [], []
    for rows in (ours, theirs):
        some = rows[:_TARGETS] if len(rows) <= _TARGETS else rows[:: len(rows) // _TARGETS][:_TARGETS]
        found = [_nearest(drawn[:, half], some[:, half]) for half in halves]
        hits.append(int((found[0] == found[1]).sum()))
        targets.append(len(some))
    what = (
        f"linkability (two halves of {len(columns)} columns): share of training rows whose halves have the same "
        "nearest sample; the null is that of hold-out rows"
    )
    return _number("linkability", what, hits, (targets[0], targets[1]), tested=True)


def _nearest(drawn: Floats, targets: Floats) -> NDArray[np.int64]:
    points, queries = open_points(drawn, least=1), open_points(targets, least=1)
    return near_rows(points, np.arange(len(drawn)), queries, np.arange(len(targets)), 1).rows[:, 0]


def _number(name: str, what: str, hits: list[int], n: tuple[int, int], *, tested: bool) -> list[CopyNumber]:
    """One attack: its rate on training rows, that on the hold-out as null, and what is left of it."""
    if min(n) == 0:
        return []
    rate, control = hits[0] / n[0], hits[1] / n[1]
    risk = max(0.0, (rate - control) / (1 - control)) if control < 1 else 0.0
    low, high = exact_interval(hits[1], n[1])
    told = f"{what} (95 % {low:.3g} to {high:.3g}); residual risk (attack - null)/(1 - null) = {risk:.3g}"
    from scipy.stats import hypergeom  # scipy.stats takes half a second to load

    p_value = float(hypergeom.sf(hits[0] - 1, sum(n), sum(hits), n[0]))  # Fisher's exact test, one-sided
    ends = exact_interval(hits[0], n[0])
    return [CopyNumber(name, told, rate, _MORE, "share", control, n[0], ends, p_value if tested else None)]
