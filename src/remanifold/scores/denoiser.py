"""What samplers, measures and audits ask of a model: the posterior mean."""

from collections.abc import Callable
from typing import Protocol, TypeVar, runtime_checkable

import torch

from remanifold._core.types import FloatArray, Floats, LabelArray

ArrayT = TypeVar("ArrayT", torch.Tensor, FloatArray)
"""A torch tensor or a numpy array: what comes in decides what goes out."""

Noise = float | torch.Tensor | FloatArray
"""A noise level per coordinate: one for all, or one per query (batch,)."""


@runtime_checkable
class Denoiser(Protocol):
    """A callable (x, t) -> E[xi | x_t = x], the mean of the clean point given the noisy one.

    x has shape (batch, *shape); t is the noise variance per coordinate (x_t = xi + sqrt(t) w), a number or (batch,).
    The score is (m - x)/t. The empirical score, the exact Gaussian score and a trained network are all Denoisers.
    """

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """The posterior mean at ``x`` (batch, *shape) for noise variance ``t``, same shape and kind as ``x``."""
        ...


TensorDenoiser = Callable[[torch.Tensor, float], torch.Tensor] | Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""A denoiser that knows torch tensors only, as most networks do."""
ArrayDenoiser = Callable[[Floats, float], FloatArray]
"""A denoiser that knows numpy arrays only."""
LabelledDenoiser = (
    Callable[[torch.Tensor, float, LabelArray], torch.Tensor] | Callable[[Floats, float, LabelArray], FloatArray]
)
"""A class-conditional denoiser (x, t, labels)."""
DenoiserLike = Denoiser | TensorDenoiser | ArrayDenoiser | LabelledDenoiser
"""Whatever can be asked for posterior means."""
