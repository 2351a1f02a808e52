"""Models that are refused by name because a command line cannot ask them: what they are, and what to do instead."""

import json
from pathlib import Path
from typing import Any

from remanifold._core.errors import refusal

_ADAPTERS = ("adapter_config.json", "pytorch_lora_weights.safetensors")
_PROMPTS = ("text_encoder", "text_encoder_2", "text_encoder_3", "tokenizer")
_NEED = "a model must be a network that needs nothing but rows, noise and classes"
_MERGE = "merge it into its base model (load_lora_weights, fuse_lora, save_pretrained) and name that folder"
_WRAP = (
    "wrap it in a file, FILE.py:NAME, by from_diffusers(folder, model_kwargs={'encoder_hidden_states': ...}) with the "
    "embedding of a prompt, or make samples of your prompts with diffusers for `remanifold copies`"
)


def require_served(path: Path) -> None:
    """Refuse (`InvalidInput`) a LoRA and a network that takes prompts, at ``path``, a folder or a file."""
    if path.name == _ADAPTERS[1] or any((path / name).is_file() for name in _ADAPTERS):
        raise refusal(_NEED, f"{path}, a LoRA without its base model", _MERGE)
    index = _json(path / "model_index.json")
    asked = [name for name in _PROMPTS if index.get(name) not in (None, [None, None])]
    if asked:
        raise refusal(_NEED, f"{path}, a text-conditional pipeline with its {asked[0]}", _WRAP)
    if _json(path / "config.json").get("_class_name") == "UNet2DConditionModel":
        raise refusal(_NEED, f"{path}, a UNet2DConditionModel, which takes the embedding of a prompt", _WRAP)


def _json(file: Path) -> dict[str, Any]:
    """What is in the file, where it is a plain JSON object; what is damaged is refused where it is read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
