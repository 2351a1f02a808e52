"""Training: it learns the exact score of a few points, and is the same however it was cut."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from remanifold import EmpiricalScore, InvalidInput, NotConverged
from remanifold.data import open_points, survey
from remanifold.networks import training_state
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.row_losses import loss_ratio, row_losses
from remanifold.networks.training import train

ROWS = 3.0 + np.random.default_rng(0).standard_normal((6, 2, 2))


def _network(rows=ROWS, width=32, seed=0):
    return ResidualMLP.for_rows(rows, width=width, depth=2, seed=seed)


class _Cut(KeyboardInterrupt):
    """Stands for Ctrl-C."""


def _cut_at(last):
    def progress(stage, done, total):
        if done == last:
            raise _Cut

    return progress


def _same(first, second):
    weights = zip(first.network.parameters(), second.network.parameters())
    return np.array_equal(first.losses, second.losses) and all(torch.equal(a, b) for a, b in weights)


@pytest.fixture
def every_step_is_kept(monkeypatch):
    monkeypatch.setattr(training_state, "_PAUSE", 0.0)  # no public call: a run of ten seconds would keep one state


def test_few_points_are_learnt_as_the_exact_score_knows_them():
    trained = train(_network(width=48), ROWS, steps=600, batch=128, seed=1)
    exact = EmpiricalScore(ROWS)
    start = _network(width=48)
    for sigma in (0.3, 0.6, 1.5):
        losses = [row_losses(d, ROWS, sigma=sigma, draws=200, seed=5).mean() for d in (exact, trained.network, start)]
        # No denoiser is better than the exact one on these rows; of what there is to learn most is learnt.
        assert losses[0] < losses[1] < losses[0] + 0.2 * (losses[2] - losses[0]), (sigma, losses)
    assert trained.losses[-100:].mean() < 0.7 * trained.losses[:20].mean()


def test_one_step_lowers_the_loss_of_its_own_batch():
    whole = train(_network(), ROWS, steps=1, learning_rate=0.2, decay=0, averaging=0, seed=2)
    again = train(whole.network, ROWS, steps=1, learning_rate=0.2, decay=0, averaging=0, seed=2)
    assert again.losses[0] < whole.losses[0]


def test_the_first_loss_is_that_of_the_gaussian_denoiser():
    many = np.random.default_rng(3).standard_normal((4000, 5))
    first = train(_network(many, width=4), many, steps=1, batch=20_000).losses[0]
    # Of a standard Gaussian the loss is t/(1 + t) in each coordinate, times (1 + t)/t: 1 at every noise.
    assert abs(first - 1) < 5 * np.sqrt(2 / (5 * 20_000)) + 0.02  # 0.02: the spread of the rows' own variances


@pytest.mark.usefixtures("every_step_is_kept")
def test_a_cut_run_goes_on_to_the_same_weights_bit_for_bit(tmp_path):
    whole = train(_network(), ROWS, steps=90, batch=16, seed=4)
    file = tmp_path / "run.safetensors"
    for last in (1, 50, 77):
        with pytest.raises(_Cut):
            train(_network(), ROWS, steps=90, batch=16, seed=4, checkpoint=file, progress=_cut_at(last))
    steps = []
    resumed = train(
        _network(), ROWS, steps=90, batch=16, seed=4, checkpoint=file, watch=lambda step, _: steps.append(step)
    )
    assert steps == list(range(78, 91))
    assert _same(whole, resumed) and not file.exists()


def test_a_killed_run_goes_on_to_the_same_weights_bit_for_bit(tmp_path):
    file = tmp_path / "run.safetensors"
    script = f"""
import os, signal
import numpy as np
from remanifold.networks import training_state
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.training import train
training_state._PAUSE = 0.0
rows = 3.0 + np.random.default_rng(0).standard_normal((6, 2, 2))
kill = lambda stage, done, total: done == 20 and os.kill(os.getpid(), signal.SIGKILL)
train(ResidualMLP.for_rows(rows, width=32, depth=2), rows, steps=40, batch=16, checkpoint={str(file)!r}, progress=kill)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    steps = []
    resumed = train(_network(), ROWS, steps=40, batch=16, checkpoint=file, watch=lambda step, _: steps.append(step))
    assert steps[0] == 21
    assert _same(resumed, train(_network(), ROWS, steps=40, batch=16))


@pytest.mark.usefixtures("every_step_is_kept")
def test_a_checkpoint_of_another_training_is_not_used(tmp_path):
    file = tmp_path / "run.safetensors"
    with pytest.raises(_Cut):
        train(_network(), ROWS, steps=20, batch=16, seed=4, checkpoint=file, progress=_cut_at(10))
    other = train(_network(), ROWS, steps=20, batch=16, seed=5, checkpoint=file)
    assert _same(other, train(_network(), ROWS, steps=20, batch=16, seed=5))
    file.write_bytes(b"something else")
    assert _same(other, train(_network(), ROWS, steps=20, batch=16, seed=5, checkpoint=file))


def test_without_decay_a_short_run_is_the_beginning_of_a_long_one():
    seen = {}

    def watch(step, network):
        if step == 30:
            seen["weights"] = [p.detach().clone() for p in network.parameters()]

    train(_network(), ROWS, steps=50, batch=16, decay=0, watch=watch)
    short = train(_network(), ROWS, steps=30, batch=16, decay=0)
    assert all(torch.equal(a, b) for a, b in zip(seen["weights"], short.network.parameters()))


def test_the_network_given_stays_as_it_is_and_the_record_tells_all():
    network = _network()
    before, threads = network.fingerprint, torch.get_num_threads()
    trained = train(network, ROWS, steps=5, batch=16, seed=9)
    assert network.fingerprint == before != trained.network.fingerprint and network.record is None
    assert torch.get_num_threads() == threads
    record = trained.network.record
    assert record is not None and (record.seed, record.steps, record.batch, record.n_rows) == (9, 5, 16, 6)
    assert record.training_fingerprint == survey(open_points(ROWS)).fingerprint


def test_a_network_from_a_file_is_trained_on(tmp_path):
    first = train(_network(), ROWS, steps=5, batch=16).network
    loaded = load_network(save_network(first, tmp_path / "net.safetensors"))
    assert _same(train(first, ROWS, steps=5, batch=16), train(loaded, ROWS, steps=5, batch=16))


def test_a_row_that_is_repeated_is_remembered_better():
    rows = np.random.default_rng(7).standard_normal((60, 8))
    repeated = np.concatenate([rows, np.repeat(rows[:5], 15, axis=0)])
    network = train(_network(repeated), repeated, steps=800, batch=64, seed=1).network
    losses = row_losses(network, rows, sigma=0.5, draws=40)
    assert losses[:5].max() < losses[5:].min()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"steps": 0}, "`steps` must be a whole number of at least 1"),
        ({"learning_rate": float("nan")}, "the learning rate must be a number above 0, but got nan"),
        ({"log_sigma_std": 0.0}, "the spread of .* must be a number above 0"),
        ({"averaging": 1.0}, r"`averaging` must be a number of at least 0 and below 1"),
    ],
)
def test_training_that_makes_no_sense_is_refused(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        train(_network(), ROWS, **{"steps": 3, **wrong})
    with pytest.raises(InvalidInput, match=r"rows must have the network's shape \(2, 2\)"):
        train(_network(), np.eye(3), steps=1)


def test_a_loss_that_is_no_number_is_said(tmp_path):
    with pytest.raises(NotConverged, match="the loss is not a number at step"):
        train(_network(), ROWS, steps=60, learning_rate=1e38, batch=8)


def test_noise_belongs_to_rows_and_the_ratio_knows_its_error():
    mean = ROWS.mean(axis=0)
    lazy = lambda x, t: np.broadcast_to(mean, x.shape)  # noqa: E731
    losses = row_losses(lazy, ROWS, sigma=0.7, draws=3)
    assert np.allclose(losses, np.square(ROWS - mean).mean(axis=(1, 2)))
    part = row_losses(lambda x, t: x, ROWS[:2], sigma=0.7, draws=3)
    assert np.array_equal(part, row_losses(lambda x, t: x, ROWS, sigma=0.7, draws=3)[:2])
    random = np.random.default_rng(1)
    ratios = [loss_ratio(random.gamma(4, 1, 300), random.gamma(4, 2, 100)) for _ in range(400)]
    z = np.array([r.z(2.0) for r in ratios])
    assert abs(z.std() - 1) < 5 / np.sqrt(2 * 400) + 0.03 and abs(z.mean()) < 5 / np.sqrt(400) + 0.1
    with pytest.raises(InvalidInput, match="finite numbers of shape"):
        row_losses(lambda x, t: x * np.nan, ROWS, sigma=0.7)
    with pytest.raises(InvalidInput, match="the noise must be a number above 0"):
        row_losses(lazy, ROWS, sigma=0.0)
