"""``remanifold audit --model`` when something is wrong with the model: one sentence, exit code 2, nothing written."""

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from remanifold import HiddenManifold
from remanifold.cli.app import run

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import diffusers

MODEL = HiddenManifold(ambient_dim=16, latent_dim=5, n_points=120, ensemble="isometric", seed=2)
TRAIN, FRESH = MODEL.points().reshape(-1, 1, 4, 4), MODEL.fresh(90).reshape(-1, 1, 4, 4)

FUNCTIONS = """
import numpy as np
import torch
from remanifold import EmpiricalScore, GaussianScore

train = np.load("train.npy")
score = EmpiricalScore(train)
gaussian = GaussianScore(train.reshape(-1, 16).mean(0), np.cov(train.reshape(-1, 16).T) + 1e-4 * np.eye(16))


class Unheard(Exception):
    pass


def good(y, sigma):
    return score(y, sigma.double() ** 2).to(y.dtype)

def scaled(y, sigma):  # made for -1..1, where the data are 0..255
    return (score((y + 1) * 127.5, (127.5 * sigma.double()) ** 2) / 127.5 - 1).to(y.dtype)

def wide(y, sigma):
    return torch.cat([y, y], -1)

def not_a_number(y, sigma):
    return torch.where(sigma.reshape(-1, 1, 1, 1) < 1e9, torch.nan, 0.0) * y

def nan_at_low_noise(y, sigma):
    return torch.where(sigma.reshape(-1, 1, 1, 1) < 0.3, torch.nan, 1.0) * linear(y, sigma)

def nan_at_high_noise(y, sigma):  # where only the probability flow asks
    return torch.where(sigma.reshape(-1, 1, 1, 1) > 9, torch.nan, 1.0) * linear(y, sigma)

def linear(y, sigma):
    return gaussian(y.reshape(len(y), -1), sigma.double() ** 2).to(y.dtype).reshape(y.shape)

def dropping(y, sigma):
    return torch.nn.functional.dropout(linear(y, sigma), 0.1, training=True)

def one_argument(y):
    return y

def raises(y, sigma):
    raise Unheard("no such layer")

def asserts(y, sigma):
    assert y.shape[1] == 3, "three channels"

def untrained(y, sigma):
    return 0 * y + 9.0

number = 3.0
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Training and hold-out rows and models of all kinds."""
    where = tmp_path_factory.mktemp("models")
    np.save(where / "train.npy", TRAIN)
    np.save(where / "fresh.npy", FRESH)
    (where / "mine.py").write_text(FUNCTIONS)
    (where / "broken.py").write_text("def f(:\n")
    (where / "empty").mkdir()
    pipeline(8, channels=3).save_pretrained(where / "coloured")
    pipeline(4).save_pretrained(where / "pickled")
    weights = where / "pickled/unet/diffusion_pytorch_model.safetensors"
    torch.save(load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    return where


@pytest.fixture
def folder(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working directory, without what earlier tests wrote."""
    monkeypatch.chdir(prepared)
    yield prepared
    shutil.rmtree("report", ignore_errors=True)


def pipeline(side: int, channels: int = 1) -> "diffusers.DDPMPipeline":
    """Untrained."""
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(
        sample_size=side,
        in_channels=channels,
        out_channels=channels,
        layers_per_block=1,
        block_out_channels=(8, 8),
        norm_num_groups=4,
        down_block_types=("DownBlock2D",) * 2,
        up_block_types=("UpBlock2D",) * 2,
        add_attention=False,
    )
    return diffusers.DDPMPipeline(unet, diffusers.DDPMScheduler())


# the model and its options -> words that the one sentence must contain
REFUSED = {
    "mine.py:wide": ["must return an array like its input, (4, 1, 4, 4)", "(4, 1, 4, 8)"],
    "mine.py:not_a_number": ["output must be finite", "nan"],
    "mine.py:nan_at_low_noise": ["output must be finite", "nan"],
    "mine.py:nan_at_high_noise --evaluations 10000": ["output must be finite", "nan"],
    "mine.py:dropping": ["the same output for the same input", "dropout"],
    "mine.py:one_argument": ["one_argument() takes 1 positional argument but 2 were given"],
    "mine.py:good --cheap --other mine.py:good": ["--other must come without --cheap"],
    "ground-truth:digits-100-seed0 --clock vp": ["--clock must come with --model FILE.py:NAME"],
    "mine.py:good --class-conditional": ["must be asked with the class of every training row", "data without labels"],
    "mine.py:raises": ["mine.py", "Unheard: no such layer"],
    "mine.py:asserts": ["mine.py", "AssertionError: three channels"],
    "mine.py:untrained": ["check that the model is trained, and on these data"],
    "mine.py:number": ["must hold a callable number", "float"],
    "mine.py:absent": ["must hold a callable absent"],
    "mine.py": ["FILE.py:NAME", "'mine.py'"],
    "broken.py:f": ["broken.py", "SyntaxError"],
    "gone.py:f": ["FILE.py:NAME", "'gone.py:f'"],
    "gone": ["FILE.py:NAME", "'gone'"],
    "empty": ["must have config.json", "empty"],
    "pickled": ["diffusion_pytorch_model.bin", "a pickle"],
    "coloured": ["(3, 8, 8)", "(1, 4, 4)"],
    "mine.py:good --clock sgima": ["--clock", "'sgima'", "sigma"],
    "mine.py:linear --clock variance": ["the likely cause is the clock", "clock='sigma'"],
    "mine.py:good --predicts nois": ["--predicts", "'nois'"],
    "mine.py:good --predicts noise": ["the likely cause is the prediction type", "predicts='denoised'"],
    "mine.py:good --evaluations 500": ["--evaluations", "500"],
    "mine.py:linear --evaluations 10000 --other coloured": ["(3, 8, 8)", "(1, 4, 4)"],
    "mine.py:good --other mine.py:absent": ["must hold a callable absent"],
}


def said(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """The one sentence of a refused audit, after which nothing is there that was not."""
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*") if "__pycache__" not in path.parts}
    assert run(["audit", *words, "--max-queries", "40", "--out", "report"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("remanifold: ") and err.endswith(".\n") and err.count("\n") == 1
    after = {path: path.stat().st_mtime_ns for path in Path().rglob("*") if "__pycache__" not in path.parts}
    left = {path for path in after if path not in before and path.parts[0] == "report"}
    whole = {path for path in left if path.is_file() and path.suffix != ".part"}
    assert {path: time for path, time in after.items() if path not in left} == before
    assert not whole
    return err


@pytest.mark.parametrize("words", REFUSED)
@pytest.mark.usefixtures("folder")
def test_a_bad_model_is_one_sentence_and_nothing_is_half_written(words: str, capfd: pytest.CaptureFixture[str]) -> None:
    err = said(["train.npy", "--holdout", "fresh.npy", "--model", *words.split()], capfd)
    for part in REFUSED[words]:
        assert part in err


@pytest.mark.usefixtures("folder")
def test_rows_of_0_to_255_against_a_model_of_minus_1_to_1(capfd: pytest.CaptureFixture[str]) -> None:
    least, most = TRAIN.min(), TRAIN.max()
    for name, rows in (("train255.npy", TRAIN), ("fresh255.npy", FRESH)):
        np.save(name, np.clip(255 * (rows - least) / (most - least), 0, 255))
    Path("scaled.py").write_text(FUNCTIONS.replace("train.npy", "train255.npy"))
    err = said(["train255.npy", "--holdout", "fresh255.npy", "--model", "scaled.py:scaled"], capfd)
    assert "the likely cause is the scale of the data: with rows of 0..255 brought to -1..1" in err


def audited(capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """What an audit of the exact score prints."""
    assert run(["audit", "train.npy", "--model", "mine.py:good", "--cheap", "--max-queries", "40", *words]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return " ".join(out.split())


@pytest.mark.usefixtures("folder")
def test_without_a_hold_out_it_says_what_cannot_be_known(capfd: pytest.CaptureFixture[str]) -> None:
    out = audited(capfd)
    assert "It cannot be known: without images that it was not trained on, neither the loss gap nor a test" in out


@pytest.mark.usefixtures("folder")
def test_held_out_rows_that_are_training_rows_are_found_named_and_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    np.save("leaky.npy", np.concatenate([FRESH, TRAIN[[5, 40]]]))
    out = audited(capfd, "--holdout", "leaky.npy", "--out", "leaky")
    assert "2 of 92 hold-out images lie within" in out and "hold-out image 90 is training image 5." in out
    page = Path("leaky/report.html").read_text()
    assert "2 hold-out images that are training images, or near copies of such, were left out" in page


@pytest.mark.usefixtures("folder")
def test_a_hold_out_from_another_distribution_is_warned_of(capfd: pytest.CaptureFixture[str]) -> None:
    np.save("other.npy", 1.6 * FRESH + 0.3)
    out = audited(capfd, "--holdout", "other.npy", "--out", "other")
    page = " ".join(Path("other/report.md").read_text().split())
    assert "the hold-out may come from elsewhere" in page
    assert "Is the hold-out really held out" in out


@pytest.mark.usefixtures("folder")
def test_a_network_that_is_adapted_already_is_taken_as_it_is_and_schedules_have_names() -> None:
    from remanifold.audits.network.source import open_model

    Path("ready.py").write_text(
        FUNCTIONS
        + "\nfrom remanifold.networks import from_callable\nready = from_callable(good, 'denoised', 'sigma')\n"
    )
    denoiser, _ = open_model("ready.py:ready", clock="variance")
    rows = TRAIN[:3]
    assert np.allclose(denoiser(rows, 0.5), open_model("mine.py:good")[0](rows, 0.5))
    assert open_model("mine.py:good", clock="linear")[0].levels is not None
