"""Compiled kernels on all cores: each thread has rows of its own, so that results do not depend on their number."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch

_FEWEST = 8  # rows of a thread that pay for waking it


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="remanifold-rows")


def by_rows(n_rows: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(start, stop)`` for parts of the rows, at once on as many threads as torch uses."""
    threads = min(torch.get_num_threads(), n_rows // _FEWEST)
    if threads <= 1:
        work(0, n_rows)
        return
    edges = [n_rows * k // threads for k in range(threads + 1)]
    for done in [_pool(threads).submit(work, *edges[k : k + 2]) for k in range(threads)]:
        done.result()
