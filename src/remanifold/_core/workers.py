"""The same function over many tasks in several processes, none of which outlives the one that started them."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from remanifold._core.errors import InvalidInput

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(function: Callable[[Task], Result], tasks: Mapping[int, Task], jobs: int) -> Iterator[tuple[int, Result]]:
    """Yield (key, function(task)) as tasks finish, in any order; in this process where ``jobs`` is 1.

    With more jobs, ``function`` and the tasks must be picklable. Closing the iterator, or an error or interrupt while
    it runs, ends the workers at once.

    Raises:
        InvalidInput: if a worker process died.
    """
    if jobs == 1 or len(tasks) < 2:
        for key, task in tasks.items():
            yield key, function(task)
        return
    context: Any = get_context("spawn")  # forking a process that has threads (BLAS, torch) can deadlock
    reader, writer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), context, _tie_to, (reader,))
    try:
        with deaf_to_interrupts():
            keys = {pool.submit(function, task): key for key, task in tasks.items()}
        for future in as_completed(keys):
            yield keys[future], future.result()
        pool.shutdown()
    except BrokenProcessPool as error:
        raise InvalidInput(
            f"`jobs` must be no more processes than the machine can hold, but got {jobs}, one of which died or did not "
            "start; pass fewer, and guard a script that asks for several with if __name__ == '__main__'."
        ) from error
    finally:
        writer.close()  # ends what still runs
        pool.shutdown(cancel_futures=True)
        reader.close()


def _tie_to(reader: Connection) -> None:
    """In a worker: leave interrupts to the parent, and exit when its end of the pipe closes, even by a kill."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        try:
            reader.poll(None)
        finally:
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Workers started inside ignore Ctrl-C from their first moment on, as they inherit it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
