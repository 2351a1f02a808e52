"""Softmax sums over few points: all held in float64, one product a block, no index and no bounds of single points."""

import math

import numpy as np
import torch

from remanifold.scores.centred import CentredData
from remanifold.scores.screening import rounding_gamma
from remanifold.scores.softmax_sums import LOWEST, SoftmaxSums

_BLOCK = 2**17  # pairs of query and point at once: their weights stay in the cache
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
        self, scaled: torch.Tensor, t: torch.Tensor, top: int, allowed: float, *, means_only: bool
    ) -> tuple[SoftmaxSums, torch.Tensor | None]:
        """Sums of the displacements xi - x, and the queries (batch,) whose logits may be off by more than ``allowed``.

        Args:
            scaled: (batch, N) centred and scaled queries.
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
        sum_block = self._means if means_only else self._all
        parts = [sum_block(scaled[b], half[b], noise[b], top) for b in blocks]
        sums = parts[0] if len(parts) == 1 else SoftmaxSums.joined(parts)
        if self._gamma * (math.sqrt(2 * float(half.max())) + 0.5) <= allowed * float(noise.min()):
            return sums, None
        return sums, self._gamma * ((2 * half).sqrt() + 0.5) > allowed * noise  # as in `dense_error`

    def _means(self, scaled: torch.Tensor, half: torch.Tensor, noise: torch.Tensor, _: int) -> SoftmaxSums:
        logits = self._multiply(scaled, self._across).add_(self._bias)  # x.xi - |xi|^2/2, until it is divided
        best = logits.amax(1)
        w = self._exp(logits.sub_(best[:, None]).div_(noise[:, None]).clamp_(min=LOWEST))
        total = w.sum(1)
        weighted = self._multiply(w, self._rows).addcmul_(scaled, total[:, None], value=-1).mul_(self._data.radius)
        unknown = torch.full_like(total, torch.nan)
        nothing = scaled.new_zeros(len(scaled), 0)
        return SoftmaxSums((best - half).div_(noise), total, weighted, unknown, unknown, nothing, nothing.long())

    def _all(self, scaled: torch.Tensor, half: torch.Tensor, noise: torch.Tensor, top: int) -> SoftmaxSums:
        overlap = self._multiply(scaled, self._across).add_(self._bias)
        best = overlap.amax(1)
        energies = (half[:, None] - overlap).clamp_(min=0)
        logits = overlap.sub_(best[:, None]).div_(noise[:, None])
        names = torch.arange(len(self._rows), device=scaled.device)
        sums = SoftmaxSums.of_logits(logits, self._rows, energies, names, top).raised((best - half) / noise)
        return sums.shifted(-scaled).rescaled(self._data.radius, self._data.radius**2)


def _numpy_product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.matmul(a.numpy(), b.numpy()))


def _numpy_exp(logits: torch.Tensor) -> torch.Tensor:
    """In place; on a CPU numpy's takes half the time of torch's."""
    np.exp(logits.numpy(), out=logits.numpy())
    return logits
