"""``remanifold phases --generator``: the decoder of a folder as the manifold, or a sentence."""

import json

import diffusers
import pytest
import torch
from command import runner

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


def test_the_decoder_of_a_folder_is_a_manifold(capsys, autoencoder):
    folder = autoencoder()
    code, out, err = run(capsys, "--generator", folder, "--n-points", 30, "--accuracy", 0.3, "--json")
    assert (code, err) == (0, "")
    times = json.loads(out)["finite_size"]
    assert (times["latent_dim"], times["ambient_dim"], times["n_points"]) == (4, 4, 30)
    assert 0 < times["t_collapse"]["value"] < times["t_onset"]["value"]


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
