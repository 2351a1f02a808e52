"""Runs the pages that teach as a reader would: block after block in one folder, what they print held to what they show.

A `text` block after a comment `<!-- output -->` shows what the Python block before it prints. In a `console` block
after `<!-- run -->` every line that begins with `$ ` is run, and the lines below it are what it prints; `[exit code 1]`
is the first of them where it fails. `<!-- output: rough -->` allows what training a network on another machine moves.

    python tests/taught_pages.py docs/tutorials/images.md

runs a page in an empty folder and writes into it what is printed now, where that is not what it shows.
"""

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from shown_output import difference

from remanifold.cli import main

_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[\w: ]+) -->\n+)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)
_COMMAND = re.compile(r"^\$ (?P<command>(?:.*\\\n)*.*)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.M)


@dataclass(frozen=True)
class Output:
    """What a page shows in [start, end) of its text, what its code printed, and the first words that differ."""

    start: int
    end: int
    line: int
    printed: str
    unlike: str | None


def outputs(text: str, name: str) -> Iterator[Output]:
    """Run the page ``text`` in the working directory; each place where it shows output."""
    names: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start("code"))
        mark, code = block["mark"] or "", block["code"]
        if mark.startswith("output"):
            unlike = difference(code, printed, rough=mark.endswith("rough"))
            yield Output(block.start("code"), block.end("code"), line + 1, printed, unlike)
        elif block["language"] == "python" and mark != "not run":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile("\n" * line + code, name, "exec"), names)
            printed = out.getvalue()
        elif mark == "run":
            for command in _COMMAND.finditer(code):
                start = block.start("code")
                place = line + 1 + code.count("\n", 0, command.start("shown"))
                said = _said(command["command"])
                unlike = difference(command["shown"], said)
                yield Output(start + command.start("shown"), start + command.end("shown"), place, said, unlike)


def refreshed(text: str, name: str) -> str:
    """The page with what its code prints now in the places where it shows something else."""
    for output in reversed(list(outputs(text, name))):
        if output.unlike is not None:
            shown = text[output.start : output.end]
            text = text[: output.start] + _cut_alike(shown, output.printed) + text[output.end :]
    return text


def _cut_alike(shown: str, printed: str) -> str:
    """``printed`` cut where ``shown`` is: each piece of as many lines, from the line most like its first."""
    pieces = [piece.strip("\n").splitlines() for piece in re.split(r"(?m)^\.\.\.\n", shown)]
    if len(pieces) == 1:
        return printed
    lines, parts = printed.splitlines(), []
    for piece in pieces:
        if piece:
            likeness = [SequenceMatcher(None, piece[0], line).ratio() for line in lines]
            start = likeness.index(max(likeness))
            parts.append("".join(line + "\n" for line in lines[start : start + len(piece)]))
        else:
            parts.append("")
    return "...\n".join(parts)


def _said(command: str) -> str:
    program, *words = shlex.split(command.replace("\\\n", " "), comments=True)
    assert program == "remanifold", command
    with contextlib.redirect_stdout(io.StringIO()) as out:
        status = main(words)
    return (f"[exit code {status}]\n" if status else "") + out.getvalue()


if __name__ == "__main__":
    os.environ["COLUMNS"] = "76"
    home = Path.cwd()
    for path in map(Path, sys.argv[1:]):
        page = home / path
        before = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            after = refreshed(before, str(page))
        page.write_text(after, encoding="utf-8")
        print(path, "as it was" if after == before else "refreshed")
