"""An external check: the published collapse of a mixture of two Gaussians in high dimension.

Source: Biroli, Bonnaire, de Bortoli, Mézard, Dynamical regimes of diffusion models (arXiv 2402.18491) and the numbers
that its authors published with it: P = 20000 points of two modes +-m, |m|^2 = N, unit variance; own surprisal over log
P at times s of the variance-preserving clock. Nothing of theirs is computed here by our theory.
"""

import math
from functools import cache

import numpy as np
import pytest

from remanifold import HiddenManifold, NoiseLevel, open_points
from remanifold._core.estimate import Estimate
from remanifold.manifolds import LatentMixture
from remanifold.measures import noise_profile

POINTS, QUERIES = 20_000, 300
PUBLISHED = {256: {2.904: 0.9326, 2.120: 0.7498, 1.336: 0.1597}, 1024: {2.120: 0.2572}}
THEIR_ERROR = 0.005


def mixture(dim: int) -> HiddenManifold:
    return HiddenManifold(
        ambient_dim=dim,
        n_points=POINTS,
        factor=np.sqrt(dim) * np.eye(dim),
        mixture=LatentMixture.two_modes(dim, squared_norm=float(dim)),
        seed=11,
    )


def shares(dim: int, levels: list[float], queries: int = QUERIES) -> list[Estimate]:
    """Own surprisal over log P at ``levels`` (ascending)."""
    profile = noise_profile(open_points(mixture(dim).points()), max_queries=queries, levels=np.array(levels), seed=3)
    series, log_p = profile.own_surprisal, np.log(POINTS)
    return [Estimate(series[k].value / log_p, series[k].stderr / log_p, queries) for k in range(len(levels))]


@cache
def measured(dim: int) -> dict[float, Estimate]:
    """At the published times."""
    times = sorted(PUBLISHED[dim])
    found = shares(dim, [float(NoiseLevel.from_vp(s)) for s in [*times, max(times) + 1]])
    return dict(zip(times, found, strict=False))


def fits(found: Estimate, published: float) -> bool:
    return abs(found.value - published) < 3 * found.stderr + THEIR_ERROR


@pytest.mark.parametrize(("dim", "s"), [(dim, s) for dim, row in PUBLISHED.items() for s in row])
def test_published_values(dim: int, s: float) -> None:
    found = measured(dim)[s]
    assert fits(found, PUBLISHED[dim][s])
    assert found.stderr < 0.02


def test_a_wrong_clock_or_unit_would_be_seen() -> None:
    """The published values at t = e^s - 1, or over half of log P, do not fit. (t = e^(2s) would: 7 % at most in t.)"""
    times = sorted(PUBLISHED[256])
    wrong = shares(256, [math.expm1(s) for s in times], queries=60)
    assert not any(fits(found, PUBLISHED[256][s]) for found, s in zip(wrong, times, strict=True))
    assert not any(fits(measured(256)[s], PUBLISHED[256][s] / 2) for s in times)
