"""How much anonymous memory a program takes beyond what its imports took, watched from outside."""

import subprocess
import sys
import time
from pathlib import Path

_READY = """
import sys
print("ready", flush=True)
sys.stdin.readline()
"""
_PAUSE = 0.002  # seconds between two looks


def peak_growth(imports: str, work: str, *arguments: object) -> int:
    """Bytes by which RssAnon grows at most while ``work`` runs after ``imports``; ``arguments`` are its sys.argv[1:].

    Mapped pages of files are not counted: the system drops them when it needs the room.
    """
    program = [sys.executable, "-c", imports + _READY + work, *map(str, arguments)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == "ready\n", "the imports failed"
        before = highest = _anonymous(child.pid)
        child.stdin.write("go\n")
        child.stdin.flush()
        while child.poll() is None:
            highest = max(highest, _anonymous(child.pid))
            time.sleep(_PAUSE)
        assert child.returncode == 0, "the work failed"
    return highest - before


def _anonymous(pid: int) -> int:
    """Bytes of anonymous memory of a process that may just have ended."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return 1024 * int(line.split()[1])
    return 0
