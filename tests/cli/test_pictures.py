"""``--features`` and ``--invariances`` on folders of pictures: `copies`, `duplicates` and `audit`."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remanifold import AuditReport
from remanifold.cli.app import run


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(3)
    train, samples, holdout = (rng.integers(0, 200, (n, 8, 8)).astype(np.uint8) for n in (60, 30, 50))
    samples[:6] = train[:6, :, ::-1]
    samples[6] = train[9] // 2 * 2 + 3
    for name, rows in (("train", train), ("samples", samples), ("holdout", holdout)):
        (tmp_path / name).mkdir()
        for k, row in enumerate(rows):
            Image.fromarray(row).save(tmp_path / name / f"{name}{k:03d}.png")
    np.save("flat.npy", rng.normal(size=(40, 9)))
    np.savez("saved.npz", train=train.reshape(60, -1), samples=samples.reshape(30, -1))
    return tmp_path


SETS = ("--train", "train", "--samples", "samples", "--holdout", "holdout")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(list(words)) == 0
    return capsys.readouterr().out


def test_copies_name_the_transform_and_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--features", "dct", "--invariances", "flips,shifts", "--out", "report")
    out = said(capsys, "copies", *SETS, *options)
    assert ", flipped (samples000.png and train000.png)" in out and "hold-out images undergo the same search" in out
    record = json.loads(Path("report/copies.json").read_text())
    assert record["flagged"][0]["train_file"] == f"train{record['flagged'][0]['train']:03d}.png"
    assert record["parameters"]["features"].startswith("dct: luminance in 32 x 32")
    page = Path("report/copies.html").read_text()
    assert "train000.png" in page and "flipped" in page and "units of the features" in page
    assert "train000.png" not in Path("report/copies.md").read_text()
    out = said(capsys, "copies", *SETS, *options, "--no-rows", "--json")
    assert "train000.png" not in out and "samples000.png" not in out and "flipped" in out
    assert json.loads(out)["parameters"]["features"].startswith("dct: luminance")


def test_duplicates_are_told_in_median_nearest_distances(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("duplicates", "samples", "train", "--invariances", "flips", "--features", "dct", "--within", "0.1x")
    out = said(capsys, *words)
    assert "median distance of an image of A to its nearest other: " in out and "7 pairs of images at most" in out
    assert "image 0 and image 0: 0 = 0x, flipped (samples000.png and train000.png)" in out
    table = json.loads(said(capsys, *words, "--json"))
    assert table["columns"]["transform"].count("flipped") == 6 and table["columns"]["name_b"][0] == "train000.png"
    assert "all pairs" not in out and len(table["columns"]["median_distances"]) == 7


def test_an_audit_compares_its_samples_alike(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("audit", "train", "--holdout", "holdout", "--samples", "samples", "--max-queries", "20", "--json")
    record = json.loads(said(capsys, *words, "--invariances", "flips"))
    pairs = record["samples"]["flagged"]
    assert {pair["sample"] for pair in pairs} >= set(range(6)) and pairs[0]["transform"] == "flipped"
    assert pairs[0]["sample_file"] == f"samples{pairs[0]['sample']:03d}.png"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("duplicates", "flat.npy", "--features", "dct"), "--features dct is for rows that are pictures"),
        (("duplicates", "flat.npy", "--invariances", "flips"), "--invariances is for rows that are pictures"),
        (("duplicates", "train", "--invariances", "turns"), "--invariances must be some of flips, shifts"),
        (("duplicates", "train", "--within", "near"), "--within must be a distance >= 0, but got near"),
        (("duplicates", "train", "--features", "gone.npz"), "--features must be an .npz file with arrays a, or dct"),
        (("copies", *SETS, "--features", "saved.npz"), "features must hold an array for every set"),
        (("copies", *SETS, "--features", "saved.npz", "--invariances", "flips"), "--invariances must come with rows"),
        (("audit", "train", "--invariances", "flips"), "--features and --invariances must come with --samples"),
        (("audit", "flat.npy", "--samples", "flat.npy", "--features", "dct"), "--features dct is for rows that are"),
    ],
)
def test_a_mistake_is_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert run(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(f"remanifold: {sentence}") and err.count("\n") == 1


def test_an_audit_names_files_beside_the_numbers_of_rows(capsys: pytest.CaptureFixture[str]) -> None:
    Path("train/train005.png").rename("train/train005 row b.png")  # a word that a page about images must leave as it is
    Path("train/train008.png").write_bytes(Path("train/train007.png").read_bytes())
    Path("holdout/holdout004.png").write_bytes(Path("train/train007.png").read_bytes())
    words = ("audit", "train", "--holdout", "holdout", "--max-queries", "60", "--threads", "1", "--out", "report")
    out = " ".join(said(capsys, *words).split())
    record = json.loads(Path("report/report.json").read_text())
    names, first = record["row_names"], record["exposure"][0]["row"]
    assert f"Image {first} ({names[f'train:{first}']}): it collapses" in out
    twins = record["duplicates"][0]["members"]
    assert f"the largest has the images {twins[0]} (train007.png) and {twins[1]} (train008.png)" in out
    assert f"hold-out image 4 (holdout004.png) is training image {twins[0]} (train007.png)." in out
    page = Path("report/report.html").read_text()
    text = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "(train007.png, train008.png)" in text and "(holdout004.png)" in text
    assert "005 row b.png" in text and "005 image b.png" not in text
    assert "train007.png" not in Path("report/report.md").read_text()
    assert AuditReport.from_json(page).row_names == names
    out = said(capsys, *words, "--no-rows", "--json")
    assert ".png" not in out.replace(" .png pictures", "") and "row_names" not in out
