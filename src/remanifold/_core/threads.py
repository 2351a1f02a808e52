"""How many threads the numerics use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from remanifold._core.errors import require


def thread_count(threads: int | None) -> int:
    """``threads``, or the cores this process may use.

    Raises:
        InvalidInput: if it is not a positive whole number.
    """
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    whole = isinstance(threads, int) and threads > 0
    require(whole, "the number of threads must be a positive whole number", threads, "pass e.g. 2")
    return threads


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one thread an operation inside the block: the threads are ours, one a piece of work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
