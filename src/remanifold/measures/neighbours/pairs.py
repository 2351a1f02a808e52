"""Rows of one or two data sets that are close or equal: pairs with their distances, found without comparing all."""

import math
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from remanifold._core.checks import whole
from remanifold._core.errors import refusal, require
from remanifold._core.foretold import foretell, product_seconds
from remanifold._core.memory import bytes_of, hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.tables import Cell, Table
from remanifold._core.types import Floats, Integers
from remanifold.data import Points, PointsLike, open_points, survey
from remanifold.data.alike import require_alike
from remanifold.data.reading import reading_of
from remanifold.measures.neighbours.close_pairs import close_pairs
from remanifold.measures.neighbours.contraction import tree_memory
from remanifold.measures.neighbours.nearest_pairs import nearest_pairs

_LEAST_PER_ROW = 64  # bytes: hash and sorted copies of one row
_LEAST_ROWS = 32  # rows in float64 in work at once, their copies and differences


@dataclass(frozen=True)
class RowPairs:
    """Pairs of rows, closest first, equal distances by row numbers.

    Attributes:
        rows_a: Rows of the first set, (pairs,).
        rows_b: Rows of the second set, or other rows of the first where there is no second, (pairs,).
        distances: Euclidean distances in data units, float64 from the rows as they are; 0 only for equal rows.
        found: Pairs before a ``limit`` was applied.
        nearest: Whether each row of A is paired with its nearest only.
        within: Largest distance asked for; infinite where every row's nearest is wanted.
        limit: Most pairs kept, or None.
        sources: Names of the sets.
        fingerprints: SHA-256 of their stored rows.
        sizes: Their numbers of rows.
        names: Names of the rows of each set where they have any (picture files), else None.
        reading: How the sets were read: what was left out, converted or assumed.
    """

    rows_a: Integers
    rows_b: Integers
    distances: Floats
    found: int
    nearest: bool
    within: float
    limit: int | None
    sources: tuple[str, ...]
    fingerprints: tuple[str, ...]
    sizes: tuple[int, ...]
    names: tuple[tuple[str, ...] | None, ...]
    reading: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.distances)

    def to_table(self) -> Table:
        """The pairs as a `Table`, ready for CSV and JSON."""
        columns: dict[str, list[Cell]] = {"row_a": self.rows_a.tolist(), "row_b": self.rows_b.tolist()}
        columns["distance"] = self.distances.tolist()
        for column, rows, names in (("name_a", self.rows_a, self.names[0]), ("name_b", self.rows_b, self.names[-1])):
            if names is not None:
                columns[column] = [names[row] for row in rows]
        parameters = {
            "sources": list(self.sources),
            "fingerprints": list(self.fingerprints),
            "n_points": list(self.sizes),
            "nearest": self.nearest,
            "within": None if math.isinf(self.within) else self.within,
            "limit": self.limit,
            "pairs_found": self.found,
            "reading": list(self.reading),
        }
        units = {
            "row_a": "row of A, from 0",
            "row_b": "row of B, or of A where there is no B",
            "distance": "data units",
        }
        return Table("row pairs", columns, parameters, units)


def row_pairs(
    a: PointsLike,
    b: PointsLike | None = None,
    *,
    within: float | None = None,
    nearest: bool = False,
    limit: int | None = None,
    memory: str | float = "2GB",
    part_file: str | Path | None = None,
    progress: Progress = silent,
) -> RowPairs:
    """Exact duplicates, close pairs or nearest pairs within ``a``, or between ``a`` and ``b``.

    Candidates come from bounds that no rounding can break, distances from float64 differences of the rows themselves,
    so that no pair is lost or invented. Rows are read a chunk at a time.

    >>> import numpy as np
    >>> from remanifold.measures import row_pairs
    >>> x = np.arange(12.0).reshape(6, 2)
    >>> row_pairs(x, x[::-1][:4]).rows_a.tolist()
    [2, 3, 4, 5]

    Main arguments:
        a: Whatever `remanifold.open_points` takes.
        b: Another such set, with rows of the same shape; None: pairs within ``a``.
        within: Largest distance, data units. By default 0, equal rows only (compared as float64 numbers: -0.0 is 0.0, a
            uint8 row may equal a float32 one, and whole numbers beyond 2^53 are rounded); with ``nearest``, no limit.
        nearest: Pair every row of ``a`` with its nearest row of ``b`` (of ``a``: its nearest other row) only; of
            several equally near ones with the first.
        limit: Keep the closest pairs only, so many.

    Other arguments:
        memory: Working memory such as "2GB".
        part_file: With ``nearest``: file that keeps finished rows, so that a second call with the same data goes on
            where the first was interrupted; it is removed at the end.
        progress: Told the stages.

    Returns:
        All pairs asked for, with one economy: where equal rows would give all combinations, a row of A is listed with
        the first of equal rows of B, a row of B with the first of equal rows of A, and within one set the later of
        equal rows with the first.

    Raises:
        InvalidInput: for data that cannot be used or differ in the shape of a row or the order of columns, a bad
            distance, limit or budget, or more than 20 million pairs without a limit.

    See also:
        `find_duplicates`, which groups them; `remanifold.audit_copies`.
    """
    distance = (math.inf if nearest else 0.0) if within is None else float(within)
    endless = nearest or math.isfinite(distance)
    require(distance >= 0 and endless, "`within` must be a distance >= 0", within, "pass e.g. 0.01")
    limit = None if limit is None else whole("`limit`", limit, least=1, example=100)
    sets = [open_points(a)] if b is None else [open_points(rows, least=1) for rows in (a, b)]
    budget = _checked(sets, memory, distance)
    hold_nothing_back(budget)
    if nearest:
        searched = sets[-1].n_points
        work = sets[0].n_points * searched * sets[0].ambient_dim
        what = f"to find the nearest of {searched} rows for each of {sets[0].n_points}"
        foretell(progress, what, work * product_seconds(), at_most=True)
    surveys = [survey(points, memory=budget // 4, equal=True, progress=progress) for points in sets]
    prints = tuple(facts.fingerprint for facts in surveys)
    second = None if b is None else sets[1]
    if nearest:
        stamp = None if part_file is None else (part_file, prints)
        pairs = nearest_pairs(sets[0], second, distance, budget, stamp, progress)
    else:
        pairs = close_pairs(sets[0], second, distance, limit, budget, progress)
    sources, sizes = tuple(points.record.source for points in sets), tuple(points.n_points for points in sets)
    asked = pairs.total, nearest, distance, limit
    told = tuple(chain(*map(reading_of, sets, ("",) if b is None else ("A", "B"))))
    names = tuple(points.row_names for points in sets)
    return RowPairs(*pairs.closest(limit), *asked, sources, prints, sizes, names, told)


def _checked(sets: list[Points], memory: str | float, distance: float) -> int:
    """The budget in bytes, once the sets are found to fit each other and it."""
    for other in sets[1:]:
        require_alike(sets[0], other, "the second set")
    width = sets[0].ambient_dim
    budget = bytes_of(memory)
    rows = sum(points.n_points for points in sets)
    least = _LEAST_PER_ROW * rows + 8 * min(rows, _LEAST_ROWS) * width
    if 0 < distance < math.inf:
        least = max(least, tree_memory(sets[-1].n_points, width))
    need = f"the search needs a memory budget of at least {math.ceil(least / 1e4) / 100} MB for these rows"
    if budget < least:
        raise refusal(need, f"{budget / 1e6:.3g} MB", "raise `memory`")
    return budget
