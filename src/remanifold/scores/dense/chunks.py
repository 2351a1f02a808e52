"""Softmax sums over all points in single precision, each chunk of neighbours seen from its centre.

A product of a query with a point rounds by |x||xi|: where neighbours lie close together that is far more than what
tells them apart. Seen from the chunk's centre c it rounds by |x||xi - c|; what all points of the chunk share, x.c, is
had in double precision.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import torch

from remanifold.scores.dense.single import CHUNK, HEAVY, Running, SingleSums, concentrations, sums_of
from remanifold.scores.index.score_index import ScoreIndex

_ROWS_ROUND = 2.0  # over sqrt(N): what rows, rounded to single precision themselves, leave of the rounding at best
_TIGHT = 0.5  # typical size of a chunk, in typical norms, below which centres are worth their cost
_SAMPLE = 16  # chunks that tell


@dataclass(frozen=True, eq=False)
class ChunkCentres:
    """Where chunks of neighbours lie, in the coordinates of the index's rows.

    Attributes:
        centres: (chunks, N) float32.
        size: (chunks,) float64, typical distance of a point from its chunk's centre over the typical norm of a point:
            the share of rounding that is left; not below what the rows' own rounding leaves.
        reach: (chunks,) float64, the same of the chunk's farthest point: a few heavy points may lie there.
        inner: (P,) float32, -|xi|^2/2 + |c|^2/2.
    """

    centres: torch.Tensor
    size: torch.Tensor
    reach: torch.Tensor
    inner: torch.Tensor

    @classmethod
    def where_tight(cls, rows: torch.Tensor) -> "ChunkCentres | None":
        """From the index's rows (P, N); None where chunks are too large for centres to be of use."""
        parts = rows.split(CHUNK)
        some = [parts[k] for k in sorted({round(k * (len(parts) - 1) / _SAMPLE) for k in range(_SAMPLE + 1)})]
        sizes = torch.stack([_squares(part - part.mean(0)).mean().sqrt() for part in some])
        norm = torch.cat([_squares(part) for part in some]).mean().sqrt()
        return cls._of(parts) if bool(sizes.median() < _TIGHT * norm) else None

    @classmethod
    def _of(cls, parts: tuple[torch.Tensor, ...]) -> "ChunkCentres":
        centres = torch.stack([part.mean(0) for part in parts])
        size, reach, inner = [], [], []
        for part, centre in zip(parts, centres):
            rest = part - centre
            squares = _squares(rest)
            size.append(squares.mean().sqrt())
            reach.append(squares.max().sqrt())
            inner.append(-(squares / 2 + (rest * centre).sum(1, dtype=torch.float64)).float())
        norm = torch.cat([_squares(part) for part in parts]).mean().sqrt()
        least = _ROWS_ROUND / math.sqrt(centres.shape[1])
        typical, farthest = ((torch.stack(sizes) / norm).clamp(min=least) for sizes in (size, reach))
        return cls(centres, typical, farthest, torch.cat(inner))

    @cached_property
    def offsets(self) -> torch.Tensor:
        """(chunks,) float64, -|c|^2/2."""
        return -self.centres.double().square().sum(1) / 2


def dense_chunk_sums(
    index: ScoreIndex,
    rows: torch.Tensor,
    chunks: ChunkCentres,
    scaled: torch.Tensor,
    noise: torch.Tensor,
    neglected: float,
    *,
    heavy: float = HEAVY,
) -> SingleSums:
    """Sums over all points; arguments as of `dense_single_sums`, and the centres of the ``rows``."""
    inside = scaled if index.rank is None else scaled @ index.basis[:, : index.rank]
    running = _FromCentres(inside, noise, rows, neglected / len(rows), heavy, chunks)
    for start in range(0, len(rows), CHUNK):
        running.add(start, index.half[start : start + CHUNK])
    return sums_of(running, index, scaled, noise)


class _FromCentres(Running):
    """Running sums of w and of w (xi - c); logits are given from a reference in double precision."""

    def __init__(
        self,
        inside: torch.Tensor,
        noise: torch.Tensor,
        rows: torch.Tensor,
        negligible: float,
        heavy: float,
        chunks: ChunkCentres,
    ) -> None:
        over_noise, inverse = (inside / noise[:, None]).float(), (1 / noise).float()[:, None]
        super().__init__(over_noise, inverse, rows, negligible, heavy)
        self._chunks_seen = chunks
        common = (inside @ chunks.centres.double().T + chunks.offsets) / noise[:, None]  # (batch, chunks)
        self._reference = common.amax(1)
        self._common = (common - self._reference[:, None]).float()

    def add(self, start: int, half: torch.Tensor) -> None:
        """Take in the rows from ``start``, with ``half`` = -|xi|^2/2."""
        place, seen = start // CHUNK, self._chunks_seen
        rows = self.rows[start : start + len(half)] - seen.centres[place]
        added = torch.addcmul(self._common[:, place, None], self.inverse, seen.inner[start : start + len(half)])
        self.take(start, rows, added)

    def log_largest(self) -> torch.Tensor:
        """See `Running`."""
        return super().log_largest() + self._reference

    def whole_weighted(self) -> torch.Tensor:
        """See `Running`."""
        return self.weighted + self.shares() @ self._chunks_seen.centres.double()

    def _concentrations(
        self, query: torch.Tensor, chunk: torch.Tensor, w: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Heavy points may lie anywhere in their chunk; what is left without them lies where most points do.

        Less than 1/200 of the weight each: farther than 2.3 typical distances there is no room for all of it.
        """
        seen, shares = self._chunks_seen, self.shares()
        crowding, _ = concentrations(shares * seen.reach, query, chunk, w * seen.reach[chunk], self.total)
        _, light = concentrations(shares * seen.size, query, chunk, w * seen.size[chunk], self.total)
        return crowding, light


def _squares(rows: torch.Tensor) -> torch.Tensor:
    return rows.square().sum(1, dtype=torch.float64)
