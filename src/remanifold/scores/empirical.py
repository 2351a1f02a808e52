"""The exact score of the empirical measure: the data set itself, with Gaussian noise of variance t on every point."""

import math
from dataclasses import replace
from typing import Any

import torch

from remanifold._core.errors import require
from remanifold._core.memory import bytes_of
from remanifold._core.progress import Progress, silent
from remanifold.scores.batch import Batch, batch_of
from remanifold.scores.budget import budget_of
from remanifold.scores.candidates import Candidates, screen
from remanifold.scores.centred import CentredData
from remanifold.scores.denoiser import ArrayT, Noise
from remanifold.scores.dense import dense_error, dense_sums
from remanifold.scores.differences import fine_sums, rescored_sums
from remanifold.scores.screening import Keys
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.tempering import InverseTemperature, kernel_variance, require_inverse_temperature

_FEW = 0.02  # share of the points below which explicit differences cost less than two products over all
_LOGIT_ERROR = 1e-6  # nats of rounding that a product may leave in a logit
_LEAST_NOISE = 1e-290  # smallest t in units of the largest squared distance: energy / t stays finite
_FARTHEST = 1e15  # queries beyond this many radii are refused: no digit of the data is left, float32 overflows soon


class EmpiricalScore:
    """Posterior mean, score and log density of p_t(x) = (1/P) sum_mu N(x; xi^mu, t I), exact to a stated tolerance.

    Every query takes one of three paths, chosen by certified bounds: points that cannot matter are ruled out by one
    float32 product whose rounding is bounded, and the rest are rescored by explicit differences in float64; where most
    points matter, two float64 products run over all of them (float32 where the query is float32 and the rounding bound
    allows); where many near duplicates compete at tiny noise, a float64 product rules out and differences rescore.
    The neglected share of the weight is at most ``tolerance``, the rounding of a logit at most 1e-6 nat.
    Source: arXiv 2502.09578; docs/theory.md, section 3. A `Denoiser`.

    Noise below 1e-290 of the largest squared distance is evaluated at that floor: the nearest point has all weight.

    Attributes:
        n_points: P.
        shape: Of one point.
        ambient_dim: N.
        tolerance: Largest neglected share of the weight, and rounding allowed to a float32 product.
        inverse_temperature: beta of the weights exp(-beta |x - xi|^2 / 2); None is 1/t.
    """

    def __init__(
        self,
        data: Any,
        *,
        tolerance: float = 1e-6,
        inverse_temperature: InverseTemperature | None = None,
        memory: str | float = "1GB",
        device: torch.device | str | None = None,
        progress: Progress = silent,
    ) -> None:
        """Open ``data`` and read it once.

        Args:
            data: (P, *shape) array or tensor of any real type, in memory or mapped from disk, or anything that
                `remanifold.data.open_points` takes.
            tolerance: In (0, 0.1].
            inverse_temperature: beta of the softmax, if it is not 1/t: one number, or a function of the noise variances
                (batch,) such as ``lambda t: 0.5 / t``. It replaces 1/t in every weight, sum and density; only `score`
                also divides by the noise t itself. docs/theory.md section 7 says what it retrieves.
            memory: Budget of working memory such as "1GB"; larger data are streamed, once per block of queries.
            device: Where to compute; by default where the data is (the CPU, unless it is a CUDA tensor).
            progress: Told of every chunk.

        Raises:
            InvalidInput: if the data, the tolerance or the budget cannot be used.
        """
        require(0 < tolerance <= 0.1, "the tolerance must be in (0, 0.1]", tolerance, "pass e.g. 1e-6")
        require_inverse_temperature(inverse_temperature)
        self.inverse_temperature = inverse_temperature
        home = data.device if isinstance(data, torch.Tensor) else "cpu"
        where = torch.device(home if device is None else device)
        budget = bytes_of(memory)
        self._data = CentredData(data, where, budget, progress)
        self.n_points, self.ambient_dim = self._data.n_points, self._data.ambient_dim
        self.shape, self.tolerance = self._data.points.shape, tolerance
        self._budget, self._progress = budget_of(budget, self.n_points, self.ambient_dim), progress
        self._keys = Keys(self._data, torch.float32, self._budget.points, resident=self._budget.resident)
        self._fine_keys = Keys(self._data, torch.float64, self._budget.points, resident=False)

    def __call__(self, x: ArrayT, t: Noise) -> ArrayT:
        """See `denoise`."""
        return self.denoise(x, t)

    def denoise(self, x: ArrayT, t: Noise) -> ArrayT:
        """Posterior mean m(x) = sum_mu w_mu xi^mu, w = softmax(-|x - xi|^2 / 2t).

        Args:
            x: (batch, *shape), numpy or torch; the result is of the same kind, float64 for float64 and integers and
                float32 for the narrower floats. All arithmetic that decides is float64.
            t: Noise variance per coordinate, positive: a number or (batch,).

        Raises:
            InvalidInput: if shapes disagree, or x or t are not finite, or t is not positive.
        """
        batch = self._batch(x, t)
        return batch.give_points(batch.x + self._solve(batch, 0).mean)

    def score(self, x: ArrayT, t: Noise) -> ArrayT:
        """Score of p_t, the gradient of `log_density`: (m(x) - x)/t, (batch, *shape). See `denoise`.

        With an inverse temperature beta this is the gradient of `log_density` divided by beta t: what a sampler that
        has this denoiser at noise t follows.
        """
        batch = self._batch(x, t)
        return batch.give_points(self._solve(batch, 0).mean / batch.noise[:, None])

    def log_density(self, x: ArrayT, t: Noise) -> ArrayT:
        """log p_t(x) in nats, normalised: log sum exp(-|x - xi|^2/2t) - log P - (N/2) log(2 pi t), (batch,).

        With an inverse temperature: of kernels of variance 1/beta, which takes the place of t.
        """
        batch = self._batch(x, t)
        normaliser = math.log(self.n_points) + self.ambient_dim / 2 * (math.log(2 * math.pi) + batch.t.log())
        return batch.give(self._solve(batch, 0).log_sum - normaliser)

    def weights(self, x: ArrayT, t: Noise, top: int = 1) -> tuple[ArrayT, ArrayT]:
        """The ``top`` largest weights w_mu, largest first, and the int64 indices of their points: two (batch, top)."""
        batch = self._batch(x, t)
        sums = self._solve(batch, self._top(top))
        return batch.give(sums.top_weights), batch.give(sums.top_indices)

    def participation(self, x: ArrayT, t: Noise) -> ArrayT:
        """Sum of squared weights, (batch,): 1 where one point has all weight, 1/n where n points share it."""
        batch = self._batch(x, t)
        return batch.give(self._solve(batch, 0).participation)

    def mean_energy(self, x: ArrayT, t: Noise) -> ArrayT:
        """Weighted mean of |x - xi|^2 / 2, (batch,), in squared data units."""
        batch = self._batch(x, t)
        return batch.give(self._solve(batch, 0).mean_energy)

    def sums(self, x: Any, t: Noise, top: int = 0) -> SoftmaxSums:
        """All of the above at once: `SoftmaxSums` of the points, in float64 torch tensors on the engine's device."""
        batch = self._batch(x, t)
        return self._solve(batch, self._top(top) if top else 0).shifted(batch.x)

    def plan(self, x: Any, t: Noise) -> str:
        """Which path the queries take, in short words; costs the screening product."""
        batch = self._batch(x, t)
        few, fine, dense, pairs = 0, 0, 0, 0
        for start in range(0, len(batch.x), self._budget.queries):
            block = slice(start, start + self._budget.queries)
            found = self._screened(batch, block, 0)
            product = self._product_is_exact(batch, block, torch.float64)
            few, pairs = few + int((~found.many).sum()), pairs + len(found.query)
            fine, dense = fine + int((found.many & ~product).sum()), dense + int((found.many & product).sum())
        return (
            f"{few} queries rescored over {pairs / max(few, 1):.1f} candidates each, {dense} over all by products, "
            f"{fine} by a float64 screening; neglected weight <= {self.tolerance:g}"
        )

    def _batch(self, x: Any, t: Any) -> Batch:
        batch = batch_of(x, t, self.shape, self._data.device)
        reach = torch.linalg.vector_norm(self._data.scaled(batch.x), dim=1)
        need = f"the queries must lie within {_FARTHEST:g} radii of the data"
        require((reach < _FARTHEST).all(), need, f"{float(reach.max()):.3g}", "rescale them")
        floor = _LEAST_NOISE * ((reach + 1) * self._data.radius) ** 2
        kernel = torch.maximum(kernel_variance(batch.noise, self.inverse_temperature), floor)
        return replace(batch, noise=torch.maximum(batch.noise, floor), t=kernel)

    def _top(self, top: int) -> int:
        fits = isinstance(top, int) and 1 <= top <= self.n_points
        require(fits, f"top must be a whole number from 1 to {self.n_points}, the number of points", top, "pass e.g. 5")
        return top

    def _solve(self, batch: Batch, top: int) -> SoftmaxSums:
        """Sums of the displacements xi - x."""
        size = self._budget.queries
        blocks = [slice(start, start + size) for start in range(0, len(batch.x), size)]
        return SoftmaxSums.joined([self._solve_block(batch, block, top) for block in blocks])

    def _solve_block(self, batch: Batch, block: slice, top: int) -> SoftmaxSums:
        found = self._screened(batch, block, top)
        x, t = batch.x[block], batch.t[block]
        sums = rescored_sums(self._data, found, x, t, top=top, pairs=self._budget.pairs)
        exact = self._product_is_exact(batch, block, torch.float64)
        single = self._product_is_exact(batch, block, torch.float32)
        fine = found.many & ~exact
        if bool(fine.any()):
            args = {"top": top, "pairs": self._budget.pairs, "progress": self._progress}
            sums = sums.placed(fine, fine_sums(self._fine_keys, x[fine], t[fine], self._window(t[fine]), **args))
        for dtype, which in ((torch.float32, found.many & single), (torch.float64, found.many & exact & ~single)):
            if bool(which.any()):
                args = {"dtype": dtype, "top": top, "chunk": self._budget.points, "progress": self._progress}
                sums = sums.placed(which, dense_sums(self._data, x[which], t[which], **args))
        return sums

    def _screened(self, batch: Batch, block: slice, top: int) -> Candidates:
        x, t = batch.x[block], batch.t[block]
        limit = min(max(256, int(_FEW * self.n_points), 4 * top), max(self._budget.candidates, 2 * top))
        if not math.isfinite(self._keys.c):
            nothing = torch.zeros(0, dtype=torch.int64, device=x.device)
            return Candidates(nothing, nothing, torch.ones(len(x), dtype=torch.bool, device=x.device))
        scaled = self._data.scaled(x)
        return screen(self._keys, scaled, self._window(t), top=top, limit=limit, progress=self._progress)

    def _window(self, t: torch.Tensor) -> torch.Tensor:
        return t / self._data.radius**2 * math.log(self.n_points / self.tolerance)

    def _product_is_exact(self, batch: Batch, block: slice, dtype: torch.dtype) -> torch.Tensor:
        if dtype == torch.float32 and batch.dtype == torch.float64:
            return torch.zeros_like(batch.t[block], dtype=torch.bool)
        allowed = self.tolerance if dtype == torch.float32 else min(self.tolerance, _LOGIT_ERROR)
        return dense_error(self._data, self._data.scaled(batch.x[block]), batch.t[block], dtype) <= allowed
