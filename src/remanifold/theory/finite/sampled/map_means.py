"""Means over the points of each map, less what controls explain; the errors of the mean over maps.

The error is that of the jackknife: each map is left out once, with its part in the regression on the controls. The
scatter of what the controls leave is too small for it, because they were fitted to the very points.
Source: B. Efron, C. Stein, Ann. Statist. 9, 586 (1981).
"""

import math
from dataclasses import dataclass

import numpy as np

from remanifold._core.types import Floats, Integers

_ALIKE = 1e-4  # controls that differ by less are one: points are single precision
_ALONE = 1e-3  # of the chances on a map, without which a mean over the rest says nothing
_LEAST_LEFT = 1e-3  # of a point that the regression follows


def means_of_maps(values: Floats, place: Integers, chances: Floats) -> Floats:
    """Means over the points of each map, (maps, columns), without the bias of ratios where chances are unlike.

    The jackknife takes off what is like one over the number of points; equal chances leave the plain mean.

    Args:
        values: Of each x, (n, columns).
        place: Number of the map of each x, from 0, (n,).
        chances: Weight of each x, (n,).
    """
    shape, total, count = (int(place.max()) + 1, values.shape[1]), np.bincount(place, chances), np.bincount(place)
    sums, left_out = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, place, chances[:, None] * values)
    means = sums / total[:, None]
    rest = (total[place] - chances)[:, None]
    without = (sums[place] - chances[:, None] * values) / np.maximum(rest, 1e-300)
    np.add.at(left_out, place, np.where(rest > _ALONE * total[place][:, None], without, means[place]))
    return means + (count - 1)[:, None] * (means - left_out / count[:, None])


def controlled(values: Floats, place: Integers, controls: Floats, chances: Floats) -> Floats:
    """Values (n, columns) less what the controls (n, controls) explain of them, by regression within maps."""
    known = _scaled(controls)
    loads, *_ = np.linalg.lstsq(_within(known, place, chances), _within(values, place, chances), rcond=_ALIKE)
    return values - known @ loads


def error_of_mean(values: Floats, place: Integers, controls: Floats, chances: Floats) -> Floats:
    """Error of the mean over maps of the controlled means of ``values``, (columns,).

    Args:
        values: Of each x, (n, columns), before the controls take their part.
        place: Number of the map of each x, from 0, (n,); where it is one, each point is left out in turn.
        controls: (n, controls), mean 0 over each map.
        chances: Weight of each x, (n,).
    """
    known = _scaled(controls)
    design, wanted = _within(known, place, chances), _within(values, place, chances)
    if int(place.max()) == 0:
        return _of_points(design, wanted, chances)
    means, middles = means_of_maps(values, place, chances), means_of_maps(known, place, chances)
    maps, size = len(means), known.shape[1]
    grams, sides = np.zeros((maps, size, size)), np.zeros((maps, size, values.shape[1]))
    np.add.at(grams, place, design[:, :, None] * design[:, None, :])
    np.add.at(sides, place, design[:, :, None] * wanted[:, None, :])
    inverses = np.linalg.pinv(grams.sum(0) - grams, rcond=_ALIKE**2, hermitian=True)
    loads = inverses @ (sides.sum(0) - sides)
    left = (means.sum(0) - means - np.einsum("mk,mkc->mc", middles.sum(0) - middles, loads)) / (maps - 1)
    return np.asarray(left.std(0) * math.sqrt(maps - 1))


@dataclass(frozen=True)
class EffortShift:
    """Mean change with twice the effort, and the error of that mean: (columns,) each."""

    raw: Floats
    error: Floats

    @property
    def told(self) -> Floats:
        """The part that is told from the scatter of the sweeps, (columns,): its square has the mean of the shift's.

        The scatter of the sweeps is in the statistical error already: it must not count twice.
        """
        return np.sign(self.raw) * np.sqrt(np.maximum(self.raw**2 - self.error**2, 0.0)) + 0.0  # no -0

    @property
    def unsure(self) -> bool:
        """Whether no shift is two errors from 0."""
        return bool((np.abs(self.raw) < 2 * self.error).all())


def effort_shift(changes: Floats, weights: Floats) -> EffortShift:
    """From the change of each point that was swept again, (n, columns), and its weight, (n,)."""
    shares = weights / weights.sum()
    raw = shares @ changes
    scatter = np.square(shares[:, None] * (changes - raw)).sum(0)
    return EffortShift(raw, np.sqrt(scatter * len(shares) / (len(shares) - 1)))


def _of_points(design: Floats, wanted: Floats, chances: Floats) -> Floats:
    basis, scales, _ = np.linalg.svd(design, full_matrices=False)
    basis = basis[:, scales > _ALIKE * scales[0]] if scales[0] > 0 else basis[:, :0]
    rest = wanted - basis @ (basis.T @ wanted)
    leverage = np.square(basis).sum(1) + chances / chances.sum()
    rest /= np.maximum(1 - leverage, _LEAST_LEFT)[:, None]
    return np.asarray(np.linalg.norm(np.sqrt(chances)[:, None] * rest, axis=0) / chances.sum())


def _scaled(controls: Floats) -> Floats:
    return np.asarray(controls / np.maximum(controls.std(0), 1e-300))


def _within(values: Floats, place: Integers, chances: Floats) -> Floats:
    """Values less the mean of their map, times the root of their chance."""
    total = np.bincount(place, chances)
    means = np.zeros((len(total), values.shape[1]))
    np.add.at(means, place, chances[:, None] * values)
    return np.asarray(np.sqrt(chances)[:, None] * (values - (means / total[:, None])[place]))
