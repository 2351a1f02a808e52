"""Columns of data frames of pandas and polars, and of Arrow tables, with what is missing in them."""

import datetime
import math
from typing import Any

import numpy as np

from remanifold._core.errors import refusal
from remanifold.data.exact import require_exact, require_exact_decimals, require_exact_items
from remanifold.data.tables.cells import Column
from remanifold.data.tables.kinds import column_of_values

_NONE = ("NoneType", "NAType", "NaTType")
_DAY = np.timedelta64(1, "D")


def column_of_series(name: str, series: Any, source: str) -> Column:
    """A column of pandas or polars.

    Raises:
        InvalidInput: for one that holds neither numbers nor words, dates, or yes or no, or whole numbers beyond 2^53.
    """
    if hasattr(series, "null_count") and not hasattr(series, "dtypes"):  # polars
        kind = str(series.dtype)
        if series.null_count() == 0 and series.dtype.is_numeric() and not kind.startswith("Decimal"):
            return column_of_array(name, series.to_numpy(), source)
        return _of_items(name, series.to_list(), kind, source)
    values = np.asarray(series)
    if values.dtype.kind in "iufbM":
        return column_of_array(name, values, source)
    return _of_items(name, series.tolist(), str(series.dtype), source)


def column_of_array(name: str, values: Any, source: str) -> Column:
    """A column of a numpy array of numbers, dates, or yes or no; nan and NaT are missing."""
    require_exact(values, f"column {name} of {source}")
    if values.dtype.kind == "M":
        days = np.where(np.isnat(values), np.nan, (values - np.datetime64(0, "us")) / _DAY)
        return Column(name, "empty" if len(days) and np.isnan(days).all() else "date", days)
    numbers = np.asarray(values, dtype=np.float64)
    if len(numbers) and np.isnan(numbers).all():
        return Column(name, "empty", numbers)
    truth = values.dtype.kind == "b"
    return Column(name, "yes or no" if truth else "number", numbers, ("False", "True") if truth else ())


def _of_items(name: str, items: list[Any], kind: str, source: str) -> Column:
    """A column of Python objects, of which pandas' own marks of what is missing are none."""
    cells = [
        None if type(item).__name__ in _NONE or (isinstance(item, float) and math.isnan(item)) else item
        for item in items
    ]
    known = [item for item in cells if item is not None]
    if known and all(hasattr(item, "isoformat") and hasattr(item, "year") for item in known):
        if any(getattr(item, "tzinfo", None) is not None for item in known):
            cells = [None if cell is None else _in_utc(cell) for cell in cells]
        return column_of_array(name, np.array(cells, dtype="datetime64[us]"), source)
    if known and all(isinstance(item, int | np.integer) and not isinstance(item, bool) for item in known):
        require_exact_items(known, np.array(known, dtype=np.float64), f"column {name} of {source}")
    if known and all(type(item).__name__ == "Decimal" for item in known):
        require_exact_decimals(known, f"column {name} of {source}")
        cells = [None if item is None else float(item) for item in cells]
    if known and all(isinstance(item, int | float | np.number) and not isinstance(item, bool) for item in known):
        return column_of_array(name, np.array([np.nan if c is None else float(c) for c in cells]), source)
    if any(isinstance(item, complex) for item in known):
        do = "pass real and imaginary parts as separate columns"
        raise refusal("data must be real numbers", f"{kind} in column {name} of {source}", do)
    return column_of_values(name, cells, source)


def _in_utc(moment: Any) -> Any:
    """A moment of a time zone as one of UTC."""
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)
