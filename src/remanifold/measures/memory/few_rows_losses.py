"""Losses of the empirical score of a few wide rows, at all noise levels from one pass over the data.

Its mean is a combination of training rows, so that its squared error follows from half squared distances: A of pairs of
rows, h of each row to the clean one. The weights at noise variance t are those of exp(-(h + sqrt(t) B) / t), with B =
w . (xi - xi_mu) of the noise w. The error is taken about the heaviest row k, where nothing cancels: with v_mu = xi_mu -
xi_k, v_mu . v_nu = A_kmu + A_knu - A_munu, and (xi_k - xi) . v_mu = h_mu - h_k - A_kmu.
"""

from typing import Any

import numpy as np

from remanifold._core.types import Floats
from remanifold.data import Points
from remanifold.measures.neighbours.few_rows import are_few, few_rows_bytes, half_squared_of_pairs
from remanifold.measures.neighbours.panel import compute_panel

_PARTS = 8  # of the memory: a block of columns, its copies and its products
_NUMBER_BYTES = 8


class FewRowsLosses:
    """Squared errors of the empirical score of ``points``, which are few and wide, within ``memory`` bytes."""

    def __init__(self, points: Points, memory: int) -> None:
        """Measure the distances of all pairs."""
        self._points, self._every = points, np.arange(points.n_points)
        self._how: dict[str, Any] = {"column_bytes": max(_NUMBER_BYTES * points.ambient_dim, memory // _PARTS)}
        at_once = max(1, self._how["column_bytes"] // (_NUMBER_BYTES * points.ambient_dim))
        self._pairs = half_squared_of_pairs(points, self._every, at_once, self._how)

    @staticmethod
    def worth(points: Points, memory: int) -> bool:
        """Whether the rows are few and wide, and the distances of their pairs fit."""
        return are_few(points.n_points, points.ambient_dim) and _PARTS * few_rows_bytes(points.n_points) <= memory

    def __call__(self, clean: Floats, noise: Floats, t: Floats) -> Floats:
        """|m(x_t) - xi|^2 / N of the rows ``clean`` under ``noise``, (n, N) both, at every level: (n, levels)."""
        unknown = np.full(len(clean), -1)
        panel = compute_panel(self._points, self._every, clean, noise[:, None], unknown, **self._how)
        half, along = panel.half_squared.numpy(), panel.projection[:, 0].numpy()
        return np.stack([self._errors(half, along, float(level)) for level in t], axis=1) / clean.shape[1]

    def _errors(self, half: Floats, along: Floats, t: float) -> Floats:
        """|m(x_t) - xi|^2, (n,), from h and B, (n, P) both."""
        logits = -(half / t + along / np.sqrt(t))
        every, heaviest = np.arange(len(half)), logits.argmax(axis=1)
        others = np.exp(logits - logits[every, heaviest][:, None])
        others /= others.sum(axis=1, keepdims=True)
        others[every, heaviest] = 0
        least, of_heaviest = half[every, heaviest][:, None], self._pairs[heaviest]
        across = np.where(least > 0, half - least - of_heaviest, 0.0)  # of a training row itself there is no distance
        squared = 2 * others.sum(axis=1) * (of_heaviest * others).sum(axis=1)
        squared -= ((others @ self._pairs) * others).sum(axis=1)
        return np.maximum(2 * least[:, 0] + 2 * (across * others).sum(axis=1) + squared, 0.0)
