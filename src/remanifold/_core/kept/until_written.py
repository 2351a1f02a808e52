"""Finished work is kept until what came of it is written: the disk may have no room for that."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from remanifold._core.errors import InvalidInput

_WAITING: ContextVar[list[Callable[[], object]] | None] = ContextVar("waiting", default=None)


def when_written(remove: Callable[[], object]) -> None:
    """Call ``remove``, which deletes finished work: now, or at the end of an `until_written` around it."""
    waiting = _WAITING.get()
    if waiting is None:
        remove()
    else:
        waiting.append(remove)


@contextmanager
def until_written() -> Iterator[None]:
    """Finished work that is done with within stays where the block is stopped, or its output cannot be written.

    After another refusal it goes, as it would have without the block. Within another such block it waits for that.
    """
    waiting: list[Callable[[], object]] = []
    token = _WAITING.set(waiting)
    try:
        yield
    except BaseException as error:
        _WAITING.reset(token)
        if isinstance(error, InvalidInput) and not isinstance(error.__cause__, OSError):
            _hand_on(waiting)
        raise
    _WAITING.reset(token)
    _hand_on(waiting)


def _hand_on(waiting: list[Callable[[], object]]) -> None:
    """To the block around this one, or at once."""
    for remove in waiting:
        when_written(remove)
