"""The parts of a diffusers model: from a live pipeline, a live model with its scheduler, or a local folder."""

import json
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from remanifold._core.errors import InvalidInput, refusal, require

_MODELS = ("unet", "transformer")
_ENCODERS = ("vae", "vqvae")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")


@dataclass(frozen=True, eq=False)
class DiffusersParts:
    """What a denoiser needs of a pipeline.

    Attributes:
        model: The network.
        scheduler: That it was trained with.
        encoder: From data to latents, or None.
        source: Where they came from, in words.
    """

    model: Any
    scheduler: Any
    encoder: Any
    source: str


def parts_of(source: Any, scheduler: Any = None) -> DiffusersParts:
    """The parts of a pipeline, a model or a folder of either; nothing is fetched and nothing is unpickled.

    Args:
        source: A live pipeline, a live model, or the path of a folder that `save_pretrained` wrote.
        scheduler: Instead of the pipeline's own, or for a model: live, or its folder.

    Raises:
        InvalidInput: if a part is missing, a folder is none of diffusers', its weights are not safetensors, or
            diffusers is not installed.
    """
    if isinstance(scheduler, str | PathLike):
        folder = Path(scheduler).expanduser()
        scheduler = _loaded(folder, _config(folder, "scheduler_config.json")["_class_name"])
    if isinstance(source, str | PathLike):
        return _from_folder(Path(source).expanduser(), scheduler)
    model = next((part for name in _MODELS if (part := getattr(source, name, None)) is not None), None)
    if model is None:
        return _complete(source, scheduler, None, type(source).__name__)
    encoder = next((part for name in _ENCODERS if (part := getattr(source, name, None)) is not None), None)
    own = getattr(source, "scheduler", None)
    return _complete(model, own if scheduler is None else scheduler, encoder, type(source).__name__)


def _complete(model: Any, scheduler: Any, encoder: Any, source: str) -> DiffusersParts:
    need = "a diffusers model must be a pipeline, a network or a folder"
    if not callable(model):
        raise refusal(need, type(model).__name__, "pass one of these")
    do = "pass scheduler=, the one it was trained with"
    require(scheduler is not None, "a diffusers network needs its scheduler", "none", do)
    if not hasattr(scheduler, "config"):
        raise refusal("a scheduler must have a config", type(scheduler).__name__, do)
    return DiffusersParts(model, scheduler, encoder, source)


def _from_folder(folder: Path, scheduler: Any) -> DiffusersParts:
    do = "pass the folder that save_pretrained wrote; nothing is downloaded"
    if not folder.is_dir():
        raise refusal("a diffusers model must be a local folder", f"{folder}, which is none", do)
    if not (folder / "model_index.json").exists():
        model = _loaded(folder, _config(folder, "config.json")["_class_name"])
        return _complete(model, scheduler, None, f"{type(model).__name__} in {folder.name}")
    index = _config(folder, "model_index.json")
    name = next((name for name in _MODELS if _is_there(index, name)), None)
    got = f"{index['_class_name']} with {', '.join(k for k in index if not k.startswith('_'))}"
    require(name is not None, "a pipeline must have a unet or a transformer", got, "pass its network and scheduler")
    model = _loaded(folder / str(name), _class_in(index, str(name)))
    if scheduler is None and _is_there(index, "scheduler"):
        scheduler = _loaded(folder / "scheduler", _class_in(index, "scheduler"))
    named = next((name for name in _ENCODERS if _is_there(index, name)), None)
    encoder = None if named is None else _loaded(folder / named, _class_in(index, named)).eval()
    return _complete(model, scheduler, encoder, f"{index['_class_name']} in {folder.name}")


def _is_there(index: dict[str, Any], name: str) -> bool:
    return isinstance(index.get(name), list) and index[name][1] is not None


def _class_in(index: dict[str, Any], name: str) -> str:
    """The class of a part, if it is one of diffusers' own: others would run code that lies in the folder."""
    library, kind = index[name][:2]
    do = "load it yourself and pass the live model with its scheduler"
    if library != "diffusers":
        raise refusal(f"the {name} must be a class of diffusers", f"{library}.{kind}", do)
    return kind


def _config(folder: Path, name: str) -> dict[str, Any]:
    file = folder / name
    do = "pass the folder that save_pretrained wrote"
    if not file.is_file():
        raise refusal(f"a diffusers folder must have {name}", f"{folder} without it", do)
    try:
        config = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{name} must be JSON, but got {file} ({error}); {do}.") from error
    if not isinstance(config, dict) or not isinstance(config.get("_class_name"), str):
        raise refusal(f"{name} must name a class of diffusers", str(file), do)
    return config


def _loaded(folder: Path, kind: str) -> Any:
    part: Any = getattr(diffusers_package(), kind, None)
    known = isinstance(part, type) and hasattr(part, "from_pretrained")
    require(known, "the class of a part must be one of diffusers'", kind, "load it yourself and pass the live model")
    if torch.nn.Module not in part.__mro__:
        return part.from_pretrained(folder, local_files_only=True)
    _require_safe(folder)
    try:
        return part.from_pretrained(folder, local_files_only=True, use_safetensors=True, low_cpu_mem_usage=False)
    except (OSError, ValueError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise InvalidInput(
            f"a diffusers model must be whole, but got {folder} ({reason}); save it again with save_pretrained."
        ) from error


def _require_safe(folder: Path) -> None:
    files = sorted(file.name for file in folder.iterdir() if file.is_file()) if folder.is_dir() else []
    if any(name.endswith(".safetensors") for name in files):
        return
    pickles = [name for name in files if name.endswith(_PICKLES)]
    got = f"{pickles[0]}, a pickle, which can run code and is never loaded" if pickles else f"{folder} without any"
    do = "save the model again with save_pretrained, which writes safetensors"
    require(False, "weights must be .safetensors files", got, do)


def diffusers_package() -> Any:
    """The package, which belongs to the extra `models`.

    Raises:
        InvalidInput: if it is not installed; the sentence has the command that installs it.
    """
    try:
        return import_module("diffusers")
    except ImportError as error:
        raise InvalidInput(
            "folders of diffusers must be read by the package diffusers, but got no such package here; "
            "run pip install 'remanifold[models]'."
        ) from error
