"""Samples of a network: the right law from its own first noise to its last, classes, latents, resuming, refusals."""

import json

import numpy as np
import pytest
import torch
from fake_networks import smallest_unet

import remanifold as rm
from remanifold.audits import sample_model
from remanifold.audits.network.source import open_model

VARIANCES = np.array([4.0, 1.0, 0.25, 0.01])
ALPHAS = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))


def gaussian(mean=0.0):
    """A DDPM that predicts the noise of Gaussian rows exactly."""

    def network(y, k, labels=None):
        abar = ALPHAS[np.asarray(k, int)][:, None]
        centre = mean if labels is None else np.asarray(labels, float)[:, None]
        t = (1 - abar) / abar
        clean = centre + (y / np.sqrt(abar) - centre) * VARIANCES / (VARIANCES + t)
        return (y - np.sqrt(abar) * clean) / np.sqrt(1 - abar)

    return rm.from_callable(network, "noise", ALPHAS, takes="numpy", shape=(4,))


def test_samples_have_the_law_of_the_network_from_its_first_to_its_last_noise():
    denoiser = gaussian()
    made = sample_model(denoiser, 2000, batch=500, threads=1)
    assert made.levels[0] == denoiser.levels[-1] and made.levels[-1] == denoiser.levels[0] and made.t == 0
    shares = (made.samples**2).mean(axis=0) / VARIANCES  # error 3.2 %; 40 steps of heun and the last noise: 2 %
    shares[3] *= VARIANCES[3] / (VARIANCES[3] - 1e-4)
    assert np.abs(shares - 1).max() < 5 * np.sqrt(2 / 2000) + 0.02
    assert np.abs(made.samples.mean(axis=0) / np.sqrt(VARIANCES / 2000)).max() < 5
    wrong = sample_model(denoiser, 2000, batch=500, threads=1, first_sigma=0.5)  # too little noise at the start
    assert (wrong.samples**2).mean(axis=0)[0] / VARIANCES[0] < 0.5


def test_classes_are_taken_in_turn():
    made = sample_model(gaussian(), 9, classes=[5, 50, 500], steps=20, threads=1)
    assert np.round(made.samples[:, 3] / 5).astype(int).tolist() == [1, 10, 100] * 3
    assert made.parameters["classes"] == [5, 50, 500]
    with pytest.raises(rm.InvalidInput, match="for a network that takes them"):
        sample_model("ground-truth:digits-100-seed0", 4, classes=[1])


def test_guidance_goes_beyond_the_class_as_far_as_its_scale_says():
    """Means are linear in the class here: with guidance s samples have the law of class 0 + s (c - 0)."""
    options = {"steps": 20, "threads": 1, "seed": 3}
    for scale in (0.0, 1.0, 3.0):
        made = sample_model(gaussian(), 4, classes=[2], guidance=scale, no_class=0, **options)
        plain = sample_model(gaussian(), 4, classes=[int(2 * scale)], **options)
        assert np.abs(made.samples - plain.samples).max() < 1e-9
    assert made.parameters["guidance"] == 3 and made.parameters["description"].endswith("; guidance 3")


def test_one_hot_classes_are_left_out_as_zeros():
    class Net:
        img_channels, img_resolution, label_dim = None, None, 3

        def __call__(self, x, sigma, classes):
            return 0 * x + classes.to(x.dtype) @ torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=x.dtype))

    found = rm.from_edm(Net()).guided(5)(np.zeros((2, 3)), 1.0, np.array([0, 2]))
    assert np.array_equal(found, [[5, 0, 0], [0, 0, 15]])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"classes": [1], "guidance": 2.0}, "guidance needs `no_class`"),
        ({"guidance": 2.0, "no_class": 0}, "`guidance` needs `classes`, but got none; pass e.g. 0,1,2"),
        ({"classes": [1], "no_class": 0}, "`no_class` must come with `guidance`, but got none; pass `guidance` too"),
        ({"classes": [1], "guidance": -1.0, "no_class": 0}, "`guidance` must be a number of at least 0"),
        ({"classes": [1], "guidance": 2.0, "no_class": -1}, "`no_class` must be a whole number"),
    ],
)
def test_guidance_that_is_not_told_whole_is_refused(options, words):
    with pytest.raises(rm.InvalidInput, match=words):
        sample_model(gaussian(), 4, steps=2, **options)


class Stopped(Exception):
    """What ends a run in its middle."""


def test_a_stopped_run_goes_on_to_the_same_samples(tmp_path):
    part, denoiser = tmp_path / "samples.npy.part", gaussian()

    def stop(stage, done, total):
        if done == total - 1:
            raise Stopped

    options = {"steps": 10, "batch": 4, "threads": 1}
    with pytest.raises(Stopped):
        sample_model(denoiser, 12, part_file=part, progress=stop, **options)
    assert part.exists()
    before = denoiser.evaluations
    again = sample_model(denoiser, 12, part_file=part, **options)
    fresh = gaussian()
    assert np.array_equal(again.samples, sample_model(fresh, 12, **options).samples)
    assert denoiser.evaluations - before < 0.6 * fresh.evaluations and not part.exists()


def test_a_network_that_takes_any_noise_must_be_told_where_to_begin_and_end():
    network = rm.from_callable(lambda y, sigma: y / (1 + sigma[:, None] ** 2), "denoised", "sigma", shape=(3,))
    for given in ({}, {"first_sigma": 80.0}):
        with pytest.raises(rm.InvalidInput, match="between two noise levels"):
            sample_model(network, 4, **given)
    made = sample_model(network, 4, first_sigma=80.0, last_sigma=0.002, threads=1)
    assert made.levels[[0, -1]] == pytest.approx([80.0**2, 0.002**2])
    with pytest.raises(rm.InvalidInput, match="`shape`"):
        sample_model(lambda x, t: x, 4, first_sigma=80.0, last_sigma=0.002)
    with pytest.raises(rm.InvalidInput, match="must have t from"):
        sample_model(gaussian(), 4, last_sigma=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_samples_of_a_latent_model_are_decoded_by_its_own_autoencoder():
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    vae = diffusers.AutoencoderKL(latent_channels=1, block_out_channels=(4,), norm_num_groups=2, scaling_factor=0.5)
    denoiser = rm.from_diffusers(smallest_unet(), diffusers.DDPMScheduler(), encoder=vae)
    latents = sample_model(denoiser, 3, steps=3, latents=True, threads=1)
    pictures = sample_model(denoiser, 3, steps=3, threads=1)
    with torch.no_grad():
        direct = vae.eval().decode(torch.tensor(latents.samples, dtype=torch.float32) / 0.5).sample
    assert pictures.samples.shape[1] == 3 and pictures.parameters["decoded"]
    assert np.abs(pictures.samples - direct.numpy()).max() < 1e-5


def _written(folder, files):
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    return str(folder)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"adapter_config.json": {}}, "a LoRA without its base model; name the folder of its base model as --model"),
        ({"pytorch_lora_weights.safetensors": {}}, "a LoRA without its base model"),
        (
            {"model_index.json": {"_class_name": "FluxPipeline", "text_encoder": ["transformers", "X"]}},
            "a FluxPipeline with its text_encoder: of text-conditional pipelines StableDiffusionPipeline is served",
        ),
        ({"config.json": {"_class_name": "UNet2DConditionModel"}}, "a UNet2DConditionModel without its text encoder"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(tmp_path, files, words):
    folder = _written(tmp_path / "model", files)
    with pytest.raises(rm.InvalidInput, match=words):
        open_model(folder)
    if "pytorch_lora_weights.safetensors" in files:
        with pytest.raises(rm.InvalidInput, match=words):
            open_model(f"{folder}/pytorch_lora_weights.safetensors")
