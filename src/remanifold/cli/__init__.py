"""The command line: parses arguments, calls one public function, shows its record."""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``remanifold`` with ``argv`` (default: the process's arguments) and return the exit code.

    0: done. 1: a limit named on the command line was exceeded. 2: bad input, said in one line on stderr.
    130: interrupted.
    """
    from remanifold.cli.app import run

    return run(argv)
