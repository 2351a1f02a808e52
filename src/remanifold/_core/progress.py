"""Progress of long work: numerics report to a callback and never learn who listens."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)``; raising from it interrupts the work."""


def silent(stage: str, done: int, total: int) -> None:
    """The progress callback that says nothing."""
