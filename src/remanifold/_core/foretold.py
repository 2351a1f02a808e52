"""What long work will take, told before it begins: counted operations over the speed of this machine, measured once."""

import time
from functools import cache

import numpy as np

from remanifold._core.progress import Progress

_SIDE = 384  # of the matrices of the probe: 3 ms
_WORTH_TELLING = 10.0  # seconds
_ROUNDS = 3


def foretell(progress: Progress, what: str, seconds: float, *, at_most: bool = False) -> None:
    """Tell the listener what the work ahead takes, if it has a method ``foretell`` and the work takes 10 s or more.

    Args:
        progress: Told one sentence.
        what: The work, as the subject of the sentence.
        seconds: Estimate; right to a factor of two or so.
        at_most: Whether less is likely, since most of the work can often be ruled out.
    """
    tell = getattr(progress, "foretell", None)
    if tell is not None and seconds >= _WORTH_TELLING:
        tell(f"{what} takes {'at most about' if at_most else 'about'} {duration(seconds)}")


def duration(seconds: float) -> str:
    """``seconds`` in words: 42 s, 5 minutes, 3 hours."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 6000 else f"{seconds / 3600:.0f} hours"


@cache
def product_seconds() -> float:
    """Seconds of one multiplication and addition in a float64 product, on as many threads as libraries take now."""
    left = np.ones((_SIDE, _SIDE))
    np.matmul(left, left)
    taken = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        np.matmul(left, left)
        taken.append(time.perf_counter() - start)
    return min(taken) / _SIDE**3
