"""Whole numbers that float64, in which all distances are measured, does not hold exactly."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remanifold._core.errors import InvalidInput, refusal

MOST_EXACT = 2**53
_NEED = "whole numbers must be at most 2^53 in size, since float64 tells larger ones no longer apart"
_DO = "subtract what they have in common, or leave such a column out (`ignore`)"
_WHOLE = re.compile(r"[+-]?\d+")


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


def require_exact_text(cell: str, place: str, option: str) -> None:
    """Refuse the text of a whole number that float64 does not hold.

    Raises:
        InvalidInput: with the cell.
    """
    if _WHOLE.fullmatch(cell) and int(cell) != int(float(cell)):
        raise _too_large(f"{cell} in {place}", f"subtract what they have in common, or pass `ignore` {option!r}")


def _too_large(got: str, do: str = _DO) -> InvalidInput:
    return refusal(_NEED, got, do)
