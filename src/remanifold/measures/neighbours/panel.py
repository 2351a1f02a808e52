"""Two matrix products that serve every noise level: distances and noise projections of queries against all points."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress, silent
from remanifold._core.seeds import normals_at
from remanifold._core.types import Floats, Integers
from remanifold.data import Points
from remanifold.measures.neighbours.eight_bit import eight_bit_rows, exact_writer, stored_rows
from remanifold.measures.neighbours.reading import COLUMN_BYTES, RowReader, over_blocks, read_rows

_CPU = torch.device("cpu")
NOISE_PURPOSE = "noise of the profile"
_DOUBTFUL = 1e-7  # of the norms: a smaller A has lost more than eight digits of the product to cancellation
_PAIR_BYTES = 2**22  # of rows whose differences are taken at once
_MEDIAN_NUMBERS = 2**18
_OF_MEDIAN = 32  # rows at least, where there are so many
_LONG = 256  # columns a query: from here on copies of stretches pay
FARTHEST = 1e30  # largest A: the sweep works in float32


@dataclass(frozen=True)
class Panel:
    """Energies of a block of queries xi_a against all columns mu (docs/explanation/theory.md, section 6).

    Attributes:
        half_squared: A = |xi_a - xi_mu|^2 / 2, (queries, columns) float64.
        projection: B = w_d . (xi_a - xi_mu) of each noise draw d, (queries, draws, columns) float64.
        own: Column of each query itself, (queries,); -1 where the query is no column.
    """

    half_squared: torch.Tensor
    projection: torch.Tensor
    own: Integers


def noise_of(seed: int, rows: NDArray[np.integer], n_draws: int, ambient_dim: int, threads: int = 1) -> Floats:
    """Noise directions of the queries ``rows``: (queries, draws, N); row i's noise depends on (seed, i) alone."""
    numbers = normals_at(seed, NOISE_PURPOSE, rows, n_draws * ambient_dim, threads)
    return numbers.reshape(len(rows), n_draws, ambient_dim)


def compute_panel(
    points: RowReader,
    columns: NDArray[np.integer],
    queries: Floats,
    noise: Floats,
    own: Integers,
    *,
    device: torch.device = _CPU,
    threads: int = 1,
    column_bytes: int = COLUMN_BYTES,
    progress: Progress = silent,
) -> Panel:
    """Stream the rows ``columns`` of ``points`` past a block of queries.

    Args:
        points: Where the columns are read from.
        columns: Row numbers that count, ascending, (n,).
        queries: Query points, (q, N) float64.
        noise: Their noise directions, (q, draws, N).
        own: Column position of each query, or -1.
        device: Where the products run and the panel lies.
        threads: Blocks of columns worked on at once, one thread each: the numbers do not depend on it.
        column_bytes: Of one block of columns, and of each product with it.
        progress: Told the columns done.

    Returns:
        The panel; every product in float64 and centred on the median query, which a far outlier cannot move. Where A is
        so small beside the norms that the product loses digits, it is recomputed from explicit differences. Of rows
        stored in 8 bits A is exact, by whole numbers, and the noise is rounded to 3e-7 (`eight_bit`).

    Raises:
        InvalidInput: for points so far apart that the sweep would overflow.
    """
    q, draws, n = len(queries), noise.shape[1], len(columns)
    energies = torch.empty((q, 1 + draws, n), dtype=torch.float64, device=device)
    half, projection = energies[:, 0], energies[:, 1:]
    stored = eight_bit_rows(points, queries) if device.type == "cpu" else None
    if stored is None or not isinstance(points, Points):
        fill, read = _fill(queries, noise, energies), read_rows
    else:
        fill, read = _exact_fill(exact_writer(points, stored, noise), energies.numpy()), stored_rows
    for stop in over_blocks(points, columns, q, fill, threads, column_bytes, read):
        progress("distances", stop, n)
    farthest = float(half.max())
    if not (farthest <= FARTHEST):
        need = "half the squared distance of any two points must be at most 1e30"
        raise refusal(need, f"{farthest:.3g}", "remove fill values or rescale the data")
    return Panel(half, projection, own)


def _fill(queries: Floats, noise: Floats, energies: torch.Tensor) -> Callable[[int, Any], int]:
    """What writes A and B of a block of rows, float64, to ``energies`` (q, 1 + draws, n) and returns where it ends."""
    centre, device = middle_of(queries), energies.device
    stacked = torch.empty((len(queries), energies.shape[1], queries.shape[1]), dtype=torch.float64, device=device)
    left = stacked[:, 0]  # one product for all
    torch.sub(torch.from_numpy(queries).to(device), torch.from_numpy(centre).to(device), out=left)
    stacked[:, 1:] = torch.from_numpy(noise)
    own_products = torch.einsum("qdn,qn->qd", stacked, left)
    own_products[:, 0] /= 2

    def fill(start: int, block: Floats) -> int:
        block -= centre
        right = torch.from_numpy(block).to(device)
        stop = start + len(right)
        part = energies[:, :, start:stop]
        torch.mm(stacked.flatten(0, 1), right.T, out=energies.flatten(0, 1)[:, start:stop])
        torch.sub(own_products[:, :, None], part, out=part)
        norms = (right * right).sum(1) / 2
        part[:, 0] += norms
        _take_differences(left, right, own_products[:, 0], norms, out=part[:, 0])
        return stop

    return fill


def _exact_fill(write: Callable[[Any, Floats], None], energies: Floats) -> Callable[[int, Any], int]:
    """`_fill` with rows stored in 8 bits."""

    def fill(start: int, block: Any) -> int:
        write(block, energies[:, :, start : start + len(block)])
        return start + len(block)

    return fill


def middle_of(rows: Floats) -> Floats:
    """The median row (N,) of some that lie evenly among ``rows``, columns by columns: the median of all copies them."""
    rows = rows[:: max(1, len(rows) // _OF_MEDIAN)]
    step = max(1, _MEDIAN_NUMBERS // len(rows))
    return np.concatenate([np.median(rows[:, k : k + step], axis=0) for k in range(0, rows.shape[1], step)])


def joined(parts: Sequence[Panel]) -> Panel:
    """The panel of the queries of all ``parts``."""
    half = torch.cat([part.half_squared for part in parts])
    return Panel(half, torch.cat([part.projection for part in parts]), np.concatenate([part.own for part in parts]))


def without_own(half: torch.Tensor, projection: torch.Tensor, own: Integers) -> tuple[torch.Tensor, torch.Tensor]:
    """A (q, n) and B (q, draws, n) of a panel without the column ``own`` (q,) of each query."""
    if half.shape[1] >= _LONG * len(own):  # whole stretches, where looking up each number costs five times as much
        shape = half.shape[1] - 1
        kept, along = half.new_empty((len(own), shape)), projection.new_empty((*projection.shape[:2], shape))
        for k, place in enumerate(own.tolist()):
            for source, target in ((half[k], kept[k]), (projection[k], along[k])):
                target[..., :place] = source[..., :place]
                target[..., place:] = source[..., place + 1 :]
        return kept, along
    others = torch.arange(half.shape[1] - 1).expand(len(own), -1)
    others = (others + (others >= torch.from_numpy(own)[:, None])).to(half.device)
    return half.gather(1, others), projection.gather(2, others[:, None].expand(-1, projection.shape[1], -1))


def half_squared(left: torch.Tensor, right: torch.Tensor, *, out: torch.Tensor) -> None:
    """Write |left - right|^2 / 2 of all pairs, (q, k), to ``out``: a product, and explicit differences where its
    digits cancel."""
    left_norms, right_norms = ((side * side).sum(1) / 2 for side in (left, right))
    torch.sub(left_norms[:, None] + right_norms, left @ right.T, out=out)
    _take_differences(left, right, left_norms, right_norms, out=out)


def _take_differences(
    left: torch.Tensor, right: torch.Tensor, left_norms: torch.Tensor, right_norms: torch.Tensor, *, out: torch.Tensor
) -> None:
    """Mend |left - right|^2 / 2, (q, k), in ``out`` where it is small beside the two halved squared norms."""
    if len(right) == 0:
        return
    near = (out.amin(1) < _DOUBTFUL * (left_norms + right_norms.max())).nonzero()[:, 0]
    places, columns = (out[near] < _DOUBTFUL * (left_norms[near, None] + right_norms)).nonzero(as_tuple=True)
    rows, step = near[places], max(1, _PAIR_BYTES // (8 * left.shape[1]))
    for start in range(0, len(rows), step):
        i, j = rows[start : start + step], columns[start : start + step]
        gap = left[i] - right[j]
        out[i, j] = (gap * gap).sum(1) / 2
