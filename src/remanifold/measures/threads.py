"""How many threads the numerics use, restored afterwards."""

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
    require(
        isinstance(threads, int) and threads > 0,
        "the number of threads must be a positive whole number",
        threads,
        "pass e.g. 2",
    )
    return threads


@contextmanager
def torch_threads(threads: int) -> Iterator[None]:
    """Let torch use ``threads`` threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
