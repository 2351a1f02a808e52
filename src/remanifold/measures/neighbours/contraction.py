"""A few coordinates of every row in which no two rows are farther apart than the rows themselves."""

import numpy as np
from scipy.spatial import KDTree

from remanifold._core.errors import refusal
from remanifold._core.progress import Progress
from remanifold._core.seeds import generator
from remanifold._core.types import Floats, Integers
from remanifold.measures.neighbours.reading import RowReader, column_blocks, share_of

_DIRECTIONS, _FEWEST_DIRECTIONS = 12, 6  # with fewer than these too many pairs would be left
_SAMPLE = 600  # rows that fix the directions
_ROUNDING = 1e-12  # relative margin of a float64 projection
_TREE_BYTES = 32  # of a row in the tree, beside its coordinates


class Contraction:
    """Coordinates of the rows of a set along principal directions, and the norm of what lies outside these.

    |c(x) - c(y)|^2 + (r(x) - r(y))^2 <= |x - y|^2 for orthonormal directions, by Pythagoras and the triangle
    inequality; so all partners of a row within a radius lie within that radius, and the rounding margin, in a k-d tree.

    Attributes:
        tree: Of the rows.
        margin: By how much rounding can move a distance in coordinates between two of them.
    """

    def __init__(self, points: RowReader, rows: Integers, memory: int, progress: Progress) -> None:
        """Read ``rows`` of ``points`` once; fewer directions where ``memory`` is small.

        Raises:
            InvalidInput: if it does not hold a few coordinates a row.
        """
        fits = int(memory // 2 // len(rows) - _TREE_BYTES) // 8 - 1
        least = tree_memory(len(rows), points.ambient_dim)
        need = f"the search needs a memory budget of at least {least // 10**6 + 1} MB"
        if fits < min(_FEWEST_DIRECTIONS, points.ambient_dim):
            raise refusal(need, f"{memory / 1e6:.3g} MB", "raise `memory`")
        sample = rows[np.sort(generator(0, "directions").permutation(len(rows))[:_SAMPLE])]
        size = max(1, min(len(sample), memory // (64 * points.ambient_dim)))
        self._centre, block = _spread(points, sample, size)
        self._directions = _principal(block, min(_DIRECTIONS, fits))
        del block
        self._farthest = 0.0
        table = np.empty((len(rows), self._directions.shape[1] + 1))
        for start, block in column_blocks(points, rows, most=share_of(memory, 16)):
            table[start : start + len(block)], self._farthest = self._mapped(block)
            progress("coordinates", start + len(block), len(rows))
        self.tree, self.margin = KDTree(table), _ROUNDING * self._farthest * points.ambient_dim

    def _mapped(self, values: Floats) -> tuple[Floats, float]:
        """Coordinates of ``values``, and the largest number seen in the set or here."""
        block = values - self._centre
        inside = block @ self._directions
        largest = max(self._farthest, float(np.abs(block).max()))
        block -= inside @ self._directions.T  # not by a difference of squares, which would lose half of the digits
        return np.concatenate([inside, np.linalg.norm(block, axis=1, keepdims=True)], axis=1), largest

    def of_rows(self, values: Floats) -> tuple[Floats, float]:
        """Coordinates of other rows (k, N), and by how much rounding can move a distance in coordinates."""
        table, largest = self._mapped(values)
        return table, _ROUNDING * largest * values.shape[1]


def tree_memory(n_points: int, ambient_dim: int) -> int:
    """Bytes of the least budget of a `Contraction`."""
    return 2 * n_points * (_TREE_BYTES + 8 * (1 + min(_FEWEST_DIRECTIONS, ambient_dim)))


def _principal(block: Floats, most: int) -> Floats:
    """Orthonormal directions, at most ``most``, in which ``block`` (k, N) varies most, (N, directions)."""
    most = min(most, *block.shape)
    if len(block) < block.shape[1]:  # the small side, once; whatever rounding does, the directions are orthonormal
        return np.linalg.qr(block.T @ np.linalg.eigh(block @ block.T)[1][:, ::-1][:, :most])[0]
    return np.linalg.eigh(block.T @ block)[1][:, ::-1][:, :most]


def _spread(points: RowReader, sample: Integers, size: int) -> tuple[Floats, Floats]:
    """Mean of the rows ``sample``, and ``size`` deviations from it that show how all of them differ, (size, N).

    Where not all fit, they are sums of all of them with random signs: of rows left out no direction would know.
    """
    if size >= len(sample):
        block = points.take(sample, np.float64)
        centre = block.mean(axis=0)
        return centre, block - centre
    signs = generator(0, "signs of directions").choice([-1.0, 1.0], size=(size, len(sample)))
    centre, sums = np.zeros(points.ambient_dim), np.zeros((size, points.ambient_dim))
    for start in range(0, len(sample), size):
        block = points.take(sample[start : start + size], np.float64)
        centre += block.sum(axis=0)
        sums += signs[:, start : start + size] @ block
    centre /= len(sample)
    return centre, sums - signs.sum(axis=1)[:, None] * centre
