"""``remanifold copies``: files in, a report out, each mistake in one sentence with nothing written."""

import json

import numpy as np
import pytest
from command import runner


@pytest.fixture(autouse=True)
def sets(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    train, samples, holdout = (rng.random((n, 4, 4)) for n in (100, 60, 400))
    samples[:20] = train[:20]
    for name, rows in (("train", train), ("samples", samples), ("holdout", holdout), ("wide", rng.random((20, 9)))):
        np.save(tmp_path / f"{name}.npy", rows)
    monkeypatch.chdir(tmp_path)


BASE = ("--train", "train.npy", "--samples", "samples.npy")


run = runner("copies")


def test_three_files_are_written_with_pictures_of_the_pairs(capsys, tmp_path):
    code, out, err = run(capsys, *BASE, "--holdout", "holdout.npy", "--out", "report")
    assert (code, err) == (0, "")
    assert "  sample 0 and training image 0: 0\n" in out
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["copies.html", "copies.json", "copies.md"]
    page = (tmp_path / "report/copies.html").read_text()
    assert page.count("<img") >= 40
    assert "http:" not in page and "https:" not in page and "default-src 'none'" in page
    assert json.loads((tmp_path / "report/copies.json").read_text())["sizes"]["holdout"] == 400


def test_json_alone_on_stdout(capsys):
    code, out, err = run(capsys, *BASE, "--json")
    assert (code, err) == (0, "")
    assert len(json.loads(out)["flagged"]) == 20


def test_a_limit_that_is_exceeded_is_code_1(capsys):
    assert run(capsys, *BASE, "--fail-above", "exact_copies=0.5")[0] == 0
    code, _, err = run(capsys, *BASE, "--fail-above", "exact_copies=0")
    assert (code, err) == (1, "remanifold: exact_copies = 0.333333 is above the limit 0.\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--train", "train.npy"), "remanifold copies needs --samples, but got none"),
        (("--train", "gone.npy", "--samples", "samples.npy"), "the data must be an existing file or folder"),
        (("--train", "train.npy", "--samples", "train.npy"), "samples must be rows that a model made"),
        (("--train", "train.npy", "--samples", "wide.npy"), "samples must have 16 numbers a row, as train has"),
        ((*BASE, "--alpha", "2"), "--alpha must be a number above 0 and below 1, but got 2.0"),
        ((*BASE, "--threads", "0"), "--threads must be a whole number of at least 1, but got 0"),
        ((*BASE, "--memory", "lots"), "a memory budget must be a positive size, but got 'lots'"),
        ((*BASE, "--duplicate-distance", "-1"), "--duplicate-distance must be a number of at least 0, but got -1.0"),
        ((*BASE, "--features", "gone.npz"), "--features must be an .npz file"),
        (
            (*BASE, "--fail-above", "closer_share=0.5"),
            "--fail-above must name a number that this report has, but got 'closer_share', which",
        ),
        ((*BASE, "--fail-above", "exact_copies=few"), "--fail-above must be NAME=VALUE with a number"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(capsys, tmp_path, words, sentence):
    code, out, err = run(capsys, *words, "--out", "report")
    assert (code, out) == (2, "")
    assert err.startswith("remanifold: " + sentence)
    assert err.count("\n") == 1
    assert not (tmp_path / "report").exists()


def test_a_column_of_labels_is_no_coordinate(capsys, tmp_path):
    rows = np.random.default_rng(3).normal(size=(40, 2)).round(3)
    lines = [f"{a},{b},{k % 3}" for k, (a, b) in enumerate(rows)]
    (tmp_path / "t.csv").write_text("a,b,ward\n" + "\n".join(lines))
    (tmp_path / "s.csv").write_text("a,b\n" + "\n".join(line.rpartition(",")[0] for line in lines[:9]))
    code, out, err = run(capsys, "--train", "t.csv", "--samples", "s.csv", "--labels-from", "ward")
    assert (code, err) == (0, "")
    assert (
        "the training rows: 3 classes from column ward" in out
        and "  sample 0 and training row 0: 0 (agree in 2 of 2 columns)\n" in out
    )
    code, _, err = run(capsys, "--train", "t.csv", "--samples", "s.csv", "--labels-from", "wards")
    assert code == 2 and "--labels-from must name a column of the table, but got 'wards'" in err


def test_one_sample_of_a_folder_of_files(capsys, tmp_path):
    train = np.load("train.npy")
    (tmp_path / "rows/train").mkdir(parents=True)
    (tmp_path / "rows/test").mkdir()
    (tmp_path / "made").mkdir()
    for i, row in enumerate(train):
        np.save(tmp_path / "rows/train" / f"{i:03d}.npy", row)
    np.save(tmp_path / "rows/test/0.npy", train[0])
    np.save(tmp_path / "made/0.npy", train[9])
    asked = ("--train", "rows", "--samples", "made", "--split", "train", "--one-row-a-file")
    code, out, err = run(capsys, *asked)
    assert (code, err) == (0, "")
    assert (
        "the samples: 1 .npy files, one row each" in out
        and "  sample 0 and training image 9: 0 (0.npy and train/009.npy)\n" in out
    )
