"""How many threads the numerics use, and rows divided among them; torch, slow to load, only where it computes."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from remanifold._core.checks import whole
from remanifold._core.read_ahead import nothing_read_ahead

_FEWEST = 8  # rows of a thread that pay for waking it
_FEWEST_ALONE = 16  # the same where each thread passes over all that the rows are held against

P = ParamSpec("P")
R = TypeVar("R")


def thread_count(threads: int | None) -> int:
    """``threads``, or the cores this process may use.

    Raises:
        InvalidInput: if it is not a positive whole number.
    """
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole("`threads`", threads, least=1, example=2)


@contextmanager
def at_most(threads: int | None) -> Iterator[None]:
    """Let torch and every BLAS of the process use at most ``threads`` threads an operation inside the block.

    These settings are the process's: what they were comes back at the end. None changes nothing.

    Raises:
        InvalidInput: if ``threads`` is not a positive whole number.
    """
    if threads is None:
        yield
        return
    import torch

    most, before = thread_count(threads), torch.get_num_threads()
    _blas.cache_clear()  # more may be loaded by now
    torch.set_num_threads(min(most, before))
    try:
        with _blas_at_most(most), nothing_read_ahead() if most == 1 else nullcontext():
            yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch and every BLAS use one thread an operation inside the block: the threads are ours, one for each piece.

    Its own worker threads must still tell torch, whose setting is a thread's.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _blas_at_most(1):
            yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _blas_at_most(threads: int) -> Iterator[None]:
    held = [pool["num_threads"] for pool in _blas().info()]
    if max(held, default=0) <= threads:
        yield
        return
    with _blas().limit(limits=min(threads, *held)):
        yield


@cache
def _blas() -> Any:
    """The BLAS of numpy, scipy and others that are loaded."""
    from threadpoolctl import ThreadpoolController  # looks through the libraries of the process: only when needed

    return ThreadpoolController().select(user_api="blas")


def held_to_threads(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, whose keyword argument ``threads`` then holds for all libraries beneath it; see `at_most`."""

    @wraps(function)
    def held(*args: P.args, **kwargs: P.kwargs) -> R:
        threads: Any = kwargs.get("threads")
        with at_most(threads):
            return function(*args, **kwargs)

    return held


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="remanifold-rows")


def by_rows(n_rows: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for parts of the rows, at once on as many threads as torch uses.

    Each thread has rows of its own, so that results do not depend on their number.
    """
    import torch

    threads = min(torch.get_num_threads(), n_rows // _FEWEST)
    if threads <= 1:
        work(0, n_rows)
        return
    edges = [n_rows * k // threads for k in range(threads + 1)]
    for done in [_pool(threads).submit(work, *edges[k : k + 2]) for k in range(threads)]:
        done.result()


def parts_alone(n_rows: int) -> int:
    """Into how many parts `alone_by_rows` divides the rows."""
    import torch

    return max(1, min(torch.get_num_threads(), n_rows // _FEWEST_ALONE))


def alone_by_rows(n_rows: int, work: Callable[[int, int], R]) -> list[R]:
    """What ``work(start, stop)`` returns for parts of the rows in order, at once, torch on one thread within each.

    Threads that share every product wait for each other after every product; these wait once, at the end.
    """
    parts = parts_alone(n_rows)
    if parts == 1:
        return [work(0, n_rows)]
    import torch

    before, inference = torch.get_num_threads(), torch.is_inference_mode_enabled()
    edges = [n_rows * k // parts for k in range(parts + 1)]

    def alone(k: int) -> R:
        torch.set_num_threads(1)  # a thread's own setting
        with torch.inference_mode(inference):
            return work(edges[k], edges[k + 1])

    torch.set_num_threads(1)
    try:
        waiting = [_pool(parts).submit(alone, k) for k in range(parts)]
        return [done.result() for done in waiting]
    finally:
        torch.set_num_threads(before)
