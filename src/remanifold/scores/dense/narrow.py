"""Softmax sums over all points of few coordinates: compiled, from differences, faster than any product."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from remanifold._core.compiled.functions import BLOCK, can_compile
from remanifold._core.threads import by_rows
from remanifold.scores.dense.single import HEAVY, SingleSums, concentrations
from remanifold.scores.index.score_index import ScoreIndex
from remanifold.scores.softmax_sums import SoftmaxSums

WIDEST = 24  # coordinates beyond which matrix products cost less
_KERNELS = "remanifold.scores.dense.fused_narrow"
_MULTIPLE = 4  # of the kernel's coordinates
_HEAVY_PER_QUERY = 2048  # room; a list that turns out too short costs a second pass


class NarrowSums:
    """The points of an index, coordinate by coordinate, and sums over them."""

    def __init__(self, rows: torch.Tensor) -> None:
        self.width = rows.shape[1]
        self._columns = self._filled(rows.T.numpy())
        self._low = np.empty((0, 0), dtype=np.float32)

    def refine(self, points: Callable[[], torch.Tensor]) -> None:
        """Take in, once, what single precision left of the same points, (P, N) float64, for `sums` to be finer."""
        if not len(self._low):
            self._low = self._filled((points().T.numpy() - self._columns[: self.width]).astype(np.float32))

    def _filled(self, columns: NDArray[np.float32]) -> NDArray[np.float32]:
        filled = np.zeros((-(-self.width // _MULTIPLE) * _MULTIPLE, columns.shape[1]), dtype=np.float32)
        filled[: self.width] = columns
        return filled

    @classmethod
    def of(cls, index: ScoreIndex) -> "NarrowSums | None":
        """None where products cost less, or nothing can be compiled."""
        if index.rows is None or index.rank is not None or index.rows.shape[1] > WIDEST:
            return None
        return cls(index.rows) if index.rows.device.type == "cpu" and can_compile(_KERNELS) else None

    def sums(self, scaled: torch.Tensor, noise: torch.Tensor, *, finer: bool = False) -> SingleSums:
        """As `dense_single_sums`; ``finer``: after `refine`, coordinates to double, their differences to single."""
        batch, blocks = len(scaled), -(-self._columns.shape[1] // BLOCK)
        queries = np.zeros((batch, len(self._columns)), dtype=np.float32)
        queries[:, : self.width] = scaled.numpy()
        rest = np.zeros_like(queries)
        rest[:, : self.width] = scaled.numpy() - queries[:, : self.width]
        rate = (0.5 / noise).float().numpy()
        top = np.empty(batch, dtype=np.float32)
        total, squares, energy = np.empty((3, batch))
        weighted = np.empty((batch, len(self._columns)))
        chunk_top, chunk_total = np.empty((2, batch, blocks), dtype=np.float32)
        sums = (queries, rest, rate, top, total, squares, energy, weighted, chunk_top, chunk_total)
        listed: dict[int, tuple[np.ndarray, np.ndarray]] = {}

        low = self._low if finer else self._low[:0]

        def work(start: int, stop: int) -> None:
            parts = [each[start:stop] for each in sums]
            listed[start] = self._run(low, parts, start, _HEAVY_PER_QUERY * (stop - start))

        by_rows(batch, work)
        heavy, heavy_log = (np.concatenate(column) for column in zip(*(listed[start] for start in sorted(listed))))
        highest = torch.from_numpy(top).double()
        result = replace(
            SoftmaxSums.empty(batch, self.width, 0, scaled.device),
            log_max=highest,
            total=torch.from_numpy(total),
            weighted=torch.from_numpy(weighted[:, : self.width].copy()),
            energy=torch.from_numpy(energy) * noise,
            squares=torch.from_numpy(squares),
        )
        query, place = torch.from_numpy(heavy).T
        w = (torch.from_numpy(heavy_log) - highest[query]).exp_()
        keep = w > HEAVY * result.total[query]
        query, place, w = query[keep], place[keep], w[keep]
        shares = (
            torch.from_numpy(chunk_total).double() * (torch.from_numpy(chunk_top).double() - highest[:, None]).exp()
        )
        both = concentrations(shares, query, place // BLOCK, w, result.total)
        return SingleSums(result.shifted(-scaled), query, place, w, *both)

    def _run(self, low: np.ndarray, parts: list[np.ndarray], start: int, room: int) -> tuple[np.ndarray, np.ndarray]:
        """Fill ``parts``, the kernel's rows from ``start``; heavy pairs and their log weights."""
        from remanifold.scores.dense.fused_narrow import sum_narrow

        heavy, heavy_log = np.empty((room, 2), dtype=np.int64), np.empty(room)
        arguments: Any = (self._columns, low, *parts, HEAVY, heavy, heavy_log)
        count = int(sum_narrow(*arguments))
        if count > room:  # the list was too short: once more, with room for all
            return self._run(low, parts, start, count)
        heavy[:, 0] += start
        return heavy[:count], heavy_log[:count]
