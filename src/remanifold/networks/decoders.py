"""The decoder of a local autoencoder of diffusers as a generative map of standard normal latents."""

from os import PathLike
from typing import Any

import torch

from remanifold._core.errors import refusal
from remanifold.networks.network import answer_of
from remanifold.networks.pipelines.files import class_in, config_in, load_part, local_folder


class Decoder(torch.nn.Module):
    """x = decode(z/scaling_factor + shift_factor) of flat latents z (n, D), flat points (n, N).

    Attributes:
        latent_shape: Channels, height, width.
    """

    def __init__(self, autoencoder: Any, latent_shape: tuple[int, ...]) -> None:
        super().__init__()
        self.autoencoder, self.latent_shape = autoencoder.eval(), latent_shape
        config = autoencoder.config
        self._scale = float(getattr(config, "scaling_factor", None) or 1.0)
        self._shift = float(getattr(config, "shift_factor", None) or 0.0)

    @property
    def latent_dim(self) -> int:
        """D."""
        channels, height, width = self.latent_shape
        return channels * height * width

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Points (n, N) of latents (n, D)."""
        placed = latents.reshape(-1, *self.latent_shape) / self._scale + self._shift
        return answer_of(self.autoencoder.decode, placed).sample.flatten(1)


def decoder_of(source: str | PathLike[str], most: int | None = None) -> Decoder:
    """The decoder in a folder that diffusers' save_pretrained wrote: of an autoencoder, or of a pipeline with one.

    Args:
        source: Folder, or name in the local cache of the Hugging Face hub; only safetensors are read, nothing is run.
        most: Latent dimensions at most: told from the configuration, before weights are read.

    Raises:
        InvalidInput: if there is no such autoencoder, or it has more latent dimensions.
    """
    folder = local_folder(source)
    if (folder / "model_index.json").exists():
        index = config_in(folder, "model_index.json")
        if index.get("vae") in (None, [None, None]):
            raise refusal("a pipeline must have a vae to decode with", f"{folder} without", "pass an autoencoder")
        kind = class_in(index, "vae")
        folder = folder / "vae"
    else:
        kind = config_in(folder, "config.json")["_class_name"]
    config = config_in(folder, "config.json")
    shape = _latent_shape(config, kind)
    dim = shape[0] * shape[1] * shape[2]
    if most is not None and dim > most:
        got = f"{dim} ({' x '.join(map(str, shape))}) in {folder}"
        do = "measure the data or the latents with `remanifold audit` instead"
        raise refusal(f"a prediction needs at most {most} latent dimensions", got, do)
    return Decoder(load_part(folder, kind), shape)


def _latent_shape(config: dict[str, Any], kind: str) -> tuple[int, int, int]:
    channels, size, blocks = (config.get(key) for key in ("latent_channels", "sample_size", "block_out_channels"))
    if not (isinstance(channels, int) and isinstance(size, int) and isinstance(blocks, list)):
        channels, size, blocks = 0, 0, []
    if channels < 1 or size < 1 or not blocks or size % 2 ** (len(blocks) - 1):
        need = "an autoencoder must tell latent_channels, sample_size and block_out_channels"
        raise refusal(need, f"a {kind} without", "pass an AutoencoderKL, or its decoder in Python")
    side = size // 2 ** (len(blocks) - 1)
    return channels, side, side
