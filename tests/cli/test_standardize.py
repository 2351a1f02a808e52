"""``--standardize`` in audit, copies and duplicates: its default, what is said, what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from remanifold.cli.app import run

RNG = np.random.default_rng(2)
ROWS = RNG.normal(size=(120, 3)) * [1.0, 1e4, 1.0]
PLANTED = np.concatenate([np.add(ROWS[:3], [0.01, 0.0, 0.01]), RNG.normal(size=(57, 3)) * [1.0, 1e4, 1.0]])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, rows in (("a", ROWS), ("b", PLANTED), ("h", RNG.normal(size=(120, 3)) * [1.0, 1e4, 1.0])):
        np.savetxt(tmp_path / f"{name}.csv", rows, delimiter=",", header="x,y,z", comments="", fmt="%.17g")
        np.save(tmp_path / f"{name}.npy", rows)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(list(words)) == 0
    return capsys.readouterr().out


def test_duplicates_of_tables_are_within_standard_deviations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, "duplicates", "a.csv", "b.csv", "--within", "0.05", "--json"))
    parameters = told["parameters"]
    assert parameters["pairs_found"] == 3 and parameters["data"]["standardize"]["kind"] == "sd"
    assert told["units"]["distance"] == "standard deviations of a column"
    assert np.allclose(parameters["data"]["standardize"]["scale"], ROWS.std(axis=0))
    assert parameters["side_by_side"]["pairs"][0]["agree"][1] is True
    own = json.loads(said(capsys, "duplicates", "a.npy", "b.npy", "--within", "0.05", "--json"))
    assert own["parameters"]["data"]["standardize"]["kind"] == "none" and own["units"]["distance"] == "data units"
    text = said(capsys, "duplicates", "a.npy", "b.npy", "--within", "0.05", "--standardize", "sd")
    assert "columns are standardized by the training rows" in text and "(agree in" not in text


def test_copies_and_audit_say_the_unit_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copies = said(capsys, "copies", "--train", "a.csv", "--samples", "b.csv", "--holdout", "h.csv", "--threads", "1")
    assert "columns are standardized by the training rows" in copies.partition("exact_copies")[0]
    words = ["audit", "a.csv", "--max-queries", "20", "--threads", "1"]
    audit = said(capsys, *words, "--standardize", "quantile", "--target-sigma", "0.1")
    assert "normal scores of a column" in audit.splitlines()[0] + audit.splitlines()[1]
    assert "data units" not in audit and "(standardize quantile)" in " ".join(audit.split())
    assert "data units" in said(capsys, *words, "--standardize", "none")


def test_what_cannot_be_is_refused_in_a_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "net.py").write_text("def net(y, sigma):\n    return y\n")
    network = ["--holdout", "h.csv", "--model", "net.py:net"]
    for words, sentence in (
        (
            ["audit", "a.csv", "--standardize", "z"],
            "--standardize must be one of sd, quantile, none, but got 'z'; pass",
        ),
        (["audit", "a.csv", *network, "--standardize", "sd"], "--standardize must be none where there is a model"),
        (
            ["duplicates", "a.csv", "--standardize", "SD"],
            "--standardize must be one of sd, quantile, none, but got 'SD",
        ),
    ):
        assert run(words) == 2
        assert sentence in capsys.readouterr().err
