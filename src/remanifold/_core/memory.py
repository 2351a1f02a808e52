"""Memory budgets: '4GB' in, bytes out."""

import ctypes
import re
import sys

from remanifold._core.compiled.functions import keep_within
from remanifold._core.errors import InvalidInput

_SMALL = 10**9  # bytes of a budget that what malloc holds back could break
_ENDLESS = 2**62  # bytes that no machine has
_MMAP_THRESHOLD = -3  # mallopt's name for the bytes of a block that goes back to the system when it is freed
_SMALLEST_BLOCK, _LARGEST_BLOCK, _BLOCKS = 2**16, 2**19, 2**10  # bounds of these bytes; part of a budget
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def bytes_of(budget: str | float) -> int:
    """Bytes in a memory budget such as ``'4GB'``, ``'512 MiB'`` or a plain number of bytes.

    Raises:
        InvalidInput: if the text is not a positive size.
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+(?:e\+?[0-9]+)?)\s*([a-z]*)\s*", str(budget).lower())
    if match is None or match[2] not in _UNITS or not 0 < float(match[1]) * _UNITS[match[2]] < _ENDLESS:
        raise InvalidInput(f"a memory budget must be a positive size, but got {budget!r}; write it like 4GB or 512MB.")
    return int(float(match[1]) * _UNITS[match[2]])


def give_back() -> None:
    """Return freed memory to the system, where the C library keeps it for later (glibc, in every thread's arena)."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def hold_nothing_back(budget: int) -> None:
    """Under a budget below 1 GB: from now on larger blocks return to the system as soon as they are freed.

    The C library (glibc) would keep them, a heap for each thread, and the more the larger they were. It costs the
    system's zeroing of new pages, so that larger budgets go without, and blocks are larger, half a megabyte at most,
    the larger the budget is. A small budget also does without a compiler.
    """
    keep_within(budget)
    if sys.platform == "linux" and budget < _SMALL:
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:
            option(_MMAP_THRESHOLD, min(max(budget // _BLOCKS, _SMALLEST_BLOCK), _LARGEST_BLOCK))
