"""Peak of the anonymous memory of this process while something runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.005  # seconds between two looks


def anonymous_bytes() -> int:
    """Anonymous resident memory now; pages of mapped files, which the system may drop, are not in it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


@contextmanager
def peak_above(start: int) -> Iterator[list[int]]:
    """The list gets one number at the end: bytes above ``start`` at the worst moment."""
    ended, highest = threading.Event(), [anonymous_bytes()]

    def watch() -> None:
        while not ended.wait(_PAUSE):
            highest[0] = max(highest[0], anonymous_bytes())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    found: list[int] = []
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        found.append(max(highest[0], anonymous_bytes()) - start)
