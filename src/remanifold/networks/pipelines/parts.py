"""The parts of a diffusers model: from a live pipeline, a live model with its scheduler, or a local folder."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from remanifold._core.errors import refusal, require
from remanifold._core.files import path_of
from remanifold.networks.pipelines.files import class_in, config_in, load_part, local_folder, require_known_pipeline
from remanifold.networks.pipelines.lora import with_lora
from remanifold.networks.pipelines.prompts import Prompts
from remanifold.networks.pipelines.text_parts import ENCODER, PARTS, prompts_of, text_parts_in

PROMPTED = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")
"""Pipelines whose network is asked with captions: a UNet2DConditionModel that takes CLIP's last hidden state."""
_MODELS = ("unet", "transformer")
_ENCODERS = ("vae", "vqvae")


@dataclass(frozen=True, eq=False)
class DiffusersParts:
    """What a denoiser needs of a pipeline.

    Attributes:
        model: The network.
        scheduler: That it was trained with; None where the caller knows better.
        encoder: From data to latents, or None.
        source: Where they came from, in words.
        prompts: What a text-conditional network is asked with, or None.
    """

    model: Any
    scheduler: Any
    encoder: Any
    source: str
    prompts: Prompts | None = None


def parts_of(
    source: Any, scheduler: Any = None, *, alone: bool = False, lora: str | None = None, prompted: bool = True
) -> DiffusersParts:
    """The parts of a pipeline, a model or a folder of either; nothing is fetched and nothing is unpickled.

    Args:
        source: A live pipeline, a live model, the path of a folder that `save_pretrained` wrote, or a hub's name of one
            that is in the local cache.
        scheduler: Instead of the pipeline's own, or for a model: live, or its folder.
        alone: Whether the network is enough, without a scheduler.
        lora: Put on the network and the text encoder of a folder in `PROMPTED`; see `with_lora`.
        prompted: Whether the text encoder of such a pipeline is opened too.

    Raises:
        InvalidInput: if a part is missing, a folder is none of diffusers' or unsafe (see `files`), or
            diffusers is not installed.
    """
    if isinstance(scheduler, str | PathLike):
        folder = path_of(scheduler, "a scheduler")
        scheduler = load_part(folder, config_in(folder, "scheduler_config.json")["_class_name"], scheduler=True)
    if isinstance(source, str | PathLike):
        folder = local_folder(source)
        name = folder.name if path_of(source, "a diffusers model").is_dir() else str(source)
        return _from_folder(folder, name, scheduler, alone, lora, prompted)
    require(lora is None, "a LoRA must come with the folder of its base model", "a live one", "put it on yourself")
    model = next((part for name in _MODELS if (part := getattr(source, name, None)) is not None), None)
    if model is None:
        return _complete(source, scheduler, None, type(source).__name__, alone)
    encoder = next((part for name in _ENCODERS if (part := getattr(source, name, None)) is not None), None)
    own = getattr(source, "scheduler", None)
    prompts = _live_prompts(source) if prompted else None
    return _complete(model, own if scheduler is None else scheduler, encoder, type(source).__name__, alone, prompts)


def _live_prompts(source: Any) -> Prompts | None:
    """Of a live pipeline that is like those in `PROMPTED`."""
    encoder, tokenizer = (getattr(source, name, None) for name in PARTS)
    alike = type(encoder).__name__ == ENCODER and getattr(source, "text_encoder_2", None) is None
    return prompts_of(encoder, tokenizer) if alike and tokenizer is not None else None


def _complete(
    model: Any, scheduler: Any, encoder: Any, source: str, alone: bool, prompts: Prompts | None = None
) -> DiffusersParts:
    need = "a diffusers model must be a pipeline, a network or a folder"
    if not callable(model):
        raise refusal(need, type(model).__name__, "pass one of these")
    if alone:
        return DiffusersParts(model, None, encoder, source, prompts)
    do = (
        "pass scheduler=, the one it was trained with, or predicts= and clock= (--predicts, --clock), "
        "since the network itself says neither what it predicts nor its noise levels"
    )
    require(scheduler is not None, "a diffusers network needs its scheduler", "none", do)
    if not hasattr(scheduler, "config"):
        raise refusal("a scheduler must have a config", type(scheduler).__name__, do)
    return DiffusersParts(model, scheduler, encoder, source, prompts)


def _from_folder(
    folder: Path, called: str, scheduler: Any, alone: bool, lora: str | None, prompted: bool
) -> DiffusersParts:
    need = f"a LoRA must come with the folder of its base model, a {PROMPTED[0]}"
    if not (folder / "model_index.json").exists():
        require(lora is None, need, f"{called}, which is no pipeline", "name the pipeline")
        if scheduler is None and not alone and (folder / "scheduler_config.json").is_file():
            kind = config_in(folder, "scheduler_config.json")["_class_name"]
            scheduler = load_part(folder, kind, scheduler=True)
        if scheduler is None and not alone and (folder.parent / "model_index.json").is_file():
            got = f"{folder}, a part of the pipeline {folder.parent}"
            raise refusal("a diffusers network needs its scheduler", got, "pass the folder of the pipeline")
        model = load_part(folder, config_in(folder, "config.json")["_class_name"])
        return _complete(model, scheduler, None, f"{type(model).__name__} in {called}", alone)
    index = config_in(folder, "model_index.json")
    require_known_pipeline(index["_class_name"])
    name = next((name for name in _MODELS if _is_there(index, name)), None)
    got = f"{index['_class_name']} with {', '.join(k for k in index if not k.startswith('_'))}"
    require(name is not None, "a pipeline must have a unet or a transformer", got, "pass its network and scheduler")
    model = load_part(folder / str(name), class_in(index, str(name)))
    if scheduler is None and _is_there(index, "scheduler"):
        scheduler = load_part(folder / "scheduler", class_in(index, "scheduler"), scheduler=True)
    named = next((name for name in _ENCODERS if _is_there(index, name)), None)
    encoder = None if named is None else load_part(folder / named, class_in(index, named)).eval()
    words = f"{index['_class_name']} in {called}"
    served = index["_class_name"] in PROMPTED and _is_there(index, PARTS[0])
    require(lora is None or (served and prompted), need, words, "merge it into its base model")
    if not (served and prompted):
        return _complete(model, scheduler, encoder, words, alone)
    text_encoder, tokenizer = text_parts_in(folder, index)
    told = [words] if lora is None else [words, with_lora(model, text_encoder, lora)]
    return _complete(model, scheduler, encoder, " ".join(told), alone, prompts_of(text_encoder, tokenizer))


def _is_there(index: dict[str, Any], name: str) -> bool:
    return index.get(name) is not None and index[name] != [None, None]
