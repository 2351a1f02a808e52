"""Samples belong to their index; what was interrupted goes on bit for bit; mistakes are one sentence."""

import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
import torch

from remanifold import EmpiricalScore, GaussianScore, InvalidInput, NoiseLevel
from remanifold.sampling import log_grid, noised, simulate

RNG = np.random.default_rng(3)
DATA = RNG.normal(size=(60, 2, 3))
SCORE = EmpiricalScore(DATA)
LEVELS = log_grid(40, 0.01, 12)


def shrink(x, t):
    """The population mean of unit Gaussian data, entry by entry: no rounding depends on the batch."""
    return x / (1 + t)


@pytest.mark.parametrize("method", ["exponential", "euler-maruyama", "heun", "ode-euler"])
def test_a_sample_is_the_same_in_any_batch_and_any_part(method):
    options = {"shape": (4,), "method": method, "seed": 5}
    whole = simulate(shrink, LEVELS, n_samples=11, **options)
    cut = simulate(shrink, LEVELS, n_samples=11, batch=3, **options)
    part = simulate(shrink, LEVELS, n_samples=4, first=6, **options)
    assert np.array_equal(whole.samples, cut.samples)
    assert np.array_equal(whole.samples[6:10], part.samples)
    assert not np.array_equal(whole.samples, simulate(shrink, LEVELS, n_samples=11, **options | {"seed": 6}).samples)
    assert not np.array_equal(whole.samples, simulate(shrink, LEVELS, n_samples=11, stream="b", **options).samples)


def test_the_empirical_score_to_round_off():
    whole = simulate(SCORE, LEVELS, n_samples=20).samples
    assert whole.shape == (20, 2, 3)
    cut = simulate(SCORE, LEVELS, n_samples=20, batch=7).samples
    assert np.abs(whole - cut).max() < 1e-4, "the tolerance of the score is 1e-6 of the weight, each step"


def test_recording_and_watching_change_no_sample():
    plain = simulate(shrink, LEVELS, n_samples=9, shape=(2,), batch=4)
    seen = simulate(
        shrink, LEVELS, n_samples=9, shape=(2,), batch=4, record=(0.02, 40, 39, 1.0), watch=lambda x, t: x[:, :1] / t
    )
    assert np.array_equal(plain.samples, seen.samples)
    assert seen.times == pytest.approx([40, LEVELS[5], LEVELS[11]])
    assert seen.states.shape == (3, 9, 2)
    assert seen.watched is not None and seen.watched.shape == (13, 9, 1)
    assert seen.watched[5, :, 0] * LEVELS[5] == pytest.approx(seen.states[1, :, 0])
    assert seen.watched[-1, :, 0] * LEVELS[-1] == pytest.approx(seen.samples[:, 0])
    assert plain.states.shape == (0, 9, 2) and plain.watched is None


def test_stopping_early_is_a_part_of_going_on():
    far = simulate(shrink, LEVELS, n_samples=3, shape=(2,), record=LEVELS[4:5])
    near = simulate(shrink, LEVELS[:5], n_samples=3, shape=(2,))
    assert np.array_equal(far.states[0], near.samples)
    mean = simulate(shrink, LEVELS[:5], n_samples=3, shape=(2,), final="posterior mean")
    assert np.array_equal(mean.samples, near.samples / (1 + LEVELS[4]))
    assert (near.t, mean.t) == (LEVELS[4], 0)


def test_starts():
    points = DATA[:5]
    start = noised(points, 2.0, seed=1)
    assert np.array_equal(start[3:], noised(points[3:], 2.0, seed=1, first=3))
    assert np.array_equal(noised(points, 0.0), points)
    done = simulate(SCORE, [2.0, 1.0], start=start, record=[2.0])
    assert np.array_equal(done.states[0], start)
    pure = simulate(SCORE, [9.0, 1.0], n_samples=400, record=[9.0]).states[0]
    assert abs(pure.std() / 3 - 1) < 5 / np.sqrt(2 * pure.size)


def test_torch_denoisers_get_tensors():
    kinds = []

    def torch_only(x, t):
        kinds.append((type(x), x.dtype, x.device.type))
        return (x / (1 + t)).float()

    done = simulate(torch_only, LEVELS, n_samples=3, shape=(2,), device="cpu")
    assert set(kinds) == {(torch.Tensor, torch.float64, "cpu")}
    assert done.samples.dtype == np.float64
    assert done.samples == pytest.approx(simulate(shrink, LEVELS, n_samples=3, shape=(2,)).samples, abs=1e-5)


@pytest.mark.parametrize("stop", [3, 12, 14, 25])
def test_an_interrupted_run_goes_on_bit_for_bit(tmp_path, stop):
    options = {"n_samples": 10, "batch": 5, "record": (1.0,), "watch": lambda x, t: x[:, 0, 0]}

    def progress(stage, done, total):
        assert (stage, total) == ("sampling", 24)
        steps.append(done)
        if done == stop:
            raise KeyboardInterrupt

    steps, part = [], tmp_path / "part"
    whole = simulate(SCORE, LEVELS, **options)
    if stop <= 24:
        with pytest.raises(KeyboardInterrupt):
            simulate(SCORE, LEVELS, part_file=part, progress=progress, **options)
        assert list(tmp_path.iterdir())
    other = simulate(SCORE, LEVELS, seed=2, **options)
    stop, steps = 0, []
    again = simulate(EmpiricalScore(DATA), LEVELS, part_file=part, progress=progress, **options)
    assert np.array_equal(whole.samples, again.samples)
    assert np.array_equal(whole.states, again.states)
    assert np.array_equal(whole.watched, again.watched)
    assert not np.array_equal(whole.samples, other.samples)
    assert list(tmp_path.iterdir()) == []


def test_only_what_is_missing_is_computed_and_only_of_the_same_denoiser(tmp_path):
    def run(denoiser, stop=0, **options):
        steps = []

        def progress(stage, done, total):
            steps.append(done)
            if done == stop:
                raise KeyboardInterrupt

        options = {"n_samples": 6, "batch": 3, "shape": (2,), "part_file": tmp_path / "part"} | options
        with suppress(KeyboardInterrupt):
            simulate(denoiser, LEVELS, progress=progress, **options)
        return steps[0]

    run(shrink, stop=15)
    assert run(shrink, stop=17) == 16
    assert run(lambda x, t: x / (2 + t), stop=13) == 1
    assert run(shrink, stop=14, seed=1) == 1
    (tmp_path / "part.running").write_bytes(b"PK damaged")
    assert run(shrink, seed=1) == 13


def test_a_killed_run_goes_on(tmp_path):
    program = """
import os, sys, numpy as np
from remanifold.sampling import checkpoint, log_grid, simulate
checkpoint._PAUSE = 0.0
def progress(stage, done, total):
    if done == int(sys.argv[2]):
        os.kill(os.getpid(), 9)
def shrink(x, t):
    return x / (1 + t)
levels = log_grid(40, 0.01, 12)
out = simulate(shrink, levels, n_samples=8, shape=(3,), batch=4, part_file=sys.argv[1], progress=progress)
np.save(sys.argv[1] + ".npy", out.samples)
"""
    part = str(tmp_path / "part")
    killed = subprocess.run([sys.executable, "-c", program, part, "17"], check=False)
    assert killed.returncode == -9
    subprocess.run([sys.executable, "-c", program, part, "1"], check=True)
    assert np.array_equal(np.load(part + ".npy"), simulate(shrink, LEVELS, n_samples=8, shape=(3,), batch=4).samples)
    assert [path.name for path in tmp_path.iterdir()] == ["part.npy"]


GAUSS = GaussianScore(np.zeros(2), np.eye(2))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"n_samples": 0}, "`n_samples` must be a whole number of at least 1, but got 0"),
        ({}, "`n_samples` must be a whole number of at least 1, but got None"),
        ({"n_samples": 2, "final": "clean"}, "the final step must be 'as is' or 'posterior mean', but got 'clean'"),
        ({"start": np.zeros((3, 5))}, "the start must be states of shape (n, 2), but got (3, 5)"),
        ({"start": np.full((3, 2), np.nan)}, "the start must be finite"),
        ({"start": np.zeros((3, 2)), "n_samples": 4}, "`n_samples` must be the number of states in start, but got 4"),
        ({"n_samples": 2, "labels": [1]}, "there must be 2 labels, one a sample"),
        ({"n_samples": 2, "batch": 0}, "`batch` must be a whole number of at least 1"),
        ({"n_samples": 2, "first": -1}, "`first` must be a whole number of at least 0"),
        ({"n_samples": 2, "record": [0.0]}, "`record` must be a list of positive noise variances"),
        ({"n_samples": 2, "watch": lambda x, t: 1.0}, "`watch` must return one entry a sample, 2, but got shape ()"),
        ({"n_samples": 2, "seed": -1}, "the seed must be a whole number"),
    ],
)
def test_a_mistake_is_one_sentence(options, sentence):
    with pytest.raises(InvalidInput) as caught:
        simulate(GAUSS, LEVELS, **options)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("denoiser", "sentence"),
    [
        (lambda x, t: x[:, :1], "the denoiser must return shape (2, 2), but got (2, 1)"),
        (lambda x, t: x * np.nan, "the denoiser must return finite numbers, but got nan or inf at t = 40"),
    ],
)
def test_bad_denoisers_are_told(denoiser, sentence):
    with pytest.raises(InvalidInput) as caught:
        simulate(denoiser, LEVELS, n_samples=2, shape=(2,))
    assert str(caught.value).startswith(sentence)
    with pytest.raises(InvalidInput, match="a sample needs a shape"):
        simulate(denoiser, LEVELS, n_samples=2)
    with pytest.raises(InvalidInput, match="must be finite and not negative"):
        noised(DATA, -1.0)


def test_levels_and_noise_may_be_noise_levels_or_sigmas():
    denoiser = GaussianScore(np.zeros(2), np.eye(2))
    levels = [NoiseLevel.from_sigma(sigma) for sigma in (2.0, 1.0, 0.5)]
    run = simulate(denoiser, levels, n_samples=3, record=[NoiseLevel.from_sigma(1.0)])
    plain = simulate(denoiser, [4.0, 1.0, 0.25], n_samples=3, record=[1.0])
    assert np.array_equal(run.samples, plain.samples)
    assert run.times.tolist() == [1.0]
    assert np.array_equal(noised(np.eye(3), sigma=0.5), noised(np.eye(3), 0.25))
    assert not np.array_equal(noised(np.eye(3), sigma=0.5), noised(np.eye(3), 0.5))  # planted
    assert len(repr(run)) < 300
