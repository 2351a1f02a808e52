"""What people see on a terminal: lines as wide as it is, bold letters unless NO_COLOR forbids, and where to begin."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import numpy as np
import pytest

from remanifold.cli import main
from remanifold.cli.output import paragraph

_START = "import sys; from remanifold.cli import main; sys.exit(main())"


def on_terminal(columns: int, *words: str, **changed: str) -> str:
    """What a command writes to a terminal of so many columns, standard output and error together."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    environment |= {"TERM": "xterm-256color"} | changed
    process = subprocess.Popen(
        [sys.executable, "-c", _START, *words], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert process.wait() == 0
    return b"".join(parts).decode()


SIZE = ("phases", "--n-points", "1000", "--ambient-dim", "50", "--latent-dim", "20")


def test_lines_are_as_wide_as_the_terminal_and_headings_are_bold():
    seen = on_terminal(57, *SIZE)
    assert "\x1b[1m" in seen
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen)
    assert 50 < max(len(line) for line in plain.splitlines()) <= 57


def test_no_color_is_respected():
    seen = on_terminal(80, *SIZE, NO_COLOR="1")
    assert "best stop" in seen and "\x1b[1m" not in seen and not re.search(r"\x1b\[[0-9;]*3[0-7]", seen)


def test_no_terminal_no_letters_in_bold(capsys):
    assert main(list(SIZE)) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_without_arguments_it_says_where_to_begin(capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    commands = re.findall(r"remanifold ([a-z]+) ", out + " ")
    assert {"audit", "copies", "phases"} <= set(commands)
    for name in set(commands):
        assert main([name, "--help"]) == 0, f"{name} is a command"


def test_without_arguments_only_commands_are_wider_than_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 40 for line in lines if not line.startswith("    remanifold "))
    assert "    remanifold copies --train DATA --samples SAMPLES --holdout HELD_OUT" in lines


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_an_audit_begins_with_its_verdict_and_keeps_the_width(capsys, monkeypatch, tmp_path, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    train, holdout, samples = (rng.normal(size=(n, 6)) for n in (120, 120, 60))
    samples[:20] = train[:20]
    for name, rows in (("train", train), ("holdout", holdout), ("samples", samples)):
        np.save(f"{name}.npy", rows)
    words = ["--samples", "samples.npy", "--holdout", "holdout.npy"]
    for command in (["audit", "train.npy", *words], ["copies", "--train", "train.npy", *words]):
        assert main(command) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "VERDICT: remembers"
        assert max(map(len, lines)) <= columns


def test_p_values_stand_below_the_first_lines(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    train, holdout, samples = (rng.normal(size=(n, 6)) for n in (120, 120, 60))
    samples[:20] = train[:20] + 1e-3
    for name, rows in (("train", train), ("holdout", holdout), ("samples", samples)):
        np.save(f"{name}.npy", rows)
    words = ["--samples", "samples.npy", "--holdout", "holdout.npy"]
    for command in (["audit", "train.npy", *words], ["copies", "--train", "train.npy", *words]):
        assert main(command) == 0
        first, _, rest = capsys.readouterr().out.partition("What to do:")
        below = " ".join(rest.partition("\nWhat the verdict rests on\n")[2].split())
        assert "p = " not in first and "n = " not in first and first.count("\n") <= 4
        assert below.startswith("It remembers training rows:") and "adjusted for all tests" in below.partition("?")[0]


@pytest.mark.parametrize("command", [(), ("audit",), ("phases",), ("copies",)])
def test_help_on_a_narrow_terminal_has_options_above_their_texts(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "40")
    assert main([*command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    texts = [line for line in lines if line.startswith(8 * " ")]
    assert all(len(line) - len(line.lstrip()) <= 8 for line in texts), "else a column of ten letters is left"
    assert texts and max(map(len, lines)) <= 50 and not any(line.endswith("...") for line in lines[3:])


def test_the_backend_that_a_notebook_sets_stops_no_figure(tmp_path):
    words = ("diagram", "--grid", "2x2", "--jobs", "1", "--out", str(tmp_path / "plane.svg"))
    environment = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    done = subprocess.run([sys.executable, "-c", _START, *words], env=environment, capture_output=True, check=False)
    assert done.returncode == 0 and (tmp_path / "plane.svg").exists()


@pytest.mark.parametrize("columns", range(40, 60))
def test_no_line_ends_inside_a_number(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", f"{columns}")
    sentence = "The share is 12 % of all, at σ = 1.24 ± 0.02 data units, with p = 3 × 10⁻⁴; so much for it."
    paragraph(sentence)
    out = capsys.readouterr().out
    assert " ".join(out.split()) == sentence
    assert not re.search(r"( =| ±| ×|\d)\n|\n(%|±|×|=)", out)
