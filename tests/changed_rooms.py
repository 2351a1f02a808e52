"""What `make quick` looks at: the files that differ from main, the working tree included, and the tests of their rooms.

    python tests/changed_rooms.py sources        prints the changed source files, for pyright
    python tests/changed_rooms.py tests SECONDS  runs the tests of the changed rooms, nearest first, for so long

A test file that changed comes first, then files named for a changed source file, then the other tests of its room. What
the seconds do not reach is counted, never hidden. A change of what all tests share (`tests/*.py`) chooses no test.
"""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAINS = ("origin/main", "main", "HEAD")  # the first that exists: what has not been pushed, else not been merged


def _git(*words: str) -> list[str]:
    done = subprocess.run(["git", *words], cwd=ROOT, check=False, capture_output=True, text=True)
    return done.stdout.splitlines()


def changed_files() -> list[str]:
    """Paths, from the root, that differ from where this branch left main; deleted and untracked ones too."""
    base = next(commit for main in MAINS for commit in _git("merge-base", "HEAD", main))
    return sorted({*_git("diff", "--name-only", base), *_git("ls-files", "--others", "--exclude-standard")})


def room_of(path: str, root: Path = ROOT) -> Path | None:
    """The folder that holds the tests of ``path``: the deepest that exists; None where no room's tests are meant."""
    parts = Path(path).parts
    if parts[0] == "src":
        rooms = [root.joinpath("tests", *parts[2:end]) for end in range(len(parts) - 1, 2, -1)]
        return next((room for room in rooms if room.is_dir()), root / "tests" / "house")
    if parts[0] == "tests":
        return root / "tests" / parts[1] if len(parts) > 2 else None
    return root / "tests" / "house"


def chosen_tests(changed: list[str], root: Path = ROOT) -> list[str]:
    """The test files of the changed rooms, nearest first, each once."""
    rooms = sorted({room for path in changed if (room := room_of(path, root)) and room.is_dir()})
    files = [file.relative_to(root).as_posix() for room in rooms for file in sorted(room.rglob("test_*.py"))]
    named = {f"test_{Path(path).stem}.py" for path in changed if path.startswith("src/")}
    return sorted(dict.fromkeys(files), key=lambda file: (file not in changed, Path(file).name not in named))


class Within:
    """Ends a session so many seconds after its first test began, and says how many tests it did not reach."""

    def __init__(self, seconds: int) -> None:
        self.seconds, self.chosen, self.over = seconds, 0, set()
        signal.signal(signal.SIGALRM, lambda *_: pytest.exit(f"the {seconds} s are over", returncode=0))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.chosen = len(session.items)
        signal.alarm(self.seconds)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.over.add(nodeid)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        signal.alarm(0)
        if left := self.chosen - len(self.over):
            terminalreporter.write_line(
                f"{left} of {self.chosen} tests of the changed rooms left out; make test runs them"
            )


def main(what: str, seconds: str = "30") -> int:
    changed = changed_files()
    if what == "sources":
        print(
            *[path for path in changed if path.startswith("src/") and path.endswith(".py") and (ROOT / path).exists()]
        )
        return 0
    files = chosen_tests(changed)
    print(f"{len(files)} test files of changed rooms", flush=True)
    return int(pytest.main(["-x", *files], plugins=[Within(int(seconds))])) if files else 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
