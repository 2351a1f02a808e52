"""One trained network gives one audit, as a DDPM of diffusers that predicts noise and as an EDM net(x, sigma)."""

import json
import warnings

import numpy as np
import pytest
import torch
from scipy.stats import norm

from remanifold.audits import AuditedNetwork, audit
from remanifold.cli.app import run
from remanifold.measures import network_memory
from remanifold.measures.memory.memory_index import memory_levels
from remanifold.networks import from_diffusers, from_edm, load_ground_truth

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers

NETWORK, TRAIN, HELD_OUT, _ = load_ground_truth("digits-100-seed0")
T_COLLAPSE = 1.52
pytestmark = pytest.mark.usefixtures("without_theory")
DDPM = diffusers.DDPMScheduler()
NOISE = np.sqrt(1 / DDPM.alphas_cumprod.double().numpy() - 1)  # sigma of every step


class Epsilon(torch.nn.Module):
    """The weights as diffusers' networks are called: they predict the noise at a step."""

    config = None

    def __init__(self, wrong: float = 1.0) -> None:
        super().__init__()
        self.network, self.wrong = NETWORK, wrong

    def forward(self, y, timestep, return_dict=True):
        sigma = torch.tensor(NOISE)[timestep.long()].reshape(-1, 1, 1)
        x = y.double() * (1 + sigma**2).sqrt()
        clean = self.network(x, sigma.reshape(-1) ** 2)
        return (self.wrong * (x - clean) / sigma,)


class Edm(torch.nn.Module):
    """The same weights as EDM's networks are called."""

    def __init__(self) -> None:
        super().__init__()
        self.network = NETWORK

    def forward(self, x, sigma, class_labels=None):
        return self.network(x.double(), sigma.double().reshape(-1) ** 2)


def test_the_same_noise_levels_give_the_same_index_and_test():
    ddpm, edm = from_diffusers(Epsilon(), DDPM), from_edm(Edm())
    levels = ddpm.snapped(memory_levels(T_COLLAPSE))
    one, two = (
        network_memory(model, TRAIN, HELD_OUT, levels, t_collapse=1.01 * T_COLLAPSE, draws=2) for model in (ddpm, edm)
    )
    assert one.total.value == pytest.approx(two.total.value, abs=1e-4)
    np.testing.assert_allclose(one.network.training, two.network.training, rtol=2e-3, atol=1e-6)
    assert one.test.share.value == pytest.approx(two.test.share.value, abs=1e-3)
    assert one.total.value > 0.7 and one.used.sum() == 5


def test_the_steps_of_a_ddpm_cost_less_than_the_error():
    """Levels between two steps: the network is told a noise that is off by half a step at most."""
    ddpm, edm = from_diffusers(Epsilon(), DDPM), from_edm(Edm())
    off = np.log(ddpm.snapped(memory_levels(T_COLLAPSE)) / memory_levels(T_COLLAPSE))
    assert 0 < np.abs(off).max() < 0.01
    one, two = (audit(TRAIN, holdout=HELD_OUT, max_queries=40, model=task(model)).model for model in (ddpm, edm))
    assert abs(one.index.value - two.index.value) < 0.1 * one.index.stderr
    assert one.p_value == pytest.approx(two.p_value, rel=0.05)
    named = [{row.row for row in model.remembered} for model in (one, two)]
    assert len(named[0] ^ named[1]) <= 2 and len(named[0]) > 90
    for first, second in zip(one.turns, two.turns):
        error = np.hypot(first.training.stderr, second.training.stderr)
        assert abs(first.training.value - second.training.value) < 2 * error + 0.01  # the same noise on both sides


def test_a_planted_mistake_in_one_of_them_is_seen():
    """Power: noise that is 10 % too small changes the index by many errors."""
    levels = from_diffusers(Epsilon(), DDPM).snapped(memory_levels(T_COLLAPSE))
    right, wrong = (
        network_memory(from_diffusers(Epsilon(factor), DDPM), TRAIN, HELD_OUT, levels, t_collapse=1.6, draws=1)
        for factor in (1.0, 0.9)
    )
    assert abs(right.total.value - wrong.total.value) > 5 * right.total.stderr


def task(model) -> AuditedNetwork:
    return AuditedNetwork(model, "a model", "as given", evaluations=15_000)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    """A small DDPM, trained for a moment on 40 digits and saved as anybody would."""
    torch.manual_seed(0)
    network = diffusers.UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(16, 16),
        norm_num_groups=4,
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        add_attention=False,
        dropout=0.1,
    )
    rows = torch.tensor(TRAIN[:40])[:, None]
    optimiser = torch.optim.AdamW(network.parameters(), 4e-3)
    for _ in range(160):
        x = rows[torch.randint(len(rows), (32,))]
        w, steps = torch.randn_like(x), torch.randint(0, 700, (32,))
        loss = (network(DDPM.add_noise(x, w, steps), steps).sample - w).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    folder = tmp_path_factory.mktemp("saved") / "pipeline"
    diffusers.DDPMPipeline(network, DDPM).save_pretrained(folder)
    return folder


class EdmOf(torch.nn.Module):
    """net(x, sigma) around a UNet that was trained to predict the noise of DDPM steps."""

    def __init__(self, unet) -> None:
        super().__init__()
        self.unet = unet

    def forward(self, x, sigma, class_labels=None):
        steps = torch.tensor(np.abs(np.log(NOISE) - np.log(sigma.reshape(-1, 1).numpy())).argmin(1))
        column = sigma.reshape(-1, 1, 1, 1).to(x.dtype)
        return x - column * self.unet(x / (1 + column**2).sqrt(), steps).sample


def test_a_saved_pipeline_on_the_command_line_and_its_weights_as_an_edm_network(pipeline, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    rows, fresh = TRAIN[:40, None], HELD_OUT[:100, None]
    np.save("train.npy", rows)
    np.save("fresh.npy", fresh)
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model", str(pipeline), "--cheap", "--json"]
    words += ["--evaluations", "10000"]
    assert run(words) == 0
    out, err = capfd.readouterr()
    assert [line for line in err.splitlines() if " left" not in line] == []  # nothing of what diffusers has to say
    found = json.loads(out)["model"]
    assert "DDPMPipeline in pipeline, DDPMScheduler, predicts noise" in found["description"]
    unet = diffusers.UNet2DModel.from_pretrained(pipeline / "unet", low_cpu_mem_usage=False)
    edm = AuditedNetwork(from_edm(EdmOf(unet)), "edm", "edm", evaluations=10_000, cheap=True)
    same = audit(rows, holdout=fresh, model=edm).model
    assert same.index.value == pytest.approx(found["index"][0], abs=0.1 * same.index.stderr)
    assert norm.isf(same.p_value) == pytest.approx(norm.isf(found["p_value"]), abs=0.1)  # in units of its error too
    assert same.p_value < 0.01 and same.index.value > 0.02


def test_rows_without_a_channel_and_a_pair_nearer_than_the_least_step(pipeline, tmp_path, monkeypatch, capfd):
    """Rows (8, 8) reach the network as (1, 8, 8); trajectories end where the schedule ends, not below it."""
    monkeypatch.chdir(tmp_path)
    near = TRAIN[0] + 0.015 * np.random.default_rng(0).standard_normal((1, 8, 8), dtype=np.float32)
    np.save("train.npy", np.concatenate([TRAIN[:40], near]))
    np.save("fresh.npy", HELD_OUT[:60])
    words = ["audit", "train.npy", "--holdout", "fresh.npy", "--model", str(pipeline), "--json"]
    assert run([*words, "--evaluations", "16000", "--max-queries", "20", "--duplicate-distance", "0.01"]) == 0
    out, err = capfd.readouterr()
    assert [line for line in err.splitlines() if " left" not in line] == [], "but for a line a minute on slow machines"
    model = json.loads(out)["model"]
    assert len(model["turns"]) == 3 and model["basin"] is not None and model["evaluations"] <= 16_000
