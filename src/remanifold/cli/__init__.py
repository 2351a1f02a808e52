"""The command line: parses arguments, calls one public function, shows its record."""

import os
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``remanifold`` with ``argv`` (default: the process's arguments) and return the exit code.

    0: done. 1: a limit named on the command line was exceeded. 2: bad input, said in one line on stderr.
    3: remanifold itself failed; the line names the file that holds the traceback. 130: interrupted. 141: nobody reads
    the output any more. 143: terminated.
    """
    # threads that wait by spinning stall each other where other work keeps the cores busy; read when torch loads
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # the same of numpy's and scipy's own threads: the least
    if argv is None:  # a process of its own: what a notebook set for its plots may not be installed here
        os.environ["MPLBACKEND"] = "agg"
    from remanifold.cli.app import run

    return run(argv)
