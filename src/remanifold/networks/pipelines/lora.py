"""A LoRA merged into the network and the text encoder that it was trained on: W + (alpha / r) B A, layer by layer.

Files of diffusers' training scripts, of kohya's, and adapters that peft wrote: safetensors alone. Of what they say
about themselves only numbers are taken. Source: arXiv 2106.09685, section 4.1; with rslora alpha over the root of r
(arXiv 2312.03732).
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.files import path_of
from remanifold.networks.pipelines.files import diffusers_package, local_folder, plain_json, silent_diffusers

DIFFUSERS, PEFT, PEFT_CONFIG = "pytorch_lora_weights.safetensors", "adapter_model.safetensors", "adapter_config.json"
_METADATA = "lora_adapter_metadata"
_KOHYA = ("lora_unet_", "lora_te_", "lora_te1_", "lora_te2_")
_OF_PEFT = "base_model.model."
_PARTS = ("unet", "text_encoder")
_OTHER_KINDS = (
    "use_dora",
    "modules_to_save",
    "layer_replication",
    "megatron_config",
    "lora_bias",
    "fan_in_fan_out",
    "use_qalora",
)
_OTHER_BASES = ("pissa", "olora", "corda", "loftq", "lora_ga")
"""Ways of peft to begin that change the base model's own weights, to which such a LoRA is added."""
_NEED, _PLAIN = "a LoRA must be a .safetensors file of its weights", "a LoRA must be two matrices a layer and no more"
_FIT, _DO = "a LoRA must fit its base model", "name the base model that it was trained on"
_MERGE = "merge it with the tool that trained it, and name the folder of the whole model"
_ENDINGS = (
    (re.compile(r"\.processor\."), "."),
    (re.compile(r"\.to_out_lora\.(down|up)\.weight$"), r".to_out.0.lora.\1.weight"),
    (re.compile(r"\.to_([qkv])_lora\.(down|up)\.weight$"), r".to_\1.lora.\2.weight"),
    (re.compile(r"\.lora_linear_layer\.(down|up)\.weight$"), r".lora.\1.weight"),
    (re.compile(r"\.lora_A\.weight$"), ".lora.down.weight"),
    (re.compile(r"\.lora_B\.weight$"), ".lora.up.weight"),
)
"""Names of the two matrices in older and newer files, brought to one."""
_LARGEST = 1e30  # alpha; 16 is usual
_OF_SEVERAL = re.compile(r"[*+?|()\[\]{}]")
_OF_TEXT = ((re.compile(r"\.to_([qkv])$"), r".\1_proj"), (re.compile(r"\.to_out\.0$"), ".out_proj"))


def is_lora(path: Path) -> bool:
    """Whether ``path`` is a LoRA: a file that is called as one, or a folder with one."""
    return path.name == DIFFUSERS or any((path / name).is_file() for name in (DIFFUSERS, PEFT_CONFIG))


def with_lora(network: torch.nn.Module, text_encoder: torch.nn.Module, source: str) -> str:
    """Merge the LoRA ``source`` into a UNet2DConditionModel and a CLIPTextModel, in place; what it is, in words.

    Args:
        network, text_encoder: Of the base model.
        source: A folder, a .safetensors file, or a name in the local cache of the Hugging Face hub.

    Raises:
        InvalidInput: if it is damaged, a pickle, of another kind, or for another model.
    """
    file = _file_of(source)
    state, header = _read(file)
    told = _told(file, header)
    alphas: dict[str, float] = {}
    if all(key.startswith(_KOHYA) for key in state):
        state, alphas = _of_kohya(file, state)
    elif all(key.startswith(_OF_PEFT) for key in state):
        state = {f"unet.{key.removeprefix(_OF_PEFT)}": value for key, value in state.items()}
    modules = {"unet": network, "text_encoder": text_encoder}
    merged: dict[str, int] = dict.fromkeys(_PARTS, 0)
    for key, (down, up) in _pairs(file, state).items():
        part, _, layer = key.partition(".")
        module = _module_of(modules.get(part), part, layer)
        if module is None:
            raise refusal(_FIT, f"{file} with weights of {key}, which it lacks", _DO)
        rank = len(down) if down.ndim else 0
        alpha = alphas.get(key, _alpha(told, part, layer, rank))
        if not (math.isfinite(alpha) and alpha != 0 and rank > 0):
            raise refusal("a LoRA must change its base model", f"alpha {alpha:g} at rank {rank} in {file}", "train it")
        scale = alpha / (math.sqrt(rank) if told.get(f"{part}.use_rslora") else rank)
        _merge(file, key, module, scale, down, up)
        merged[part] += 1
    return f"with the LoRA {Path(source).name} on its {' and '.join(name for name, n in merged.items() if n)}"


def _file_of(source: str) -> Path:
    path = path_of(source, "a LoRA")
    if path.is_file():
        if path.suffix != ".safetensors":
            raise refusal(_NEED, f"{path}, which can be a pickle and is never loaded", "save it as safetensors")
        return path
    folder = local_folder(source, "a LoRA")
    for name in (DIFFUSERS, PEFT):
        if (folder / name).is_file():
            return folder / name
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return files[0]
    got = f"{len(files)} such files in {folder}" if files else f"{folder} without any"
    raise refusal(_NEED, got, "name the file" if files else "pass the folder that its training wrote")


def _read(file: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            header = opened.metadata() or {}
            state = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise InvalidInput(f"{_NEED}, but got a damaged {file}; save it again.") from error
    if not state:
        raise refusal(_NEED, f"none in {file}", "save it again")
    return state, header


def _told(file: Path, header: Mapping[str, str]) -> dict[str, Any]:
    """What the file, or peft's configuration beside it, says of scales: "unet.lora_alpha" and the like."""
    beside, told = file.parent / PEFT_CONFIG, {}
    try:
        if file.name == PEFT and beside.is_file():
            told = {f"unet.{key}": value for key, value in plain_json(beside).items()}
        elif _METADATA in header:
            told = json.loads(header[_METADATA])
    except InvalidInput:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{_NEED}, but got a damaged header of {file}; save it again.") from error
    if not isinstance(told, dict):
        raise refusal(_NEED, f"a header of another kind in {file}", "save it again")
    for part in _PARTS:
        other = next((name for name in _OTHER_KINDS if told.get(f"{part}.{name}")), None)
        kind = told.get(f"{part}.peft_type")
        if other is not None or kind not in (None, "LORA"):
            raise refusal(_PLAIN, f"{other or str(kind)[:40]} in {file}", _MERGE)
        begun = str(told.get(f"{part}.init_lora_weights")).lower()
        if begun.startswith(_OTHER_BASES):
            raise refusal(_PLAIN, f"{begun[:40]} in {file}, which changes the base model's own weights", _MERGE)
    return told


def _of_kohya(file: Path, state: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """Weights under diffusers' names, and the alpha of each layer; diffusers itself knows how to tell names apart."""
    try:
        with silent_diffusers():
            named, alphas = diffusers_package().StableDiffusionPipeline.lora_state_dict(dict(state))
    except Exception as error:  # whatever diffusers makes of other names
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".:")
        raise InvalidInput(f"{_FIT}, but got {file} ({reason[:200]}); {_DO}.") from error
    return named, {_layer(name.removesuffix(".alpha")): float(alpha) for name, alpha in (alphas or {}).items()}


def _plain(key: str) -> str:
    for ending, other in _ENDINGS:
        key = ending.sub(other, key)
    return key


def _layer(key: str) -> str:
    return _plain(key).partition(".lora.")[0]


def _pairs(file: Path, state: Mapping[str, torch.Tensor]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
    """Part and layer -> its two matrices, down and up."""
    plain = {_plain(key): value for key, value in state.items()}
    layers = dict.fromkeys(_layer(key) for key in plain)
    wanted = {f"{layer}.lora.{side}.weight" for layer in layers for side in ("down", "up")}
    odd = next(iter([*sorted(set(plain) - wanted), *sorted(wanted - set(plain))]), None)
    if odd is not None:
        words = f"{odd} in {file}" if odd in plain else f"{file} without {odd}"
        raise refusal(_PLAIN, words, _MERGE)
    return {layer: (plain[f"{layer}.lora.down.weight"], plain[f"{layer}.lora.up.weight"]) for layer in layers}


def _module_of(model: torch.nn.Module | None, part: str, layer: str) -> Any:
    """The layer of the base model; its text encoder may or may not begin with text_model."""
    if model is None:
        return None
    known = dict(model.named_modules())
    if part == "text_encoder":
        for ending, other in _OF_TEXT:
            layer = ending.sub(other, layer)
        bare = layer.removeprefix("text_model.")
        return known.get(bare, known.get(f"text_model.{bare}"))
    return known.get(layer)


def _alpha(told: Mapping[str, Any], part: str, layer: str, rank: int) -> float:
    """Of a layer whose file does not hold it: what its header says, or the rank, as diffusers takes it."""
    patterns = told.get(f"{part}.alpha_pattern")
    for name, alpha in patterns.items() if isinstance(patterns, dict) else ():
        if f".{layer}".endswith(f".{str(name).removeprefix('^')}"):
            return _number(alpha)
    if isinstance(patterns, dict) and any(_OF_SEVERAL.search(str(name)) for name in patterns):
        got = "an alpha_pattern that stands for several layers"
        raise refusal(_PLAIN, got, _MERGE)
    alpha = told.get(f"{part}.lora_alpha")
    return float(rank) if alpha is None else _number(alpha)


def _number(alpha: Any) -> float:
    """An alpha as the file says it; not a number where it says none."""
    plain = isinstance(alpha, int | float) and not isinstance(alpha, bool)
    return float(alpha) if plain and abs(alpha) < _LARGEST else math.nan


def _merge(file: Path, key: str, module: Any, scale: float, down: torch.Tensor, up: torch.Tensor) -> None:
    """Add scale B A to the weights of a linear layer or a convolution."""
    weight: Any = getattr(module, "weight", None)
    known = (0, 0) if weight is None or weight.ndim < 2 else (len(weight), weight[0].numel())
    if not (down.is_floating_point() and up.is_floating_point()):
        got = f"{down.dtype} and {up.dtype} for {key} in {file}"
        raise refusal("a LoRA must hold floating-point numbers", got.replace("torch.", ""), "save it again")
    matrices = down.ndim >= 2 <= up.ndim and down.numel() > 0 and up.numel() == len(up) * len(down)
    flat = (down.double().flatten(1), up.double().flatten(1)) if matrices else None
    if flat is None or (len(flat[1]), flat[0].shape[1]) != known:
        got = f"{file} with matrices of {tuple(up.shape)} and {tuple(down.shape)} for {key}"
        raise refusal(_FIT, got, _DO)
    change = (scale * (flat[1] @ flat[0])).to(module.weight.dtype)
    if not bool(torch.isfinite(change).all()):
        raise refusal("a LoRA must be finite", f"nan or inf for {key} in {file}", "save it again")
    with torch.no_grad():
        module.weight += change.reshape(module.weight.shape).to(module.weight.device)
