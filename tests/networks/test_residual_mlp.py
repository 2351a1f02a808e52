"""The network before and after it is kept: limits of the preconditioning, types, shapes, files."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from remanifold import HiddenManifold, InvalidInput, simulate
from remanifold.networks.network_file import load_network, save_network
from remanifold.networks.network_record import TrainingRecord
from remanifold.networks.residual_mlp import MLPConfig, ResidualMLP
from remanifold.sampling import log_grid

RECORD = TrainingRecord("0.1.0", "abc", 40, 10, 8, 1e-3, 0.5, -0.5, 1.2, 0.999, 3)


def _rows(n=40, shape=(3, 4), offset=7.0):
    return offset + 2.0 * np.random.default_rng(1).standard_normal((n, *shape))


def _awake(rows, seed=0, width=24):
    """A network whose F is not zero."""
    network = ResidualMLP.for_rows(rows, width=width, depth=2, seed=seed)
    with torch.no_grad():
        network.last.weight.copy_(torch.tensor(np.random.default_rng(2).standard_normal(network.last.weight.shape)))
    return network


def test_without_noise_the_point_comes_back():
    rows = _rows()
    network = _awake(rows)
    assert np.abs(network(rows, 0.0) - rows).max() < 1e-13
    assert np.abs(network(rows, 1e-8) - rows).max() < 1e-2  # o F = sigma F, and F is of order ten here


def test_before_training_it_is_the_posterior_mean_of_an_isotropic_gaussian():
    rows = _rows()
    network = ResidualMLP.for_rows(rows, width=24, depth=2)
    mean, variance = rows.mean(axis=0), rows.var(axis=0).mean()
    for t in (0.1, 1.0, 50.0):
        expected = mean + variance / (variance + t) * (rows - mean)
        assert np.allclose(network(rows, t), expected, atol=1e-5)
    far = mean + 1e4 * np.random.default_rng(3).standard_normal(rows.shape)
    assert np.abs(network(far, 1e8) - mean).max() < 3e-3  # 4 (x - c)/1e8 and float32 of the mean


def test_each_point_may_have_its_own_noise_and_neighbours_do_not_matter():
    rows = _rows()
    network = _awake(rows)
    t = np.geomspace(1e-3, 1e3, len(rows))
    together = network(rows, t)
    alone = np.concatenate([network(rows[i : i + 1], t[i]) for i in range(len(rows))])
    assert np.allclose(together, alone, atol=1e-4)


def test_numpy_and_torch_agree_and_keep_their_types():
    rows = _rows()
    network = _awake(rows)
    double = network(rows, 0.5)
    assert double.dtype == np.float64
    assert network(rows.astype(np.float32), 0.5).dtype == np.float32
    tensor = torch.tensor(rows, requires_grad=True)
    out = network(tensor, torch.tensor(0.5))
    assert out.dtype == torch.float64 and np.array_equal(out.detach().numpy(), double)
    out.sum().backward()
    assert tensor.grad is not None and torch.isfinite(tensor.grad).all()
    assert network(rows[:0], 0.5).shape == (0, 3, 4)


def test_long_batches_are_cut_without_a_seam():
    rows = _rows(n=9000)  # 8192 at a time
    network = _awake(rows)
    t = np.geomspace(0.1, 10, 9000)
    parts = [network(rows[start : start + 4000], t[start : start + 4000]) for start in range(0, 9000, 4000)]
    assert np.allclose(network(rows, t), np.concatenate(parts), atol=1e-4)


def test_the_scale_of_the_data_does_not_matter():
    rows = _rows()
    plain, large = _awake(rows), _awake(1000 * rows)
    assert np.allclose(large(1000 * rows, 1e6 * 0.5), 1000 * plain(rows, 0.5), rtol=1e-4)


def test_points_of_a_hidden_manifold_are_denoised_and_sampled():
    points = HiddenManifold(ambient_dim=20, latent_ratio=0.3, n_points=50, activation="tanh", seed=1).points()
    rows = np.asarray(points, dtype=np.float64)
    network = ResidualMLP.for_rows(rows, width=16, depth=1)
    samples = simulate(network, log_grid(100.0, 0.01, 20), n_samples=5, seed=1).samples
    assert samples.shape == (5, 20) and np.isfinite(samples).all()


def test_initial_weights_belong_to_the_seed():
    rows = _rows()
    first, again, other = (ResidualMLP.for_rows(rows, width=8, depth=1, seed=s) for s in (1, 1, 2))
    assert first.fingerprint == again.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("points", "t", "sentence"),
    [
        (np.zeros((2, 5)), 1.0, r"points must have shape \(batch, 3, 4\), but got \(2, 5\)"),
        (np.zeros((2, 3, 4)), -1.0, "noise variances must be finite and not negative"),
        (np.zeros((2, 3, 4)), np.ones(3), "t must be a number or one for each of 2 points"),
    ],
)
def test_points_that_do_not_fit_are_refused(points, t, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        ResidualMLP.for_rows(_rows(), width=8, depth=1)(points, t)


def test_sizes_that_make_no_network_are_refused():
    with pytest.raises(InvalidInput, match="whole number of at least 1"):
        MLPConfig((3,), 1.0, width=0)
    with pytest.raises(InvalidInput, match="`sigma_data` must be a number above 0"):
        MLPConfig((3,), float("nan"))
    with pytest.raises(InvalidInput, match=r"finite point of shape \(3,\)"):
        ResidualMLP(MLPConfig((3,), 1.0), np.zeros(4))
    with pytest.raises(InvalidInput, match="points that differ"):
        ResidualMLP.for_rows(np.ones((5, 3)))


def test_a_file_gives_the_same_network_back_with_its_record(tmp_path):
    rows = _rows()
    network = _awake(rows)
    network.record = RECORD
    back = load_network(save_network(network, tmp_path / "net.safetensors"))
    assert back.fingerprint == network.fingerprint and back.record == RECORD and back.config == network.config
    assert np.array_equal(back(rows, 0.3), network(rows, 0.3))
    assert not back.training and not any(p.requires_grad for p in back.parameters())


def test_half_precision_changes_the_answer_a_little_and_halves_the_file(tmp_path):
    rows = _rows()
    network = _awake(rows, width=64)
    full = save_network(network, tmp_path / "full.safetensors")
    half = save_network(network, tmp_path / "half.safetensors", dtype="float16")
    assert half.stat().st_size < 0.6 * full.stat().st_size
    off = np.abs(load_network(half)(rows, 0.3) - network(rows, 0.3)).max()
    assert 0 < off < 0.02 * np.abs(network(rows, 0.3) - rows).max()


def test_weights_that_half_precision_cannot_hold_are_refused(tmp_path):
    network = _awake(_rows())
    with torch.no_grad():
        network.last.weight[0, 0] = 1e6
    with pytest.raises(InvalidInput, match="finite in float16"):
        save_network(network, tmp_path / "net.safetensors", dtype="float16")
    with pytest.raises(InvalidInput, match="float32 or float16"):
        save_network(network, tmp_path / "net.safetensors", dtype="int8")
    assert not list(tmp_path.iterdir())


def test_files_that_are_no_network_are_refused_in_one_sentence(tmp_path):
    good = save_network(_awake(_rows()), tmp_path / "net.safetensors")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(good.read_bytes()[:-10])
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(3)}, foreign)
    other = tmp_path / "other.safetensors"
    config = dataclasses.asdict(MLPConfig((3,), 1.0))
    save_file({"a": torch.zeros(3)}, other, {"remanifold": json.dumps({"config": config, "training": None})})
    for path in (cut, foreign, other):
        with pytest.raises(
            InvalidInput, match=r"a network must be a whole \.safetensors file .*; copy or save it again"
        ):
            load_network(path)
    with pytest.raises(InvalidInput, match="check the path"):
        load_network(tmp_path / "none.safetensors")
