"""Sizes that the configuration of a folder names, held to its weights before anything of that size is made."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from remanifold._core.errors import refusal
from remanifold._core.files import require_regular

_MOST_STEPS = 10**6
_MOST_LISTED, _MOST_LAYERS, _MOST_IN_ALL = 256, 1024, 4096  # the largest public models have about a hundred layers
_MOST_PLACES = 2**28  # numbers of a table of positions, which is made from the sizes alone
_MOST_BYTES = 2**24  # of a configuration
_ENDLESS = 1e50  # integers may have thousands of digits
_LAYERS = re.compile(r"layers|depth|num_.*blocks")
_DO = "save it again with save_pretrained"


def require_short(file: Path) -> Path:
    """``file``, if it is a regular one of a configuration's length.

    Raises:
        InvalidInput: if it is not.
    """
    size = require_regular(file, "a configuration").stat().st_size
    if size > _MOST_BYTES:
        raise refusal(f"{file.name} must describe a model", f"{size} bytes in {file}", _DO)
    return file


def require_modest(config: Mapping[str, Any], place: Path) -> None:
    """Refuse (`InvalidInput`) more layers, steps or places than any model has: of these no weight tells.

    Args:
        config: Of a network, a text encoder or a scheduler.
        place: Where it lies.
    """
    lists = [value for value in config.values() if isinstance(value, list | tuple)]
    listed = max(map(len, lists), default=0)
    layers = [_largest(value) for name, value in config.items() if _LAYERS.search(name)]
    most, blocks = max(layers, default=0), _largest([len(value) for value in lists if value and _is_names(value)])
    steps, places = _largest(config.get("num_train_timesteps")), _places(config)
    need = "a configuration must name sizes of a model"
    trained = config.get("trained_betas")
    if listed > (_MOST_STEPS if trained in lists else _MOST_LISTED):
        raise refusal(need, f"a list of {listed} in {place}", _DO)
    if most > _MOST_LAYERS or most * max(blocks, 1) > _MOST_IN_ALL:
        raise refusal(need, f"{_short(most)} layers in each of {max(blocks, 1)} blocks in {place}", _DO)
    if steps > _MOST_STEPS:
        raise refusal(need, f"{_short(steps)} steps in {place}", _DO)
    if places > _MOST_PLACES:
        raise refusal(need, f"a table of {_short(places)} positions in {place}", _DO)


def require_weights_for(folder: Path, network: Callable[[], torch.nn.Module]) -> None:
    """Refuse (`InvalidInput`) a network that has more numbers than there are bytes of weights in ``folder``.

    Args:
        folder: Where the weights lie.
        network: Makes it; called where tensors have shapes and no memory.
    """
    files = [require_regular(file, "weights") for file in folder.iterdir() if file.suffix == ".safetensors"]
    there = sum(file.stat().st_size for file in files)
    try:
        with torch.device("meta"):
            made = network()
    except (NotImplementedError, RuntimeError) as error:
        if "meta" in str(error).lower():  # it reads numbers while it is made
            return
        raise
    wanted = sum(tensor.numel() for tensor in made.state_dict().values())
    if wanted > there:
        got = f"{_short(wanted)} numbers beside {there} bytes in {folder}"
        raise refusal("the weights of a network must be those that its configuration names", got, _DO)


def _largest(value: Any) -> float:
    """The largest number in ``value``, however nested, at most `_ENDLESS`; 0 where there is none."""
    if isinstance(value, list | tuple):
        return max(map(_largest, value), default=0)
    return min(value, _ENDLESS) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _is_names(value: Any) -> bool:
    return all(isinstance(one, str) for one in value)


def _places(config: Mapping[str, Any]) -> float:
    """Numbers of the table of positions that a transformer of patches makes of its sizes; 0 where it makes none."""
    if "patch_size" not in config:
        return 0
    side = _largest(config.get("sample_size")) / max(_largest(config["patch_size"]), 1)
    heads = max(_largest(config.get("num_attention_heads")), 1) * max(_largest(config.get("attention_head_dim")), 1)
    frames = max(_largest(config.get("sample_frames")), 1)
    return side**2 * heads * frames


def _short(value: float) -> str:
    return f"{value:.3g}" if value > 10**6 else f"{value:g}"
