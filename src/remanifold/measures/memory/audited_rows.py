"""The rows on which a network is judged: distinct training rows, and rows that it was not trained on."""

from dataclasses import dataclass, replace

import numpy as np

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress, silent
from remanifold._core.types import Integers
from remanifold.data import Points, PointsLike, open_points
from remanifold.measures.estimates.persons import Persons, at_most_each
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.duplicates import exact_copies
from remanifold.measures.neighbours.pairs import row_pairs
from remanifold.measures.neighbours.reading import DEFAULT_MEMORY, open_holdout

_NAMED = 3  # shared rows that an error names
_LEAST = 2  # rows a side: one has no error


@dataclass(frozen=True, eq=False)
class AuditedRows:
    """Rows of both sides; `audited_rows` checks them.

    Attributes:
        training: All training data.
        holdout: All hold-out data.
        training_rows: Row numbers that are looked at, ascending, no two with the same content, (n,).
        holdout_rows: The same of the hold-out, (m,).
        persons: Of all training data and all hold-out data, where rows belong together.
    """

    training: Points
    holdout: Points
    training_rows: Integers
    holdout_rows: Integers
    persons: Persons | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row."""
        return self.training.shape

    def sides(self) -> tuple[tuple[str, Points, Integers], ...]:
        """(name, points, rows) of the training rows and of the hold-out rows."""
        training = ("training", self.training, self.training_rows)
        return training, ("holdout", self.holdout, self.holdout_rows)

    def within(self, budget: int | None, per_row: int, seed: int) -> "AuditedRows":
        """As many of the rows, at random, as ``budget`` network evaluations pay for at ``per_row`` a row.

        Both sides get half; what a short side leaves goes to the other. None: all rows. Where rows belong together as
        many of each person are taken on both sides, so that as many persons as possible are.

        Raises:
            InvalidInput: if that is fewer than two rows a side.
        """
        if budget is None:
            return self
        n, m = len(self.training_rows), len(self.holdout_rows)
        affordable = budget // per_row
        if not isinstance(budget, int | np.integer) or affordable < 2 * _LEAST:
            do = "raise `evaluations`, or ask for fewer draws or levels"
            raise refusal(f"two rows a side take {2 * _LEAST * per_row} network evaluations", budget, do)
        rows, others = self.training_rows, self.holdout_rows
        if self.persons is not None:
            rows, others = _even(self.persons, rows, others, int(affordable), seed)
            n, m = len(rows), len(others)
        of_training = min(n, max(affordable // 2, affordable - m))
        of_holdout = min(m, affordable - of_training)
        rows = choose_queries(rows, int(of_training), seed)
        return replace(self, training_rows=rows, holdout_rows=choose_queries(others, int(of_holdout), seed))


def _even(persons: Persons, rows: Integers, others: Integers, affordable: int, seed: int) -> tuple[Integers, Integers]:
    """As many rows of each person on both sides as make at most ``affordable`` rows; one of each at least."""
    sides = persons.at(rows, others)
    sizes = np.concatenate([np.unique(side, return_counts=True)[1] for side in (sides.training, sides.holdout)])
    most = np.arange(1, sizes.max() + 1)
    totals = np.minimum(sizes, most[:, None]).sum(axis=1)
    each = max(1, int((totals <= affordable).sum()))
    return rows[at_most_each(sides.training, each, seed)], others[at_most_each(sides.holdout, each, seed)]


def audited_rows(
    training: PointsLike,
    holdout: PointsLike | None,
    *,
    training_rows: Integers | None = None,
    persons: Persons | None = None,
    memory: int = DEFAULT_MEMORY,
    progress: Progress = silent,
) -> AuditedRows:
    """Open both sides and find what would spoil a comparison.

    Args:
        training: What the network was trained on, whatever `open_points` takes.
        holdout: Rows of the same source that it was not trained on.
        training_rows: Distinct rows of the training data, where near copies were merged; by default the first of
            all rows with the same content.
        persons: Of all rows of both sides, where rows belong together.
        memory: Budget, bytes.
        progress: Told the stages.

    Raises:
        InvalidInput: without a hold-out, for shapes that differ, fewer than two distinct rows a side, or hold-out
            rows that are training rows, which are named.
    """
    if holdout is None:
        do = "pass holdout=, or hold some rows back when you train"
        raise refusal("memory shows against rows that the network was not trained on", "no hold-out", do)
    known = open_points(training)
    others = open_holdout(holdout, known.shape)
    _require_apart(known, others, memory, progress)
    rows = np.unique(exact_copies(known, progress, memory=memory) if training_rows is None else training_rows)
    holdout_rows = np.unique(exact_copies(others, progress, memory=memory))
    if min(len(rows), len(holdout_rows)) < _LEAST:
        got = f"{len(rows)} training rows and {len(holdout_rows)} hold-out rows"
        raise refusal(f"a comparison needs at least {_LEAST} distinct rows a side", got, "pass more rows")
    return AuditedRows(known, others, rows.astype(np.int64), holdout_rows.astype(np.int64), persons)


def _require_apart(known: Points, others: Points, memory: int, progress: Progress) -> None:
    shared = row_pairs(known, others, memory=memory, progress=progress)
    if not len(shared):
        return
    pairs = [f"{b} is training row {a}" for a, b in zip(shared.rows_a[:_NAMED], shared.rows_b[:_NAMED])]
    more = ", ..." if len(shared) > _NAMED else ""
    n = len(np.unique(shared.rows_b))
    got = f"{n} that are equal to one (hold-out row {', row '.join(pairs)}{more})"
    raise refusal("a hold-out must hold no training row", got, "remove them from the hold-out")
