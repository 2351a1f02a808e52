"""A folder of checkpoints: which of its files and folders are models, and after how many training steps."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from remanifold._core.errors import refusal
from remanifold._core.files import path_of
from remanifold.networks.pipelines.lora import is_lora

Model = TypeVar("Model")
_NUMBER = re.compile(r"(\d+)")
_STEP = re.compile(r"(step|iter|iteration|checkpoint|ckpt)s?[-_=. ]*$|(^|[/\\])$", re.IGNORECASE)  # before a number
_NETWORKS = ("unet", "transformer")  # where trainers keep the network of a checkpoint


def models_in(text: str) -> list[str]:
    """The models that ``text`` names: itself, or, where it is a folder of checkpoints, each of these.

    Checkpoints are files .safetensors and folders of diffusers, also those in which a trainer keeps a folder unet or
    transformer, in the order of the numbers in their names.

    Raises:
        InvalidInput: if the folder holds none, or no file can have that name.
    """
    folder = path_of(text, "a model")
    if not folder.is_dir() or _is_model(folder):
        return [text]
    inside = sorted(folder.iterdir(), key=lambda path: _natural(path.name))
    found = [str(model) for path in inside for model in _model_of(path)]
    if not found:
        need = "a folder of checkpoints must hold models: .safetensors files of remanifold or folders of diffusers"
        raise refusal(need, f"{text} with none of these", "name another folder, or each model by its own --model")
    return found


def loras_in(text: str) -> list[str]:
    """The LoRAs that ``text`` names: itself, or those in a folder in the order of the numbers in their names.

    diffusers' scripts write those of checkpoints below the last one, so a folder may be a LoRA and hold others.

    Raises:
        InvalidInput: if the folder holds none, or no file can have that name.
    """
    folder = path_of(text, "a LoRA")
    if not folder.is_dir():
        return [text]
    inside = sorted(folder.iterdir(), key=lambda path: _natural(path.name))
    own = is_lora(folder)
    found = [str(path) for path in inside if path.is_dir() and is_lora(path)]
    found += [text] if own else [str(path) for path in inside if path.is_file() and path.suffix == ".safetensors"]
    if not found:
        need = "a folder of LoRAs must hold some: folders that a training wrote, or .safetensors files"
        raise refusal(need, f"{text} with none of these", "name another folder, or each LoRA by its own --lora")
    return found


def steps_of(names: Sequence[str]) -> list[int | None]:
    """Training steps: the number in which all ``names`` differ, behind a word for steps or alone; else None for each.

    The numbers of digits-100 and digits-1400 are none: they may count anything.
    """
    parts = [_NUMBER.split(name) for name in names]
    unknown: list[int | None] = [None] * len(names)
    if len({tuple(words[::2]) for words in parts}) != 1:
        return unknown
    words = parts[0]
    columns = [[int(found[k]) for found in parts] for k in range(1, len(words), 2) if _STEP.search(words[k - 1])]
    varied = [column for column in columns if len(set(column)) > 1]
    if len(varied) != 1 or len(set(varied[0])) < len(names):
        return unknown
    return list(varied[0])


def in_order(models: Mapping[str, Model]) -> dict[str, Model]:
    """``models`` by their steps, where all names tell these; else as they are."""
    steps = dict(zip(models, steps_of(list(models)), strict=True))
    known = {name: step for name, step in steps.items() if step is not None}
    names = sorted(models, key=known.__getitem__) if len(known) == len(models) else list(models)
    return {name: models[name] for name in names}


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts step-900 before step-1000."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _NUMBER.split(name)]


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("model_index.json", "config.json"))


def _model_of(path: Path) -> list[Path]:
    """The model at ``path``; none where there is none."""
    if path.is_file():
        return [path] if path.suffix == ".safetensors" else []
    if not path.is_dir():
        return []
    if _is_model(path):
        return [path]
    return [path / name for name in _NETWORKS if (path / name / "config.json").is_file()]
