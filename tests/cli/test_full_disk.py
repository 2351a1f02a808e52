"""No room, no memory, two at once: what ends early leaves what the same command goes on from, to the same bytes."""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command import content

from remanifold.cli import main
from remanifold.measures.profile import checkpoint as sweep_checkpoint
from remanifold.sampling import checkpoint as path_checkpoint

PROGRAM = "import sys; from remanifold.cli import main; sys.exit(main())"
SIMULATE = ["simulate", "--data", "train.npy", "--n-samples", "600", "--stop-at", "0.01", "--steps", "5", "--out"]
AUDIT = ["audit", "train.npy", "--max-queries", "300", "--threads", "1", "--out"]
NEAREST = ["duplicates", "train.npy", "--nearest", "--out"]


@pytest.fixture(autouse=True)
def rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("train.npy", np.random.default_rng(0).normal(size=(300, 6)))


def run_with_files_of(most, words):
    """The command in a process whose files may have at most so many bytes: EFBIG instead of a full disk."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    command = [sys.executable, "-c", PROGRAM, *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, preexec_fn=limit, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("most", [0, 5_000, 30_000])
@pytest.mark.parametrize("words", [SIMULATE, AUDIT], ids=lambda words: words[0])
def test_a_command_without_room_ends_in_one_sentence_and_goes_on(words, most):
    ended = run_with_files_of(most, [*words, "out"])
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("remanifold: the output must go ")
    assert os.strerror(errno.EFBIG) in ended.stderr or "temporary directory" in ended.stderr
    assert not any(name.startswith("report.") for name in content(Path("out"))) if Path("out").exists() else True
    assert main([*words, "out"]) == 0 and main([*words, "whole"]) == 0
    assert content(Path("out")) == content(Path("whole"))


@pytest.mark.parametrize("words", [SIMULATE, AUDIT], ids=lambda words: words[0])
def test_a_disk_that_fills_up_during_a_resume(words, monkeypatch, capsys):
    """Interrupted, then out of room while it goes on, then with room again; no piece that was kept is made twice."""
    np.save("train.npy", np.random.default_rng(0).normal(size=(600, 2)))
    words = [word if word != "300" else "600" for word in words]
    fsync, calls = os.fsync, []

    def failing(handle):
        calls.append(handle)
        if len(calls) == 1:
            raise KeyboardInterrupt
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    for keeper in (sweep_checkpoint, path_checkpoint):
        monkeypatch.setattr(keeper, "_PAUSE", -1.0)  # every piece goes to the disk when it is done, on any machine
    kept = []
    for code in (130, 2):
        assert main([*words, "out"]) == code
        kept.append([part.read_bytes().splitlines() for part in Path("out").glob("*.part")])
    assert f"({os.strerror(errno.ENOSPC)})" in capsys.readouterr().err
    ((first,), (second,)) = kept
    assert len(first) == 2 and second[:2] == first, "the stamp and one piece, and the resume begins with it"
    assert main([*words, "out"]) == 0
    in_three = len(calls)
    assert main([*words, "whole"]) == 0
    assert in_three == len(calls) - in_three > 2
    assert content(Path("out")) == content(Path("whole"))


@pytest.mark.parametrize("kind", ["simulate", "sample", "audit", "compare", "diagram"])
def test_no_room_for_the_output_costs_nothing_that_was_done(kind, monkeypatch, capsys):
    """The disk is full when all is computed: what was kept stays, and the same command writes the same bytes."""
    scales = np.array([3, 1, 0.3, 0.1, 0.03, 0.01])
    for seed, name in enumerate(("train.npy", "fresh.npy")):
        np.save(name, np.random.default_rng(seed).normal(size=(120, 6)) * scales)
    shipped = "ground-truth:digits-100-seed0"
    law = "def {}(y, sigma):\n    return y * V / (V + {} * sigma.reshape(-1, 1) ** 2)\n"
    laws = "".join(law.format(name, scale) for name, scale in (("one", 1), ("two", 1.02)))
    Path("laws.py").write_text(f"import torch\n\nV = torch.tensor({(scales**2).tolist()})\n{laws}")
    both = ["--model", "laws.py:one", "--model", "laws.py:two", "--max-queries", "50", "--evaluations", "1000"]
    words = {
        "simulate": [*SIMULATE, "out"],
        "sample": ["sample", "--model", shipped, "--n", "80", "--steps", "3", "--out", "out/s.npy"],
        "audit": ["audit", "train.npy", "--max-queries", "40", "--threads", "1", "--out", "out"],
        "compare": ["compare", "train.npy", "--holdout", "fresh.npy", *both, "--threads", "1", "--out", "out"],
        "diagram": ["diagram", "--grid", "2x2", "--jobs", "1", "--out", "out/d.csv"],
    }[kind]
    replace_file, full, parts = Path.replace, [True], []

    def replaced(path, target):
        if full[0] and ".part" not in Path(target).name:
            parts.extend(place for place in Path("out").rglob("*.part") if place.is_file())
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace_file(path, target)

    monkeypatch.setattr(Path, "replace", replaced)
    assert main(words) == 2 and os.strerror(errno.ENOSPC) in capsys.readouterr().err
    kept = {place: place.read_bytes() for place in parts}
    assert kept and all(len(lines.splitlines()) > 1 for lines in kept.values())
    full[0] = False
    assert main(words) == 0
    found = content(Path("out"))
    assert not any(".part" in name for name in found)
    shutil.rmtree("out")
    assert main(words) == 0
    assert content(Path("out")) == found


@pytest.mark.parametrize("words", [SIMULATE, AUDIT], ids=lambda words: words[0])
def test_two_runs_into_one_folder(words):
    """Both end well, whichever writes last, or one says in a sentence why not; the files are those of one run.

    Neither waits for the other: two take about twice as long as one, which says how long anything takes here now.
    """
    began = time.monotonic()
    assert run_with_files_of(resource.RLIM_INFINITY, [*words, "alone"]).returncode == 0
    alone = time.monotonic() - began
    command = [sys.executable, "-c", PROGRAM, *words, "out"]
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=60 + 20 * alone)[1] for process in both]
    assert {process.returncode for process in both} <= {0, 2}, said
    assert 0 in {process.returncode for process in both}
    assert "Traceback" not in "".join(said)
    assert main([*words, "whole"]) == 0
    left = {name: data for name, data in content(Path("out")).items() if ".part" not in name}
    assert left == content(Path("whole"))


def test_a_process_with_too_little_memory_is_told_so():
    """Of the system, not of ``--memory``: no traceback, no code of a finding."""
    script = f"""
import resource
import contextlib
import remanifold, remanifold.audits, remanifold.measures
with contextlib.suppress(ImportError):
    import pydantic
from remanifold.cli import main
assert main(["phases", "--load", "0.2", "--latent-ratio", "0.3", "--json"]) in (0, None)  # all that the command loads
used = int(open("/proc/self/statm").read().split()[5]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_DATA, (used + 2**23, used + 2**23))
raise SystemExit(main({["duplicates", "large.npy"]!r}))
"""
    np.save("large.npy", np.random.default_rng(0).normal(size=(40_000, 50)))
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode in (2, 3), ended.stderr
    assert ended.stderr.count("\n") == 1 and "memory" in ended.stderr
