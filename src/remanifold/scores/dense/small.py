"""Softmax sums over few points: all held in float64, one product a block, no index and no bounds of single points."""

import math
from dataclasses import replace

import numpy as np
import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.screening import rounding_gamma
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums, top_of_pairs

_BLOCK = 2**17  # pairs of query and point at once: their weights stay in the cache
_SLACK = 4e-6  # nats: more than two logits may be off by
_NARROW = 32  # coordinates up to which numpy's products of float64 take less time than torch's


class SmallSums:
    """The sums of queries over points that are held as they are multiplied."""

    def __init__(self, data: CentredData) -> None:
        self._data = data
        rows = data.scaled(data.raw(0, data.n_points))
        self._rows, self._across = rows, rows.T.contiguous()
        self._bias = torch.einsum("ij,ij->i", rows, rows) / -2
        self._gamma = rounding_gamma(torch.float64, data.ambient_dim)
        on_cpu = rows.device.type == "cpu"
        self._multiply = _numpy_product if on_cpu and data.ambient_dim <= _NARROW else torch.matmul
        self._exp = _numpy_exp if on_cpu else torch.Tensor.exp_

    def solve(
        self, x: torch.Tensor, scaled: torch.Tensor, t: torch.Tensor, top: int, allowed: float, *, means_only: bool
    ) -> tuple[SoftmaxSums, torch.Tensor | None]:
        """Sums of the displacements xi - x, and the queries (batch,) whose logits may be off by more than ``allowed``.

        Args:
            x: (batch, N) raw queries.
            scaled: The same, centred and scaled as the data are.
            t: (batch,) variances of their kernels.
            top: Points to be named.
            allowed: Rounding of a logit, nats.
            means_only: Energies and squares are not summed: they are nan.
        """
        self._data.points.require_unchanged()
        noise = t / self._data.radius**2
        half = torch.einsum("ij,ij->i", scaled, scaled).div_(2)
        size = max(1, _BLOCK // len(self._rows))
        blocks = [slice(start, start + size) for start in range(0, len(scaled), size)]
        if means_only:
            parts = [self._means(scaled[b], half[b], noise[b]) for b in blocks]
        else:
            parts = [self._all(x[b], scaled[b], half[b], t[b], top) for b in blocks]
        sums = parts[0] if len(parts) == 1 else SoftmaxSums.joined(parts)
        if self._gamma * (math.sqrt(2 * float(half.max())) + 0.5) <= allowed * float(noise.min()):
            return sums, None
        return sums, self._gamma * ((2 * half).sqrt() + 0.5) > allowed * noise  # as in `dense_error`

    def _means(self, scaled: torch.Tensor, half: torch.Tensor, noise: torch.Tensor) -> SoftmaxSums:
        logits = self._multiply(scaled, self._across).add_(self._bias)  # x.xi - |xi|^2/2, until it is divided
        best = logits.amax(1)
        w = self._exp(logits.sub_(best[:, None]).div_(noise[:, None]).clamp_(min=LOWEST))
        total = w.sum(1)
        weighted = self._multiply(w, self._rows).addcmul_(scaled, total[:, None], value=-1).mul_(self._data.radius)
        unknown = torch.full_like(total, torch.nan)
        nothing = scaled.new_zeros(len(scaled), 0)
        return SoftmaxSums((best - half).div_(noise), total, weighted, unknown, unknown, nothing, nothing.long())

    def _all(self, x: torch.Tensor, scaled: torch.Tensor, half: torch.Tensor, t: torch.Tensor, top: int) -> SoftmaxSums:
        noise = t / self._data.radius**2
        overlap = self._multiply(scaled, self._across).add_(self._bias)
        best = overlap.amax(1)
        energies = (half[:, None] - overlap).clamp_(min=0)
        logits = overlap.sub_(best[:, None]).div_(noise[:, None])
        names = torch.arange(len(self._rows), device=scaled.device)
        sums = SoftmaxSums.of_logits(logits, self._rows, energies, names).raised((best - half) / noise)
        sums = sums.shifted(-scaled).rescaled(self._data.radius, self._data.radius**2)
        return sums if top == 0 else self._with_top(sums, logits, x, t, top)

    def _with_top(
        self, sums: SoftmaxSums, logits: torch.Tensor, x: torch.Tensor, t: torch.Tensor, top: int
    ) -> SoftmaxSums:
        """With the nearest points, told by differences: equal rows tie, which a product does not always see."""
        raw = self._data.raw(0, self._data.n_points)
        kth = logits.topk(min(top, logits.shape[1]), dim=1).values[:, -1:]
        query, point = (logits >= kth - _SLACK).nonzero(as_tuple=True)
        exact = torch.empty(len(query), dtype=torch.float64, device=x.device)
        size = max(1, _BLOCK // x.shape[1])
        for start in range(0, len(query), size):
            part = slice(start, start + size)
            away = x[query[part]] - raw[point[part]]
            exact[part] = torch.einsum("ij,ij->i", away, away).div_(-2) / t[query[part]]
        best, names = top_of_pairs(query, exact, point, len(x), top)
        return replace(sums, top_logits=best, top_indices=names)


def _numpy_product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.matmul(a.numpy(), b.numpy()))


def _numpy_exp(logits: torch.Tensor) -> torch.Tensor:
    """In place; on a CPU numpy's takes half the time of torch's."""
    np.exp(logits.numpy(), out=logits.numpy())
    return logits
