"""The usual maps between sets that were prepared differently, tried on a part of the samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from remanifold._core.compute import Compute
from remanifold._core.types import Floats
from remanifold.audits.samples.fit import Extent, Fit, fit_of
from remanifold.audits.samples.sets import RowSet
from remanifold.data import Points, open_points
from remanifold.data.maps.mapped import THEN, colour_axis, mapped_points
from remanifold.data.maps.standardized import standardized
from remanifold.measures.estimates.series import choose_queries
from remanifold.measures.neighbours.near_rows import near_rows

FIXED = (
    "x * 255",
    "x / 255",
    "(x + 1) * 127.5",
    "x / 127.5 - 1",
    "(x + 1) / 2",
    "2 * x - 1",
    "x * std + mean",
    "x * column_std + column_mean",
)
"""Maps with constants that do not depend on the samples; the last two undo a standardisation by the training rows."""
MATCHED = ("standardise", "standardise columns")
"""Maps that any samples fit in location and scale."""
_COLOURS = "reverse channels"
_NUMBERS, _MOST_ROWS, _LEAST_ROWS = 2**20, 1000, 20
_CLOSE, _NOISES = 0.5, 5.0  # misfit of sets of one law: a constant, and what the numbers of rows make of it
_LOOSE, _BETTER = 2.2, 3.0  # misfit of another law (blur, fewer modes); times less than without the map
_FAR, _FAR_MATCHED = 3.0, 1.5  # times as far from the training rows as unseen rows
_NEAREST = 0.25  # of the samples, which tell alike maps apart
_COLOUR_ROWS, _NEARER, _LEVEL = 200, 0.75, 1e-4


@dataclass(frozen=True, eq=False)
class Trial:
    """A part of the samples and of the training rows, on which maps are tried.

    Attributes:
        train: The training rows.
        ours, theirs: Some training rows and some samples, opened by themselves, in their own units.
        expected: Median distance of unseen rows to the training rows, 0 where none is known.
        compute: What the search for nearest rows may use.
    """

    train: RowSet
    ours: Points
    theirs: Points
    expected: float
    compute: Compute

    def extent(self, points: Points) -> Extent:
        """Where ``points`` lie."""
        return Extent(self._compared(points).chunk(0, points.n_points))

    def _compared(self, points: Points) -> Points:
        scaling = self.train.points.scaling
        return points if scaling is None else standardized(points, scaling)

    def farther(self, points: Points, part: float = 0.5) -> float:
        """How many times as far ``points`` lie from the training rows as unseen rows do; 0: unknown.

        ``part``: of the points that lie nearer than the one compared; of the unseen rows half do.
        """
        distances = nearest(self.train, self._compared(points), np.arange(points.n_points), self.compute)
        return float(np.quantile(distances, part)) / self.expected if self.expected > 0 else 0.0


def trial_rows(ambient_dim: int) -> int:
    """Rows of either set that are compared, at most."""
    return min(_MOST_ROWS, max(_LEAST_ROWS, _NUMBERS // ambient_dim))


def trial_of(train: RowSet, samples: RowSet, expected: Floats, seed: int, compute: Compute) -> Trial:
    """At most 1000 rows of either, fewer where rows are wide."""
    most = trial_rows(train.points.ambient_dim)
    own = [set_.points if set_.points.own is None else set_.points.own for set_ in (train, samples)]
    ours = own[0].take(choose_queries(train.rows, most, seed)).reshape(-1, *train.points.shape)
    theirs = own[1].take(choose_queries(samples.rows, most, seed)).reshape(-1, *samples.points.shape)
    middle = float(np.median(expected)) if len(expected) else 0.0
    return Trial(train, open_points(ours), open_points(theirs), middle, compute)


def nearest(train: RowSet, points: Points, rows: NDArray[np.int64], compute: Compute) -> Floats:
    """Distances of ``rows`` of ``points`` to the nearest training rows."""
    options = {"threads": compute.n_threads, "device": compute.device, "memory": compute.memory_bytes}
    return near_rows(train.points, train.distinct, points, rows, 1, **options).nearest


def better_map(trial: Trial, given: Fit, doubted: bool) -> str | None:
    """The usual map under which samples fit the training rows; None where none is, or where they fit as given.

    Args:
        trial: Some rows of both.
        given: How the samples lie without a map.
        doubted: Whether they are doubted already: then those that any samples fit count too, and after these such as
            leave samples of another law.
    """
    ours, close = trial.extent(trial.ours), _CLOSE + _NOISES * given.noise
    fixed = FIXED
    if doubted and colour_axis(trial.ours.shape) is not None:  # blue, green, red, as OpenCV has them
        fixed += (_COLOURS, *(f"{text}{THEN}{_COLOURS}" for text in FIXED))
    tried = {text: mapped_points(trial.theirs, text, trial.ours) for text in (fixed + MATCHED if doubted else fixed)}
    misfits = {text: fit_of(ours, trial.extent(points)).misfit for text, points in tried.items()}
    alike = [text for text in fixed if misfits[text] <= min(close, given.misfit / _BETTER)]
    if len(alike) > 1:  # copies lie nearest under the map that prepared them
        alike.sort(key=lambda text: trial.farther(tried[text], _NEAREST) * (1 if text in FIXED else 1 / _NEARER))
    best = min(fixed, key=lambda text: misfits[text])
    ways = [(text, close, _FAR) for text in alike[:1]]
    if doubted:
        ways += [(text, close, _FAR_MATCHED) for text in MATCHED] + [(best, min(_LOOSE, given.misfit / _BETTER), _FAR)]
    fits = (text for text, most, far in ways if misfits[text] <= most and trial.farther(tried[text]) <= far)
    return next(fits, None)


def matched_steps(mapping: str | None) -> list[str]:
    """The parts of a map that take location and scale from the samples."""
    return [step for step in (mapping or "").split(THEN) if step.strip() in MATCHED]


def reversed_colours(train: RowSet, samples: RowSet, distances: Floats, seed: int, compute: Compute) -> str | None:
    """The map that reverses the order of colours, if most of 200 samples lie nearer to the training rows under it.

    Args:
        train, samples: The sets.
        distances: Of all samples to the nearest training rows, as they are.
        seed: Of the choice of samples.
        compute: What the search for nearest rows may use.
    """
    if samples.points.shape != train.points.shape or colour_axis(samples.points.shape) is None:
        return None
    rows = choose_queries(samples.rows, _COLOUR_ROWS, seed)
    turned = nearest(train, mapped_points(samples.points, _COLOURS, train.points), rows, compute)
    nearer, farther = int((turned < distances[rows]).sum()), int((turned > distances[rows]).sum())
    tested = bdtrc(nearer - 1, max(1, nearer + farther), 0.5)
    return _COLOURS if nearer >= _NEARER * len(rows) and tested < _LEVEL else None
