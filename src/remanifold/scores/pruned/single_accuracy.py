"""How exact single-precision sums are: which queries may keep them, by an estimate that errs on the safe side."""

import math
from functools import cached_property

import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.dense.heads import HeadSums
from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.pruned.pruning import Rows

ROUNDING = 2.0**-24
_SAMPLE = 1024  # points that tell how far coordinates vary
_LARGEST_MISS = 0.01  # nats of rounding of a typical logit beyond which heavy points could be overlooked
_LARGEST_OF_DIFFERENCES = 3e-4  # the same for differences: neighbours share it where a query is far from them
PROMISED = 2e-6  # error of results in float32, beside 1 plus their size; a larger tolerance allows as much as it says
_ALLOWED = 1.5e-6  # estimated error of results, most often twice the true one, where 2e-6 is promised
_OF_EXPONENTIALS, _OF_VALUES = 4e-7, 2e-7  # of sums of attention's fast exponentials, and of values beside their spread
_LANES = 8  # its sums of weights run in so many lanes at least: a light point is lost beside a heavy one of its lane
_FAR, _CAUTION = 4.0, 3.0  # queries at so many typical distances share roundings: what they miss by counts so often
_SPREADS = 4.0  # standard deviations of a coordinate that stand for 1 where they are less
_LEAST_NOISE = 1e-30  # in units of the radius squared; below, a logit may leave the range of single precision


class SingleAccuracy:
    """Estimates for one data set, in units of its radius.

    What a logit misses by, times the spread of a coordinate, is what a mean misses by; less where many points far apart
    have independent roundings (`SingleSums.concentration`).
    """

    def __init__(self, data: CentredData, index: ScoreIndex, rows: Rows, tolerance: float) -> None:
        self._data, self._index, self._rows, self._tolerance = data, index, rows, tolerance

    def of_products(self, scaled: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """(batch,) nats by which the logits of (batch, N) queries miss, if they come from products."""
        norm = torch.linalg.vector_norm(scaled, dim=1)
        miss = ROUNDING * self._typical * (norm + self._typical / 2) / noise
        far = norm > _FAR * (self._typical**2 + scaled.shape[1] * noise).sqrt()
        return torch.where(far, _CAUTION * miss, miss)

    def of_differences(
        self, scaled: torch.Tensor, noise: torch.Tensor, energy: torch.Tensor, *, finer: bool = False
    ) -> torch.Tensor:
        """The same if they come from differences of coordinates; ``energy``: weighted mean of |x - xi|^2 / 2.

        ``finer``: of coordinates to double precision, so that only the differences are rounded.

        Infinite where neighbours that share one rounding could be misjudged, or a logit may leave the range.
        """
        rounded = (ROUNDING**2 if finer else ROUNDING) * (torch.linalg.vector_norm(scaled, dim=1) + self._typical)
        along = rounded * min(1.0, 2 / math.sqrt(scaled.shape[1]))  # each coordinate is rounded on its own
        coordinates = (2 * energy).sqrt() * along + 1.5 * rounded**2  # a difference below the rounding looks like 0
        miss = (coordinates + (5 if finer else 3) * ROUNDING * energy) / noise
        return torch.where((miss < _LARGEST_OF_DIFFERENCES) & (noise > _LEAST_NOISE), miss, torch.inf)

    def right(self, miss: torch.Tensor, concentration: torch.Tensor, log_density: torch.Tensor | float) -> torch.Tensor:
        """(batch,) whether results are right to what is promised, if logits that count miss by ``miss``.

        A mean misses by that times the spread of a coordinate, beside 1 (or what `_unit` is); a log density as it is,
        beside 1 and its size.
        """
        of_sums = miss * concentration
        right = (of_sums * self._widest < self.allowed * self._unit) & (of_sums < self.allowed * (1 + abs(log_density)))
        return right & (miss < _LARGEST_MISS)

    def right_of_heads(self, found: HeadSums, miss: torch.Tensor, log_density: torch.Tensor) -> torch.Tensor:
        """The same of sums by heads, which nothing mends: exponentials, log-sum-exps and light points count too."""
        of_sums = (miss + ROUNDING / 2 * found.size) * found.concentration
        of_mean = (of_sums + _OF_VALUES) * self._widest + found.shift * self._data.radius
        of_density = of_sums + _OF_EXPONENTIALS + found.lost / _LANES
        right = (of_mean < self.allowed * self._unit) & (of_density < self.allowed * (1 + log_density.abs()))
        return right & (miss < _LARGEST_MISS)

    def right_values(self, x: torch.Tensor, displacement: torch.Tensor) -> torch.Tensor:
        """(batch,) whether the points, in single precision as seen from the mean of the data, are fine enough.

        Where most points lie far from that mean, as beside one huge row, a mean of theirs close to 0 is not.
        """
        mean = x + displacement
        away = (mean - self._data.mean).abs().amax(1)
        return ROUNDING * away < self.allowed * (self._unit + mean.abs().amax(1))

    def concentration_allowed(self, miss: torch.Tensor) -> torch.Tensor:
        """(batch,) up to which `right_of_heads` is likely."""
        allowed = (self.allowed * self._unit / self._widest - _OF_VALUES) / miss
        return torch.where(miss < _LARGEST_MISS, allowed, 0.0)

    @property
    def allowed(self) -> float:
        """Estimated error of results that is let pass, beside 1 plus their size."""
        return _ALLOWED if self._tolerance <= PROMISED else _ALLOWED / PROMISED * self._tolerance

    @property
    def _unit(self) -> float:
        """What a mean may miss by the allowed part of, beside its size: 1, or less where the data vary less."""
        return min(1.0, _SPREADS * self._data.spread)

    @property
    def _typical(self) -> float:
        """Norm of a typical point."""
        return self._data.spread * math.sqrt(self._data.ambient_dim) / self._data.radius

    @cached_property
    def _widest(self) -> float:
        """Standard deviation of the coordinate that varies most, in data units, from points all over the index."""
        n_points = self._data.n_points
        places = torch.linspace(0, n_points - 1, min(_SAMPLE, n_points), device=self._data.device).round().long()
        rows, rank = self._rows.at(places), self._index.rank
        rows = rows if rank is None else rows @ self._index.basis[:, :rank].T.float()
        return max(self._data.spread, self._data.radius * float(rows.std(0, correction=0).amax()))
