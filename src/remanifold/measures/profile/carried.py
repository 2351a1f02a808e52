"""Few rows that carry the mean: which they are, and the noise levels without them."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from remanifold._core.types import Floats, Integers
from remanifold.measures.profile.noise_profile import NoiseProfile
from remanifold.noise import MeasuredLevel

_FAR = 8.0  # standard deviations from the median; the farthest of 300 Gaussian rows in 10 dimensions: 4 to 7
_MOST_SHARE = 0.1  # of the rows: more are a part of the data, not a few rows
_ROUND_OFF = 1e-6  # of a sum of weights
_LEAST_MOVE, _LEAST_ERRORS = 0.1, 2.0  # of log t, and standard errors of the level without the rows
_QUARTILES = 1.349  # their distance in a normal law, in standard deviations


@dataclass(frozen=True)
class CarriedLevels:
    """The noise levels of a profile without the few rows that carry its means.

    Attributes:
        rows: Row numbers of these, the one that counts most first, (rows,).
        t_onset, t_collapse, t_generalization: Means over the other query rows, with their errors; None where one does
            not exist on the levels of the profile.
    """

    rows: Integers
    t_onset: MeasuredLevel | None
    t_collapse: MeasuredLevel | None
    t_generalization: MeasuredLevel | None


def carried_levels(profile: NoiseProfile) -> CarriedLevels | None:
    """The few rows that carry the means of ``profile``, and its levels without them; None where there are none.

    A level is the zero of a mean over rows. A row is far out where its own value at that zero lies more than 8 standard
    deviations (from the quartiles) from the median of the rows, for one of the three levels. The rows that are far out
    carry the mean where they are at most a tenth of all rows, and where one of the levels moves without them by more
    than 10 % of t and by more than 2 of the standard errors that it has then.

    The other rows keep all points as their neighbours: only the mean is taken without the rows, which is the profile of
    the set without them up to the few terms in which they are somebody's neighbour.

    >>> import numpy as np, remanifold as rm
    >>> points = np.random.default_rng(0).normal(size=(100, 5))
    >>> points[7] *= 100
    >>> carried = rm.measures.carried_levels(rm.noise_profile(points, threads=1))
    >>> carried.rows
    array([7])

    See also:
        `NoiseProfile.weights`: how queries are chosen where nearest distances have a heavy tail.
    """
    far = np.zeros(len(profile.queries))
    for level, curves in (
        (profile.t_onset, profile.query_trap),
        (profile.t_collapse, profile.query_gap),
        (profile.t_generalization, profile.query_nll_slope),
    ):
        if level is not None:
            at_level = curves[:, int(np.abs(np.log(profile.t / level.value)).argmin())]
            far = np.maximum(far, _standard_deviations(at_level, profile.weights))
    weights = np.ones(len(far)) if profile.weights is None else profile.weights
    few = weights[far > _FAR].sum() <= _MOST_SHARE * weights.sum() + _ROUND_OFF
    named = (far > _FAR) & (weights == 1)  # others stand for rows that nobody looked at
    if not few or not named.any():
        return None
    without = _without(profile, named)
    levels = (without.t_onset, without.t_collapse, without.t_generalization)
    pairs = zip((profile.t_onset, profile.t_collapse, profile.t_generalization), levels, strict=True)
    if not any(_moves(level, other) for level, other in pairs):
        return None
    places = np.flatnonzero(named)
    return CarriedLevels(profile.queries[places[np.argsort(-far[places])]], *levels)


def _standard_deviations(values: Floats, weights: Floats | None) -> Floats:
    """Distance of ``values`` (queries,) from their median, in standard deviations as the quartiles tell them."""
    order = np.argsort(values)
    stands_for = np.ones(len(values)) if weights is None else weights[order]
    shares = (np.cumsum(stands_for) - stands_for / 2) / stands_for.sum()
    low, median, high = np.interp([0.25, 0.5, 0.75], shares, values[order])
    scale = max(high - low, np.finfo(float).tiny) / _QUARTILES
    return np.abs(values - median) / scale


def _without(profile: NoiseProfile, named: NDArray[np.bool_]) -> NoiseProfile:
    """``profile`` seen from the queries that are not ``named`` (queries,)."""
    kept = np.flatnonzero(~named)
    return replace(
        profile,
        queries=profile.queries[kept],
        sums=tuple(profile.sums[k] for k in kept),
        nearest_rows=profile.nearest_rows[kept],
        nearest_distances=profile.nearest_distances[kept],
        weights=None if profile.weights is None else profile.weights[kept],
        persons=None if profile.persons is None else profile.persons[kept],
    )


def _moves(level: MeasuredLevel | None, without: MeasuredLevel | None) -> bool:
    if level is None or without is None:
        return False
    return abs(level.log.value - without.log.value) > max(_LEAST_MOVE, _LEAST_ERRORS * without.log_stderr)
