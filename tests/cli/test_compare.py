"""``remanifold compare``: a folder of checkpoints in, one table, one page; bad input in one sentence."""

import json
import re

import numpy as np
import pytest

from remanifold.cli.app import run
from remanifold.networks import ResidualMLP, load_ground_truth, save_network, train

QUICK = ["--threads", "1", "--max-queries", "60", "--evaluations", "4000"]
WORDS = ["compare", "train.npy", "--holdout", "holdout.npy", *QUICK]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Training rows, a hold-out, and checkpoints of a short training."""
    place = tmp_path_factory.mktemp("training")
    digits = load_ground_truth("digits-100-seed0")
    np.save(place / "train.npy", digits.training)
    np.save(place / "holdout.npy", digits.held_out[:200])
    (place / "checkpoints").mkdir()

    def watch(step, network):
        if step in (20, 300):
            save_network(network, place / "checkpoints" / f"step-{step}.safetensors")

    network = ResidualMLP.for_rows(digits.training, width=64, depth=2)
    train(network, digits.training, steps=300, batch=32, decay=0.0, watch=watch)
    return place


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    monkeypatch.chdir(folder)
    return folder


def test_a_folder_of_checkpoints_and_a_shipped_network(here, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run([*WORDS, "--model", "checkpoints", "--model", "ground-truth:digits-100-seed0", "--out", "report"]) == 0
    out, err = capsys.readouterr()
    assert "Memory first shows at" in out.replace("\n", " ") and not err
    assert "p = " not in out.splitlines()[0] and "±" not in out.splitlines()[0] and "adjusted p" in out
    rows = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert rows[1:] == ["checkpoints/step-20.safetensors", "checkpoints/step-300.safetensors", rows[-1]]
    assert rows[-1] == "ground-truth:digits-100-seed0"
    assert {path.name for path in (here / "report").iterdir()} == {"compare.html", "compare.json", "compare.md"}
    tree = json.loads((here / "report" / "compare.json").read_text())
    assert tree["models"][-1]["remembers"] and tree["models"][-1]["index"][0] > 0.7
    assert not tree["models"][0]["remembers"]


def test_on_a_narrow_terminal_each_model_has_its_own_lines(here, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert run([*WORDS, "--model", "checkpoints"]) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 60 and re.search(r"^  step 300: memory index \S+ ± \S+,", out, re.M)


def test_json_alone_on_stdout_and_steps_from_the_names(here, capsys):
    assert run([*WORDS, "--model", "checkpoints", "--json"]) == 0
    assert [model["step"] for model in json.loads(capsys.readouterr().out)["models"]] == [20, 300]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "ground-truth:digits-100-seed0"], "two models at least"),
        (["--model", "ground-truth:x", "--model", "checkpoints"], "one of digits"),
        (["--model", "checkpoints", "--model", "checkpoints/step-20.safetensors"], "twice"),
        (["--model", "checkpoints", "--evaluations", "0"], "evaluations"),
        (["--model", "checkpoints", "--evaluations", "60"], "at least 1000"),
        (["--model", "checkpoints", "--n-samples", "3"], "from 20 to"),
        (["--model", "checkpoints", "--n-samples", "many"], "n-samples"),
        (["--model", "checkpoints", "--class-conditional"], "labels"),
        (["--model", "checkpoints", "--model", "none.safetensors"], "none.safetensors"),
        (["--model", "checkpoints", "--out", "train.npy"], "not a directory"),
        (["--model", "."], "must hold models"),
        (["--model", "9" * 5000], "a model must be readable"),
        (["--model", "a/" * 3000], "a model must be readable"),
        (["--model", "~nosuchuser/x"], "a model must be below a home that exists"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(here, capsys, words, said):
    before = sorted(here.rglob("*"))
    out = [] if "--out" in words else ["--out", "refused"]
    assert run([*WORDS, *words, *out]) == 2
    stdout, stderr = capsys.readouterr()
    assert not stdout and said in stderr and stderr.count("\n") == 1
    assert sorted(here.rglob("*")) == before
