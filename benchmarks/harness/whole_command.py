"""What a command takes, watched from outside: anonymous memory of all its processes, seconds, how it ended."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

_PAUSE = 0.02  # seconds between two looks


@dataclass(frozen=True)
class Ran:
    """A command that ended: exit code, seconds, processor seconds, most bytes of anonymous memory, its last line."""

    code: int
    seconds: float
    processor: float
    peak: int
    said: str


def watched(arguments: list[str], limit: float) -> Ran:
    """Run ``remanifold`` with ``arguments``; code -9 where it was killed after ``limit`` seconds."""
    environment = os.environ | {"REMANIFOLD_CACHE": "", "COLUMNS": "400"}
    program = [sys.executable, "-c", "import sys; from remanifold.cli import main; sys.exit(main())", *arguments]
    start, before = time.perf_counter(), _used()
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        peak = 0
        said, pipe = b"", child.stdout
        if pipe is None:
            raise RuntimeError("no pipe")
        os.set_blocking(pipe.fileno(), False)
        while child.poll() is None:
            peak = max(peak, sum(map(_anonymous, _family(child.pid))))
            said = (said + (pipe.read() or b""))[-4000:]
            if time.perf_counter() - start > limit:
                child.kill()
            time.sleep(_PAUSE)
        said = (said + (pipe.read() or b"")).strip()
    last = said.decode(errors="replace").splitlines()[-1:] or [""]
    return Ran(child.returncode, time.perf_counter() - start, _used() - before, peak, last[0].strip())


def _used() -> float:
    """Processor seconds of all processes that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _family(pid: int) -> list[int]:
    """The process and all that it began."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:  # the thread ended meanwhile
                continue
    return found


def _anonymous(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it ended meanwhile
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)
