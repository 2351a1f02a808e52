"""Panels of rows stored as 8-bit whole numbers, by products of 8-bit numbers: exact, in a quarter of the time.

With y = scale u + shift, the half squared distance of two rows is scale^2 |u - u'|^2 / 2: but for its scale a whole
number, and exact. The noise is written in three 8-bit digits, w = s (k_1 + k_2 / 254 + k_3 / 254^2) with
s = max |w| / 127, which moves it by at most 3e-7 (max |w| = 4.5): B is that of the noise so rounded, 0 of equal rows.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.compiled.functions import can_compile
from remanifold._core.types import Floats, Integers
from remanifold.data import Points

_KERNELS = "remanifold.measures.neighbours.fused_eight_bit"
_BASE, _DIGITS = 254, 3
MOST_SUMMED = 2**31 // 128**2 - 1  # products of 8-bit numbers that fit 32 bits
_EXACT = 1024  # squares of 8-bit numbers whose sum single precision holds
_WORTH_COMPILING = 10**5  # numbers of a block that pay for loading numba
_QUERIES, _ROWS = 64, 1024  # of one product: what comes out stays in the second-level cache


def eight_bit_rows(points: object, queries: Floats) -> NDArray[np.int8] | None:
    """``queries`` (q, N) as 8-bit numbers, if they and the rows of ``points`` can be multiplied so, else None."""
    if not isinstance(points, Points) or not stored_in_eight_bits(points):
        return None
    scale, shift, low = points.record.scale, points.record.shift, np.iinfo(points.rows.dtype).min
    stored = np.rint((queries - shift) / scale)
    same = bool((stored * scale + shift == queries).all() and (stored >= low).all() and (stored <= low + 255).all())
    if not same:
        return None
    return (stored - (low + 128)).astype(np.int8)


def stored_in_eight_bits(points: Points) -> bool:
    """Whether the rows of ``points`` are plain 8-bit numbers, and can be multiplied as such."""
    plain = type(points) is Points and points.rows.dtype in (np.uint8, np.int8)  # others map what is stored
    return plain and points.ambient_dim <= MOST_SUMMED and products_are_exact()


@cache
def products_are_exact() -> bool:
    """Whether torch multiplies 8-bit numbers on this processor, by instructions of its own, without a lost bit."""
    supported: Any = getattr(torch.cpu, "_is_vnni_supported", None)
    if supported is None or not supported() or not hasattr(torch, "_int_mm"):
        return False
    hard = torch.full((40, 600), -128, dtype=torch.int8)
    hard[1::3], hard[2::3, ::2] = 127, 127
    try:
        got = _product(hard, hard, torch.empty((40, 40), dtype=torch.int32))
    except (RuntimeError, TypeError):
        return False
    return bool((got.double() == hard.double() @ hard.double().T).all())


def _product(left: torch.Tensor, right: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    multiply: Any = getattr(torch, "_int_mm")  # noqa: B009  the stubs do not know it
    return multiply(left, right.T, out=out)


def stored_rows(points: Points, rows: Integers) -> NDArray[np.int8]:
    """Rows ``rows`` (ascending) of ``points``, which are stored in 8 bits, around their middle, (k, N)."""
    first, last = int(rows[0]), int(rows[-1])
    together = last - first + 1 == len(rows)
    stored = points.stored(first, last + 1) if together else points.stored_at(rows)
    stored = stored.reshape(len(rows), -1)
    moved = (stored ^ np.uint8(128)).view(np.int8) if stored.dtype == np.uint8 else np.array(stored)
    points.require_unchanged(now=last + 1 == points.n_points)
    return moved


def exact_writer(
    points: Points, queries: NDArray[np.int8], noise: Floats
) -> Callable[[NDArray[np.int8], Floats], None]:
    """What writes A and B of a block of `stored_rows` (k, N) to float64 numbers (q, 1 + draws, k).

    Args:
        points: Whose rows they are.
        queries: `eight_bit_rows`, (q, N).
        noise: Noise directions in the units of the points, (q, draws, N).
    """
    left, steps = _digits(queries, noise)
    steps *= points.record.scale
    own = np.concatenate([_own_products(left[start : start + 1]) for start in range(len(left))])  # (q, 1 + digits)
    square = points.record.scale**2

    def write_block(block: NDArray[np.int8], out: Floats) -> None:
        put, right = write, torch.from_numpy(block)
        if out.size >= _WORTH_COMPILING and can_compile(_KERNELS):
            from remanifold.measures.neighbours.fused_eight_bit import write as put
        for row in range(0, len(right), _ROWS):
            part = right[row : row + _ROWS]
            norms = _half_norms(part)
            for query in range(0, len(left), _QUERIES):
                these = slice(query, query + _QUERIES)
                product = torch.empty((*left[these].shape[:2], len(part)), dtype=torch.int32)
                _product(left[these].flatten(0, 1), part, product.flatten(0, 1))
                into = out[these, :, row : row + len(part)]
                put(product.numpy(), own[these], norms, steps[these], square, _BASE, into)

    return write_block


def product_of_columns(block: NDArray[np.int8]) -> NDArray[np.int32]:
    """Sums over the rows of a block (k, N) of the products of its columns, (N, N), exact for k up to `MOST_SUMMED`."""
    columns = torch.from_numpy(np.ascontiguousarray(block.T))
    return _product(columns, columns, torch.empty((len(columns),) * 2, dtype=torch.int32)).numpy()


def write(product: Any, own: Any, norms: Any, steps: Any, square: float, base: int, out: Any) -> None:
    """A and B (q, 1 + draws, k) from whole products (q, 1 + digits, k) and those of the queries with themselves.

    Args:
        product, own: Of queries and the digits of their noise with rows, and with the queries, (q, 1 + digits).
        norms: Half the squared norms of the rows, (k,).
        steps: Noise of one step of the first digit, (q, draws).
        square: Squared data units of a squared step of the rows.
        base: Steps of a digit in one of the digit before it.
        out: Written, float64.
    """
    product, own, norms, steps, out = (torch.from_numpy(a) for a in (product, own, norms, steps, out))
    torch.sub(own[:, :1].double() / 2 + norms, product[:, 0], out=out[:, 0])
    out[:, 0] *= square
    torch.sub(own[:, 1:, None], product[:, 1:], out=product[:, 1:])  # whole numbers: 0 where rows are equal
    for draw in range(out.shape[1] - 1):
        first, second, third = (product[:, 1 + _DIGITS * draw + digit] for digit in range(_DIGITS))
        low = third.to(torch.float32).mul_(1 / base).add_(second).mul_(1 / base)
        out[:, 1 + draw].copy_(first).add_(low).mul_(steps[:, draw, None])


def _digits(queries: NDArray[np.int8], noise: Floats) -> tuple[torch.Tensor, Floats]:
    """The query and the digits of its noise, (q, 1 + 3 draws, N) int8, and the noise of one step, (q, draws)."""
    q, draws, n = noise.shape
    left = np.empty((q, 1 + _DIGITS * draws, n), np.int8)
    left[:, 0] = queries
    steps = np.abs(noise).max(2) / 127
    for k in range(q):  # a query at a time: its noise in double precision is what takes room
        rest = noise[k] / np.where(steps[k] > 0, steps[k], 1.0)[:, None]
        for digit in range(_DIGITS):
            whole = np.rint(rest)
            left[k, 1 + digit :: _DIGITS] = whole
            rest -= whole
            rest *= _BASE
    return torch.from_numpy(left), steps


def _own_products(left: torch.Tensor) -> NDArray[np.int32]:
    """Of each query with itself and with its own digits, (q, 1 + digits) int32."""
    wide = left.double()  # sums of whole numbers below 2^53
    return torch.einsum("qkn,qn->qk", wide, wide[:, 0]).to(torch.int32).numpy()


def _half_norms(rows: torch.Tensor) -> Floats:
    """|row|^2 / 2, (k,) float64, exact."""
    norms = torch.zeros(len(rows), dtype=torch.float64)
    for start in range(0, rows.shape[1], _EXACT):
        norms += rows[:, start : start + _EXACT].to(torch.float32).square_().sum(1)
    return (norms / 2).numpy()
