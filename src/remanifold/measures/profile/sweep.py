"""From high to low noise along a few queries: sums over all other points, dropping what can never matter again."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import torch

from remanifold._core.compiled import can_compile
from remanifold._core.shown import short_repr
from remanifold._core.types import Floats

if TYPE_CHECKING:
    from remanifold.measures.profile.fused_sweep import FusedSweep

T = TypeVar("T")
_FLOOR = -60.0  # e^-60 is far below the tolerance; the exponential of a denormal result is 38 times slower
_LEAST = 1.01 * math.exp(_FLOOR)
TAIL_STEP = math.exp(0.5)
MOST_TAIL_LEVELS = 120  # e^60 in noise variance: no two distinct float64 rows need more
_WORTH_COMPILING = 4096  # columns
_BATCH_ELEMENTS = 65536  # columns times queries worked on at once: fits the cache, hides the cost of a call


def batch_size(n_columns: int) -> int:
    """Queries swept at once: many where there are few columns. Depends on nothing else, so results do not either."""
    return max(1, _BATCH_ELEMENTS // n_columns)


@dataclass(frozen=True)
class Visit(Generic[T]):
    """One query: its nearest other point, the distance, and what the visitor made of it."""

    nearest_row: int
    nearest_distance: float
    result: T


@dataclass(frozen=True)
class QuerySums:
    """Sums over the other points at each level t (ascending) of one query.

    Branch 0 is the query itself (w = 0); branches 1+2d and 2+2d are the noise draws +w_d and -w_d. With weights
    e^{-(A/t + B/sqrt(t))} relative to the query's own (docs/theory.md, section 6):

    Attributes:
        t: Levels, (levels,).
        log_sum: log S, (levels, branches).
        log_square_sum: Log of the sum of squared weights, (levels, branches).
        half_squared: Weighted mean of A, (levels, branches).
        projection: Weighted mean of the signed B, (levels, branches); 0 on branch 0.
    """

    __repr__ = short_repr

    t: Floats
    log_sum: Floats
    log_square_sum: Floats
    half_squared: Floats
    projection: Floats

    def gap(self) -> Floats:
        """Mean over the noise branches of -log S, (levels,)."""
        return -self.log_sum[:, 1:].mean(axis=1)


class TorchSweep:
    """The active columns of a batch, relative to each query's nearest neighbour; they only ever shrink."""

    def __init__(self, half_squared: torch.Tensor, projection: torch.Tensor, tolerance: float) -> None:
        full = torch.cat([half_squared[:, None], projection], dim=1)  # (q, 1 + draws, n)
        nearest = half_squared.argmin(1)[:, None, None].expand(-1, full.shape[1], 1)
        offset = full.gather(2, nearest)
        self.offset = offset[:, :, 0].cpu().numpy()  # (q, 1 + draws)
        ones = torch.ones_like(half_squared)[:, None]
        self.stack = torch.cat([full - offset, ones], dim=1).to(torch.float32)  # rows: A - A_nn, B_d - B_d,nn, 1
        self.draws = projection.shape[1]
        self.cut = math.log(half_squared.shape[1] / tolerance)

    def coefficients(self, t: float) -> Floats:
        """Rows: branches; columns: A, B_1..B_d. The logit of a column is coefficients . (A, B)."""
        table = np.zeros((1 + 2 * self.draws, 1 + self.draws))
        table[:, 0] = -1.0 / t
        for d in range(self.draws):
            table[1 + 2 * d, 1 + d] = -1.0 / math.sqrt(t)
            table[2 + 2 * d, 1 + d] = 1.0 / math.sqrt(t)
        return table

    def evaluate(self, t: float) -> Floats:
        """Return (q, 4, branches): log S, log sum of squares, mean A, mean signed B."""
        table = self.coefficients(t)
        logits = torch.from_numpy(table).to(self.stack) @ self.stack[:, :-1]  # (q, branches, n)
        top = logits.amax(2, keepdim=True)
        weights = logits.sub_(top).clamp_(min=_FLOOR).exp_()
        torch.threshold_(weights, _LEAST, 0.0)  # else a far column's A times e^-60 enters the mean of A
        sums = (weights @ self.stack.mT).double().cpu().numpy()  # (q, branches, (A, B_1.., 1))
        norm = torch.linalg.vector_norm(weights, dim=2).double().cpu().numpy()
        total = sums[:, :, -1]
        means = sums[:, :, :-1] / total[:, :, None] + self.offset[:, None]
        shift = top[:, :, 0].double().cpu().numpy() + self.offset @ table.T
        signs = table[:, 1:] * -math.sqrt(t)  # +1, -1 or 0: which draw the branch follows, and its sign
        projected = (signs * means[:, :, 1:]).sum(2)
        return np.stack([shift + np.log(total), 2 * (shift + np.log(norm)), means[:, :, 0], projected], axis=1)

    def drop(self, t: float) -> None:
        """Forget the columns whose total weight stays below the tolerance at this and every lower level.

        Relative to the nearest neighbour the logit of a column is -(dA/t + dB/sqrt(t)) with dA >= 0: once it is below
        -cut < 0 it keeps falling as t falls, in every branch. So the dropped mass is at most n e^-cut = tolerance times
        the weight of the nearest neighbour. A column goes when every query of the batch lets it go.
        """
        rise = self.stack[:, 0] / t
        if self.draws:
            rise = rise - self.stack[:, 1 : 1 + self.draws].abs().amax(1) / math.sqrt(t)
        keep = (rise <= self.cut).any(0)
        if int(keep.sum()) < 0.8 * self.stack.shape[2]:
            self.stack = self.stack[:, :, keep]


def _state(half_squared: torch.Tensor, projection: torch.Tensor, tolerance: float) -> "TorchSweep | FusedSweep":
    if half_squared.shape[1] >= _WORTH_COMPILING and half_squared.device.type == "cpu" and can_compile():
        from remanifold.measures.profile.fused_sweep import FusedSweep

        return FusedSweep(half_squared, projection, tolerance)
    return TorchSweep(half_squared, projection, tolerance)


def has_ended(log_sum: Floats, *, up: bool) -> bool:
    """Whether a batch need not be followed beyond a level where its log S, (q, branches), are ``log_sum``.

    Upwards where every gap has changed sign and no query attracts itself, downwards where every gap is positive again.
    """
    noisy, still = log_sum[:, 1:].mean(axis=1), log_sum[:, 0]
    return bool((np.minimum(noisy, still) > 0 if up else noisy < 0).all())


def sweep_queries(
    half_squared: torch.Tensor,
    projection: torch.Tensor,
    levels: Floats,
    *,
    tolerance: float = 1e-7,
    bracket: bool = True,
) -> list[QuerySums]:
    """Sums of a batch of queries at ``levels`` and, with ``bracket``, at as many more as their own collapses need.

    Args:
        half_squared: A of the other points, (q, n) float64, own column removed.
        projection: B of each draw, (q, draws, n) float64.
        levels: Noise variances, ascending.
        tolerance: Bound on the dropped over the kept weight.
        bracket: Go on above and below ``levels``, in factors e^(1/2), until every gap has changed sign, and above also
            until no query attracts itself (log S > 0 without noise).

    Returns:
        The sums of each query, at levels ascending.
    """
    state = _state(half_squared, projection, tolerance)
    known: dict[float, Floats] = {}

    def walk(t: float, factor: float) -> None:
        for _ in range(MOST_TAIL_LEVELS if bracket else 0):
            if has_ended(known[t][:, 0], up=factor > 1):
                return
            t *= factor
            if factor < 1:
                state.drop(t)
            known[t] = state.evaluate(t)

    known[float(levels[-1])] = state.evaluate(float(levels[-1]))
    walk(float(levels[-1]), TAIL_STEP)  # up to where log S > 0
    for count, level in enumerate(levels[-2::-1]):
        if count % 3 == 0:
            state.drop(float(level))
        known[float(level)] = state.evaluate(float(level))
    walk(float(levels[0]), 1 / TAIL_STEP)  # down to where log S < 0
    ascending = np.array(sorted(known))
    table = np.stack([known[t] for t in ascending], axis=1)  # (q, levels, 4, branches)
    return [QuerySums(ascending, *(rows[:, k] for k in range(4))) for rows in table]
