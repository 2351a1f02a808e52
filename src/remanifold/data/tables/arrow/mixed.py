"""Columns of an Arrow table that are not all complete numbers: words, dates, yes or no, missing cells."""

from typing import Any

import numpy as np

from remanifold.data.exact import require_exact, require_exact_decimals
from remanifold.data.extras import extra
from remanifold.data.points import Points, RowNames, points_of
from remanifold.data.tables.arrow.columns import is_category, is_date
from remanifold.data.tables.arrow.frames import column_of_array
from remanifold.data.tables.cells import Column
from remanifold.data.tables.embedded import embedded
from remanifold.data.tables.kinds import column_of_values


class MixedColumns:
    """Columns of single cells as their batches come."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._parts: dict[str, list[Any]] = {}

    def add(self, batch: Any, columns: list[str]) -> None:
        """The rows of one batch."""
        arrow = extra("pyarrow", "a table")
        for name in columns:
            column = batch.column(name)
            flat = column.combine_chunks() if isinstance(column, arrow.ChunkedArray) else column
            self._parts.setdefault(name, []).append(getattr(flat, "storage", flat))

    def points(self, source: str, kind: str, columns: list[str], **labels: Any) -> Points:
        """The rows as points."""
        arrow = extra("pyarrow", "a table")
        made = [_column(name, arrow.chunked_array(self._parts[name]).combine_chunks(), source) for name in columns]
        rows = np.broadcast_to(0.0, (len(made[0].values), len(columns)))
        named: RowNames = labels  # type: ignore[assignment]
        return embedded(points_of(rows, source, kind, value_names=tuple(columns), **named), made)


def _column(name: str, flat: Any, source: str) -> Column:
    arrow = extra("pyarrow", "a table")
    numbers_by_code = arrow.types.is_dictionary(flat.type) and not is_category(flat.type)
    flat = flat.dictionary_decode() if numbers_by_code else flat
    kind = flat.type
    if arrow.types.is_null(kind):
        return Column(name, "empty", np.full(len(flat), np.nan))
    if arrow.types.is_decimal(kind):
        require_exact_decimals(flat.to_pylist(), f"column {name} of {source}")
        flat = flat.cast(arrow.float64())
    if is_date(kind):
        in_part = getattr(kind, "unit", "") == "ns"  # days in float64 hold no nanoseconds anyway
        moments = flat.cast(arrow.timestamp("us"), safe=not in_part)
        return column_of_array(name, moments.to_numpy(zero_copy_only=False), source)
    if is_category(kind) or arrow.types.is_boolean(kind):
        return column_of_values(name, flat.to_pylist(), source)
    require_exact(flat.drop_null().to_numpy(zero_copy_only=False), f"column {name} of {source}")
    return column_of_array(name, flat.to_numpy(zero_copy_only=False), source)
