"""What ends a command otherwise than by an answer or a refusal: our own faults, an output without room, signals."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from planted import ROWS
from polling import until

from remanifold import theory
from remanifold.cli import main

RATIOS = ("--load", "0.2", "--latent-ratio", "0.3")
PROGRAM = [sys.executable, "-c", "import sys; from remanifold.cli import main; sys.exit(main())"]


def fails_with(error, monkeypatch):
    def fail(**_):
        raise error

    monkeypatch.setattr(theory, "phases", fail)
    return main(["phases", *RATIOS])


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError("by\nzero"),
        RecursionError("deep"),
        MemoryError(),
        EOFError("early"),
        OSError(5, "Input/output error"),
        SystemExit(1),
        AssertionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_own_faults_end_in_one_sentence_and_a_file(capsys, monkeypatch, tmp_path, error):
    """Never as code 1, which says that a limit was exceeded."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert fails_with(error, monkeypatch) == 3
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith("remanifold: remanifold failed")
    kept = re.search(r"the traceback is in (\S+)\.\n", err)
    assert kept is not None
    text = Path(kept[1]).read_text(encoding="utf-8")
    assert "Traceback" in text and type(error).__name__ in text and list(tmp_path.iterdir()) == [Path(kept[1])]


def test_a_fault_without_a_place_for_its_traceback(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    assert fails_with(ZeroDivisionError(), monkeypatch) == 3
    assert "the traceback could not be kept" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [["phases", *RATIOS, "--json"], ["phases", *RATIOS], ["--help"]])
def test_an_output_without_room_is_told(words):
    with Path("/dev/full").open("w") as full:
        result = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1 and "room for it, but got" in result.stderr


def test_a_reader_that_leaves_early_is_no_finding():
    """As in `remanifold phases ... --json | true`: the pipe is closed before the answer is written."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [*PROGRAM, "phases", *RATIOS, "--json"]
        result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_an_audit_that_says_what_is_kept(tmp_path, number, code):
    np.save(tmp_path / "train.npy", np.random.default_rng(0).normal(size=(4000, 40)))
    words = ["audit", "train.npy", "--out", "report", "--max-queries", "4000", "--threads", "1"]
    with (tmp_path / "err").open("w") as err:
        process = subprocess.Popen([*PROGRAM, *words], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=err)
        try:
            until(lambda: (tmp_path / "report" / "audit.part").exists() or process.poll() is not None)
            process.send_signal(number)
            assert process.wait(timeout=60) == code
        finally:
            process.kill()
    said = (tmp_path / "err").read_text(encoding="utf-8").splitlines()
    assert [line for line in said if " takes about " not in line and " minute" not in line] == [
        f"finished work is kept in {Path('report') / 'audit.part'}; the same command goes on from there",
        "remanifold: interrupted; nothing was left half-written.",
    ]


def test_a_handler_of_the_caller_stays(capsys):
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        assert main(["--version"]) == 0
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    assert main(["--version"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    capsys.readouterr()


@pytest.mark.parametrize("word", ["\udcff.npy", "a\x00b.npy"])
def test_names_that_are_no_text_are_refused_at_once(capsys, word):
    assert main(["audit", word, "--out", "report"]) == 2
    assert "must be UTF-8, but got" in capsys.readouterr().err


@pytest.mark.parametrize("text", [" 5", "5 ", "1_0", "\u0665", "\uff15"])
@pytest.mark.parametrize("words", [["--n-points"], ["--load"]])
def test_numbers_are_written_plainly(capsys, words, text):
    assert main(["phases", *words, text]) == 2
    assert "number, but got" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--memory", "1e999"], ["--memory", "1e99GB"]])
def test_no_memory_is_endless(capsys, tmp_path, options):
    np.save(tmp_path / "rows.npy", ROWS)
    assert main(["duplicates", str(tmp_path / "rows.npy"), *options]) == 2
    assert "a memory budget must be a positive size" in capsys.readouterr().err


@pytest.mark.parametrize("device", ["meta", "cuda:99", "nonsense"])
def test_a_device_must_compute(capsys, tmp_path, device):
    np.save(tmp_path / "rows.npy", ROWS)
    assert main(["audit", str(tmp_path / "rows.npy"), "--device", device]) == 2
    assert "--device must be one" in capsys.readouterr().err


MODELS = {
    "wide": ("net = torch.nn.Linear(7, 7)\ndef f(y, s): return net(y)", "error from it"),
    "short": ("def f(y, s): return y[:, :1, :2]", "(4, 1, 2, 4)"),
    "nan": ("def f(y, s): return y * float('nan')", "but got"),
    "leaves": ("def f(y, s): raise SystemExit(1)", "but got"),
}


@pytest.mark.parametrize("kind", MODELS)
def test_a_refused_model_leaves_nothing(tmp_path, monkeypatch, capsys, kind):
    code, said = MODELS[kind]
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", ROWS)
    np.save("fresh.npy", ROWS + 1)
    Path("m.py").write_text(f"import torch\n{code}\n", encoding="utf-8")
    before = sorted(Path().rglob("*"))
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model", "m.py:f", "--out", "report"]
    assert main(words) == 2
    assert said in capsys.readouterr().err
    assert [path for path in sorted(Path().rglob("*")) if path.parts[0] != "__pycache__"] == before


def test_a_network_of_other_shapes_is_told_both(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", ROWS)
    np.save("fresh.npy", ROWS + 1)
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model", "ground-truth:digits-100-seed0"]
    assert main([*words, "--out", "report"]) == 2
    assert "shape (1, 4, 4), but got a network of rows of shape (8, 8)" in capsys.readouterr().err
    assert not Path("report").exists()
