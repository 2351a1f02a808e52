"""``remanifold reproduce``: the same bytes for every number of processes and after a kill; mistakes in one sentence."""

import os
import signal
import subprocess
import sys

import pytest
from command import content, runner
from polling import until

from remanifold.experiments import NAMES

RUN = (
    sys.executable,
    "-c",
    "from remanifold.cli import main; raise SystemExit(main())",
    "reproduce",
    "condensation",
    "--quick",
    "--out",
)


run = runner("reproduce")


def test_list_tells_what_is_claimed(capsys):
    code, out, err = run(capsys, "--list")
    assert (code, err) == (0, "")
    lines = out.replace("\n  ", " ").splitlines()  # a claim may take several lines
    assert [line.split(":")[0] for line in lines] == list(NAMES)
    assert all(line.endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("no-such",), "an experiment must be one of phase-diagram"),
        (("no-curse", "--jobs", "0"), "--jobs must be a whole number of at least 1"),
        (("no-curse", "--jobs", "many"), "many"),
        (("no-curse", "--out", "a-file"), "a-file"),
    ],
)
def test_mistakes(capsys, tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("not a directory")
    code, out, err = run(capsys, *words)
    assert code == 2
    assert sentence in err and "Traceback" not in err and out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a-file"]


def test_killed_and_resumed_and_with_two_processes_the_bytes_are_the_same(capsys, tmp_path):
    killed = subprocess.Popen(
        [*RUN, tmp_path / "two", "--jobs", "2"], stderr=subprocess.DEVNULL, start_new_session=True
    )
    part = tmp_path / "two" / "condensation.part"
    until(lambda: (part.exists() and part.read_text().count("\n") > 1) or killed.poll() is not None, 240)
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "it was over before it could be killed"
    assert not (tmp_path / "two" / "condensation.json").exists()
    for words in (("two", "--jobs", 2), ("whole",)):
        assert run(capsys, "condensation", "--quick", "--out", tmp_path / words[0], *words[1:])[0] == 0
    assert content(tmp_path / "two") == content(tmp_path / "whole")
