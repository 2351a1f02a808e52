"""Models of diffusers as denoisers, with the noise levels of their own schedulers."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from remanifold._core.errors import refusal
from remanifold.networks.clocks import CLOCKS, Clock, flow_steps_clock, steps_clock
from remanifold.networks.diffusers_parts import DiffusersParts, parts_of
from remanifold.networks.from_callable import told_where
from remanifold.networks.latents import Encoder
from remanifold.networks.network import Network
from remanifold.networks.network_denoiser import Labels, NetworkDenoiser, Predicts

_PREDICTS: dict[str, Predicts] = {
    "epsilon": "noise",
    "sample": "denoised",
    "v_prediction": "velocity",
    "flow_prediction": "velocity",
}


def from_diffusers(
    model: object,
    scheduler: object = None,
    *,
    class_labels: Labels | None = None,
    model_kwargs: Mapping[str, object] | None = None,
    encoder: Encoder | None = None,
    batch: int = 64,
) -> NetworkDenoiser:
    """Posterior mean of a diffusers network: no guidance, no clipping, at the steps that it was trained on.

    At noise variance t the network is asked at the trained step nearest in log t; `NetworkDenoiser.snapped` tells the t
    of that step, `NetworkDenoiser.levels` all of them. Flow-matching schedulers give theirs by their sigmas, EDM ones
    take any t.

    Main arguments:
        model: A UNet or transformer, a pipeline, or the local folder of either (safetensors only; nothing is fetched).
        scheduler: The one that it was trained with, where ``model`` is a network; its prediction_type (epsilon,
            sample, v_prediction, flow_prediction) and its alphas_cumprod are taken.
        class_labels: One class for all rows of a class-conditional network; a call may give its own.

    Other arguments:
        model_kwargs: What else the network takes, such as encoder_hidden_states; tensors (1, ...) serve every row.
        encoder: Of a latent model, an object with ``encode`` (by default the pipeline's vae): the denoiser then works
            on latents, `NetworkDenoiser.encode` makes them, and the description says so.
        batch: Most rows in one call.

    Raises:
        InvalidInput: if a part is missing or unsafe (see `parts_of`), or the scheduler is of none of these kinds.

    >>> import torch
    >>> import remanifold
    >>> from diffusers import DDPMScheduler, UNet2DModel
    >>> sizes = {"block_out_channels": (8,), "layers_per_block": 1, "norm_num_groups": 4}
    >>> blocks = {"down_block_types": ("DownBlock2D",), "up_block_types": ("UpBlock2D",)}
    >>> unet = UNet2DModel(sample_size=8, in_channels=1, out_channels=1, **sizes, **blocks)  # untrained
    >>> denoiser = remanifold.from_diffusers(unet, DDPMScheduler())
    >>> denoiser
    NetworkDenoiser(UNet2DModel, DDPMScheduler, predicts noise; 0 evaluations)
    >>> denoiser(torch.zeros(2, 1, 8, 8), t=denoiser.snapped(sigma=1.0)).shape
    torch.Size([2, 1, 8, 8])

    See also:
        `from_callable`, `from_edm`, `remanifold.audit`, `remanifold.simulate`.
    """
    parts = parts_of(model, scheduler)
    encoder = parts.encoder if encoder is None else encoder
    if encoder is not None and not callable(getattr(encoder, "encode", None)):
        raise refusal("an encoder must have a method encode", type(encoder).__name__, "pass an object with encode(x)")
    call = _caller(parts, model_kwargs or {})
    denoiser = _special(parts, call, batch) or _with_grid(parts, call, batch)
    name = type(parts.scheduler).__name__
    words = f"{parts.source}, {name}, predicts {denoiser.predicts}"
    if encoder is not None:
        words += f"; a latent model: audited in the latent space of {type(encoder).__name__}, not in that of the data"
    shape = _shape_of(parts.model)
    return replace(denoiser, description=words, shape=shape, class_labels=class_labels, encoder=encoder)


def _with_grid(parts: DiffusersParts, call: Any, batch: int) -> NetworkDenoiser:
    """The denoiser of a scheduler that has a grid of trained steps."""
    clock = scheduler_clock(parts.scheduler)
    kind = getattr(parts.scheduler.config, "prediction_type", None)
    if clock.path == "flow":
        kind = "flow_prediction" if kind in (None, "epsilon") else kind
    if kind not in _PREDICTS:
        raise refusal(f"prediction_type must be one of {', '.join(_PREDICTS)}", repr(kind), "use from_callable")
    return NetworkDenoiser(_network(parts, call, batch), _PREDICTS[str(kind)], clock, "")


def _network(parts: DiffusersParts, call: Any, batch: int) -> Network:
    module = parts.model if isinstance(parts.model, torch.nn.Module) else None
    return Network(call, module, batch, argument_dtype=torch.float32)


def scheduler_clock(scheduler: Any) -> Clock:
    """The clock of a diffusers scheduler: its trained steps, whatever sampling steps are set now.

    Raises:
        InvalidInput: if it has neither alphas_cumprod nor the sigmas of flow matching.
    """
    config, name = scheduler.config, type(scheduler).__name__
    do = "wrap the network with from_callable"
    if getattr(config, "invert_sigmas", False):
        raise refusal("a scheduler must have rising noise", f"{name} inverted", do)
    if name.startswith("FlowMatch"):
        untouched = type(scheduler).from_config(config)  # sampling overwrites the sigmas of the live one
        count = len(untouched.timesteps)
        return flow_steps_clock(np.asarray(untouched.sigmas)[:count], np.asarray(untouched.timesteps))
    if getattr(config, "use_flow_sigmas", False) or getattr(config, "prediction_type", "") == "flow_prediction":
        steps, shift = int(config.num_train_timesteps), float(getattr(config, "flow_shift", None) or 1.0)
        plain = np.arange(1, steps + 1) / steps
        times = shift * plain / (1 + (shift - 1) * plain)
        return flow_steps_clock(times, times * steps)
    discrete = getattr(config, "timestep_type", "discrete") != "continuous"
    grid = getattr(scheduler, "alphas_cumprod", None)
    if grid is None or not discrete:
        need = "a scheduler must have alphas_cumprod or flow-matching sigmas"
        raise refusal(need, name if discrete else f"{name} of continuous steps", do)
    return steps_clock(grid)


def _special(parts: DiffusersParts, call: Any, batch: int) -> NetworkDenoiser | None:
    """Schedulers of any noise level: EDM's preconditioning, and scores of a variance-exploding SDE. Else None."""
    scheduler = parts.scheduler
    if type(scheduler).__name__ == "ScoreSdeVeScheduler":
        return NetworkDenoiser(_network(parts, call, batch), "score", CLOCKS["sigma"], "")
    if not hasattr(scheduler, "precondition_outputs"):
        return None

    def denoised(x: torch.Tensor, sigma: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        column = sigma.reshape(-1, *[1] * (x.ndim - 1)).to(x.dtype)
        y = scheduler.precondition_inputs(x, column)
        return scheduler.precondition_outputs(x, call(y, scheduler.precondition_noise(sigma), labels), column)

    return NetworkDenoiser(_network(parts, denoised, batch), "denoised", CLOCKS["sigma"], "")


def _caller(parts: DiffusersParts, kwargs: Mapping[str, object]) -> Any:
    """The network as (y, step, labels) -> prediction; the second half of learned variances is left out."""
    model = parts.model
    learned = str(getattr(parts.scheduler.config, "variance_type", "") or "").startswith("learned")

    def call(y: torch.Tensor, step: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        given = {name: _per_row(value, y) for name, value in kwargs.items()}
        if labels is not None:
            given["class_labels"] = labels
        out = model(y, timestep=step, return_dict=False, **given)[0]
        twice = out.ndim > 1 and out.shape[1] == 2 * y.shape[1]
        return out[:, : y.shape[1]] if learned and twice else out

    return told_where(call)


def _per_row(value: Any, y: torch.Tensor) -> Any:
    if isinstance(value, dict):
        return {name: _per_row(part, y) for name, part in value.items()}
    if not isinstance(value, torch.Tensor):
        return value
    value = value.to(y.device)
    value = value.to(y.dtype) if value.is_floating_point() else value
    return value.expand(len(y), *value.shape[1:]) if value.ndim > 0 and len(value) == 1 else value


def _shape_of(model: Any) -> tuple[int, ...] | None:
    """(channels, height, width) of one row where the network's config tells it."""
    config = getattr(model, "config", None)
    channels, size = getattr(config, "in_channels", None), getattr(config, "sample_size", None)
    sides = (size, size) if isinstance(size, int) else size
    if not isinstance(channels, int) or not isinstance(sides, tuple | list) or len(sides) != 2:
        return None
    return (channels, *(int(side) for side in sides))
