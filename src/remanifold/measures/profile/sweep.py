"""From high to low noise along a few queries: sums over all other points, dropping what can never matter again."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.compiled.functions import can_compile
from remanifold._core.errors import refusal
from remanifold._core.shown import short_repr
from remanifold._core.types import Floats, Integers

if TYPE_CHECKING:
    from remanifold.measures.profile.fused_sweep import FusedSweep

T = TypeVar("T")
_KERNELS = "remanifold.measures.profile.fused_sweep"
_FLOOR = -60.0  # e^-60 is far below the tolerance; the exponential of a denormal result is 38 times slower
_LEAST = 1.01 * math.exp(_FLOOR)
TAIL_STEP = math.exp(0.5)
MOST_TAIL_LEVELS = 120  # e^60 in noise variance: no two distinct float64 rows need more
MOST_IN_RUN, LEAST_IN_RUN = 16, 3  # levels by recurrence, whose errors grow as their number squared; fewer cost more
_UNIFORM = 1e-9  # of a step
_DROPPED_EVERY = 3  # levels
_WORTH_COMPILING, _WORTH_PAIRS = 4096, 10**6  # columns, or pairs of a query and a column, that pay for loading numba
_NEAR, _WITHIN = 1e-4, 1e18  # largest A of a batch below which it is scaled up, about to the second of these
_LEVELS = (1e-36, 1e36)  # of scaled data: single precision holds them and their inverses
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
    e^{-(A/t + B/sqrt(t))} relative to the query's own (docs/explanation/theory.md, section 6):

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

    def in_units_of(self, unit: float) -> "QuerySums":
        """The same sums where lengths are given in ``unit`` times what they are now."""
        t, half, projection = self.t * unit**2, self.half_squared * unit**2, self.projection * unit
        return replace(self, t=t, half_squared=half, projection=projection)

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

    def evaluate(self, t: float, which: Integers | None = None) -> Floats:
        """Return (q, 4, branches): log S, log sum of squares, mean A, mean signed B; of the queries ``which`` only."""
        table, stack, offset = self.coefficients(t), self.stack, self.offset
        if which is not None and len(which) < len(offset):
            stack, offset = stack[torch.from_numpy(which).to(stack.device)], offset[which]
        logits = torch.from_numpy(table).to(stack) @ stack[:, :-1]  # (q, branches, n)
        top = logits.amax(2, keepdim=True)
        weights = logits.sub_(top).clamp_(min=_FLOOR).exp_()
        torch.threshold_(weights, _LEAST, 0.0)  # else a far column's A times e^-60 enters the mean of A
        sums = (weights @ stack.mT).double().cpu().numpy()  # (q, branches, (A, B_1.., 1))
        norm = torch.linalg.vector_norm(weights, dim=2).double().cpu().numpy()
        total = sums[:, :, -1]
        means = sums[:, :, :-1] / total[:, :, None] + offset[:, None]
        shift = top[:, :, 0].double().cpu().numpy() + offset @ table.T
        signs = table[:, 1:] * -math.sqrt(t)  # +1, -1 or 0: which draw the branch follows, and its sign
        projected = (signs * means[:, :, 1:]).sum(2)
        return np.stack([shift + np.log(total), 2 * (shift + np.log(norm)), means[:, :, 0], projected], axis=1)

    def along(self, run: Floats) -> Floats:
        """`evaluate` at the levels ``run`` (levels,), descending: (levels, q, 4, branches)."""
        tables = []
        for count, t in enumerate(run.tolist()):
            if count and count % _DROPPED_EVERY == 0:
                self.drop(t)
            tables.append(self.evaluate(t))
        return np.stack(tables)

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


def _state(
    half_squared: torch.Tensor, projection: torch.Tensor, tolerance: float, pairs: int
) -> "TorchSweep | FusedSweep":
    large = half_squared.shape[1] >= _WORTH_COMPILING or pairs >= _WORTH_PAIRS
    if large and half_squared.device.type == "cpu" and can_compile(_KERNELS):
        from remanifold.measures.profile.fused_sweep import FusedSweep

        return FusedSweep(half_squared, projection, tolerance)
    return TorchSweep(half_squared, projection, tolerance)


def _unit(farthest: float) -> float:
    """The power of 2 by which lengths are multiplied where the largest A is ``farthest``; 1 but for tiny distances."""
    if not 0 < farthest < _NEAR:
        return 1.0
    return 2.0 ** round(math.log2(_WITHIN / farthest) / 2)


def has_ended(log_sum: Floats, *, up: bool) -> NDArray[np.bool_]:
    """Which queries (q,) need not be followed beyond a level where their log S, (q, branches), are ``log_sum``.

    Upwards where the gap has changed sign and the query attracts itself no more, downwards where the gap is positive.
    """
    noisy, still = log_sum[:, 1:].mean(axis=1), log_sum[:, 0]
    return np.minimum(noisy, still) > 0 if up else noisy < 0


def sweep_queries(
    half_squared: torch.Tensor,
    projection: torch.Tensor,
    levels: Floats,
    *,
    tolerance: float = 1e-7,
    bracket: bool = True,
    pairs: int = 0,
) -> list[QuerySums]:
    """Sums of a batch of queries at ``levels`` and, with ``bracket``, at as many more as their own collapses need.

    Args:
        half_squared: A of the other points, (q, n) float64, own column removed.
        projection: B of each draw, (q, draws, n) float64.
        levels: Noise variances, ascending.
        tolerance: Bound on the dropped over the kept weight.
        bracket: Go on above and below ``levels``, in factors e^(1/2), until every gap has changed sign, and above also
            until no query attracts itself (log S > 0 without noise), each query for itself.
        pairs: Of a query and a column in the whole of the work, of which these are a part.

    Returns:
        The sums of each query, at levels ascending; of tiny distances in a larger unit, a power of 2, which changes no
        digit of what single precision holds. Levels uniform in 1/sqrt(t), as those of `levels.lattice` are
        piece by piece, cost a fifth of others in the compiled sweep (`recurrence`).

    Raises:
        InvalidInput: for levels beyond 1e36, or 1e-36, in units of the data, or of some 1e-9 of the farthest distance
            where that is below .01.
    """
    unit = _unit(float(half_squared.max()))
    if unit != 1:
        options = {"tolerance": tolerance, "bracket": bracket, "pairs": pairs}
        found = sweep_queries(half_squared * unit**2, projection * unit, levels * unit**2, **options)
        return [sums.in_units_of(1 / unit) for sums in found]
    if not (_LEVELS[0] <= levels[0] and levels[-1] <= _LEVELS[1]):
        need = "noise levels must be such that single precision holds the squared distances of these data over them"
        raise refusal(need, f"{levels[0]:.3g} to {levels[-1]:.3g}", "name levels nearer to the squared distances")
    state = _state(half_squared, projection, tolerance, pairs)
    pieces = _runs_of(levels.tobytes())
    common = [state.along(pieces[0])]
    above = _walk(state, float(levels[-1]), common[0][0], TAIL_STEP) if bracket else {}  # up to where log S > 0
    since = len(pieces[0])
    for run in pieces[1:]:
        if since >= _DROPPED_EVERY:
            state.drop(float(run[0]))
            since = 0
        common.append(state.along(run))
        since += len(run)
    below = _walk(state, float(levels[0]), common[-1][-1], 1 / TAIL_STEP) if bracket else {}  # to where log S < 0
    table = np.concatenate(common)[::-1]
    return [_joined(query, levels, table[:, query], below, above) for query in range(len(half_squared))]


def _walk(
    state: "TorchSweep | FusedSweep", t: float, last: Floats, factor: float
) -> dict[float, tuple[Integers, Floats]]:
    """Level -> the queries that are followed there, ascending, and their sums; ``last`` are those of all at ``t``."""
    found: dict[float, tuple[Integers, Floats]] = {}
    which = np.arange(len(last))
    for _ in range(MOST_TAIL_LEVELS):
        goes_on = ~has_ended(last[:, 0], up=factor > 1)
        which, last = which[goes_on], last[goes_on]
        if len(which) == 0:
            break
        t *= factor
        if factor < 1:
            state.drop(t)
        last = state.evaluate(t, which)
        found[t] = which, last
    return found


def _joined(query: int, levels: Floats, table: Floats, *tails: dict[float, tuple[Integers, Floats]]) -> QuerySums:
    """The sums of one query, ``table`` (levels, 4, branches) at the common levels and those of the tails."""
    t, pieces = [levels], [table]
    for tail in tails:
        for level, (which, sums) in tail.items():
            place = int(np.searchsorted(which, query))
            if place == len(which) or which[place] != query:  # nor is it followed beyond
                break
            t.append(np.array([level]))
            pieces.append(sums[place : place + 1])
    if len(t) > 1:
        levels, table = np.concatenate(t), np.concatenate(pieces)
        order = np.argsort(levels)
        levels, table = levels[order], table[order]
    return QuerySums(levels, *(table[:, k] for k in range(4)))


@lru_cache(maxsize=8)
def _runs_of(levels: bytes) -> list[Floats]:
    """`runs` of the same levels for every batch of queries."""
    return runs(np.frombuffer(levels))


def runs(levels: Floats) -> list[Floats]:
    """``levels`` (ascending) from high to low: runs of 3 to 16 uniform in u = 1/sqrt(t), others one by one."""
    descending = levels[::-1]
    u = 1 / np.sqrt(descending)
    pieces, start = list[Floats](), 0
    while start < len(u):
        steps = np.diff(u[start : start + MOST_IN_RUN])
        uneven = np.flatnonzero(np.abs(steps - steps[:1]) > _UNIFORM * steps[:1])
        count = int(uneven[0]) + 1 if len(uneven) else len(steps) + 1
        count = count if count >= LEAST_IN_RUN else 1
        pieces.append(descending[start : start + count])
        start += count
    return pieces
