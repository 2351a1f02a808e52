"""Do two sets of rows agree in location and scale, as a whole and column by column?"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from remanifold._core.types import Floats

_MOST = 2.0  # of one column's misfit
_STEPS = 30
_KEPT = 0.9  # of the rows: the farthest tenth says nothing, unless all others are equal


@dataclass(frozen=True, eq=False)
class Extent:
    """Rows (k, N) and where they lie, whatever a few far ones say."""

    rows: Floats

    @cached_property
    def centre(self) -> Floats:
        """The point of least summed distance from the rows (Weiszfeld's iteration), (N,)."""
        centre = self.rows.mean(axis=0)
        for _ in range(_STEPS):
            distances = np.linalg.norm(self.rows - centre, axis=1)
            farthest = float(distances.max())
            if farthest == 0:
                break
            weights = 1 / np.maximum(distances / farthest, 1e-9)
            before, centre = centre, weights @ self.rows / weights.sum()
            if np.linalg.norm(centre - before) < 1e-3 * distances.mean():
                break
        return centre

    @cached_property
    def distances(self) -> Floats:
        """Of the rows from the centre, (k,)."""
        return np.linalg.norm(self.rows - self.centre, axis=1)

    @cached_property
    def columns(self) -> tuple[Floats, Floats]:
        """Mean and mean absolute deviation of each column, (N,) both."""
        mean = self.rows.mean(axis=0)
        return mean, np.abs(self.rows - mean).mean(axis=0)

    def spread(self, share: float) -> float:
        """Mean distance from the centre of the nearest ``share`` of the rows."""
        return float(np.sort(self.distances)[: max(1, round(share * len(self.rows)))].mean())


@dataclass(frozen=True)
class Fit:
    """How samples lie beside training rows.

    Attributes:
        ratio: Spread of the samples over that of the training rows.
        moved: Distance of their centres in spreads of the training rows.
        columns: Mean misfit of the columns: size of the logarithm of the ratio of scales plus the shift in scales.
        noise: What the smaller of both numbers of rows makes of each of these by chance.
    """

    ratio: float
    moved: float
    columns: float
    noise: float

    @property
    def misfit(self) -> float:
        """0 for sets that lie alike."""
        return abs(np.log(self.ratio)) + self.moved + self.columns if self.ratio > 0 else np.inf


def fit_of(train: Extent, samples: Extent) -> Fit:
    """How ``samples`` lie beside ``train``."""
    share = _KEPT if all(s.spread(_KEPT) > 1e-3 * s.spread(1.0) for s in (train, samples)) else 1.0
    ours, theirs = train.spread(share), samples.spread(share)
    apart = float(np.linalg.norm(samples.centre - train.centre))
    (middle, scale), (other, its_scale) = train.columns, samples.columns
    known = scale > 1e-9 * max(float(scale.max()), 1e-300)
    terms = np.abs(np.log(np.maximum(its_scale[known], 1e-300) / scale[known]))
    terms = np.minimum(terms + np.abs(other[known] - middle[known]) / scale[known], _MOST)
    return Fit(
        theirs / ours if ours > 0 else np.inf if theirs > 0 else 1.0,
        apart / ours if ours > 0 else np.inf if apart > 0 else 0.0,
        float(terms.mean()) if len(terms) else 0.0,
        float(np.sqrt(1 / len(train.rows) + 1 / len(samples.rows))),
    )
