"""Waiting for what another process or thread does: looked at again and again, with a deadline."""

import time
from collections.abc import Callable

_PAUSE = 0.02  # seconds between two looks


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Return once ``true()``; fail after ``seconds``."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"still not so after {seconds} s"
        time.sleep(_PAUSE)
