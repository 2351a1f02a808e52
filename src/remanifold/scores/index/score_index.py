"""The index of the data: an order, leading coordinates and norms from which most points are ruled out at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch

from remanifold._core.memory import give_back
from remanifold._core.progress import Progress
from remanifold.scores.centred import CentredData
from remanifold.scores.index.principal import principal_bytes, principal_directions
from remanifold.scores.index.tree import bisection_order
from remanifold.scores.screening import rounding_gamma

LEAF = 128  # points of a block
_SLACK = 1.1  # as in screening: products of rounding errors, and the rounding of the bound itself
_TREE_COORDINATES = 32
_EDGES = (64, 192, 384)  # leading coordinates of the two levels, and of the last band but one
_BANDS = (64, 96, 128, 192, 256, 384)  # where bands of the other coordinates begin
_HELD_BACK = 1.25  # of what is freed on the way, the C library keeps some
_TINY = 1e-30
_NOTHING = 1e-6  # of the radius: single-precision data lie this close to a subspace
_PAYS = 0.6  # of the dimensions: a larger subspace saves too little
_ROUND_OFF = 1e-14  # of a squared norm: the norm outside the directions must not come out too small


@dataclass(frozen=True, eq=False)
class Level:
    """Keys (P, r + bands + 2) float32 in the index's order, whose product with a query row bounds x.xi - |xi|^2/2.

    Coordinates are centred, in units of the radius, along principal directions. Of the coordinates beyond ``r`` only
    their norms within bands are kept: a product of vectors is at most the product of their norms.

    Attributes:
        rank: r, leading coordinates kept.
        edges: Where the bands begin and end.
        c: Rounding of the product, relative to |x||xi| + |xi|^2/2.
        keys: [xi_1..r, |xi_band|.., |xi|, -(1 - c)|xi|^2/2].
    """

    rank: int
    edges: tuple[int, ...]
    c: float
    keys: torch.Tensor

    def of_queries(self, rotated: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
        """Query rows [x_1..r, |x_band|.., c|x|, 1] float32 from (batch, k + 1) rotated coordinates and their rest."""
        parts = [rotated[:, : self.rank], _band_norms(rotated, self.edges), self.c * norm, torch.ones_like(norm)]
        return torch.cat(parts, 1).float()


@dataclass(frozen=True, eq=False)
class ScoreIndex:
    """What is kept of the data to answer queries fast.

    Attributes:
        order: (P,) int64, the data's row at each place of the index: blocks of `LEAF` neighbours.
        basis: (N, k) float64 orthonormal principal directions.
        levels: Coarse and fine keys.
        rows: (P, N) float32 centred and scaled rows in the index's order, or their first ``rank`` coordinates (P, rank)
            where these are all; None where memory does not hold them.
        half: (P,) float32, -|xi|^2/2 of these.
        rank: Dimension of the subspace that holds the data to round-off; None where it would not save much.
        residual: Largest norm of a row's part outside the first ``rank`` directions (0 where rank is None).
    """

    order: torch.Tensor
    basis: torch.Tensor
    levels: tuple[Level, ...]
    rows: torch.Tensor | None
    half: torch.Tensor
    rank: int | None
    residual: float

    @property
    def n_blocks(self) -> int:
        """Blocks of `LEAF` points, the last one perhaps shorter."""
        return -(-len(self.order) // LEAF)

    @property
    def bytes(self) -> int:
        """Memory that the index takes."""
        kept = [self.order, self.basis, self.half, *(level.keys for level in self.levels)]
        kept += [] if self.rows is None else [self.rows]
        return sum(tensor.numel() * tensor.element_size() for tensor in kept)

    def rotated(self, scaled: torch.Tensor) -> torch.Tensor:
        """(batch, k + 1) float64: coordinates along the directions, and the norm of what is outside."""
        return _rotated(scaled, self.basis)


def index_bytes(n_points: int, ambient_dim: int, *, rows: bool) -> int:
    """Bytes that an index takes, with or without its copy of the rows."""
    columns = sum(min(r, ambient_dim) + len(_BANDS) + 2 for r in _EDGES[:2]) + 3
    return 4 * n_points * (columns + (ambient_dim if rows else 0))


def build_bytes(n_points: int, ambient_dim: int, *, rows: bool) -> int:
    """Bytes taken at the worst moment of a build: the index, all coordinates that it is made of, their directions."""
    kept = min(_EDGES[-1], ambient_dim)  # directions
    sorting = 12 * min(_TREE_COORDINATES, kept)  # the leading coordinates, and their deviations in float64
    per_point = 4 * (kept + 1) + 8 + 8 + sorting  # coordinates, half, order
    size = index_bytes(n_points, ambient_dim, rows=rows) + principal_bytes(ambient_dim, kept)
    return int(_HELD_BACK * (size + per_point * n_points))


def build_index(data: CentredData, chunk: int, *, rows: bool, room: int, progress: Progress) -> ScoreIndex:
    """Read the data once more and index them.

    Args:
        data: The points.
        chunk: Rows read at a time.
        rows: Keep a float32 copy of all rows in the index's order.
        room: Bytes that coordinates within a subspace may take which is found to hold the data.
        progress: Told ("indexing", rows done, rows).
    """
    basis = principal_directions(data, _EDGES[-1], chunk)
    give_back()
    k = basis.shape[1]
    coordinates = torch.empty(data.n_points, k + 1, dtype=torch.float32, device=data.device)
    half = torch.empty(data.n_points, dtype=torch.float64, device=data.device)
    for start, scaled in _chunks(data, chunk):
        piece = slice(start, start + len(scaled))
        coordinates[piece] = _rounded_up(_rotated(scaled, basis))
        half[piece] = torch.einsum("ij,ij->i", scaled, scaled) / -2
        progress("indexing", start + len(scaled), data.n_points)
    leading = coordinates[:, : min(_TREE_COORDINATES, k)].cpu().numpy()
    order = torch.as_tensor(bisection_order(leading, LEAF), device=data.device)
    rank, residual = _subspace(coordinates, data.ambient_dim)
    if rank is not None and 4 * rank * data.n_points > room:
        rank, residual = None, 0.0
    ranks = sorted({min(r, k, rank or k) for r in _EDGES[:2]})
    levels = tuple(_level(coordinates, half, order, r) for r in ranks)
    kept = None if rank is None else coordinates[:, :rank][order]
    del coordinates
    give_back()
    if rank is None and rows:
        kept = _ordered_rows(data, order, chunk)
    return ScoreIndex(order, basis, levels, kept, half[order].float(), rank, residual)


def _subspace(coordinates: torch.Tensor, ambient_dim: int) -> tuple[int | None, float]:
    """(rank, largest norm outside) of the smallest leading subspace with all rows to round-off, if it is small."""
    rest = coordinates[:, -1].double().square()
    rank = coordinates.shape[1] - 1
    while rank > 0 and float((rest + coordinates[:, rank - 1].double().square()).amax()) < _NOTHING**2:
        rank -= 1
        rest += coordinates[:, rank].double().square()
    residual = float(rest.amax().sqrt())
    pays = residual < _NOTHING and 0 < rank <= _PAYS * ambient_dim
    return (rank, residual) if pays else (None, 0.0)


def _level(coordinates: torch.Tensor, half: torch.Tensor, order: torch.Tensor, rank: int) -> Level:
    k = coordinates.shape[1] - 1
    edges = tuple(edge for edge in (rank, *(b for b in _BANDS if rank < b < k), k))
    width = rank + len(edges) + 2
    c = _SLACK * rounding_gamma(torch.float32, width + 4)
    keys = torch.empty(len(order), width, dtype=torch.float32, device=order.device)
    for start in range(0, len(order), 1024):  # in pieces, for memory
        piece = order[start : start + 1024]
        rows, squared = coordinates[piece].double(), -2 * half[piece][:, None]
        parts = [rows[:, :rank], _band_norms(rows, edges), squared.sqrt(), (c - 1) / 2 * squared + _TINY]
        keys[start : start + len(piece)] = torch.cat(parts, 1).float()
    return Level(rank, edges, c, keys)


def _band_norms(rotated: torch.Tensor, edges: tuple[int, ...]) -> torch.Tensor:
    """(batch, bands) norms within the bands; the last column is the norm of what is outside all directions."""
    bands = [rotated[:, low:high].norm(dim=1) for low, high in pairwise(edges)]
    return torch.stack([*bands, rotated[:, -1]], 1)


def _rotated(scaled: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    inside = scaled @ basis
    squared = torch.einsum("ij,ij->i", scaled, scaled)
    rest = (squared - torch.einsum("ij,ij->i", inside, inside)).clamp_(min=0) + _ROUND_OFF * squared
    return torch.cat([inside, rest.sqrt_()[:, None]], 1)


def _rounded_up(rotated: torch.Tensor) -> torch.Tensor:
    single = rotated.float()
    single[:, -1] = torch.nextafter(single[:, -1], torch.full_like(single[:, -1], torch.inf))
    return single


def _chunks(data: CentredData, chunk: int) -> Iterator[tuple[int, torch.Tensor]]:
    for start in range(0, data.n_points, chunk):
        yield start, data.scaled(data.raw(start, min(start + chunk, data.n_points)))


def _ordered_rows(data: CentredData, order: torch.Tensor, chunk: int) -> torch.Tensor:
    """(P, N) float32 rows in the index's order, read in the data's order."""
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order), device=order.device)
    rows = torch.empty(data.n_points, data.ambient_dim, dtype=torch.float32, device=data.device)
    for start, scaled in _chunks(data, chunk):
        rows[place[start : start + len(scaled)]] = scaled.float()
    return rows
