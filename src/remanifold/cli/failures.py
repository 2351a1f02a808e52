"""What is left over: errors that no sentence foresaw, an output without room, signals that end the process."""

import errno
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from remanifold._core.shown import plain

FAILED, TERMINATED, PIPE_CLOSED = 3, 143, 141  # the last two as shells write signals 15 and 13
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Terminated(KeyboardInterrupt):
    """The process was told to end (SIGTERM): as Ctrl-C, with its own exit code."""


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM raises `Terminated`, once; a second one ends the process at once, and so does one to a process it starts.

    Nothing is changed where the signal already has a handler, or outside of the main thread.
    """
    mine = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not mine:
        yield
        return
    own = os.getpid()

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        if os.getpid() != own:
            os.kill(os.getpid(), number)
        raise Terminated

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def is_full(error: BaseException) -> bool:
    """Whether a file, standard output or the system's temporary folder had no room left."""
    no_room = isinstance(error, FileNotFoundError) and "No usable temporary directory" in str(error)
    return no_room or (isinstance(error, OSError) and error.errno in _FULL)


def is_closed(error: BaseException) -> bool:
    """Whether nobody reads the output any more, as in ``remanifold ... | head``."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def full_sentence(error: BaseException) -> str:
    """The sentence for an output without room."""
    where = getattr(error, "filename", None) or "standard output or a file"
    reason = getattr(error, "strerror", None) or "no space"
    do = "free space or name another place"
    return f"the output must go where there is room for it, but got {where} ({reason}); {do}."


def failure_sentence(error: BaseException) -> str:
    """The sentence for an error that nobody foresaw; its traceback goes to a file in the system's temporary folder."""
    what = " ".join(f"{type(error).__name__} {error}".split())[:200]
    kept = _kept_traceback(error)
    where = "the traceback could not be kept" if kept is None else f"the traceback is in {kept}"
    if isinstance(error, MemoryError):
        return f"remanifold failed for lack of memory ({what}); give the process more, or less data; {where}."
    return f"remanifold failed ({what}); please report it with the command and the traceback; {where}."


def _kept_traceback(error: BaseException) -> str | None:
    try:
        handle, path = tempfile.mkstemp(prefix="remanifold-", suffix=".traceback.txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write("".join(traceback.format_exception(error)))
    except (OSError, MemoryError):
        return None
    return path


def flush_output() -> None:
    """Write out what standard output still holds.

    Raises:
        OSError: if it takes no more; what is left is dropped, so that the interpreter does not try again at its end.
    """
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        drop_output()
        raise


def drop_output() -> None:
    """From now on standard output goes nowhere."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def say(sentence: str) -> None:
    """One line on standard error, if anybody takes it."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"remanifold: {plain(' '.join(sentence.split()))}\n")
        sys.stderr.flush()
