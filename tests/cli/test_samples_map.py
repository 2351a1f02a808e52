"""``--samples-map``: of `copies` and of `audit`, named by the doubt, refused in one sentence where it is no map."""

import json

import numpy as np
import pytest
from command import runner
from PIL import Image

copies, audit = runner("copies"), runner("audit")
SETS = ("--train", "train.npy", "--samples", "samples.npy", "--holdout", "holdout.npy", "--threads", "1")
AUDIT = ("train.npy", "--samples", "samples.npy", "--holdout", "holdout.npy", "--threads", "1", "--max-queries", "30")


@pytest.fixture(autouse=True)
def sets(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (500, 6, 6, 3)).astype(np.uint8)
    np.save(tmp_path / "train.npy", rows[:200])
    np.save(tmp_path / "holdout.npy", rows[200:450])
    np.save(tmp_path / "samples.npy", np.concatenate([rows[:50], rows[450:]]).astype(np.float32) / 255)
    np.save(tmp_path / "first.npy", np.moveaxis(rows[:100], 3, 1))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("run", "words"), [(copies, SETS), (audit, AUDIT)])
def test_the_doubt_names_the_option_that_finds_the_copies(run, words, capsys):
    code, out, _ = run(capsys, *words, "--fail-on", "remembers")
    assert code == 0 and "It cannot be told" in out
    told = " ".join(out.split())
    assert '--samples-map "x * 255"' in told
    code, out, _ = run(capsys, *words, "--samples-map", "x * 255", "--fail-on", "remembers", "--out", "report")
    assert code == 1 and "50 samples equal a training image up to rounding (largest difference" in " ".join(out.split())
    assert "The samples were mapped by x * 255 before everything else." in " ".join(out.split())


def test_the_record_says_the_map_and_the_page_shows_mapped_pictures(capsys, tmp_path):
    assert copies(capsys, *SETS, "--samples-map", "x * 255", "--out", "report")[0] == 0
    record = json.loads((tmp_path / "report/copies.json").read_text())
    assert record["parameters"]["samples_map"] == "x * 255" and record["parameters"]["rounding"] > 0
    assert (
        record["fingerprints"]["samples"] == json.loads(copies(capsys, *SETS, "--json")[1])["fingerprints"]["samples"]
    )
    page = (tmp_path / "report/copies.html").read_text()
    assert "mapped by x * 255" in page
    pictures = [part.split('"')[0] for part in page.split('src="data:image/png;base64,')[1:]]
    assert len(pictures) >= 40 and len(set(pictures)) < len(pictures)  # a copy and its row look the same


@pytest.mark.parametrize(
    ("run", "words"),
    [(copies, ("--train", "train.npy", "--samples", "first.npy")), (audit, ("train.npy", "--samples", "first.npy"))],
)
def test_another_order_of_axes_is_refused_with_the_map(run, words, capsys):
    code, out, err = run(capsys, *words, "--threads", "1")
    assert (code, out) == (2, "") and '--samples-map "channels first to last"' in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "x * 255; x",
            "--samples-map must be arithmetic of x (numbers, + - * / ** and parentheses), but got 'x * 255; x'",
        ),
        ("__import__('os').remove('train.npy') or x", "--samples-map must be arithmetic of x"),
        ("channels upside down", "--samples-map must be a known map"),
        ("x / 0", "--samples-map must give finite numbers, but got others from 'x / 0'"),
        ("channels first to last", "samples must have rows of the"),
    ],
)
@pytest.mark.parametrize(("run", "words"), [(copies, SETS), (audit, AUDIT)])
def test_bad_maps_are_one_sentence_and_code_2(run, words, text, sentence, capsys, tmp_path):
    code, out, err = run(capsys, *words, "--samples-map", text, "--out", "report")
    assert (code, out) == (2, "") and err.count("\n") == 1, err
    assert sentence in err or sentence.replace("must have rows", "must have rows of the data's") in err
    assert (tmp_path / "train.npy").exists() and not list(tmp_path.glob("report/*"))


def test_a_map_needs_samples(capsys):
    code, _, err = audit(capsys, "train.npy", "--samples-map", "x * 255")
    assert code == 2 and "--samples-map must come with --samples" in err


def test_arrays_beside_a_folder_of_pictures_are_compared_under_the_map_x(capsys, tmp_path):
    rows = np.random.default_rng(1).integers(0, 256, (60, 6, 6)).astype(np.uint8)
    (tmp_path / "pictures").mkdir()
    for i, row in enumerate(rows):
        Image.fromarray(row).save(tmp_path / f"pictures/{i:03}.png")
    np.save("samples.npy", (rows[:20, None] / 127.5 - 1).astype(np.float32))
    words = ("pictures", "--samples", "samples.npy", "--threads", "1", "--max-queries", "30")
    code, _, err = audit(capsys, *words)
    assert code == 2 and 'pass --samples-map "x"' in err
    code, out, _ = audit(capsys, *words, "--samples-map", "x")
    assert code == 0 and "20 samples equal a training image up to rounding" in " ".join(out.split())
