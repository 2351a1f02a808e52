"""Tasks in several processes: the same answers, errors that arrive, and no worker left behind."""

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from polling import until

from remanifold._core.errors import InvalidInput
from remanifold._core.workers import run_tasks

TASKS = {3: 9.0, 1: 1.0, 7: 49.0}


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("jobs", [1, 2, 8])
def test_answers_belong_to_their_keys(jobs):
    assert dict(run_tasks(math.sqrt, TASKS, jobs)) == {3: 3.0, 1: 1.0, 7: 7.0}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_a_task_arrives(jobs):
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        dict(run_tasks(math.sqrt, {0: 1.0, 1: -1.0, 2: 4.0}, jobs))


def test_a_worker_that_dies_is_one_sentence():
    with pytest.raises(InvalidInput, match=r"`jobs` must be no more .* but got 2, one of which died"):
        dict(run_tasks(os._exit, {0: 3, 1: 3}, 2))


def test_closing_early_ends_running_workers():
    answers = run_tasks(time.sleep, {0: 0.0, 1: 300.0, 2: 300.0}, 2)
    assert next(answers) == (0, None)
    start = time.monotonic()
    answers.close()
    assert time.monotonic() - start < 10


PROGRAM = textwrap.dedent(
    """
    import sys, time
    from remanifold._core.workers import run_tasks

    if __name__ == "__main__":
        print("started", flush=True)
        tasks = {0: 0.0, 1: 0.0, 2: 600.0, 3: 600.0}
        for _ in run_tasks(time.sleep, tasks, 2):
            print("one", flush=True)
    """
)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for child processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_its_parent(tmp_path, how):
    (tmp_path / "program.py").write_text(PROGRAM)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert [parent.stdout.readline() for _ in range(3)] == ["started\n", "one\n", "one\n"]
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert len(children) >= 2
    parent.send_signal(how)
    _, errors = parent.communicate(timeout=30)
    until(lambda: not any(_alive(int(child)) for child in children))
    assert errors.count("Traceback") == (1 if how == signal.SIGINT else 0)  # the parent's own, none of the workers
