"""``remanifold reproduce``: the same bytes for every number of processes and after a kill; mistakes in one sentence."""

import os
import signal
import subprocess
import sys
import time

import pytest

from remanifold.cli import main
from remanifold.experiments import NAMES

RUN = (
    sys.executable,
    "-c",
    "from remanifold.cli import main; raise SystemExit(main())",
    "reproduce",
    "density-marks",
    "--quick",
    "--out",
)


def run(capsys, *words):
    code = main(["reproduce", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_list_tells_what_is_claimed(capsys):
    code, out, err = run(capsys, "--list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
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


def test_killed_and_resumed_and_with_two_processes_the_bytes_are_the_same(tmp_path):
    subprocess.run([*RUN, tmp_path / "whole"], check=True, capture_output=True, timeout=300)
    killed = subprocess.Popen(
        [*RUN, tmp_path / "two", "--jobs", "2"], stderr=subprocess.DEVNULL, start_new_session=True
    )
    part, deadline = tmp_path / "two" / "density-marks.part", time.monotonic() + 240
    while not (part.exists() and part.read_text().count("\n") > 1) and killed.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(killed.pid, signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "it was over before it could be killed"
    assert not (tmp_path / "two" / "density-marks.json").exists()
    subprocess.run([*RUN, tmp_path / "two", "--jobs", "2"], check=True, capture_output=True, timeout=300)
    assert content(tmp_path / "two") == content(tmp_path / "whole")
