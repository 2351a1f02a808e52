"""Sums over data that stream past: a certified screening in single precision, then exact differences."""

import math

import torch

from remanifold._core.progress import Progress
from remanifold.scores.budget import Budget
from remanifold.scores.centred import CentredData
from remanifold.scores.dense.products import dense_error, dense_sums
from remanifold.scores.plan import Plan
from remanifold.scores.screening import Keys
from remanifold.scores.softmax_sums import SoftmaxSums
from remanifold.scores.streamed.candidates import Candidates, screen
from remanifold.scores.streamed.differences import fine_sums, rescored_sums

_FEW = 0.02  # share of the points below which explicit differences cost less than two products over all
_WIDE = 2**14  # numbers of a row from which the bound of a float32 product is too coarse to rule points out
_FEWEST, _FEWEST_WIDE = 256, 8  # candidates of a query that are always worth listing
LOGIT_ERROR = 1e-6  # nats of rounding that a product may leave in a logit


class StreamedSums:
    """The sums of a block of queries where no index is kept.

    Three paths, chosen by certified bounds: points that cannot matter are ruled out by one float32 product (float64 for
    wide rows) whose rounding is bounded, and the rest are rescored by explicit differences in float64; where most
    points matter, two float64 products run over all of them (float32 where the bound allows); where many near
    duplicates compete at tiny noise, a float64 product rules out and differences rescore.
    """

    def __init__(self, data: CentredData, budget: Budget, tolerance: float, progress: Progress) -> None:
        self.data, self.budget, self.tolerance, self.progress = data, budget, tolerance, progress
        wide = data.ambient_dim >= _WIDE
        self._fewest = _FEWEST_WIDE if wide else _FEWEST
        self._fine_keys = Keys(data, torch.float64, budget.points)
        self._keys = self._fine_keys if wide else Keys(data, torch.float32, budget.points)

    def solve(self, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool) -> SoftmaxSums:
        """Sums of the displacements xi - x for (batch, N) raw queries; ``single``: results are wanted in float32."""
        candidates = self.screened(x, t, top)
        sums = rescored_sums(self.data, candidates, x, t, top=top, pairs=self.budget.pairs)
        return self.rest(sums, candidates.many, x, t, top, single=single)

    def rest(
        self, sums: SoftmaxSums, many: torch.Tensor, x: torch.Tensor, t: torch.Tensor, top: int, *, single: bool
    ) -> SoftmaxSums:
        """``sums`` with the queries ``many`` (batch,) summed over all points."""
        exact = self.product_is_exact(x, t, torch.float64)
        rough = self.product_is_exact(x, t, torch.float32) & single
        fine = many & ~exact
        if bool(fine.any()):
            args = {"top": top, "pairs": self.budget.pairs, "progress": self.progress}
            sums = sums.placed(fine, fine_sums(self._fine_keys, x[fine], t[fine], self.window(t[fine]), **args))
        for dtype, which in ((torch.float32, many & exact & rough), (torch.float64, many & exact & ~rough)):
            if bool(which.any()):
                args = {"dtype": dtype, "top": top, "chunk": self.budget.points, "progress": self.progress}
                sums = sums.placed(which, dense_sums(self.data, x[which], t[which], **args))
        return sums

    def plan(self, x: torch.Tensor, t: torch.Tensor) -> Plan:
        """What `solve` would do."""
        candidates = self.screened(x, t, 0)
        exact = self.product_is_exact(x, t, torch.float64)
        pruned = int((~candidates.many).sum())
        return Plan(
            indexed=False,
            queries=len(x),
            pruned=pruned,
            survivors=len(candidates.query) / max(pruned, 1),
            dense=int((candidates.many & exact).sum()),
            fine=int((candidates.many & ~exact).sum()),
            dropped=self.tolerance,
        )

    def screened(self, x: torch.Tensor, t: torch.Tensor, top: int) -> Candidates:
        """The pairs that can matter, and the queries with too many of them."""
        budget, n_points = self.budget, self.data.n_points
        limit = min(max(self._fewest, int(_FEW * n_points), 4 * top), max(budget.candidates, 2 * top))
        if not math.isfinite(self._keys.c):
            nothing = torch.zeros(0, dtype=torch.int64, device=x.device)
            return Candidates(nothing, nothing, torch.ones(len(x), dtype=torch.bool, device=x.device))
        return screen(self._keys, self.data.scaled(x), self.window(t), top=top, limit=limit, progress=self.progress)

    def window(self, t: torch.Tensor) -> torch.Tensor:
        """(batch,) distance below the best overlap at which a point cannot matter, in units of the radius squared."""
        return t / self.data.radius**2 * math.log(self.data.n_points / self.tolerance)

    def product_is_exact(self, x: torch.Tensor, t: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """(batch,) whether a product in ``dtype`` leaves less error in a logit than allowed."""
        return dense_error(self.data, self.data.scaled(x), t, dtype) <= self.allowed(dtype)

    def allowed(self, dtype: torch.dtype) -> float:
        """Error in a logit that a product in ``dtype`` may leave, nats."""
        return self.tolerance if dtype == torch.float32 else min(self.tolerance, LOGIT_ERROR)
