"""The inverse temperature of a softmax over data points, where it is not 1/t."""

import math
from collections.abc import Callable

import torch

from remanifold._core.errors import refusal, require

InverseTemperature = float | Callable[[torch.Tensor], torch.Tensor]
"""beta of the weights exp(-beta |x - xi|^2 / 2): one number at every noise, or a function of the noise variances t."""


def require_inverse_temperature(inverse_temperature: InverseTemperature | None) -> None:
    """Refuse (`InvalidInput`) a number that is no inverse temperature; None and functions pass."""
    if inverse_temperature is None or callable(inverse_temperature):
        return
    usable = isinstance(inverse_temperature, float | int) and 0 < inverse_temperature < math.inf
    need = "the inverse temperature must be a positive finite number or a function of t"
    if not usable:
        raise refusal(need, repr(inverse_temperature), "pass beta, or e.g. lambda t: 0.5 / t")


def kernel_variance(noise: torch.Tensor, inverse_temperature: InverseTemperature | None) -> torch.Tensor:
    """Variance 1/beta of the kernels for queries of variance ``noise`` (batch,): the noise itself if beta is None.

    Raises:
        InvalidInput: if a function does not give one positive finite number per query.
    """
    if inverse_temperature is None:
        return noise
    beta = inverse_temperature(noise) if callable(inverse_temperature) else torch.full_like(noise, inverse_temperature)
    usable = (
        isinstance(beta, torch.Tensor) and beta.shape == noise.shape and bool((beta > 0).all() & beta.isfinite().all())
    )
    need = f"the inverse temperature must be {len(noise)} positive finite numbers, one per query"
    require(usable, need, beta, "return a tensor of the shape of t")
    return 1 / beta.to(noise)
