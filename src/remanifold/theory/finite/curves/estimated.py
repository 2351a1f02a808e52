"""A predicted curve with its error, and means over maps and points that make one."""

from dataclasses import dataclass

import numpy as np

from remanifold._core.estimate import Estimate
from remanifold._core.types import Floats, Integers
from remanifold.theory.finite.sampled.map_means import controlled, error_of_mean


@dataclass(frozen=True, repr=False)
class EstimatedCurve:
    """A prediction at each level, a mean over points x (and maps).

    Attributes:
        value: (levels,).
        stderr: Its error: statistical, and ``effort_shift``, (levels,).
        effort_shift: What doubling the sampling effort moves beyond its scatter; 0 where the law of the energies is
            exact, (levels,).
        n: Points x.
    """

    value: Floats
    stderr: Floats
    effort_shift: Floats
    n: int

    def __getitem__(self, level: int) -> Estimate:
        return Estimate(float(self.value[level]), float(self.stderr[level]), self.n)

    def __len__(self) -> int:
        return len(self.value)

    def __repr__(self) -> str:
        ends = f"{self[0]:.4g} to {self[-1]:.4g}" if len(self) else "none"
        return f"EstimatedCurve({len(self)} levels, n={self.n}: {ends})"


def mean_over_maps(values: Floats, map_of: Integers, controls: Floats, chances: Floats) -> tuple[Floats, Floats]:
    """Mean over maps of the means over the points of each, and its error: (levels,) each.

    Args:
        values: Of each x, (n, levels).
        map_of: Number of the map of each x, (n,).
        controls: Functions of x with mean 0 over each map, (n, controls), which take their part by regression.
        chances: Weight of each x, (n,).
    """
    maps, place = np.unique(map_of, return_inverse=True)
    adjusted = controlled(values, place, controls, chances)
    total = np.bincount(place, chances)
    means = np.zeros((len(maps), values.shape[1]))
    np.add.at(means, place, chances[:, None] * adjusted)
    means /= total[:, None]
    return means.mean(0), error_of_mean(values, place, controls, chances)
