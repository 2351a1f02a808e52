"""What the pages show works: Python blocks are executed, shell lines name real commands and options."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TAUGHT = [ROOT / "docs" / folder for folder in ("start", "tutorials", "course")]
"""Whose pages test_taught_pages runs as a whole, each in one folder of its own."""
COMMAND = str(Path(sys.executable).with_name("remanifold"))
_BLOCK = re.compile(r"(?:^<!-- (?P<mark>not run|run) -->\n+)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its code, the line it starts on, and the mark in the comment before it."""

    language: str
    code: str
    line: int
    mark: str | None


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a page in order."""
    return [
        Block(found["language"], found["code"], text.count("\n", 0, found.start("code")), found["mark"])
        for found in _BLOCK.finditer(text)
    ]


def commands_of(block: Block) -> list[list[str]]:
    """The remanifold and make commands of a shell block, each split into words; targets of `>` are dropped."""
    lines = block.code.replace("\\\n", " ").splitlines()
    if any(line.startswith("$ ") for line in lines):  # then the other lines are output
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    parts = [part for line in lines for part in re.split(r"\|\|?|&&|;|[12]?>", line)]
    words = [shlex.split(part, comments=True) for part in parts]
    return [command for command in words if command and command[0] in ("remanifold", "make")]


@cache
def _help(*path: str) -> str:
    environment = {**os.environ, "COLUMNS": "300", "NO_COLOR": "1", "TERM": "dumb"}
    result = subprocess.run([COMMAND, *path, "--help"], capture_output=True, text=True, env=environment, check=False)
    return result.stdout if result.returncode == 0 else ""


def unknown_words(command: list[str]) -> list[str]:
    """The subcommand, options or make targets in ``command`` that do not exist."""
    program, *words = command
    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M)
        return [word for word in words if "=" not in word and word not in targets]
    path = [word for word in words[:1] if not word.startswith("-")]
    known = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", _help(*path)))
    if not known:
        return path
    options = [word.split("=")[0] for word in words if re.match(r"--?[a-zA-Z]", word)]
    return [option for option in options if option not in known]


def run_python_blocks(page: Path) -> None:
    """Execute the Python blocks of ``page`` in order, sharing their names; a traceback names the page's own line."""
    names = {"__name__": "__main__"}
    for block in blocks_of(page.read_text()):
        if block.language == "python" and block.mark != "not run":
            exec(compile("\n" * block.line + block.code, str(page), "exec"), names)


@pytest.fixture
def example_files(tmp_path, monkeypatch):
    """A temporary directory with the files that examples may use: train.npy, holdout.npy, labels.npy."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    points = (images.reshape(-1, 8, 8) / 8 - 1).astype(np.float32)
    np.save(tmp_path / "train.npy", points[:400])
    np.save(tmp_path / "labels.npy", labels[:400])
    np.save(tmp_path / "holdout.npy", points[400:500])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _has(language: str, page: Path) -> bool:
    if page.parent in TAUGHT:
        return False
    return any(block.language == language and block.mark != "not run" for block in blocks_of(page.read_text()))


@pytest.mark.parametrize(
    "page", [page for page in PAGES if _has("python", page)], ids=lambda page: str(page.relative_to(ROOT))
)
@pytest.mark.usefixtures("example_files")
def test_python_blocks_run_in_order(page):
    run_python_blocks(page)


def _shell_blocks() -> list[tuple[str, Block, bool]]:
    return [
        (f"{page.relative_to(ROOT)}:{block.line + 1}", block, page.parent in TAUGHT)
        for page in PAGES
        for block in blocks_of(page.read_text())
        if block.language in ("console", "bash", "sh", "shell") and commands_of(block)
    ]


@pytest.mark.parametrize(
    ("block", "taught"), [pytest.param(block, taught, id=name) for name, block, taught in _shell_blocks()]
)
@pytest.mark.usefixtures("example_files")
def test_shell_blocks_name_real_commands_and_run_where_marked(block, taught):
    for command in commands_of(block):
        assert unknown_words(command) == [], shlex.join(command)
        if block.mark == "run" and command[0] == "remanifold" and not taught:
            result = subprocess.run([COMMAND, *command[1:]], capture_output=True, text=True, check=False)
            assert result.returncode == 0, result.stderr


def test_blocks_and_commands_are_found():
    text = (
        "intro\n```python\nx = 1\n```\n<!-- not run -->\n```python\nx = 1 / 0\n```\n\n<!-- run -->\n\n```console\n"
        "$ remanifold phases --load 1 \\\n    --json | jq .t > out  # why\nremanifold is output\n$ make demo\n```\n"
    )
    blocks = blocks_of(text)
    assert [(block.language, block.mark, block.line) for block in blocks] == [
        ("python", None, 2),
        ("python", "not run", 6),
        ("console", "run", 12),
    ]
    assert commands_of(blocks[2]) == [["remanifold", "phases", "--load", "1", "--json"], ["make", "demo"]]


def test_python_blocks_share_names_and_fail_on_their_line(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "```python\nx = 1\n```\n\n<!-- not run -->\n```python\nx = y\n```\n\n```python\nx += 1\nx / 0\n```\n"
    )
    with pytest.raises(ZeroDivisionError) as caught:
        run_python_blocks(page)
    assert (caught.traceback[-1].lineno + 1, caught.traceback[-1].path) == (12, page)


def test_unknown_words_are_found():
    assert unknown_words(["remanifold", "phases", "--load", "1", "--no-such-option=3"]) == ["--no-such-option"]
    assert unknown_words(["remanifold", "no-such-command", "x"]) == ["no-such-command"]
    assert unknown_words(["make", "demo", "coffee", "PYTHON=python3"]) == ["coffee"]
