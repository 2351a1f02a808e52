"""``remanifold simulate``: samples and a record that rebuilds them; each mistake in one sentence."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command import runner

from remanifold import EmpiricalScore, HiddenManifold
from remanifold.cli import main
from remanifold.sampling import log_grid, simulate

SHORT = ("--n-samples", "5", "--stop-at", "0.01", "--steps", "20")
MANIFOLD = ("--manifold", "tanh", "--ambient-dim", "6", "--latent-ratio", "0.5", "--n-points", "50")


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "train.npy", rng.normal(size=(40, 2, 3)).astype(np.float32))
    np.save(tmp_path / "labels.npy", np.arange(40) % 2)
    monkeypatch.chdir(tmp_path)


run = runner("simulate")


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_samples_of_data_and_their_record(capsys):
    code, out, err = run(capsys, "--data", "train.npy", *SHORT, "--record", 1, "--out", "new/run", "--seed", 3)
    assert (code, err) == (0, "")
    said, wrote = out.splitlines()
    assert said == "  read as 40 rows of shape (2, 3) and type float32 (npy)"
    assert wrote == "wrote new/run: 5 samples of shape (2, 3), at noise variance 0.01"
    assert sorted(path.name for path in Path("new/run").iterdir()) == ["record.json", "samples.npy", "states.npy"]
    record = json.loads(Path("new/run/record.json").read_text())
    data = np.load("train.npy").astype(np.float64)
    moment = (data**2).sum((1, 2)).mean()
    levels = record["parameters"]["levels"]
    assert (levels[0], levels[-1], len(levels)) == (pytest.approx(1000 * moment), 0.01, 21)
    score = EmpiricalScore("train.npy")
    assert record["parameters"]["fingerprint"] == score.fingerprint
    assert (record["seed"], record["n_samples"], record["t"], len(record["times"])) == (3, 5, 0.01, 1)
    assert record["version"]
    assert np.array_equal(np.load("new/run/samples.npy"), simulate(score, levels, n_samples=5, seed=3).samples)
    assert np.load("new/run/states.npy").shape == (1, 5, 2, 3)


@pytest.mark.parametrize(
    "words",
    [
        ("--data", "train.npy", "--grid", "edm", "--method", "heun", "--churn", "0.1", "--final", "posterior mean"),
        ("--data", "train.npy", "--labels", "labels.npy", "--label", "1", "--record", "0.5"),
        MANIFOLD,
        ("--manifold", "linear", "--ambient-dim", 6, "--latent-dim", 2, "--load", 0.5, "--score", "population"),
    ],
)
def test_a_record_rebuilds_the_samples(capsys, words):
    assert run(capsys, *words, *SHORT, "--out", "a")[0] == 0
    code, _, err = run(capsys, "--again", "a/record.json", "--out", "b")
    assert (code, err) == (0, "")
    assert digest("a/samples.npy") == digest("b/samples.npy")
    assert digest("a/record.json") == digest("b/record.json")


def test_a_manifold_is_sampled_under_its_training_points(capsys):
    assert run(capsys, *MANIFOLD, *SHORT, "--out", "a", "--manifold-seed", 4, "--start-at", 50)[0] == 0
    model = HiddenManifold(ambient_dim=6, latent_ratio=0.5, n_points=50, activation="tanh", seed=4)
    expected = simulate(EmpiricalScore(model.points()), log_grid(50, 0.01, 20), n_samples=5)
    assert np.array_equal(np.load("a/samples.npy"), expected.samples)


def test_a_class_alone_ends_in_its_class(capsys):
    words = ("--labels", "labels.npy", "--label", "1", "--final", "posterior mean")
    assert run(capsys, "--data", "train.npy", *SHORT, *words, "--out", "a")[0] == 0
    gaps = np.abs(np.load("a/samples.npy")[:, None] - np.load("train.npy")).max((2, 3))
    assert (gaps.argmin(1) % 2 == 1).all()


def test_a_table_is_read_as_asked_and_again_from_its_record(capsys):
    rows = np.random.default_rng(1).normal(size=(40, 2)).round(3) + 9 * (np.arange(40)[:, None] % 2)
    lines = [f"{900 - k},{'xy'[k % 2]},{a},{b}" for k, (a, b) in enumerate(rows)]
    Path("t.csv").write_text("patient_id,site,a,b\n" + "\n".join(lines))
    words = ("--ignore", "patient_id", "--labels-from", "site", "--label", "y", "--final", "posterior mean")
    code, out, _ = run(capsys, "--data", "t.csv", *SHORT, *words, "--out", "a")
    assert code == 0 and "  columns: a, b\n" in out and "left out as asked: patient_id" in out
    gaps = np.abs(np.load("a/samples.npy")[:, None] - rows).max(2)
    assert (gaps.argmin(1) % 2 == 1).all()
    assert "columns: a, b" in json.loads(Path("a/record.json").read_text())["parameters"]["reading"]
    assert run(capsys, "--again", "a/record.json", "--out", "b")[0] == 0
    assert digest("a/record.json") == digest("b/record.json")


def test_one_split_of_a_folder(capsys):
    for name, shift in (("train", 0), ("test", 100)):
        Path("d").mkdir(exist_ok=True)
        np.save(f"d/{name}.npy", np.load("train.npy") + shift)
    code, _, err = run(capsys, "--data", "d", *SHORT, "--out", "a")
    assert code == 2 and "pass --split as test" in err
    assert run(capsys, "--data", "d", "--split", "train", *SHORT, "--out", "a")[0] == 0
    assert np.abs(np.load("a/samples.npy")).max() < 50


PROGRAM = """
import os, signal, sys
from remanifold.sampling import batch_run
step, count = batch_run.BatchRun.advance, [0]
def advance(self):
    step(self)
    count[0] += 1
    if count[0] == 9 and sys.argv[1] != "0":
        os.kill(os.getpid(), int(sys.argv[1]))
batch_run.BatchRun.advance = advance
from remanifold.sampling import checkpoint
checkpoint._PAUSE = 0.0
from remanifold.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_command_leaves_nothing_half_written_and_goes_on(capsys, number):
    words = ["simulate", "--data", "train.npy", *SHORT, "--out", "a"]
    cut = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(number)), *words], check=False, capture_output=True, text=True
    )
    assert [path.name for path in Path("a").iterdir()] == ["samples.part.running"]
    if number == signal.SIGINT:
        assert cut.returncode == 130
        assert cut.stderr.splitlines() == [
            f"finished work is kept in {Path('a', 'samples.part')}; the same command goes on from there",
            "remanifold: interrupted; nothing was left half-written.",
        ]
    assert main(words) == 0
    assert sorted(path.name for path in Path("a").iterdir()) == ["record.json", "samples.npy"]
    assert main([*words[:-1], "b"]) == 0
    assert digest("a/samples.npy") == digest("b/samples.npy")
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "remanifold simulate needs --out, but got none"),
        (("--out", "a"), "--n-samples must be a whole number from 1 to 1000000000, but got None; pass e.g. 100."),
        (("--out", "a", "--n-samples", 0), "--n-samples must be a whole number from 1 to 1000000000, but got 0"),
        (("--out", "a", "--n-samples", 5), "--stop-at must be a noise variance, but got none"),
        (("--out", "a", "--n-samples", 5, "--stop-at", "-1", "--data", "train.npy"), "--stop-at must be a positive"),
        (("--out", "a", *SHORT), "samples must come from one of --data and --manifold, but got neither"),
        (("--out", "a", *SHORT, *MANIFOLD, "--data", "train.npy"), "samples must come from one of --data and --man"),
        (("--out", "a", *SHORT, "--data", "gone.npy"), "the data must be an existing file or folder, but got gone"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--load", 1), "--load must come with a manifold, but got none"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--grid", "x"), "--grid must be log or edm, but got 'x'"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--method", "x"), "the method must be one of euler-maruyama"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--start-at", 0.001), "a grid must start at a finite noise"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--label", 1), "scores of classes need labels, but got none"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--labels", "labels.npy"), "labels must come with --data and"),
        (("--out", "a", *SHORT, *MANIFOLD, "--split", "train"), "--split must come with --data"),
        (
            ("--out", "a", *SHORT, "--data", "train.npy", "--labels", "labels.npy", "--label", "x"),
            "--label must be a class of the data, but got 'x'; pass e.g. 0.",
        ),
        (
            ("--out", "a", *SHORT, "--manifold", "cubic", "--ambient-dim", 5),
            "a hidden manifold needs one of latent_dim",
        ),
        (("--out", "a", *SHORT, *MANIFOLD, "--score", "population"), "a Gaussian score needs a linear manifold"),
        (("--out", "train.npy", *SHORT), "the output must go to a directory that can be written"),
        (("--out", "a", "--again", "train.npy"), "a record must be a file that remanifold simulate wrote, but got tra"),
        (("--out", "a", "--again", "x.json", "--seed", 7), "--again must come with --out only, but got --seed; leave"),
        (("--out", "a", *SHORT, "--data", "train.npy", "--stop-at", 0), "--stop-at must be a positive"),
        (
            ("--out", "a", *SHORT, "--data", "train.npy", "--rho", 5),
            "--rho must come with --grid edm, but got --grid log",
        ),
        (
            ("--out", "a", *SHORT, "--data", "train.npy", "--manifold-seed", 5),
            "--manifold-seed must come with --manifold, but got none",
        ),
        (("--out", "a", *SHORT, "--data", "train.npy", "--record", 1e9), "states can be recorded from"),
        (("--out", "a", "--again", "x.json", "--stop-at", 1), "--again must come with --out only, but got --stop"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(capsys, words, sentence):
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("remanifold: " + sentence)
    assert err.count("\n") == 1
    assert not Path("a").exists()


def test_other_data_than_in_the_record_are_refused(capsys):
    assert run(capsys, "--data", "train.npy", *SHORT, "--out", "a")[0] == 0
    np.save("train.npy", np.load("train.npy")[::-1])
    code, _, err = run(capsys, "--again", "a/record.json", "--out", "b")
    assert code == 2
    assert err.startswith("remanifold: the data must have the fingerprint ")
    assert not Path("b").exists()


def test_a_record_of_another_making_is_refused_and_old_states_do_not_stay(capsys):
    assert run(capsys, "--out", "a", *SHORT, *MANIFOLD, "--record", 1.0)[0] == 0
    assert run(capsys, "--out", "a", *SHORT, *MANIFOLD, "--seed", 3)[0] == 0
    assert sorted(path.name for path in Path("a").iterdir()) == ["record.json", "samples.npy"]
    record = json.loads(Path("a/record.json").read_text())
    record["parameters"]["recipe"]["manifold"]["colour"] = 1
    Path("bad.json").write_text(json.dumps(record))
    code, _, err = run(capsys, "--again", "bad.json", "--out", "b")
    assert code == 2 and err.startswith("remanifold: a manifold must have parameters that this version knows, but got")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("resize", "1e999"),  # JSON for an infinite number: no field that the samples do not need may carry it on
        ("memory", "9"),
        ("first", "1.5"),
        ("label", "1"),
        ("columns", '"ab"'),
        ("record", "[null]"),
        ("rho", "true"),
        ("start_at", "NaN"),
        ("manifold", '{"latent_dim": 1e999}'),
    ],
)
def test_every_field_of_a_record_has_its_type(capsys, name, value):
    assert run(capsys, "--out", "a", *SHORT, *MANIFOLD)[0] == 0
    record = json.loads(Path("a/record.json").read_text())
    record["parameters"]["recipe"][name] = "HERE"
    Path("bad.json").write_text(json.dumps(record).replace('"HERE"', value))
    code, _, err = run(capsys, "--again", "bad.json", "--out", "b")
    assert code == 2 and err.startswith("remanifold: a record must be a file that remanifold simulate wrote, but got ")
    assert f"'{name}'" in err and not Path("b").exists()
