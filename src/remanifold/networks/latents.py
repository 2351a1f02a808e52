"""From data to the latents of a latent model, by its user's own encoder, and back."""

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.errors import refusal, require
from remanifold.networks.network import answer_of, evaluating
from remanifold.scores.denoiser import ArrayT


class Encoder(Protocol):
    """An object that leads from data to latents, such as diffusers' AutoencoderKL."""

    def encode(self, x: torch.Tensor, /) -> object:
        """Latents of ``x`` (batch, *shape): a tensor, or an object with ``latents`` or ``latent_dist``."""
        ...


def encoded(encoder: Any, points: ArrayT, batch: int = 64) -> ArrayT:
    """Latents of ``points`` (batch, *shape) as the model was trained on them, same kind of array.

    The mean where the encoder gives a distribution (its mode); less ``config.shift_factor`` and times
    ``config.scaling_factor`` where it has these, as diffusers trains.

    Raises:
        InvalidInput: if the encoder cannot take the points, or gives what is no finite latent.
    """
    config = getattr(encoder, "config", None)
    if getattr(config, "latents_mean", None) is not None:
        do = "encode the points yourself and leave the encoder out"
        raise refusal("the latents must have one scale", "an encoder with one mean a channel", do)
    scale = getattr(config, "scaling_factor", None)
    scale, shift = 1.0 if scale is None else float(scale), float(getattr(config, "shift_factor", None) or 0.0)
    encode: Any = encoder.encode
    module = encoder if isinstance(encoder, torch.nn.Module) else None
    weights = None if module is None else next(module.parameters(), None)
    rows = points.detach() if isinstance(points, torch.Tensor) else torch.as_tensor(np.array(points))
    if rows.ndim < 2 or len(rows) == 0:
        raise refusal("points to encode must be rows", tuple(rows.shape), "pass (batch, *shape)")
    parts = []
    with evaluating(module):
        for a in range(0, len(rows), batch):
            part = rows[a : a + batch]
            part = part if weights is None else part.to(weights.dtype).to(weights.device)
            parts.append((_latents(answer_of(encode, part)).cpu().to(torch.float64) - shift) * scale)
    latents = torch.cat(parts)
    finite = bool(torch.isfinite(latents).all())
    require(finite, "the encoder's latents must be finite", "nan or inf", "check the scale of the data")
    latents = latents.to(
        torch.float32 if rows.dtype in (torch.float32, torch.float16, torch.bfloat16) else torch.float64
    )
    return latents.to(points.device) if isinstance(points, torch.Tensor) else latents.numpy()  # pyright: ignore[reportReturnType]


def decoded(autoencoder: Any, latents: NDArray[np.float64], batch: int = 64) -> NDArray[np.float64]:
    """Points of ``latents`` (n, *latent shape), (n, *shape): what ``autoencoder.decode`` makes of them.

    They are divided by ``config.scaling_factor`` and ``config.shift_factor`` is added where it has these: the way back
    of `encoded`.

    Raises:
        InvalidInput: if there is no way to decode, or it gives what is not finite.
    """
    decode: Any = getattr(autoencoder, "decode", None)
    require(callable(decode), "samples of latents need an autoencoder with decode", "one without", "keep the latents")
    config = getattr(autoencoder, "config", None)
    if getattr(config, "latents_mean", None) is not None:
        raise refusal("the latents must have one scale", "an autoencoder with one mean a channel", "keep the latents")
    scale = getattr(config, "scaling_factor", None)
    scale, shift = 1.0 if scale is None else float(scale), float(getattr(config, "shift_factor", None) or 0.0)
    module = autoencoder if isinstance(autoencoder, torch.nn.Module) else None
    weights = None if module is None else next(module.parameters(), None)
    parts = []
    with evaluating(module):
        for a in range(0, len(latents), batch):
            part = torch.as_tensor(latents[a : a + batch]) / scale + shift
            part = part if weights is None else part.to(weights.dtype).to(weights.device)
            answer = answer_of(decode, part)
            parts.append(getattr(answer, "sample", answer).cpu().to(torch.float64))
    points = torch.cat(parts)
    require(bool(torch.isfinite(points).all()), "decoded samples must be finite", "nan or inf", "keep the latents")
    return points.numpy()


def _latents(answer: Any) -> torch.Tensor:
    if hasattr(answer, "latent_dist"):
        answer = answer.latent_dist.mode()
    answer = getattr(answer, "latents", answer)
    if not isinstance(answer, torch.Tensor):
        do = "wrap it in an object that does"
        raise refusal("an encoder must give a tensor of latents", type(answer).__name__, do)
    return answer
