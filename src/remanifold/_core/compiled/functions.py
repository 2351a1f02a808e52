"""Functions compiled by numba (extra ``fast``), where it is installed; everything works without, only more slowly."""

import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

BLOCK = 512  # numbers that kernels work on at once: a few such buffers fit the first-level cache

_OPTIONS: dict[str, Any] = {"fastmath": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}


_LEAST_BUDGET = 3 * 10**8  # bytes; numba and the kernels take 35 MB, and more where they must be compiled first
_within: list[int] = []  # the smallest budget of this process


@cache
def numba_installed() -> bool:
    """Whether numba is installed and not switched off by REMANIFOLD_COMPILED=0."""
    return os.environ.get("REMANIFOLD_COMPILED", "1") != "0" and find_spec("numba") is not None


def can_compile(kernels: str) -> bool:
    """Whether numba is installed and not switched off, and ``kernels`` fit the budget or were loaded before it came.

    Args:
        kernels: Name of the module that holds them; others that are loaded do not help, each is compiled for itself.
    """
    return numba_installed() and (kernels in sys.modules or not _within or _within[0] >= _LEAST_BUDGET)


def keep_within(budget: int) -> None:
    """Tell a memory budget, bytes: a small one leaves no room for the compiler."""
    _within[:] = [min([budget, *_within])]


def compiled(function: Function) -> Function:
    """``function`` compiled for this machine: kept on disk where there is a place, free to reorder sums, without lock.

    To be used in modules that are imported only where `can_compile` says so.
    """
    import numba

    try:
        kernel: Any = numba.njit(function, cache=True, **_OPTIONS)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        kernel = numba.njit(function, **_OPTIONS)
    return kernel


def inlined(function: Function) -> Function:
    """As `compiled`, for a part of a loop of others: pasted into them, where alone its indices would be checked."""
    import numba

    kernel: Any = numba.njit(function, inline="always", **_OPTIONS)
    return kernel
