"""Reading and computing at the same time: one range ahead, in one thread."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")
_ALONE: list[None] = []  # one for each block that reads nothing ahead


@contextmanager
def nothing_read_ahead() -> Iterator[None]:
    """Inside the block no second thread reads: for work that may use one thread only."""
    _ALONE.append(None)
    try:
        yield
    finally:
        _ALONE.pop()


class ReadAhead(Generic[T]):
    """``read(start, stop)`` of ranges that follow one another: the next one is read while the caller works on this one.

    After each range the one of the same length that follows is begun, up to ``end``. Whoever asks for another gets that
    one. An error of the thread is raised where its range is asked for; a thread ends with its range, so an interrupt
    leaves nothing behind. Every calling thread has its own range ahead; no more than one exists for each.
    """

    def __init__(self, read: Callable[[int, int], T], end: int) -> None:
        self._read, self._end = read, end
        self._ahead = threading.local()

    def __call__(self, start: int, stop: int) -> T:
        """``read(start, stop)``."""
        begun: tuple[int, int, Future[T]] | None = getattr(self._ahead, "begun", None)
        self._ahead.begun = None
        if begun is not None and begun[:2] == (start, stop):
            value = begun[2].result()
        else:
            if begun is not None:
                begun[2].exception()  # two ranges at once would not fit the budget
            value = self._read(start, stop)
        if stop < self._end and not _ALONE:
            self._begin(stop, min(2 * stop - start, self._end))
        return value

    def __reduce__(self) -> tuple[type["ReadAhead[T]"], tuple[Callable[[int, int], T], int]]:
        """Pickled without what is in flight."""
        return type(self), (self._read, self._end)

    def _begin(self, start: int, stop: int) -> None:
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(self._read(start, stop))
            except BaseException as error:
                future.set_exception(error)

        self._ahead.begun = start, stop, future
        threading.Thread(target=work, name="remanifold read-ahead", daemon=True).start()
