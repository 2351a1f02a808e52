"""A score of points that lie elsewhere: what `EmpiricalScore` offers, from sums that somebody reduces."""

import math
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import torch

from remanifold._core.checks import number, whole
from remanifold._core.errors import refusal
from remanifold.scores import SoftmaxSums
from remanifold.scores.batch import Batch, batch_of
from remanifold.scores.denoiser import ArrayT, Noise
from remanifold.scores.tempering import InverseTemperature, kernel_variance, require_inverse_temperature

_LEAST_NOISE = 1e-250  # below it the floors of the noise could differ from shard to shard


class SummedScore(ABC):
    """Posterior mean, score and log density of the empirical measure; see `remanifold.EmpiricalScore`. A `Denoiser`.

    Attributes:
        n_points: P.
        shape: Of one point.
        ambient_dim: N.
        tolerance: Largest neglected share of the weight.
        inverse_temperature: beta of the weights exp(-beta |x - xi|^2 / 2); None is 1/t.
    """

    def __init__(
        self,
        n_points: int,
        shape: tuple[int, ...],
        tolerance: float,
        inverse_temperature: InverseTemperature | None = None,
    ) -> None:
        tolerance = number("the tolerance", tolerance, above=0, most=0.1, do="pass e.g. 1e-6")
        require_inverse_temperature(inverse_temperature)
        self.inverse_temperature = inverse_temperature
        self.n_points, self.shape, self.tolerance = n_points, shape, tolerance
        self.ambient_dim = math.prod(shape)

    @abstractmethod
    def _reduced(self, x: torch.Tensor, t: torch.Tensor, top: int) -> SoftmaxSums:
        """Sums of the displacements over all points for kernels of variance ``t`` (batch,) float64.

        ``x`` (batch, N) comes in the caller's precision.
        """

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """See `denoise`."""
        return self.denoise(x, t)

    def denoise(self, x: ArrayT, t: Noise) -> ArrayT:
        """Posterior mean, (batch, *shape), of the same kind as ``x``."""
        batch = self._batch(x, t)
        return batch.give_points(batch.x + self._of(batch, 0).mean)

    def score(self, x: ArrayT, t: Noise) -> ArrayT:
        """Gradient of `log_density`, (batch, *shape)."""
        batch = self._batch(x, t)
        return batch.give_points(self._of(batch, 0).mean / batch.noise[:, None])

    def log_density(self, x: ArrayT, t: Noise) -> ArrayT:
        """log p_t(x) in nats, normalised, (batch,)."""
        batch = self._batch(x, t)
        normaliser = math.log(self.n_points) + self.ambient_dim / 2 * (math.log(2 * math.pi) + batch.t.log())
        return batch.give(self._of(batch, 0).log_sum - normaliser)

    def weights(self, x: ArrayT, t: Noise, top: int = 1) -> tuple[ArrayT, ArrayT]:
        """The ``top`` largest weights, largest first, and the int64 indices of their points: two (batch, top)."""
        batch = self._batch(x, t)
        sums = self._of(batch, self._top(top))
        return batch.give(sums.top_weights), batch.give(sums.top_indices)

    def participation(self, x: ArrayT, t: Noise) -> ArrayT:
        """Sum of squared weights, (batch,)."""
        batch = self._batch(x, t)
        return batch.give(self._of(batch, 0).participation)

    def mean_energy(self, x: ArrayT, t: Noise) -> ArrayT:
        """Weighted mean of |x - xi|^2 / 2, (batch,), in squared data units."""
        batch = self._batch(x, t)
        return batch.give(self._of(batch, 0).mean_energy)

    def sums(self, x: Any, t: Noise, top: int = 0) -> SoftmaxSums:
        """All of the above at once, in float64 torch tensors."""
        batch = self._batch(x, t)
        sums = self._of(batch, self._top(top) if top else 0)
        return sums.shifted(batch.x.to(sums.weighted.device))

    def _batch(self, x: Any, t: Any) -> Batch:
        batch = batch_of(x, t, self.shape, torch.device("cpu"))
        kernel = kernel_variance(batch.noise, self.inverse_temperature)
        least = float(kernel.min())
        if least < _LEAST_NOISE:
            raise refusal(
                f"the noise variance t must be at least {_LEAST_NOISE:g} on several machines", least, "raise it"
            )
        return replace(batch, t=kernel)

    def _of(self, batch: Batch, top: int) -> SoftmaxSums:
        return self._reduced(batch.x.to(batch.dtype), batch.t, top)

    def _top(self, top: int) -> int:
        return whole("top", top, least=1, most=self.n_points, example=min(5, self.n_points))
