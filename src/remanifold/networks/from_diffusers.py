"""Models of diffusers as denoisers, with the noise levels of their own schedulers."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from remanifold._core.errors import refusal, require
from remanifold.networks.clocks import ClockLike, clock_of
from remanifold.networks.from_callable import told_where
from remanifold.networks.latents import Encoder
from remanifold.networks.network import Network, prediction_of
from remanifold.networks.network_denoiser import Labels, NetworkDenoiser, Predicts
from remanifold.networks.pipelines.parts import parts_of
from remanifold.networks.pipelines.prompts import EMPTY, Prompts
from remanifold.networks.pipelines.schedulers import SchedulerReading, read_scheduler


def from_diffusers(
    model: object,
    scheduler: object = None,
    *,
    predicts: Predicts | None = None,
    clock: ClockLike | None = None,
    class_labels: Labels | None = None,
    model_kwargs: Mapping[str, object] | None = None,
    encoder: Encoder | None = None,
    lora: str | None = None,
    batch: int = 64,
) -> NetworkDenoiser:
    """Posterior mean of a diffusers network: no guidance, no clipping, at the steps that it was trained on.

    At noise variance t the network is asked at the trained step nearest in log t; `NetworkDenoiser.snapped` tells the t
    of that step, `NetworkDenoiser.levels` all of them. Flow-matching schedulers give theirs by their sigmas, EDM ones
    take any t; schedulers.md has the table of the schedulers that are read. Of an output with twice the channels the
    first half is taken: the others are a learned variance.

    Main arguments:
        model: A UNet or transformer, a pipeline, the local folder of either (safetensors only; nothing is fetched), or
            a name of the Hugging Face hub, "owner/name", that was downloaded before.
        scheduler: The one that it was trained with, where ``model`` is a network; its prediction_type (epsilon,
            sample, v_prediction, flow_prediction) and its alphas_cumprod are taken.
        predicts: Instead of what the scheduler says: denoised, noise, score or velocity.
        clock: Instead of a scheduler, with ``predicts``; see `from_callable`.
        class_labels: One class for all rows of a class-conditional network; a call may give its own.
        lora: Folder, file or hub's name (as of ``model``) of a LoRA, put on the folder of a text-conditional model.

    Other arguments:
        model_kwargs: What else the network takes, such as encoder_hidden_states; tensors (1, ...) serve every row. A
            StableDiffusionPipeline without them is asked with captions: `NetworkDenoiser.prompts` gives each its
            number, which a call takes in the place of a class; without any the caption is empty.
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
    if clock is not None and (scheduler is not None or predicts is None):
        got = "clock= and scheduler=" if scheduler is not None else "clock= without predicts="
        raise refusal("a network needs its scheduler, or predicts= with clock=", got, "pass one or the other")
    kwargs = model_kwargs or {}
    prompted = class_labels is None and "encoder_hidden_states" not in kwargs
    parts = parts_of(model, scheduler, alone=clock is not None, lora=lora, prompted=prompted)
    encoder = parts.encoder if encoder is None else encoder
    if encoder is not None and not callable(getattr(encoder, "encode", None)):
        raise refusal("an encoder must have a method encode", type(encoder).__name__, "pass an object with encode(x)")
    call = _caller(parts.model, kwargs, parts.prompts)
    words = [parts.source]
    if clock is not None and predicts is not None:
        reading = SchedulerReading(predicts, clock_of(clock))
        words.append(f"clock {reading.clock.name}")
    else:
        reading = read_scheduler(parts.scheduler, predicts)
        words.append(type(parts.scheduler).__name__)
    if reading.preconditioned:
        if predicts not in (None, "denoised"):
            raise refusal("a network with EDM's preconditioning must predict", predicts, "leave predicts= out")
        call = _preconditioned(parts.scheduler, call)
    module = parts.model if isinstance(parts.model, torch.nn.Module) else None
    network = Network(call, module, batch, argument_dtype=torch.float32)
    words.append(f"predicts {reading.predicts}")
    told = [reading.note, *_told(parts.model, encoder, parts.prompts)]
    description = "; ".join([", ".join(words), *filter(None, told)])
    shape = _shape_of(parts.model)
    none = getattr(
        getattr(parts.model, "config", None), "num_embeds_ada_norm", None
    )  # DiT: one label more than classes
    none = none if isinstance(none, int) else None
    if parts.prompts is not None:
        none = class_labels = EMPTY
    return NetworkDenoiser(
        network,
        reading.predicts,
        reading.clock,
        description,
        shape,
        class_labels,
        encoder,
        no_class=none,
        prompts=parts.prompts,
    )


def _told(model: Any, encoder: Encoder | None, prompts: Prompts | None) -> Iterator[str]:
    """What a reader must know of the network, in words."""
    config = getattr(model, "config", None)
    taken, given = getattr(config, "in_channels", None), getattr(config, "out_channels", None)
    if isinstance(taken, int) and given == 2 * taken:
        yield f"the first {taken} of its {given} channels, the others being a learned variance"
    if prompts is not None:
        yield "asked with captions"
    if encoder is not None:
        space = type(encoder).__name__
        yield f"a latent model: audited in the latent space of {space}, not in that of the data"


def _preconditioned(scheduler: Any, call: Any) -> Any:
    """A network between EDM's preconditioning functions of its scheduler: (x, sigma, labels) -> denoised."""
    kind = getattr(scheduler.config, "prediction_type", None)
    if kind not in ("epsilon", "v_prediction"):
        need = "prediction_type of an EDM scheduler must be epsilon or v_prediction"
        raise refusal(need, repr(kind), "use from_callable or from_edm")

    def denoised(x: torch.Tensor, sigma: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        column = sigma.reshape(-1, *[1] * (x.ndim - 1)).to(x.dtype)
        y = scheduler.precondition_inputs(x, column)
        return scheduler.precondition_outputs(x, call(y, scheduler.precondition_noise(sigma), labels), column)

    return denoised


def _caller(model: Any, kwargs: Mapping[str, object], prompts: Prompts | None = None) -> Any:
    """The network as (y, step, labels) -> prediction; of twice the channels, a learned variance is left out."""
    named, anything = _parameters(model)
    plain = {"return_dict": False} if anything or "return_dict" in named else {}
    by_name = "timestep" in named or len(named) < 2
    classless = getattr(model, "class_embedding", model) is None or not (anything or "class_labels" in named)

    def call(y: torch.Tensor, step: torch.Tensor, labels: torch.Tensor | None) -> Any:
        given = plain | {name: _per_row(value, y) for name, value in kwargs.items()}
        if labels is not None:
            got = f"{type(model).__name__}, which was built without"
            served = prompts is not None or not classless
            require(served, "classes are for a network that takes them", got, "leave them out")
            given |= {"class_labels": labels} if prompts is None else prompts.condition(labels, y)
        out = prediction_of(model(y, timestep=step, **given) if by_name else model(y, step, **given))
        taken = list(y.shape)
        twice = len(taken) > 1 and list(getattr(out, "shape", ())) == [taken[0], 2 * taken[1], *taken[2:]]
        return out[:, : taken[1]] if twice else out

    return told_where(call)


def _parameters(model: Any) -> tuple[list[str], bool]:
    """Names of what the network takes, and whether it takes anything else by name."""
    try:
        parameters = inspect.signature(model.forward if isinstance(model, torch.nn.Module) else model).parameters
    except (TypeError, ValueError):
        return [], True
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = [name for name, one in parameters.items() if one.kind not in several]
    return named, any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())


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
