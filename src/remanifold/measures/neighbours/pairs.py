"""Rows of one or two data sets that are close or equal: pairs with their distances, found without comparing all."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

from remanifold._core.checks import whole
from remanifold._core.errors import refusal
from remanifold._core.foretold import foretell, product_seconds
from remanifold._core.memory import bytes_of, hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold._core.tables import Cell, Table
from remanifold._core.types import Floats, Integers
from remanifold.data import Points, PointsLike, open_points, survey
from remanifold.data.alike import require_alike
from remanifold.data.maps.features import Features
from remanifold.data.maps.likeness import likeness_of
from remanifold.data.maps.standardized import is_table, standardized_alike
from remanifold.data.reading import reading_of, scaling_words
from remanifold.data.tables.embedded import embedded_alike
from remanifold.data.tables.facts import TableFacts, table_facts
from remanifold.data.tables.side_by_side import MOST_PAIRS, SideBySide, side_by_side
from remanifold.measures.neighbours.close_pairs import close_pairs
from remanifold.measures.neighbours.contraction import tree_memory
from remanifold.measures.neighbours.transformed import transformed_pairs
from remanifold.measures.neighbours.within import asked_distance, median_nearest

_LEAST_PER_ROW = 64  # bytes: hash and sorted copies of one row
_ONE_WAY = "Rows of A are sought among crops of rows of B, not the other way: swap the sets for crops of A."
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
        table: How columns became coordinates, and how they were scaled.
        side_by_side: Of tables with names, the cells of the closest pairs.
        features: Where distances are taken; None: rows as they are.
        invariances: Transforms of pictures up to which they are.
        transforms: The transform of the row of A that is so near, a pair each; None where none were sought.
        median_nearest: Median distance of a distinct row of A to its nearest other (at most 500 rows, at random),
            measured with ``features``, ``invariances`` or a ``within`` such as "0.1x"; else None.
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
    table: TableFacts | None = None
    side_by_side: SideBySide | None = None
    features: str | None = None
    invariances: tuple[str, ...] = ()
    transforms: tuple[str, ...] | None = None
    median_nearest: float | None = None

    @property
    def multiples(self) -> Floats | None:
        """Distances in median nearest distances, (pairs,); None where that was not measured, or is 0."""
        return self.distances / self.median_nearest if self.median_nearest else None

    def __len__(self) -> int:
        return len(self.distances)

    def to_table(self) -> Table:
        """The pairs as a `Table`, ready for CSV and JSON."""
        columns: dict[str, list[Cell]] = {"row_a": self.rows_a.tolist(), "row_b": self.rows_b.tolist()}
        columns["distance"] = self.distances.tolist()
        if self.multiples is not None:
            columns["median_distances"] = self.multiples.tolist()
        if self.transforms is not None:
            columns["transform"] = list(self.transforms)
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
            "data": None if self.table is None else asdict(self.table),
            "side_by_side": None if self.side_by_side is None else asdict(self.side_by_side),
        }
        units = {
            "row_a": "row of A, from 0",
            "row_b": "row of B, or of A where there is no B",
            "distance": "data units" if self.table is None else self.table.unit,
        }
        if self.features is not None:
            units["distance"] = "units of the features"
        if self.multiples is not None:
            units["median_distances"] = "median nearest distances of rows of A"
        if self.median_nearest is not None:
            parameters |= {"features": self.features, "invariances": list(self.invariances)}
            parameters["median_nearest_distance"] = self.median_nearest
        return Table("row pairs", columns, parameters, units)


def row_pairs(
    a: PointsLike,
    b: PointsLike | None = None,
    *,
    within: float | str | None = None,
    nearest: bool = False,
    limit: int | None = None,
    standardize: str | None = None,
    features: Features | None = None,
    invariances: str | Sequence[str] | None = None,
    memory: str | float = "2GB",
    part_file: str | Path | None = None,
    progress: Progress = silent,
) -> RowPairs:
    r"""Exact duplicates, close pairs or nearest pairs within ``a``, or between ``a`` and ``b``.

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
        within: Largest distance, data units, or as a text such as "0.1x" times the median distance of a row of ``a`` to
            its nearest other: a tenth finds what is much nearer than neighbours are. By default 0, equal rows
            only (compared as float64 numbers: -0.0 is 0.0, a uint8 row may equal a float32 one, and whole numbers
            beyond 2^53 are rounded); with ``nearest``, no limit.
        nearest: Pair every row of ``a`` with its nearest row of ``b`` (of ``a``: its nearest other row) only; of
            several equally near ones with the first.
        limit: Keep the closest pairs only, so many.
        standardize: Scale every column by the mean and standard deviation of ``a``'s ("sd"), by the normal score of its
            rank among them ("quantile"), or not ("none"). By default "sd" for tables whose columns have names and
            "none" for arrays.
        features: Where distances are taken: "dct" for pictures (brightness, contrast, size and JPEG hardly matter), a
            function of rows (k, \*shape), or saved arrays named a and b (a mapping or a path to an .npz).
        invariances: Transforms of pictures, some of "flips,shifts,crops": each row of ``a`` is sought as it is
            and transformed, and the nearest counts.

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
    multiple, distance = asked_distance(within, nearest)
    limit = None if limit is None else whole("`limit`", limit, least=1, example=100)
    likeness = likeness_of(features, invariances, standardize)
    plain = likeness.is_plain
    opened = [open_points(a)] if b is None else [open_points(rows, least=1) for rows in (a, b)]
    sets = _alike(opened, standardize if plain else "none")
    likeness.require_rows(sets[0], False)
    spaces = list(likeness.spaces(dict(zip("ab", sets))).values())
    searched = [space.points for space in spaces]
    if not plain and len(searched) > 1:
        require_alike(searched[0], searched[1], "the features of b")
    budget = _checked(searched, memory, distance)
    hold_nothing_back(budget)
    if nearest:
        work = (
            searched[0].n_points
            * searched[-1].n_points
            * searched[0].ambient_dim
            * (1 + len(spaces[0].views) + len(spaces[-1].crops))
        )
        what = f"to find the nearest of {searched[-1].n_points} rows for each of {searched[0].n_points}"
        foretell(progress, what, work * product_seconds(), at_most=True)
    surveys = [survey(points, memory=budget // 4, equal=True, progress=progress) for points in sets]
    prints = tuple(facts.as_read for facts in surveys)
    median = None
    if multiple is not None or not plain:
        median = median_nearest(searched[0], spaces[0].views, spaces[0].crops, budget)
    if multiple is not None and median is not None:
        distance = multiple * median
    second = None if b is None else searched[1]
    views = None
    if likeness.kinds:
        pairs, views = transformed_pairs(
            searched[0], spaces[0].views, second, spaces[-1].crops, distance, nearest, limit, budget, progress
        )
    elif nearest:
        from remanifold.measures.neighbours.nearest_pairs import nearest_pairs  # loads torch

        stamp = None if part_file is None or not plain else (part_file, tuple(facts.fingerprint for facts in surveys))
        pairs = nearest_pairs(searched[0], second, distance, budget, stamp, progress)
    else:
        pairs = close_pairs(searched[0], second, distance, limit, budget, progress)
    sources, sizes = tuple(points.record.source for points in sets), tuple(points.n_points for points in sets)
    asked = pairs.total, nearest, distance, limit
    told = scaling_words(sets[0]) + tuple(chain(*map(reading_of, sets, ("",) if b is None else ("A", "B"))))
    told += (_ONE_WAY,) if b is not None and "crops" in likeness.kinds else ()
    names = tuple(points.row_names for points in sets)
    closest = pairs.closest(limit)
    transforms = None
    if views is not None:
        words = ["as it is", *(view.name for view in likeness.transforms(sets[0]))]
        transforms = tuple(words[views[i, j]] for i, j in zip(closest[0].tolist(), closest[1].tolist()))
    shown = list(zip(closest[0][:MOST_PAIRS].tolist(), closest[1][:MOST_PAIRS].tolist()))
    beside = side_by_side(sets[0], sets[0], sets[-1], shown) if is_table(sets[0]) else None
    facts = table_facts(sets[0]), beside, likeness.words, likeness.kinds, transforms, median
    return RowPairs(*closest, *asked, sources, prints, sizes, names, told, *facts)


def _alike(sets: list[Points], asked: str | None) -> list[Points]:
    """The sets under one embedding and scaled by the first."""
    known = sets[0].scaling if asked is None else None
    own = embedded_alike(dict(zip(("the first set", "the second set"), sets)))
    for other in list(own.values())[1:]:
        require_alike(next(iter(own.values())), other, "the second set")
    return list(standardized_alike(own, asked if known is None else known).values())


def _checked(sets: list[Points], memory: str | float, distance: float) -> int:
    """The budget in bytes, once the sets are found to fit each other and it."""
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
