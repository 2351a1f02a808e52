"""The trained grids of DDPM models: alphas_cumprod of three schedules in common use, and any model's own."""

import math
from collections.abc import Iterable
from functools import cache
from typing import Any, SupportsFloat

import numpy as np

from remanifold._core.errors import InvalidInput, refusal
from remanifold._core.types import Floats

_STEPS = 1000
_COSINE_OFFSET = 0.008
_COSINE_MAX_BETA = 0.999
_ZERO_OF_DIFFUSERS = 2.0**-24
_LEAST_SIGNAL = float(np.finfo(np.float32).tiny)
SCHEDULE_NAMES = ("linear", "scaled-linear", "cosine")
"""The built-in schedules: DDPM, Stable Diffusion, improved DDPM (1000 steps each)."""
AlphasCumprod = str | Iterable[SupportsFloat]
"""A built-in schedule's name, or a model's own abar: sequence, array or tensor, (steps,)."""


@cache
def schedule(name: str) -> Floats:
    """The 1000 values of alphas_cumprod (abar) of a built-in schedule, read-only, falling with the step.

    abar_k = prod_{j<=k} (1 - beta_j), with the betas of diffusers' defaults:

    * ``linear``: beta from 1e-4 to 0.02 in equal steps (DDPM, arXiv 2006.11239).
    * ``scaled-linear``: sqrt(beta) from sqrt(0.00085) to sqrt(0.012) in equal steps
      (latent diffusion, arXiv 2112.10752).
    * ``cosine``: beta_k = min(1 - f((k+1)/1000)/f(k/1000), 0.999), f(u) = cos^2(pi/2 (u + 0.008)/1.008)
      (improved DDPM, arXiv 2102.09672).

    Raises:
        InvalidInput: if there is no schedule of that name.
    """
    if name not in SCHEDULE_NAMES:
        raise refusal(f"the schedule must be one of {', '.join(SCHEDULE_NAMES)}", repr(name), "pass one")
    if name == "linear":
        betas = np.linspace(1e-4, 0.02, _STEPS)
    elif name == "scaled-linear":
        betas = np.linspace(math.sqrt(0.00085), math.sqrt(0.012), _STEPS) ** 2
    else:
        grid = np.arange(_STEPS + 1) / _STEPS
        law = np.cos((grid + _COSINE_OFFSET) / (1 + _COSINE_OFFSET) * (math.pi / 2)) ** 2
        betas = np.minimum(1 - law[1:] / law[:-1], _COSINE_MAX_BETA)
    abar = np.cumprod(1 - betas, dtype=np.float64)
    abar.flags.writeable = False
    return abar


def grid_variances(alphas_cumprod: AlphasCumprod) -> Floats:
    """Noise variances t_k = (1 - abar_k)/abar_k of a trained grid, shape (steps,), never falling with the step.

    Steps without signal have t = inf: abar = 0, abar below the least normal float32 (its rounding hides the step), and
    a last abar of 2^-24, which diffusers writes for the 0 of a zero terminal signal-to-noise ratio. Neighbours that
    float32 makes equal have one t.

    Args:
        alphas_cumprod: The name of a built-in schedule, or a model's own abar (sequence, array or tensor, (steps,)),
            such as ``scheduler.alphas_cumprod`` of diffusers.

    Raises:
        InvalidInput: if the values are not numbers in [0, 1) that fall with the step.
    """
    abar = schedule(alphas_cumprod) if isinstance(alphas_cumprod, str) else _as_array(alphas_cumprod)
    if abar.ndim == 1 and abar.size and abar[-1] == _ZERO_OF_DIFFUSERS:
        abar = np.append(abar[:-1], 0.0)
    listed = abar.ndim == 1 and abar.size > 0 and bool(np.isfinite(abar).all())
    falls = listed and abar[0] < 1 and abar[-1] >= 0 and bool(np.all(np.diff(abar) <= 0))
    if not falls:
        raise refusal(
            "alphas_cumprod must be numbers in [0, 1) that fall from step to step",
            f"{abar.size} values of shape {abar.shape} from {abar.flat[0]:.6g} to {abar.flat[-1]:.6g}"
            if abar.size
            else "none",
            "pass scheduler.alphas_cumprod as it is",
        )
    signal = abar >= _LEAST_SIGNAL
    return np.where(signal, (1 - abar) / np.where(signal, abar, 1.0), np.inf)


def _as_array(values: Any) -> Floats:
    if hasattr(values, "detach"):  # a torch tensor, perhaps on a GPU or asking for gradients
        values = values.detach().cpu()
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            "alphas_cumprod must be numbers in [0, 1) that fall from step to step, "
            f"but got {type(values).__name__}; pass scheduler.alphas_cumprod as it is."
        ) from error
