"""``remanifold phases --generator``: the decoder of a folder as the manifold, or a sentence."""

import json

import diffusers
import numpy as np
import pytest
import torch
from command import runner

from remanifold.networks.decoders import decoder_of
from remanifold.theory.finite.gaussian import finite_size_times

run = runner("phases")


@pytest.fixture
def autoencoder(tmp_path):
    """A folder with a decoder of 4 latent numbers, or of 4 * ``side``^2."""

    def saved(side=1):
        torch.manual_seed(0)
        model = diffusers.AutoencoderKL(
            in_channels=1,
            out_channels=1,
            latent_channels=4,
            norm_num_groups=4,
            sample_size=2 * side,
            block_out_channels=(4, 4),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
        )
        model.save_pretrained(tmp_path / "vae")
        return tmp_path / "vae"

    return saved


def test_the_decoder_of_a_folder_is_a_manifold(capsys, autoencoder, monkeypatch):
    model = diffusers.AutoencoderKL.from_pretrained(autoencoder(), low_cpu_mem_usage=False).eval()
    latents = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    points = decoder_of(autoencoder())(torch.tensor(latents)).detach()
    placed = torch.tensor(latents).reshape(3, 4, 1, 1) / model.config.scaling_factor
    torch.testing.assert_close(points, model.decode(placed).sample.detach().flatten(1))

    def told(generator, n_points, latent_dim, accuracy, *, progress):  # convolutions take minutes
        quick = finite_size_times([1.0, 0.5, 0.25, 0.2], n_points, 4, n_views=16)
        assert generator(torch.zeros(2, latent_dim)).shape == (2, 4) and accuracy == 0.3
        return quick

    monkeypatch.setattr("remanifold.theory.finite_size_of_generator", told)
    words = ("--generator", autoencoder(), "--n-points", 30, "--accuracy", 0.3)
    code, out, err = run(capsys, *words, "--json")
    assert code == 0 and "Sampling takes about" in err
    times = json.loads(out)["finite_size"]
    assert (times["latent_dim"], times["ambient_dim"], times["n_points"]) == (4, 4, 30)
    code, out, _ = run(capsys, *words)
    assert code == 0 and "P = 30, N = 4, D = 4" in out


@pytest.mark.parametrize(
    ("side", "words", "sentence"),
    [
        (8, ("--n-points", 30), "at most 200 latent dimensions, but got 256 (4 x 8 x 8)"),
        (1, (), "needs the number of points"),
        (1, ("--n-points", 30, "--latent-dim", 4), "but got --latent-dim besides"),
    ],
)
def test_what_cannot_be_predicted_is_refused_in_a_sentence(capsys, autoencoder, side, words, sentence):
    code, out, err = run(capsys, "--generator", autoencoder(side), *words)
    assert (code, out) == (2, "") and sentence in " ".join(err.split())


def test_python_files_are_no_generators(capsys, tmp_path):
    (tmp_path / "decoder.py").write_text("raise SystemExit(3)")
    for given in (tmp_path / "decoder.py", tmp_path):
        code, out, err = run(capsys, "--generator", given, "--n-points", 30)
        assert (code, out) == (2, "") and "diffusers" in err
