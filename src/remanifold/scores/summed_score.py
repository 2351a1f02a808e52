"""What a score made of softmax sums offers: posterior mean, score, log density, weights; whoever reduces the sums."""

import math
from abc import ABC, abstractmethod
from typing import Any

from remanifold._core.checks import number, whole
from remanifold.data import RowsLike
from remanifold.scores.batch import Batch
from remanifold.scores.denoiser import ArrayT, Noise
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.tempering import InverseTemperature, require_inverse_temperature


class SummedScore(ABC):
    """Posterior mean, score and log density of the empirical measure; see `remanifold.EmpiricalScore`. A `Denoiser`."""

    def __init__(self, tolerance: float, inverse_temperature: InverseTemperature | None) -> None:
        self.tolerance = number("the tolerance", tolerance, above=0, most=0.1, do="pass e.g. 1e-6")
        require_inverse_temperature(inverse_temperature)
        self.inverse_temperature = inverse_temperature

    def _describe(self, n_points: int, shape: tuple[int, ...]) -> None:
        self.n_points, self.shape, self.ambient_dim = n_points, shape, math.prod(shape)

    @abstractmethod
    def _batch(self, x: Any, t: Any, sigma: Any = None) -> Batch:
        """The queries, checked, with the variances of their kernels."""

    @abstractmethod
    def _solve(self, batch: Batch, top: int, *, means_only: bool = False) -> SoftmaxSums:
        """Sums of the displacements xi - x over all points; with ``means_only`` energies and squares may be nan."""

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """See `denoise`."""
        return self.denoise(x, t)

    def denoise(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """Posterior mean m(x) = sum_mu w_mu xi^mu, w = softmax(-|x - xi|^2 / 2t).

        Args:
            x: (batch, *shape), numpy or torch; the result is of the same kind, float64 for float64 and integers and
                float32 for the narrower floats. All arithmetic that decides is float64.
            t, sigma: Noise variance per coordinate, positive: a number or (batch,); or its root.

        Raises:
            InvalidInput: if shapes disagree, x is not finite, or the noise is not finite and positive.
        """
        batch = self._batch(x, t, sigma)
        return batch.give_points(batch.x + self._solve(batch, 0, means_only=True).mean)

    def score(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """Score of p_t, the gradient of `log_density`: (m(x) - x)/t, (batch, *shape). See `denoise`.

        With an inverse temperature beta this is the gradient of `log_density` divided by beta t: what a sampler that
        has this denoiser at noise t follows.
        """
        batch = self._batch(x, t, sigma)
        return batch.give_points(self._solve(batch, 0, means_only=True).mean / batch.noise[:, None])

    def log_density(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """log p_t(x) in nats, normalised: log sum exp(-|x - xi|^2/2t) - log P - (N/2) log(2 pi t), (batch,).

        With an inverse temperature: of kernels of variance 1/beta, which takes the place of t.
        """
        batch = self._batch(x, t, sigma)
        normaliser = math.log(self.n_points) + self.ambient_dim / 2 * (math.log(2 * math.pi) + batch.t.log())
        return batch.give(self._solve(batch, 0, means_only=True).log_sum - normaliser)

    def weights(
        self, x: ArrayT, t: Noise | None = None, top: int = 1, *, sigma: Noise | None = None
    ) -> tuple[ArrayT, ArrayT]:
        """The ``top`` largest weights w_mu, largest first, and the int64 indices of their points: two (batch, top)."""
        batch = self._batch(x, t, sigma)
        sums = self._solve(batch, self._top(top))
        return batch.give(sums.top_weights), batch.give(sums.top_indices)

    def participation(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """Sum of squared weights, (batch,): 1 where one point has all weight, 1/n where n points share it."""
        batch = self._batch(x, t, sigma)
        return batch.give(self._solve(batch, 0).participation)

    def mean_energy(self, x: ArrayT, t: Noise | None = None, *, sigma: Noise | None = None) -> ArrayT:
        """Weighted mean of |x - xi|^2 / 2, (batch,), in squared data units."""
        batch = self._batch(x, t, sigma)
        return batch.give(self._solve(batch, 0).mean_energy)

    def sums(
        self,
        x: RowsLike,
        t: Noise | None = None,
        top: int = 0,
        *,
        sigma: Noise | None = None,
        displacements: bool = False,
    ) -> SoftmaxSums:
        """All of the above at once: `SoftmaxSums` of the points, in float64 torch tensors on the engine's device.

        With ``displacements``, the values are xi - x: at low noise these keep digits that xi itself has no room for.
        """
        batch = self._batch(x, t, sigma)
        sums = self._solve(batch, self._top(top) if top else 0)
        return sums if displacements else sums.shifted(batch.x.to(sums.weighted.device))

    def _top(self, top: int) -> int:
        return whole("`top`", top, least=1, most=self.n_points)
