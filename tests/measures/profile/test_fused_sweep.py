"""The compiled sweep beside sums in double precision and beside the one in torch."""

import numpy as np
import pytest
import torch
from exact_sums import exact

from remanifold._core.compiled.functions import numba_installed
from remanifold.measures.profile.sweep import sweep_queries

pytestmark = pytest.mark.skipif(not numba_installed(), reason="numba is not installed (extra `fast`)")


def panel(q, n, draws, seed=0):
    rng = np.random.default_rng(seed)
    half = np.abs(rng.normal(size=(q, n))) * 5 + 1
    return torch.from_numpy(half), torch.from_numpy(rng.normal(size=(q, draws, n)))


@pytest.mark.parametrize(("n", "draws"), [(511, 1), (512, 2), (1300, 3)])
@pytest.mark.parametrize("t", [100.0, 1.0, 0.02])
def test_sums_are_those_of_double_precision(n, draws, t):
    from remanifold.measures.profile.fused_sweep import FusedSweep

    half, projection = panel(3, n, draws)
    found = FusedSweep(half, projection, 1e-7).evaluate(t)
    np.testing.assert_allclose(found, exact(half, projection, t), rtol=2e-6, atol=2e-6)


def test_what_is_dropped_is_negligible_at_every_lower_level():
    from remanifold.measures.profile.fused_sweep import FusedSweep

    half, projection = panel(4, 3000, 2, seed=1)
    state = FusedSweep(half, projection, 1e-7)
    for t in (3.0, 0.3, 0.03, 0.003, 3e-4):
        state.drop(t)
        np.testing.assert_allclose(state.evaluate(t), exact(half, projection, t), rtol=3e-5, atol=3e-5)
    assert (state._counts < 1500).all()  # columns left: no number shows them, only time
    hasty = FusedSweep(half, projection, 1e3)  # a cut that is too bold shows
    hasty.drop(3.0)
    assert np.abs(hasty.evaluate(3.0) - exact(half, projection, 3.0)).max() > 1e-2


def test_without_numba_torch_sweeps_to_the_same_numbers(without_numba):
    half, projection = panel(5, 5000, 2, seed=2)
    levels = np.geomspace(1e-3, 10, 30)
    compiled = sweep_queries(half, projection, levels)
    without_numba()
    plain = sweep_queries(half, projection, levels)
    for mine, theirs in zip(compiled, plain, strict=True):
        assert np.array_equal(mine.t, theirs.t)
        for name in ("log_sum", "log_square_sum", "half_squared", "projection"):
            np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), rtol=5e-5, atol=5e-5)
    assert any((a.log_sum != b.log_sum).any() for a, b in zip(compiled, plain)), "another way of summing"


def test_a_query_does_not_notice_its_batch():
    half, projection = panel(6, 5000, 2, seed=3)
    levels = np.geomspace(1e-2, 10, 20)
    together = sweep_queries(half, projection, levels, bracket=False)
    alone = sweep_queries(half[2:3], projection[2:3], levels, bracket=False)
    assert np.array_equal(together[2].log_sum, alone[0].log_sum)
