"""Running sums of a softmax: one associative reduction for chunks, files, processes and devices."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from remanifold._core.errors import refusal, require

# exp costs forty times more where its result is denormal; e^-80 = 2e-35 is below the round-off of a sum that is >= 1
LOWEST = -80.0


@dataclass(frozen=True, eq=False)
class SoftmaxSums:
    """Sums over points mu of the weights w_mu = exp(logit_mu - log_max), for each of a batch of queries.

    With logit_mu = -energy_mu / t and energy_mu = |x - xi^mu|^2 / 2 (squared data units) these give the score, log
    density and participation of the empirical measure (theory.md, section 3). `merge` is associative and
    commutative to round-off, so any partition of the points gives the same result.

    Attributes:
        log_max: (batch,) the largest logit so far, -inf where there is none.
        total: (batch,) sum of w.
        weighted: (batch, N) sum of w * value, the value being xi or whatever is averaged.
        energy: (batch,) sum of w * energy.
        squares: (batch,) sum of w^2.
        top_logits: (batch, k) the k largest logits, largest first, -inf where there are fewer.
        top_indices: (batch, k) int64 their points, -1 where there are fewer; equal logits by index.
    """

    log_max: torch.Tensor
    total: torch.Tensor
    weighted: torch.Tensor
    energy: torch.Tensor
    squares: torch.Tensor
    top_logits: torch.Tensor
    top_indices: torch.Tensor

    @classmethod
    def empty(cls, batch: int, width: int, top: int = 0, device: torch.device | str = "cpu") -> "SoftmaxSums":
        """Sums over no point: the neutral element of `merge`."""
        zeros = torch.zeros(batch, dtype=torch.float64, device=device)
        return cls(
            zeros - torch.inf,
            zeros,
            zeros.new_zeros(batch, width),
            zeros,
            zeros,
            zeros.new_full((batch, top), -torch.inf),
            torch.full((batch, top), -1, dtype=torch.int64, device=device),
        )

    @classmethod
    def of_logits(
        cls, logits: torch.Tensor, values: torch.Tensor, energies: torch.Tensor, indices: torch.Tensor, top: int = 0
    ) -> "SoftmaxSums":
        """Sums over n points that every query shares.

        Args:
            logits: (batch, n), float32 or float64, finite.
            values: (n, N), what is averaged, of the same dtype.
            energies: (batch, n).
            indices: (n,) int64 names of the points.
            top: k.

        Raises:
            InvalidInput: if the shapes disagree.
        """
        batch, n = logits.shape
        fits = len(values) == n and energies.shape == logits.shape and indices.shape == (n,)
        got = f"logits {tuple(logits.shape)}, values {tuple(values.shape)}, energies {tuple(energies.shape)}"
        require(fits, "logits (batch, n), values (n, N) and energies (batch, n) must agree", got, "pass one n")
        if n == 0:
            return cls.empty(batch, values.shape[1], top, logits.device)
        log_max = logits.amax(1)
        w = (logits - log_max[:, None]).clamp_(min=LOWEST).exp_()
        query, point = _above_kth(logits, top)
        top_logits, top_indices = top_of_pairs(query, logits[query, point].double(), indices[point], batch, top)
        return cls(
            log_max.double(),
            w.sum(1, dtype=torch.float64),
            (w @ values).double(),
            torch.einsum("bn,bn->b", w, energies).double(),
            torch.einsum("bn,bn->b", w, w).double(),
            top_logits,
            top_indices,
        )

    @classmethod
    def of_pairs(
        cls,
        query: torch.Tensor,
        logits: torch.Tensor,
        *,
        values: torch.Tensor,
        energies: torch.Tensor,
        indices: torch.Tensor,
        batch: int,
        top: int = 0,
    ) -> "SoftmaxSums":
        """Sums over n (query, point) pairs, so that each query may have its own points.

        Args:
            query: (n,) int64 in 0..batch-1.
            logits: (n,) float64, finite.
            values: (n, N) float64, what is averaged.
            energies: (n,) float64.
            indices: (n,) int64 names of the points.
            batch: Number of queries.
            top: k.
        """
        log_max = logits.new_full((batch,), -torch.inf).scatter_reduce_(0, query, logits, "amax")
        w = (logits - log_max[query]).clamp_(min=LOWEST).exp_()
        zeros = logits.new_zeros(batch)
        heavy = (w > 1e-30).nonzero()[:, 0]  # the rest is below round-off, and most pairs at low noise
        weighted = logits.new_zeros(batch, values.shape[1])
        weighted.index_add_(0, query[heavy], values[heavy] * w[heavy, None])
        return cls(
            log_max,
            zeros.index_add(0, query, w),
            weighted,
            zeros.index_add(0, query, w * energies),
            zeros.index_add(0, query, w * w),
            *top_of_pairs(query, logits, indices, batch, top),
        )

    @classmethod
    def joined(cls, parts: Sequence["SoftmaxSums"]) -> "SoftmaxSums":
        """Sums of several batches of queries, one after the other."""
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: torch.cat([getattr(part, name) for part in parts]) for name in names})

    def merge(self, other: "SoftmaxSums") -> "SoftmaxSums":
        """Sums over the points of both; the top k of the smaller k.

        Raises:
            InvalidInput: if the two are not of the same queries' shape.
        """
        mine, theirs = tuple(self.weighted.shape), tuple(other.weighted.shape)
        if mine != theirs:
            raise refusal(f"sums to merge must have the same (batch, N) = {mine}", theirs, "merge equal batches")
        log_max = torch.maximum(self.log_max, other.log_max)
        shift = torch.where(torch.isneginf(log_max), 0.0, log_max)  # -inf - (-inf) is nan
        a, b = (self.log_max - shift).exp(), (other.log_max - shift).exp()
        return SoftmaxSums(
            log_max,
            a * self.total + b * other.total,
            a[:, None] * self.weighted + b[:, None] * other.weighted,
            a * self.energy + b * other.energy,
            a * a * self.squares + b * b * other.squares,
            *_merged_top(self, other),
        )

    def shifted(self, offset: torch.Tensor) -> "SoftmaxSums":
        """The same sums with ``offset`` (batch, N) or (N,) added to every value."""
        return dataclasses.replace(self, weighted=self.weighted + self.total[:, None] * offset)

    def raised(self, offset: torch.Tensor) -> "SoftmaxSums":
        """The same sums with ``offset`` (batch,) added to every logit."""
        return dataclasses.replace(self, log_max=self.log_max + offset, top_logits=self.top_logits + offset[:, None])

    def rescaled(self, length: float, energy: float) -> "SoftmaxSums":
        """The same sums with every value multiplied by ``length`` and every energy by ``energy``."""
        return dataclasses.replace(self, weighted=self.weighted * length, energy=self.energy * energy)

    def placed(self, which: torch.Tensor, other: "SoftmaxSums") -> "SoftmaxSums":
        """The same sums with those of ``other`` for the queries where ``which`` (batch,) holds, or of these numbers."""
        names = [field.name for field in dataclasses.fields(self)]
        merged = {name: getattr(self, name).clone() for name in names}
        for name in names:
            merged[name][which] = getattr(other, name)
        return SoftmaxSums(**merged)

    @property
    def log_sum(self) -> torch.Tensor:
        """(batch,) log of the sum of exp(logit)."""
        return self.log_max + self.total.log()

    @property
    def mean(self) -> torch.Tensor:
        """(batch, N) softmax average of the values."""
        return self.weighted / self.total[:, None]

    @property
    def mean_energy(self) -> torch.Tensor:
        """(batch,) softmax average of the energies."""
        return self.energy / self.total

    @property
    def participation(self) -> torch.Tensor:
        """(batch,) sum of squared softmax weights: 1 where one point has all weight, 1/n where n share it."""
        return self.squares / (self.total * self.total)

    @property
    def top_weights(self) -> torch.Tensor:
        """(batch, k) softmax weights of the top points, largest first."""
        return (self.top_logits - self.log_sum[:, None]).exp()


def _above_kth(logits: torch.Tensor, top: int) -> tuple[torch.Tensor, torch.Tensor]:
    """All (row, column) pairs not below the k-th largest of their row: at least k of each row, and all that tie."""
    k = min(top, logits.shape[1])
    if k == 0:
        nothing = torch.zeros(0, dtype=torch.int64, device=logits.device)
        return nothing, nothing
    kth = logits.topk(k, dim=1).values[:, -1:]
    row, column = (logits >= kth).nonzero(as_tuple=True)
    return row, column


def top_of_pairs(
    query: torch.Tensor, logits: torch.Tensor, indices: torch.Tensor, batch: int, top: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The ``top`` largest logits of each query and their points, equal logits by index."""
    best = logits.new_full((batch, top), -torch.inf)
    names = torch.full((batch, top), -1, dtype=torch.int64, device=logits.device)
    if top == 0 or len(query) == 0:
        return best, names
    order = torch.argsort(indices, stable=True)
    order = order[torch.argsort(logits[order], descending=True, stable=True)]
    order = order[torch.argsort(query[order], stable=True)]
    first = torch.searchsorted(query[order], query[order])  # where the query's run starts
    rank = torch.arange(len(order), device=order.device) - first
    order, rank = order[rank < top], rank[rank < top]
    best[query[order], rank] = logits[order]
    names[query[order], rank] = indices[order]
    return best, names


def _merged_top(one: SoftmaxSums, two: SoftmaxSums) -> tuple[torch.Tensor, torch.Tensor]:
    top = min(one.top_logits.shape[1], two.top_logits.shape[1])
    logits = torch.cat([one.top_logits, two.top_logits], 1)
    names = torch.cat([one.top_indices, two.top_indices], 1)
    names, order = names.sort(dim=1, stable=True)
    logits, order = logits.gather(1, order).sort(dim=1, descending=True, stable=True)
    return logits[:, :top], names.gather(1, order)[:, :top]
