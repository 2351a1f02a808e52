"""What samplers, measures and audits ask of a model: the posterior mean."""

from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray

ArrayT = TypeVar("ArrayT", torch.Tensor, NDArray[np.floating])
"""A torch tensor or a numpy array: what comes in decides what goes out."""

Noise = float | torch.Tensor | NDArray[np.floating]
"""A noise variance t per coordinate: one for all, or one per query (batch,)."""


@runtime_checkable
class Denoiser(Protocol):
    """A callable (x, t) -> E[xi | x_t = x], the mean of the clean point given the noisy one.

    x has shape (batch, *shape); t is the noise variance per coordinate (x_t = xi + sqrt(t) w), a number or (batch,).
    The score is (m - x)/t. The empirical score, the exact Gaussian score and a trained network are all Denoisers.
    """

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """The posterior mean at ``x`` (batch, *shape) for noise variance ``t``, same shape and kind as ``x``."""
        ...


class TensorDenoiser(Protocol):
    """A `Denoiser` that takes torch tensors only, as most networks do."""

    def __call__(self, x: torch.Tensor, t: torch.Tensor, /) -> torch.Tensor:
        """The posterior mean at ``x`` (batch, *shape) for noise variance ``t``."""
        ...


DenoiserLike = Denoiser | TensorDenoiser
"""What measures and audits take as a denoiser."""
