"""What to do when a device has less memory than the budget says."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import torch

from remanifold._core.errors import InvalidInput
from remanifold.scores.budget import Budget

T = TypeVar("T")
_OF_THE_CPU = "DefaultCPUAllocator"  # torch raises a plain RuntimeError there


def unless_exhausted(work: Callable[[], T], device: torch.device) -> T | None:
    """``work()``, or None where an allocation failed; what it held is then free again."""
    try:
        return work()
    except (RuntimeError, MemoryError) as error:
        if not isinstance(error, torch.OutOfMemoryError | MemoryError) and _OF_THE_CPU not in str(error):
            raise
    if device.type == "cuda":  # out of the handler, whose error holds the frames and so their tensors
        torch.cuda.empty_cache()
    return None


def smaller_tiles(budget: Budget, queries: int, ambient_dim: int, device: torch.device) -> Budget:
    """Half as many points as ``budget`` and half of ``queries`` at once.

    Raises:
        InvalidInput: if there are none left to halve.
    """
    smaller = replace(budget, queries=queries).halved()
    if smaller is None:
        raise InvalidInput(
            f"the device must hold a few points of {ambient_dim} numbers and one query, but got out of memory on "
            f"{device}; free it, or pass device='cpu'."
        )
    return smaller
