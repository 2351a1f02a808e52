"""``simulate --film``: the same samples as without it, a film of them, and refusals before any work."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remanifold.cli import main

SAMPLES = ["--n-samples", "6", "--stop-at", "0.001", "--steps", "40"]


@pytest.fixture(autouse=True)
def rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("plane.npy", np.random.default_rng(0).normal(size=(40, 2)))
    np.save("pictures.npy", np.random.default_rng(0).random((30, 6, 6)))
    np.save("rows.npy", np.random.default_rng(0).normal(size=(40, 5)))


@pytest.mark.parametrize("data", ["plane.npy", "pictures.npy"])
def test_a_film_changes_no_sample(data, capsys):
    assert main(["simulate", "--data", data, *SAMPLES, "--out", "with", "--film", "fall.webp"]) == 0
    assert main(["simulate", "--data", data, *SAMPLES, "--out", "without"]) == 0
    assert np.array_equal(np.load("with/samples.npy"), np.load("without/samples.npy"))
    kept = len(np.load("with/states.npy"))
    with Image.open("fall.webp") as picture:
        assert 10 < picture.n_frames <= kept and f"wrote fall.webp: {kept} frames" in capsys.readouterr().out
    assert main(["simulate", "--again", "with/record.json", "--out", "again"]) == 0
    assert np.array_equal(np.load("again/states.npy"), np.load("with/states.npy"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "rows.npy", "--film", "f.webp"], "a film must be of rows of two numbers or of pictures"),
        (["--data", "plane.npy", "--film", "f.avi"], "--film must end in .webp, .gif, .mp4 or .html, but got f.avi"),
        (["--data", "plane.npy", "--film", "."], "--film must"),
        (["--manifold", "linear", "--ambient-dim", "2", "--latent-dim", "1", "--n-points", "9", "--film", "f.gif"],
         "--film must come with --data"),
    ],
)  # fmt: skip
def test_what_cannot_be_filmed_is_refused_before_any_work(words, said, capsys):
    assert main(["simulate", *words, *SAMPLES, "--out", "out"]) == 2
    assert said in capsys.readouterr().err and not (Path("out") / "samples.npy").exists()


def test_a_video_without_the_program_that_makes_it_is_refused_before_any_work(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert main(["simulate", "--data", "plane.npy", *SAMPLES, "--out", "out", "--film", "f.mp4"]) == 2
    err = capsys.readouterr().err
    assert "--film of an .mp4 must have ffmpeg on the PATH" in err and err.count("\n") == 1
    assert not (Path("out") / "samples.npy").exists()


def test_a_video_that_fails_ends_in_a_sentence(monkeypatch, tmp_path, capsys):
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\ncat > /dev/null\necho 'Unknown encoder libx264' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")
    assert main(["simulate", "--data", "plane.npy", *SAMPLES, "--out", "out", "--film", "f.mp4"]) == 2
    assert "got: Unknown encoder libx264; write a .webp." in capsys.readouterr().err and not Path("f.mp4").exists()


def test_a_film_says_why_it_has_no_marks(capsys):
    """Two rows that differ have no noise levels."""
    np.save("two.npy", np.repeat(np.eye(6)[None] * [[[1]], [[2]]], 2, axis=0))
    assert main(["simulate", "--data", "two.npy", *SAMPLES, "--out", "out", "--film", "f.gif"]) == 0
    said = capsys.readouterr().err
    assert "the film has no marks: a noise profile needs at least 3 distinct points" in said and Path("f.gif").exists()


@pytest.mark.parametrize("shape", [(30, 6, 6, 3), (30, 3, 6, 6)])
def test_pictures_in_colour_are_filmed_channels_first_or_last(shape):
    np.save("colour.npy", np.random.default_rng(0).random(shape))
    assert main(["simulate", "--data", "colour.npy", *SAMPLES, "--out", "out", "--film", "f.webp"]) == 0
