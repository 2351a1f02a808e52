"""An external check: the published collapse of a mixture of two Gaussians in high dimension.

Source: Biroli, Bonnaire, de Bortoli, Mézard, Dynamical regimes of diffusion models (arXiv 2402.18491) and the numbers
that its authors published with it: P = 20000 points of two modes +-m, |m|^2 = N, unit variance; own surprisal over log
P at times s of the variance-preserving clock. Nothing of theirs is computed here by our theory.
"""

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


@cache
def measured(dim: int) -> dict[float, Estimate]:
    """Own surprisal over log P at the published times."""
    manifold = HiddenManifold(
        ambient_dim=dim,
        n_points=POINTS,
        factor=np.sqrt(dim) * np.eye(dim),
        mixture=LatentMixture.two_modes(dim, squared_norm=float(dim)),
        seed=11,
    )
    times = sorted(PUBLISHED[dim])
    levels = np.array([NoiseLevel.from_vp(s) for s in times] + [NoiseLevel.from_vp(max(times) + 1)])
    profile = noise_profile(open_points(manifold.points()), max_queries=QUERIES, levels=levels, seed=3)
    series = profile.own_surprisal
    return {
        s: Estimate(series[k].value / np.log(POINTS), series[k].stderr / np.log(POINTS), QUERIES)
        for k, s in enumerate(times)
    }


@pytest.mark.parametrize(("dim", "s"), [(dim, s) for dim, row in PUBLISHED.items() for s in row])
def test_published_values(dim: int, s: float) -> None:
    found = measured(dim)[s]
    assert abs(found.value - PUBLISHED[dim][s]) < 3 * found.stderr + THEIR_ERROR
    assert found.stderr < 0.02


def test_a_wrong_clock_would_be_seen() -> None:
    """The same values at t = e^(2s), one too much, or at t = e^s - 1 do not fit: the check can fail."""
    found = measured(256)[1.336]
    assert abs(found.value - PUBLISHED[256][2.120]) > 10 * (3 * found.stderr + THEIR_ERROR)
