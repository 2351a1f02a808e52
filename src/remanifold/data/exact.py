"""Whole numbers that float64, in which all distances are measured, does not hold exactly."""

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal

MOST_EXACT = 2**53
_NEED = "whole numbers must be at most 2^53 in size, since float64 tells larger ones no longer apart"
_DO = "subtract what they have in common, or leave such a column out (`ignore`)"
_WHOLE = re.compile(r"[+-]?\d+")
_SHOWN = 40  # digits of a number in a sentence


def require_exact(stored: NDArray, source: str) -> None:
    """Refuse integers of 8 bytes beyond 2^53.

    Raises:
        InvalidInput: with the first of them.
    """
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize < 8 or stored.size == 0:
        return
    if int(stored.max()) > MOST_EXACT or int(stored.min()) < -MOST_EXACT:
        beyond = (stored > MOST_EXACT) | (stored < -MOST_EXACT) if stored.dtype.kind == "i" else stored > MOST_EXACT
        raise _too_large(f"{int(stored[beyond].flat[0])} in {source}")


def require_exact_items(source: Sequence[Any], array: NDArray, place: str) -> None:
    """Refuse whole numbers in the lists ``source`` that its floats ``array`` do not hold.

    Raises:
        InvalidInput: with the first of them.
    """
    if array.size == 0 or array.dtype.itemsize < 4 or not bool(np.any(np.abs(array) >= MOST_EXACT)):
        return
    for item in np.asarray(source, dtype=object).flat:
        if isinstance(item, int) and int(float(item)) != item:
            raise _too_large(f"{item} in {place}")


def require_exact_decimals(items: Iterable[Any], place: str) -> None:
    """Refuse `Decimal` numbers that are whole and that float64 does not hold; None is passed over.

    Raises:
        InvalidInput: with the first of them.
    """
    for item in items:
        if item is not None and abs(item) > MOST_EXACT and item == item.to_integral_value() != Decimal(float(item)):
            raise _too_large(f"{int(item)} in {place}")


def require_exact_text(cell: str, place: str, option: str) -> None:
    """Refuse the text of a whole number, also as 12.0 or 12e0, that float64 does not hold.

    What was written from a float is held: 1.2e20 has the digits of the float that it is read as.

    Raises:
        InvalidInput: with the cell.
    """
    number = float(cell)
    if _WHOLE.fullmatch(cell):
        lost = Decimal(cell) != Decimal(number)
    else:
        lost = math.isfinite(number) and _is_another(Decimal(cell), number)
    if lost:
        shown = cell if len(cell) <= _SHOWN else f"{cell[:_SHOWN]}... ({len(cell)} characters)"
        raise _too_large(f"{shown} in {place}", f"subtract what they have in common, or pass `ignore` {option!r}")


def _is_another(written: Decimal, number: float) -> bool:
    """Whether a whole number ``written`` has other digits than the float ``number``, rounded to as many digits."""
    digits = len(written.as_tuple().digits)
    return written == written.to_integral_value() and Decimal(f"{number:.{digits - 1}e}") != written


def _too_large(got: str, do: str = _DO) -> InvalidInput:
    return refusal(_NEED, got, do)
