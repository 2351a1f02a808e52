"""Models that are refused by name because a command line cannot ask them: what they are, and what to do instead."""

import json
from pathlib import Path
from typing import Any

from remanifold._core.errors import refusal, require
from remanifold.networks.pipelines.lora import is_lora
from remanifold.networks.pipelines.parts import PROMPTED

_TEXT_PARTS = ("text_encoder", "text_encoder_2", "text_encoder_3", "tokenizer")
_NEED = "a model must be a network that needs nothing but rows, noise, and classes or captions"
_WRAP = (
    "wrap it in a file, FILE.py:NAME, by from_diffusers(folder, model_kwargs={'encoder_hidden_states': ...}) with the "
    "embedding of a prompt, or make samples of your prompts with diffusers for `remanifold copies`"
)


def require_served(path: Path, lora: str | None = None) -> None:
    """Refuse (`InvalidInput`) a model at ``path``, a folder or a file, that no command can ask.

    A LoRA without its base model, one (``lora``) beside what is no `PROMPTED` pipeline, other text-conditional
    pipelines, and a UNet2DConditionModel without its pipeline.
    """
    if is_lora(path):
        do = "name the folder of its base model as --model, and this as --lora"
        raise refusal(_NEED, f"{path}, a LoRA without its base model", do)
    index = _json(path / "model_index.json")
    kind = index.get("_class_name")
    asked = [name for name in _TEXT_PARTS if index.get(name) not in (None, [None, None])]
    if asked and kind not in PROMPTED:
        got = f"{path}, a {str(kind)[:60]} with its {asked[0]}: of text-conditional pipelines {PROMPTED[0]} is served"
        raise refusal(_NEED, got, _WRAP)
    if _json(path / "config.json").get("_class_name") == "UNet2DConditionModel":
        do = "copy the folder of its pipeline, put this in the place of unet there, and name that folder"
        raise refusal(_NEED, f"{path}, a UNet2DConditionModel without its text encoder", do)
    need = f"a LoRA must come with the folder of its base model, a {PROMPTED[0]}"
    require(lora is None or asked, need, path, "name that folder as --model, or leave --lora out")


def _json(file: Path) -> dict[str, Any]:
    """What is in the file, where it is a plain JSON object; what is damaged is refused where it is read."""
    if not file.is_file():  # a pipe would never end
        return {}
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
