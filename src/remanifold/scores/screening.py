"""Which points can matter to a query: upper bounds of all logits from one matrix product, rounding included."""

import math
from collections.abc import Iterator

import torch

from remanifold.scores.centred import CentredData

_SLACK = 1.1  # for products of rounding errors and for the rounding of the bound itself
_LARGEST_GAMMA = 0.05  # beyond it products of rounding errors are no longer small


def rounding_gamma(dtype: torch.dtype, ambient_dim: int) -> float:
    """Bound g of the error of a product of rows a, b in ``dtype``: |fl(a.b) - a.b| <= g |a||b|, in any summation order.

    The classical n u / (1 - n u) with n = N + 8: N products and sums, the conversion of both rows, the bias column.
    Infinite where the device may round more coarsely than ``dtype`` says, or where the bound itself is useless.
    """
    if dtype == torch.float32 and not _products_are_single():
        return math.inf
    n_u = (ambient_dim + 8) * torch.finfo(dtype).eps / 2
    gamma = n_u / (1 - n_u) if n_u < 0.5 else math.inf
    return gamma if gamma <= _LARGEST_GAMMA else math.inf


def _products_are_single() -> bool:
    """Whether no setting of torch lets float32 products round like TF32 or bfloat16."""
    try:
        if torch.get_float32_matmul_precision() != "highest":
            return False
    except RuntimeError:  # the newer settings, below, are in use and say something else
        return False
    backends = torch.backends
    places = (backends, backends.cuda, backends.cuda.matmul, backends.mkldnn, getattr(backends.mkldnn, "matmul", None))
    return all(getattr(place, "fp32_precision", "none") in ("none", "ieee") for place in places)


class Keys:
    """Rows whose product with a query row bounds x.xi - |xi|^2/2 from above, in centred units of the radius.

    Key [xi, |xi|, -(1 - c) |xi|^2/2 + tiny], query [x, c |x|, 1]: the terms with c cover the rounding of the others,
    c = 1.1 gamma (|x||xi| + |xi|^2/2).
    """

    def __init__(self, data: CentredData, dtype: torch.dtype, chunk: int) -> None:
        self.data, self.dtype, self.size = data, dtype, chunk
        self.c = _SLACK * rounding_gamma(dtype, data.ambient_dim)
        self.tiny = 1e-30 if dtype == torch.float32 else 1e-290  # covers products that underflow

    def of_rows(self, raw: torch.Tensor) -> torch.Tensor:
        """Keys of raw points: (k, N + 2)."""
        rows = self.data.scaled(raw)
        squared = torch.einsum("ij,ij->i", rows, rows)[:, None]
        return torch.cat([rows, squared.sqrt(), squared * ((self.c - 1) / 2) + self.tiny], 1).to(self.dtype)

    def chunks(self) -> Iterator[tuple[int, torch.Tensor]]:
        """(index of the first point, keys) of all chunks in order."""
        for start in range(0, self.data.n_points, self.size):
            stop = min(start + self.size, self.data.n_points)
            yield start, self.of_rows(self.data.raw(start, stop))

    def of_queries(self, scaled: torch.Tensor) -> torch.Tensor:
        """Query rows (batch, N + 2) of centred and scaled queries."""
        norm = torch.linalg.vector_norm(scaled, dim=1, keepdim=True)
        return torch.cat([scaled, self.c * norm, torch.ones_like(norm)], 1).to(self.dtype)


class Threshold:
    """The level below which a point is certified not to matter to a query, rising as chunks come in.

    A point is kept if its upper bound reaches min(best - window, k-th best), where best and k-th best are LOWER bounds
    over the points seen so far and window = t log(P / tolerance): each dropped weight is then at most tolerance / P of
    the best one, and the k best are kept whatever their weight.
    """

    def __init__(self, keys: Keys, scaled: torch.Tensor, window: torch.Tensor, top: int) -> None:
        self.keys, self.window, self.kept = keys, window, max(top, 1)
        self.norm = torch.linalg.vector_norm(scaled, dim=1)[:, None]
        self.best = scaled.new_full((len(scaled), 0), -torch.inf)

    def raise_to(self, upper: torch.Tensor, rows: torch.Tensor) -> None:
        """Take in the upper bounds (batch, k) of the points with keys ``rows``."""
        values, where = upper.topk(min(self.kept, upper.shape[1]), dim=1)
        norms = rows[:, -2].double()[where]
        margin = 2 * _SLACK * self.keys.c * norms * (self.norm + norms / 2) + 4 * self.keys.tiny
        self.best = torch.cat([self.best, values.double() - margin], 1)
        self.best = self.best.topk(min(self.kept, self.best.shape[1]), dim=1).values

    @property
    def level(self) -> torch.Tensor:
        """(batch,) in the dtype of the keys, rounded down."""
        full = self.best.shape[1] == self.kept
        kth = self.best[:, -1] if full else torch.full_like(self.window, -torch.inf)
        exact = torch.minimum(self.best[:, 0] - self.window, kth)
        rounded = exact.to(self.keys.dtype)
        return torch.nextafter(rounded, torch.full_like(rounded, -torch.inf))
