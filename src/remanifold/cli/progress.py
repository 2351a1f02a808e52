"""Progress on stderr: bars on a terminal, elsewhere a line a minute, and at first what long work will take."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from remanifold._core.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_MINUTE = 60.0  # seconds between two lines
_FIRST, _LONG = 10.0, 20.0  # seconds before the first line, of a stage that will take that much longer


class Lines:
    """A progress callback for logs: what is done and how long its stage may still take, once a minute.

    The first line comes after ten seconds where the stage will take twenty more, by what its first part took.
    """

    def __init__(self) -> None:
        self._told = time.monotonic()
        self._pause = _FIRST
        self._began: dict[str, tuple[float, int]] = {}

    def foretell(self, sentence: str) -> None:
        """Say what the work ahead takes."""
        _say(sentence)

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say so, if it is time."""
        now = time.monotonic()
        since, first = self._began.setdefault(stage, (now, done))
        seconds = (now - since) * (total - done) / (done - first) if first < done < total else None
        late = now - self._told >= _MINUTE
        if not (late or (now - self._told >= self._pause and seconds is not None and seconds >= _LONG)):
            return
        self._told, self._pause = now, _MINUTE
        left = ""
        if seconds is not None:
            minutes = seconds / 60
            left = f", about {minutes:.0f} minutes left" if minutes >= 1 else ", less than a minute left"
        _say(f"{stage}: {done} of {total}{left}")


def _say(text: str) -> None:
    sys.stderr.write(f"remanifold: {text}\n")
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
        yield _Drawn(bars)


class _Drawn:
    """A progress callback that draws one bar a stage."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def foretell(self, sentence: str) -> None:
        """Say what the work ahead takes, above the bars."""
        self._bars.console.print(f"remanifold: {sentence}", markup=False, highlight=False)

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            for task in self._tasks.values():
                self._bars.update(task, visible=False)
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total, visible=True)
