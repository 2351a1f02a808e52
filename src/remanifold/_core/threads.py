"""How many threads the numerics use, and rows divided among them."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import torch

from remanifold._core.checks import whole

_FEWEST = 8  # rows of a thread that pay for waking it


def thread_count(threads: int | None) -> int:
    """``threads``, or the cores this process may use.

    Raises:
        InvalidInput: if it is not a positive whole number.
    """
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole("`threads`", threads, least=1, example=2)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one thread an operation inside the block: the threads are ours, one a piece of work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="remanifold-rows")


def by_rows(n_rows: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for parts of the rows, at once on as many threads as torch uses.

    Each thread has rows of its own, so that results do not depend on their number.
    """
    threads = min(torch.get_num_threads(), n_rows // _FEWEST)
    if threads <= 1:
        work(0, n_rows)
        return
    edges = [n_rows * k // threads for k in range(threads + 1)]
    for done in [_pool(threads).submit(work, *edges[k : k + 2]) for k in range(threads)]:
        done.result()
