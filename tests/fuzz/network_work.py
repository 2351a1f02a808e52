"""Folders of diffusers, and the unfinished work of simulations, diagrams, searches and audits of networks."""

import os
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from fake_networks import smallest_unet
from kept_work import Kept, Watched
from seeds import ROWS, Files, below
from tiny_text_to_image import LATENT, Lora, save, tiny_pipeline

import remanifold as rm
from remanifold.audits import AuditedNetwork
from remanifold.audits.network.check import checked
from remanifold.cli import main
from remanifold.data import open_points
from remanifold.measures import Reversal, TrainingPoints, denoiser_distance, denoising_losses, u_turns
from remanifold.networks.pipelines.lora import with_lora
from remanifold.sampling import checkpoint

PICTURES = np.random.default_rng(0).normal(size=(12, 1, 4, 4))
MANY = np.random.default_rng(1).normal(size=(40, 3))
SIMULATE = ["simulate", "--manifold", "linear", "--ambient-dim", "2", "--latent-dim", "1", "--n-points", "8"]
SIMULATE += ["--n-samples", "300", "--stop-at", "0.1", "--steps", "3", "--record", "1", "--out", "out"]
Work = Callable[[Any], object]


def _asked(x, t):
    return np.asarray(x) / (1 + np.reshape(t, (-1, *[1] * (np.ndim(x) - 1))))


def _losses(progress: Any) -> object:
    losses = denoising_losses(_asked, ROWS, ROWS + 1, [0.1, 1.0], batch=4, part_file="losses.part", progress=progress)
    assert np.isfinite(losses.training).all()
    return losses


def _distance(_: Any) -> object:
    return denoiser_distance(_asked, _asked, ROWS, [0.1, 1.0], batch=4, part_file="distance.part", keep_parts=True)


def _check(_: Any) -> object:
    network = AuditedNetwork(rm.EmpiricalScore(MANY), "it", "", evaluations=10_000, parts=Path("parts"))
    return checked(network, open_points(MANY), None)


def _turns(_: Any) -> object:
    reversal = Reversal(steps_per_e=1, checkpoint="turns")
    return u_turns(TrainingPoints(ROWS.astype(np.float64)), [0.5], n_trajectories=3, reversal=reversal)


def _diagram(progress: Any) -> object:
    return rm.phase_diagram(loads=[0.1, 0.2], latent_ratios=[0.5, 0.6], part_file="d.part", progress=progress)


def _nearest() -> int:
    np.save("rows.npy", ROWS)
    return main(["duplicates", "rows.npy", "--nearest", "--out", "pairs.csv"])


def _ended(work: Work) -> Callable[[], int]:
    def run() -> int:
        work(lambda *_: None)
        return 0

    return run


def _simulated() -> int:
    code = main(SIMULATE)
    assert code or np.isfinite(np.load("out/samples.npy")).all()
    return code


def _denoised() -> int:
    """A folder as a denoiser, asked once."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="diffusers")
        rm.from_diffusers("pipe")(PICTURES[:2], 0.3)
    return 0


def _pipeline(home: Path) -> Files:
    import diffusers

    diffusers.DDPMPipeline(smallest_unet(), diffusers.DDPMScheduler()).save_pretrained(home / "pipe")
    return {f"pipe/{name}": content for name, content in below(home / "pipe").items()}


def _captioned() -> int:
    """A text-conditional folder as a denoiser, asked once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        denoiser = rm.from_diffusers("text")
        numbers = None if denoiser.prompts is None else denoiser.prompts.numbers(["a dog"])
        denoiser(np.zeros((1, 4, LATENT, LATENT)), 0.3, numbers)
    return 0


def _text_pipeline(home: Path) -> Files:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = tiny_pipeline(home / "tokenizer")
        save(pipeline, home / "text")
        Lora(pipeline.unet).save(home / "lora")
    return {f"text/{name}": content for name, content in below(home / "text").items()}


def _merged() -> int:
    """A LoRA merged into a network of one layer."""
    words = with_lora(torch.nn.Sequential(torch.nn.Linear(3, 5)), torch.nn.Identity(), "lora")
    assert "on its unet" in words
    return 0


def _lora() -> Files:
    state = {"unet.0.lora.down.weight": torch.ones(2, 3), "unet.0.lora.up.weight": torch.ones(5, 2)}
    header = {"lora_adapter_metadata": '{"unet.r": 2, "unet.lora_alpha": 4}'}
    return {"lora/pytorch_lora_weights.safetensors": safetensors.torch.save(state, header)}


def _left(work: Work, *files: str) -> Files:
    """What ``files`` held before the end of ``work``."""
    watched = Watched(*map(Path, files))
    work(watched)
    return {str(path): content for path, content in watched.content.items()}


def _simulation() -> Files:
    """A finished batch and the one under way, as after a kill."""
    pause, checkpoint._PAUSE = checkpoint._PAUSE, 0.0  # no public call: a batch of ten seconds would be kept
    watched = Watched(Path("out/samples.part"), Path("out/samples.part.running"))
    save = checkpoint.SamplingCheckpoint.save

    def saved(*arguments: Any, **options: Any) -> None:
        save(*arguments, **options)
        watched()

    checkpoint.SamplingCheckpoint.save = saved
    try:
        assert main(SIMULATE) == 0
    finally:
        checkpoint._PAUSE = pause  # as it was
        checkpoint.SamplingCheckpoint.save = save
    return {str(path): content for path, content in watched.content.items()}


def network_seeds(home: Path) -> Kept:
    """Name -> (sound files, what reads them in the current folder); scratch files go to ``home``."""
    here = Path.cwd()
    os.chdir(home)
    _check(None), _turns(None), _distance(None)  # what stays
    parts = {str(path): path.read_bytes() for path in [*Path("parts").rglob("*.part"), *Path("turns").rglob("*.part")]}
    of = {
        folder: {name: content for name, content in parts.items() if name.startswith(folder)}
        for folder in ("parts", "turns")
    }
    seeds: Kept = {
        "diffusers folder": (_pipeline(home), _denoised),
        "lora": (_lora(), _merged),
        "simulate checkpoint": (_simulation(), _simulated),
        "diagram checkpoint": (_left(_diagram, "d.part"), _ended(_diagram)),
        "network losses": (_left(_losses, "losses.part"), _ended(_losses)),
        "network distance": ({"distance.part": Path("distance.part").read_bytes()}, _ended(_distance)),
        "network check": (of["parts"], _ended(_check)),
        "network trajectories": (of["turns"], _ended(_turns)),
        "nearest rows": (_nearest_part(), _nearest),
    }
    if find_spec("transformers") is not None:
        seeds["text-conditional folder"] = (_text_pipeline(home), _captioned)
    os.chdir(here)
    assert all(files for files, _ in seeds.values())
    return seeds


def _nearest_part() -> Files:
    from remanifold._core.kept.part_file import PartFile

    watched, add = Watched(Path("pairs.csv.part")), PartFile.add

    def added(*arguments: Any) -> None:
        add(*arguments)
        watched()

    PartFile.add = added  # no public call: progress is a bar here
    try:
        assert _nearest() == 0
    finally:
        PartFile.add = add
    return {str(path): content for path, content in watched.content.items()}
