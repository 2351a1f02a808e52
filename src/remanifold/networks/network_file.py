"""A network of remanifold on disk: weights, configuration and the record of its training in one .safetensors file."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.files import path_of, require_regular, write_whole
from remanifold.networks.denoising_network import DenoisingNetwork
from remanifold.networks.network_record import TrainingRecord
from remanifold.networks.residual_mlp import MLPConfig, ResidualMLP
from remanifold.networks.small_unet import SmallUNet, UNetConfig

_DTYPES = {"float32": torch.float32, "float16": torch.float16}
_KEY = "remanifold"
_KINDS = {"ResidualMLP": (MLPConfig, ResidualMLP), "SmallUNet": (UNetConfig, SmallUNet)}
_LENGTH_BYTES = 8  # of the number at the start of a safetensors file that says how long its header is


def save_network(network: DenoisingNetwork, path: str | Path, *, dtype: str = "float32") -> Path:
    """Write ``network`` to ``path``; nothing in the file is code.

    Args:
        network: To be kept.
        path: Of the .safetensors file.
        dtype: Of the weights: "float32" gives the same network back, "float16" half the bytes and weights off by up
            to 5e-4 of themselves. The centre stays float32.

    Raises:
        InvalidInput: if the type is another, weights do not fit it, or the file cannot be written.
    """
    if dtype not in _DTYPES:
        raise refusal("the weights must be kept as float32 or float16", repr(dtype), "pass one of them")
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    weights = {name for name, _ in network.named_parameters()}
    tensors = {name: value.to(_DTYPES[dtype]) if name in weights else value for name, value in tensors.items()}
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise refusal(f"weights must be finite in {dtype}", "nan or inf", "keep them as float32, or train again")
    record = None if network.record is None else asdict(network.record)
    header = json.dumps({"network": type(network).__name__, "config": asdict(network.config), "training": record})
    return write_whole(path, save(tensors, {_KEY: header}))


def load_network(path: str | Path) -> DenoisingNetwork:
    """The network that `save_network` wrote, with float32 weights, ready to denoise.

    Raises:
        InvalidInput: if the file cannot be read or holds something else.
    """
    try:
        content = require_regular(path_of(path, "a network"), "a network").read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"a network must be read from a file, but got {path} ({error.strerror}); check the path."
        ) from error
    return network_from(content, str(path))


def network_from(content: bytes, source: str) -> DenoisingNetwork:
    """The network in the bytes of a file; ``source`` names it in messages.

    Raises:
        InvalidInput: if they are something else.
    """
    try:
        tensors = load(content)
        length = int.from_bytes(content[:_LENGTH_BYTES], "little")
        kept = json.loads(json.loads(content[_LENGTH_BYTES : _LENGTH_BYTES + length])["__metadata__"][_KEY])
        configured, kind = _KINDS[kept["network"]]
        network = kind(configured(**{**kept["config"], "shape": tuple(kept["config"]["shape"])}))
        network.load_state_dict({name: value.float() for name, value in tensors.items()})
        network.record = None if kept["training"] is None else TrainingRecord(**kept["training"])
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        reason = str(error).splitlines()[0].rstrip(".:")
        raise InvalidInput(
            f"a network must be a whole .safetensors file of save_network, but got {source} ({reason}); "
            "copy or save it again."
        ) from error
    return network.requires_grad_(False).eval()
