"""Runs the pages that teach as a reader would: block after block in one folder, what they print held to what they show.

A `text` block after a comment `<!-- output -->` shows what the Python block before it prints. In a `console` block after
`<!-- run -->` every line that begins with `$ ` is run, and the lines below it are what it prints; none are compared where
none are shown. `<!-- output: rough -->` allows what training a network on another machine moves.
"""

import contextlib
import io
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from shown_output import difference

from remanifold.cli import main

_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[\w: ]+) -->\n+)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Mismatch:
    """What a page shows and its code does not print: the line of the page, and the first words that differ."""

    line: int
    words: str


def mismatches(page: Path) -> list[Mismatch]:
    """Run ``page`` in the working directory; where its output is not what it shows."""
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "__main__"}
    wrong, printed = [], ""
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start("code")) + 1
        mark, code = block["mark"] or "", block["code"]
        if mark.startswith("output"):
            unlike = difference(code, printed, rough=mark.endswith("rough"))
            wrong += [] if unlike is None else [Mismatch(line, unlike)]
        elif block["language"] == "python" and mark != "not run":
            printed = _printed_by_python("\n" * (line - 1) + code, page, names)
        elif mark == "run":
            wrong += [Mismatch(line, unlike) for unlike in _unlike_commands(code)]
    return wrong


def _printed_by_python(code: str, page: Path, names: dict[str, object]) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, str(page), "exec"), names)
    return out.getvalue()


def _unlike_commands(code: str) -> list[str]:
    unlike = []
    for part in re.split(r"(?m)^\$ ", code.replace("\\\n", " "))[1:]:
        command, _, shown = part.partition("\n")
        program, *words = shlex.split(command, comments=True)
        assert program == "remanifold", command
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = main(words)
        if shown.startswith("[exit code "):  # a page tells it in the first line below
            told, _, shown = shown.partition("\n")
            status -= int(told.removeprefix("[exit code ").rstrip("]"))
        assert status == 0, f"{command}: exit code {status}"
        found = difference(shown, out.getvalue()) if shown.strip() else None
        unlike += [] if found is None else [f"{command}: {found}"]
    return unlike
