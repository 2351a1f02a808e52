"""Progress on stderr: bars on a terminal, elsewhere a line a minute."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from remanifold._core.progress import Progress

_MINUTE = 60.0  # seconds between two lines


class Lines:
    """A progress callback for logs: what is done and how long its stage may still take, once a minute."""

    def __init__(self) -> None:
        self._told = time.monotonic()
        self._began: dict[str, tuple[float, int]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say so, if it is time."""
        now = time.monotonic()
        since, first = self._began.setdefault(stage, (now, done))
        if now - self._told < _MINUTE:
            return
        self._told = now
        left = ""
        if first < done < total:
            minutes = (now - since) * (total - done) / (done - first) / 60
            left = f", about {minutes:.0f} minutes left" if minutes >= 1 else ", less than a minute left"
        sys.stderr.write(f"remanifold: {stage}: {done} of {total}{left}\n")
        sys.stderr.flush()


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress callback that draws one bar a stage, gone when the work is done; without a terminal, see `Lines`."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:>18}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.update(task, visible=False)
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total, visible=True)

        yield show
