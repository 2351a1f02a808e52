"""The panel of a few wide rows from one Gram matrix: their noise is drawn in the space that they span.

Of the noise w, B = w . (xi_a - xi_mu) sees its products with the rows only. About the mean row these are normal numbers
whose covariance is the rows' Gram matrix G, so that u = G^(1/2) z, with as many normal numbers z as there are rows, has
their law, and B = u_a - u_mu. G = -J A J, J = 1 - 1/P, follows from the half squared distances A (Young and Householder
1938). The symmetric root is a continuous function of G: which round-off its products had does not matter.
"""

from typing import Any

import numpy as np
import torch

from remanifold._core.progress import Progress, silent
from remanifold._core.types import Floats, Integers
from remanifold.measures.neighbours.panel import Panel, compute_panel, noise_of
from remanifold.measures.neighbours.reading import RowReader, read_rows

_MOST_ROWS, _FEWEST_NUMBERS, _WIDER = 2048, 4096, 16
_MATRICES = 5  # of P x P at once: distances, Gram matrix, its vectors, the root, a product
_RESOLVED = 1e-8  # of the trace of G: the root gives the difference of nearer rows to fewer than six digits


def are_few(n_points: int, ambient_dim: int) -> bool:
    """Whether rows are so few beside their numbers that noise in the space that they span costs less."""
    return n_points <= _MOST_ROWS and ambient_dim >= max(_FEWEST_NUMBERS, _WIDER * n_points)


def few_rows_bytes(n_points: int) -> int:
    """What `FewRows` takes."""
    return 8 * _MATRICES * n_points**2


def half_squared_of_pairs(
    points: RowReader, rows: Integers, at_once: int, how: dict[str, Any], progress: Progress = silent
) -> Floats:
    """A = |xi_mu - xi_nu|^2 / 2 of all pairs of the ``rows``, (P, P); see `FewRows`."""
    half = np.zeros((len(rows), len(rows)))
    for start in range(0, len(rows), at_once):
        values = read_rows(points, rows[start : start + at_once])
        stop, none = start + len(values), np.empty((len(values), 0, points.ambient_dim))
        own = np.arange(len(values))
        panel = compute_panel(points, rows[start:], values, none, own, progress=progress, **how)
        half[start:stop, start:] = panel.half_squared.cpu().numpy()
        half[start:, start:stop] = half[start:stop, start:].T
    half[np.diag_indices(len(rows))] = 0
    return half


class FewRows:
    """Distances of all pairs of the ``rows`` of ``points``, and their noise.

    Args:
        points, rows: Which rows count, ascending.
        at_once: Rows that are read at a time.
        how: Device, threads and column_bytes of `compute_panel`.
        progress: Told the rows done.

    Attributes:
        half_squared: A, (P, P) float64.
        resolved: Whether no two rows are so near that the root of G blurs them; noise must be drawn in full otherwise.
    """

    def __init__(
        self, points: RowReader, rows: Integers, at_once: int, how: dict[str, Any], progress: Progress = silent
    ) -> None:
        self.rows, n = rows, len(rows)
        half = half_squared_of_pairs(points, rows, at_once, how, progress)
        self.half_squared = half
        gram = half.mean(axis=0) + half.mean(axis=1, keepdims=True) - half.mean() - half
        values, vectors = np.linalg.eigh(gram)
        self._root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
        nearest = half[~np.eye(n, dtype=bool)].min()
        self.resolved = bool(nearest >= _RESOLVED * np.trace(gram))

    def panel(self, queries: Integers, n_draws: int, seed: int, device: torch.device) -> Panel:
        """The panel of the ``queries``, which are among the rows; noise depends on seed, row and their number alone."""
        own = np.searchsorted(self.rows, queries)
        noise = noise_of(seed, queries, n_draws, len(self.rows)) @ self._root
        projection = np.take_along_axis(noise, own[:, None, None], axis=2) - noise
        half = torch.from_numpy(self.half_squared[own]).to(device)
        return Panel(half, torch.from_numpy(projection).to(device), own)
