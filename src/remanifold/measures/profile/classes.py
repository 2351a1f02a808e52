"""The times of each class alone, and what the classes together say of them."""

import math
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from remanifold._core.progress import Progress, silent
from remanifold._core.types import Integers
from remanifold.data import PointsLike
from remanifold.measures.neighbours.reading import RowReader, rows_of
from remanifold.measures.profile.checkpoint import SweepParts
from remanifold.measures.profile.measuring import noise_profile
from remanifold.measures.profile.noise_profile import NoiseProfile
from remanifold.noise import NoiseLevel

LEAST_POINTS = 30
"""Fewer points in a class say too little about its times."""


class ProfileOptions(TypedDict, total=False):
    """Keywords of `noise_profile` that every class shares."""

    seed: int
    memory: str | float
    threads: int | None
    device: str


@dataclass(frozen=True)
class ClassProfile:
    """A class measured alone; ``profile`` is None where it has fewer than `LEAST_POINTS` distinct points."""

    label: str
    n_points: int
    profile: NoiseProfile | None


def class_profiles(
    points: PointsLike | RowReader,
    rows: Integers,
    labels: NDArray[np.generic],
    *,
    max_queries: int = 200,
    parts: SweepParts | None = None,
    progress: Progress = silent,
    **options: Unpack[ProfileOptions],
) -> tuple[ClassProfile, ...]:
    """Profile of every class: what a class-conditional empirical score faces.

    Args:
        points: Whatever `open_points` takes.
        rows: Its distinct points.
        labels: One label a row of ``points``, (P,).
        max_queries: Query points a class.
        options: As for `noise_profile`.
        parts: Finished queries of these points.
        progress: Told the classes done.
    """
    points = rows_of(points)
    names = np.unique(labels[rows])
    profiles: list[ClassProfile] = []
    for k, name in enumerate(names):
        members = rows[labels[rows] == name]
        profile = None
        if len(members) >= LEAST_POINTS:
            profile = noise_profile(points, rows=members, max_queries=max_queries, part_file=parts, **options)
        profiles.append(ClassProfile(str(name), len(members), profile))
        progress("classes", k + 1, len(names))
    return tuple(profiles)


def class_shift(profile: NoiseProfile, labels: NDArray[np.generic]) -> NoiseLevel | None:
    """Noise at which the classes would collapse if their labels said nothing about the points.

    The whole set collapses where I(xi; x_t) reaches log P. A random part of it, P/K points of the same law, has the
    same I but only log P - H to reach, H the entropy of the labels (log K if balanced): its mean crossing lies where
    the gap of the whole set is -H, further up in noise. Classes that never overlap are the other end: each meets only
    itself in the whole set already and collapses, on average, where the whole set does (theory.md, section 6).
    Where the times of the classes lie between the two ends tells how much the labels divide the data.

    Returns:
        That noise variance, or None where the profile does not reach it.
    """
    _, of_query = np.unique(labels[profile.queries], return_inverse=True)
    counts = np.bincount(of_query.ravel(), profile.weights)
    shares = counts / counts.sum()
    entropy = -float((shares * np.log(shares)).sum())
    shifted = profile.gap.value + entropy
    below = np.flatnonzero(shifted[1:] < 0)
    if shifted[0] <= 0 or not len(below):
        return None
    k = int(below[0])
    part = shifted[k] / (shifted[k] - shifted[k + 1])
    return NoiseLevel(math.exp((1 - part) * math.log(profile.t[k]) + part * math.log(profile.t[k + 1])))
