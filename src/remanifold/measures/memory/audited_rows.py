"""The rows on which a network is judged: distinct training rows, and rows that it was not trained on."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold._core.progress import Progress, silent
from remanifold.data import Points, open_points
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.duplicates import exact_copies
from remanifold.measures.neighbours.pairs import row_pairs

_NAMED = 3  # shared rows that an error names
_LEAST = 2  # rows a side: one has no error


@dataclass(frozen=True, eq=False)
class AuditedRows:
    """Rows of both sides; `audited_rows` checks them.

    Attributes:
        training: All training data.
        holdout: All held-out data.
        training_rows: Row numbers that are looked at, ascending, no two with the same content, (n,).
        holdout_rows: The same of the hold-out, (m,).
    """

    training: Points
    holdout: Points
    training_rows: NDArray[np.int64]
    holdout_rows: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row."""
        return self.training.shape

    def sides(self) -> tuple[tuple[str, Points, NDArray[np.int64]], ...]:
        """(name, points, rows) of the training rows and of the held-out rows."""
        training = ("training", self.training, self.training_rows)
        return training, ("holdout", self.holdout, self.holdout_rows)

    def within(self, budget: int | None, per_row: int, seed: int) -> "AuditedRows":
        """As many of the rows, at random, as ``budget`` network evaluations pay for at ``per_row`` a row.

        Both sides get half; what a short side leaves goes to the other. None: all rows.

        Raises:
            InvalidInput: if that is fewer than two rows a side.
        """
        if budget is None:
            return self
        n, m = len(self.training_rows), len(self.holdout_rows)
        affordable = budget // per_row
        do = "raise `evaluations`, or ask for fewer draws or levels"
        enough = isinstance(budget, int | np.integer) and affordable >= 2 * _LEAST
        if not enough:
            raise refusal(f"two rows a side take {2 * _LEAST * per_row} network evaluations", budget, do)
        of_training = min(n, max(affordable // 2, affordable - m))
        of_holdout = min(m, affordable - of_training)
        rows = choose_queries(self.training_rows, int(of_training), seed)
        return replace(self, training_rows=rows, holdout_rows=choose_queries(self.holdout_rows, int(of_holdout), seed))


def audited_rows(
    training: Any,
    holdout: Any,
    *,
    training_rows: NDArray[np.int64] | None = None,
    progress: Progress = silent,
) -> AuditedRows:
    """Open both sides and find what would spoil a comparison.

    Args:
        training: What the network was trained on, whatever `open_points` takes.
        holdout: Rows of the same source that it was not trained on.
        training_rows: Distinct rows of the training data, where near copies were merged; by default the first of
            all rows with the same content.
        progress: Told the stages.

    Raises:
        InvalidInput: without a hold-out, for shapes that differ, fewer than two distinct rows a side, or held-out
            rows that are training rows, which are named.
    """
    do = "pass holdout=, or hold some rows back when you train"
    require(holdout is not None, "memory shows against rows that the network was not trained on", "no hold-out", do)
    known, fresh = open_points(training), open_points(holdout)
    need = f"the hold-out must have rows of shape {known.shape}, as the training data have"
    require(fresh.shape == known.shape, need, fresh.shape, "prepare both alike")
    _require_apart(known, fresh, progress)
    rows = np.unique(exact_copies(known, progress)) if training_rows is None else np.unique(training_rows)
    held = np.unique(exact_copies(fresh, progress))
    enough = min(len(rows), len(held)) >= _LEAST
    got = f"{len(rows)} training rows and {len(held)} held-out rows"
    if not enough:
        raise refusal(f"a comparison needs at least {_LEAST} distinct rows a side", got, "pass more rows")
    return AuditedRows(known, fresh, rows.astype(np.int64), held.astype(np.int64))


def _require_apart(known: Points, fresh: Points, progress: Progress) -> None:
    shared = row_pairs(known, fresh, progress=progress)
    pairs = [f"{b} is training row {a}" for a, b in zip(shared.rows_a[:_NAMED], shared.rows_b[:_NAMED])]
    more = ", ..." if len(shared) > _NAMED else ""
    n = len(np.unique(shared.rows_b))
    got = f"{n} that are equal to one (held-out row {', row '.join(pairs)}{more})"
    require(len(shared) == 0, "a hold-out must hold no training row", got, "remove them from the hold-out")
