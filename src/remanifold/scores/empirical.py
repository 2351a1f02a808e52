"""The exact score of the empirical measure: the data set itself, with Gaussian noise of variance t on every point."""

import math
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from remanifold._core.checks import number, whole
from remanifold._core.device import device_of
from remanifold._core.errors import refusal, require
from remanifold._core.memory import bytes_of, give_back, hold_nothing_back
from remanifold._core.progress import Progress, silent
from remanifold.data import PointsLike, RowsLike, open_points
from remanifold.noise import noise_variance
from remanifold.scores.batch import Batch, batch_of
from remanifold.scores.budget import budget_of
from remanifold.scores.centred import CentredData
from remanifold.scores.denoiser import ArrayT, Noise
from remanifold.scores.dense.draws import drawn_rows
from remanifold.scores.dense.small import SmallSums
from remanifold.scores.exhaustion import smaller_tiles, unless_exhausted
from remanifold.scores.index.cache import find_index
from remanifold.scores.indexed import IndexedSums
from remanifold.scores.plan import Plan
from remanifold.scores.pruned.single_accuracy import PROMISED
from remanifold.scores.screening import rounding_gamma
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.streamed.streamed_sums import StreamedSums
from remanifold.scores.summed_score import SummedScore
from remanifold.scores.tempering import InverseTemperature, kernel_variance
from remanifold.scores.typical import typical_queries

_WORTH_AN_INDEX = 64  # queries
_LEAST_NOISE = 1e-290  # smallest t in units of the largest squared distance: energy / t stays finite
_FARTHEST = 1e15  # queries beyond this many radii are refused: no digit of the data is left, float32 overflows soon


class EmpiricalScore(SummedScore):
    """Posterior mean, score and log density of p_t(x) = (1/P) sum_mu N(x; xi^mu, t I), exact to a stated tolerance.

    The first call indexes the points (`build`). Then points that cannot matter to a query are ruled out, blocks of them
    by a few leading coordinates, the rest by more and at last by all in float32; each bound is rigorous, rounding
    included, and what is left is summed in float64. Where most points matter, products run over all of them: in
    float64, or in float32 where the queries are float32. Data on a linear subspace are summed within it. Data beyond
    the memory budget stream past. The neglected share of the weight is at most ``tolerance`` for any query; the
    rounding of a logit is at most 1e-6 nat for float64 queries, unless ``tolerance`` is above 2e-6. Means and log
    densities of float32 queries are right to 2e-6 beside 1 plus their size (means in small units: beside four standard
    deviations of a coordinate in place of 1), participation and energies (beside that and t) to 1e-5; what single
    precision may sum is told by an estimate of its rounding, held against float64 in many hard cases, not proved.
    Source: arXiv 2502.09578; docs/explanation/theory.md, section 3. A `Denoiser`.

    Noise below 1e-290 of the largest squared distance is evaluated at that floor: the nearest point has all weight.

    Every method takes the noise as its variance t, or as ``sigma=``: a number, or one a query.

    Attributes:
        n_points: P.
        shape: Of one point.
        ambient_dim: N.
        fingerprint: SHA-256 of the stored rows.
        tolerance: Largest neglected share of the weight, and rounding allowed to a float32 product.
        inverse_temperature: beta of the weights exp(-beta |x - xi|^2 / 2); None is 1/t.

    >>> import numpy as np
    >>> from remanifold import EmpiricalScore
    >>> score = EmpiricalScore(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    >>> score.denoise(np.array([[0.9, 0.1]]), sigma=0.1).round(3)
    array([[1., 0.]])
    >>> score.denoise(np.array([[0.9, 0.1]]), t=100.0).round(2)
    array([[0.33, 0.33]])

    See also:
        `GaussianScore`, `remanifold.simulate`, `remanifold.noise_profile`.
    """

    def __init__(
        self,
        data: PointsLike,
        *,
        tolerance: float = 1e-6,
        inverse_temperature: InverseTemperature | None = None,
        expected_queries: int | None = None,
        memory: str | float = "1GB",
        device: torch.device | str | None = None,
        progress: Progress = silent,
    ) -> None:
        """Open ``data`` and read it once.

        Main arguments:
            data: (P, *shape) array or tensor of any real type, in memory or mapped from disk, or anything that
                `remanifold.open_points` takes.
            memory: Budget of working memory such as "1GB"; larger data are streamed, once per block of queries. Where
                the device turns out to have less, the work goes on in smaller tiles, and `plan` says so.

        Other arguments:
            tolerance: In (0, 0.1]. Above 2e-6 results of any precision may miss by it, beside 1 plus their size, which
                lets float64 queries be summed in single precision.
            inverse_temperature: beta of the softmax, if it is not 1/t: one number, or a function of the noise variances
                (batch,) such as ``lambda t: 0.5 / t``. It replaces 1/t in every weight, sum and density; only `score`
                also divides by the noise t itself. docs/explanation/theory.md section 7 says what it retrieves.
            expected_queries: Queries that will be asked in all, if known: fewer than 64 do not pay for an index.
            device: Where to compute; by default where the data is (the CPU, unless it is a CUDA tensor).
            progress: Told of every chunk.

        Raises:
            InvalidInput: if the data, the tolerance, the device or the budget cannot be used.
        """
        super().__init__(tolerance, inverse_temperature)
        if expected_queries is not None:
            whole("`expected_queries`", expected_queries, example=1000)
        self.expected_queries = expected_queries
        home = data.device if isinstance(data, torch.Tensor) else "cpu"
        where = device_of(home if device is None else device)
        budget = bytes_of(memory)
        hold_nothing_back(budget)
        points = open_points(data)
        self._budget, self._progress = budget_of(budget, points.n_points, points.ambient_dim), progress
        self._data = CentredData(points, where, budget, progress)
        give_back()
        self._describe(self._data.n_points, self._data.points.shape)
        self.fingerprint = self._data.fingerprint
        self._streamed = StreamedSums(self._data, self._budget, tolerance, progress)
        self._indexed: IndexedSums | None = None
        self._held: SmallSums | None = None
        self._note = ""

    def __repr__(self) -> str:
        return f"EmpiricalScore({self._data.points!r}, tolerance={self.tolerance:g})"

    def build(self) -> None:
        """Build the index now; else the first call does. Where the memory budget holds none, nothing is done.

        The index of data that come from a file is kept in `$REMANIFOLD_CACHE`, else `$XDG_CACHE_HOME/remanifold`, else
        ~/.cache/remanifold, under the data's fingerprint, and read from there next time; of data in memory nothing is
        kept.
        """
        while self._indexed is None and self._budget.index in ("full", "keys"):
            budget, rows = self._budget, self._budget.index == "full"
            options = {"rows": rows, "room": budget.room, "progress": self._progress}
            opened = unless_exhausted(partial(find_index, self._data, budget.points, **options), self._data.device)
            give_back()
            if opened is not None:
                self._indexed = IndexedSums(opened, self._streamed, self.tolerance)
                return
            self._budget = budget.without_index_rows()
            self._note = f"the device ran out of memory for a larger index than {self._budget.index!r}"

    def plan(self, t: float | None = None, x: RowsLike | None = None, *, sigma: float | None = None) -> Plan:
        """Which path queries take at noise ``t``, and what it costs; ``str`` of it says so in words.

        Args:
            t, sigma: Noise variance, or its root.
            x: (batch, *shape) queries; by default 64 noisy data points.
        """
        t = number("the noise variance of a plan", noise_variance(t, sigma), above=0, do="pass e.g. 0.1")
        if x is None:
            x = typical_queries(self._data, t).float().reshape(-1, *self.shape)
        batch = self._batch(x, t)
        if self._budget.index == "held":
            exact = self._streamed.product_is_exact(batch.x, batch.t, torch.float64)
            dense, n = int(exact.sum()), len(exact)
            return Plan(False, n, 0, 0.0, dense, n - dense, self.tolerance, held=True, note=self._note)
        single = self._single(batch)
        indexed = self._index()
        plan = (
            self._streamed.plan(batch.x, batch.t) if indexed is None else indexed.plan(batch.x, batch.t, single=single)
        )
        return replace(plan, note=self._note)

    def draw(self, x: ArrayT, t: Noise | None = None, *, uniforms: RowsLike, sigma: Noise | None = None) -> ArrayT:
        """Points drawn from the posterior: xi^mu with probability w_mu(x), (batch, *shape). See `denoise`.

        Args:
            x: (batch, *shape).
            t, sigma: Noise variance, or its root.
            uniforms: (batch,) random numbers, uniform in [0, 1]: the same ones draw the same points.

        Raises:
            InvalidInput: as `denoise`, and if there is not one number a query.
        """
        batch = self._batch(x, t, sigma)
        numbers = torch.as_tensor(np.asarray(uniforms, dtype=np.float64), device=batch.x.device)
        usable = numbers.shape == (len(batch.x),) and bool(((numbers >= 0) & (numbers <= 1)).all())
        require(usable, f"`uniforms` must be {len(batch.x)} numbers from 0 to 1, one a query", uniforms, "draw these")
        exact = self._streamed.product_is_exact(batch.x, batch.t, torch.float64)
        rows = torch.empty(len(batch.x), dtype=torch.int64, device=batch.x.device)
        for product, group in ((True, exact.nonzero()[:, 0]), (False, (~exact).nonzero()[:, 0])):
            for some in group.split(self._budget.queries):
                asked = batch.x[some], batch.t[some], numbers[some]
                rows[some] = drawn_rows(self._data, *asked, product=product, chunk=self._budget.points)
        return batch.give_points(self._data.take(rows))

    def _batch(self, x: Any, t: Any, sigma: Any = None) -> Batch:
        batch = batch_of(x, t, self.shape, self._data.device, sigma=sigma)
        scaled = self._data.scaled(batch.x)
        reach = torch.linalg.vector_norm(scaled, dim=1)
        farthest = float(reach.max())
        if not farthest < _FARTHEST:  # nan is refused too
            need = f"the queries must lie within {_FARTHEST:g} radii of the data"
            raise refusal(need, f"{farthest:.3g}", "rescale them")
        noise, kernel = batch.noise, kernel_variance(batch.noise, self.inverse_temperature)
        floor = _LEAST_NOISE * ((farthest + 1) * self._data.radius) ** 2
        if float(torch.minimum(noise, kernel).min()) < floor:
            floors = _LEAST_NOISE * ((reach + 1) * self._data.radius) ** 2
            noise, kernel = torch.maximum(noise, floors), torch.maximum(kernel, floors)
        return replace(batch, noise=noise, t=kernel, scaled=scaled)

    def _solve(self, batch: Batch, top: int, *, means_only: bool = False) -> SoftmaxSums:
        """Sums of the displacements xi - x."""
        done: list[SoftmaxSums] = []
        start = 0
        while start < len(batch.x):
            block = slice(start, start + self._budget.queries)
            sums = unless_exhausted(partial(self._solve_block, batch, block, top, means_only), self._data.device)
            if sums is None:
                self._shrink(len(batch.x[block]))
            else:
                done.append(sums)
                start = block.stop
        return done[0] if len(done) == 1 else SoftmaxSums.joined(done)

    def _shrink(self, queries: int) -> None:
        """Go on with half as many points and half of ``queries`` at once."""
        self._budget = smaller = smaller_tiles(self._budget, queries, self.ambient_dim, self._data.device)
        self._streamed = StreamedSums(self._data, smaller, self.tolerance, self._progress)
        if self._indexed is not None:
            self._indexed.streamed = self._streamed
        self._note = f"the device ran out of memory, so {smaller.points} points and {smaller.queries} queries at a time"

    def _solve_block(self, batch: Batch, block: slice, top: int, means_only: bool) -> SoftmaxSums:
        if self._budget.index == "held":
            return self._solve_held(batch, block, top, means_only)
        single = self._single(batch)
        indexed = self._index()
        if indexed is not None:
            return indexed.solve(batch.x[block], batch.t[block], top, single=single, means_only=means_only)
        return self._streamed.solve(batch.x[block], batch.t[block], top, single=single)

    def _single(self, batch: Batch) -> bool:
        """Whether results may be as coarse as single precision."""
        return batch.dtype == torch.float32 or self.tolerance > PROMISED

    def _solve_held(self, batch: Batch, block: slice, top: int, means_only: bool) -> SoftmaxSums:
        """All by products; again where these leave more rounding in a logit than allowed."""
        if self._held is None:
            self._held = SmallSums(self._data)
        x, t, allowed = batch.x[block], batch.t[block], self._streamed.allowed(torch.float64)
        scaled = self._data.scaled(x) if batch.scaled is None else batch.scaled[block]
        sums, rough = self._held.solve(x, scaled, t, top, allowed, means_only=means_only)
        if rough is not None:
            sums = sums.placed(rough, self._streamed.solve(x[rough], t[rough], top, single=False))
        return sums

    def _index(self) -> IndexedSums | None:
        """The index where it is of use, built if need be."""
        trusted = math.isfinite(rounding_gamma(torch.float32, self.ambient_dim))  # not where products are coarser
        if not trusted or (self.expected_queries is not None and self.expected_queries < _WORTH_AN_INDEX):
            return None
        self.build()
        return self._indexed
