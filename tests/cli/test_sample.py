"""``remanifold sample``: samples and their record, ready for ``copies``; bad input in one sentence, nothing left."""

import json

import numpy as np
import pytest
from fake_networks import smallest_unet

from remanifold.audits import sample_model
from remanifold.cli.app import run
from remanifold.networks import load_ground_truth

WORDS = ["sample", "--model", "ground-truth:digits-100-seed0", "--threads", "1"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("REMANIFOLD_CACHE", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_samples_of_a_network_that_remembers_are_found_to_be_copies(here, capsys):
    assert run([*WORDS, "--n", "60", "--steps", "20", "--seed", "3", "--out", "samples.npy"]) == 0
    assert "60 samples of shape (8, 8), posterior means" in capsys.readouterr().out
    samples = np.load("samples.npy")
    made = sample_model("ground-truth:digits-100-seed0", 60, steps=20, seed=3, threads=1)
    assert np.array_equal(samples, made.samples)
    record = json.loads((here / "samples.record.json").read_text())
    assert record["seed"] == 3 and record["parameters"]["model"] == "ground-truth:digits-100-seed0"
    assert sorted(path.name for path in here.iterdir()) == ["samples.npy", "samples.record.json"]
    digits = load_ground_truth("digits-100-seed0")
    np.save("train.npy", digits.training)
    np.save("holdout.npy", digits.held_out)
    words = ["copies", "--train", "train.npy", "--samples", "samples.npy", "--holdout", "holdout.npy"]
    assert run([*words, "--threads", "1", "--fail-on", "remembers"]) == 1


def test_a_class_conditional_network_that_is_shipped(here, capsys):
    words = ["sample", "--model", "ground-truth:digits-200-classes-seed0", "--n", "40", "--steps", "20"]
    assert run([*words, "--classes", "0-9", "--out", "samples.npy", "--threads", "1"]) == 0
    samples, truth = np.load("samples.npy"), load_ground_truth("digits-200-classes-seed0")
    distances = np.linalg.norm(samples.reshape(40, 1, 64) - truth.training.reshape(1, -1, 64), axis=2)
    nearest = np.array(truth.card.training_classes)[distances.argmin(axis=1)]
    assert (nearest == np.arange(40) % 10).mean() > 0.8  # samples take the classes in turn
    capsys.readouterr()
    assert run([*words, "--out", "none.npy", "--threads", "1"]) == 2
    assert "must be asked with a class for each row" in capsys.readouterr().err
    assert run([*WORDS, "--n", "4", "--classes", "0-9", "--out", "none.npy"]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not (here / "none.npy").exists()


@pytest.mark.filterwarnings("ignore")
def test_a_pipeline_of_diffusers(here, capsys):
    diffusers = pytest.importorskip("diffusers")
    diffusers.DDPMPipeline(smallest_unet(), diffusers.DDPMScheduler()).save_pretrained("pipeline")
    words = ["sample", "--model", "pipeline", "--n", "5"]
    assert run([*words, "--steps", "6", "--out", "made.npy", "--threads", "1"]) == 0
    assert np.load("made.npy").shape == (5, 1, 4, 4)
    capsys.readouterr()
    classes = ["--classes", "0-2", "--out", "other.npy"]
    assert run([*words, *classes]) == 2  # a network without classes
    said = "classes are for a network that takes them, but got UNet2DModel, which was built without; leave them out."
    assert capsys.readouterr().err == f"remanifold: {said}\n" and not (here / "other.npy").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--n", "0"], "--n-samples must be a whole number"),
        (["--out", "samples.csv"], ".npy"),
        (["--steps", "0"], "steps"),
        (["--method", "x"], "the method must be one of"),
        (["--final", "x"], "posterior mean"),
        (["--classes", "1,x"], "--classes must be whole numbers"),
        (["--classes", "0-99999999999"], "--classes must be whole numbers"),
        (["--classes", "1"], "for a network that takes them"),
        (["--no-class", "3"], "--no-class must come with --guidance, but got none; pass --guidance too."),
        (["--guidance", "3"], "--guidance needs a network that takes classes or prompts, but got"),
        (["--guidance", "3"], "; leave it out."),
        (["--shape", "8,0"], "--shape must be whole numbers"),
        (["--shape", "3,3"], "shape"),
        (["--last-sigma", "-1"], "a noise level"),
        (["--clock", "vp"], "--clock must come with --model FILE.py:NAME"),
        (["--model", "ground-truth:x"], "one of digits"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(here, capsys, words, said):
    out = [] if "--out" in words else ["--out", "samples.npy"]
    assert run([*WORDS, *words, *out]) == 2
    stdout, stderr = capsys.readouterr()
    assert not stdout and said in stderr and stderr.count("\n") == 1
    assert not list(here.iterdir())
