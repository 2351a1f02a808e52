"""Sums by recurrence beside sums in double precision, and what single precision does not hold beside the kernel."""

import numpy as np
import pytest
import torch
from exact_sums import exact

from remanifold._core.compiled.functions import numba_installed
from remanifold.measures.profile.levels import lattice, level_grid
from remanifold.measures.profile.sweep import runs, sweep_queries

pytestmark = pytest.mark.skipif(not numba_installed(), reason="numba is not installed (extra `fast`)")


def panel(q, n, draws, seed=0, dim=40):
    """A and B of normal points in ``dim`` dimensions, a cluster of them near each query."""
    rng = np.random.default_rng(seed)
    gaps = rng.normal(size=(q, n, dim)) * np.where(np.arange(n) < n // 10, 0.3, 1)[:, None]
    noise = rng.normal(size=(q, draws, dim))
    return torch.from_numpy((gaps**2).sum(2) / 2), torch.from_numpy(np.einsum("qnd,qkd->qkn", gaps, noise))


def errors(half, projection, found, levels):
    """Largest errors of log S, of log S2, and of the means as they enter a dimension, relative where above 1."""
    worst = np.zeros(4)
    for k, t in enumerate(levels):
        expected = exact(half, projection, t)
        error = np.abs(found[k] - expected) / np.maximum(1, np.abs(expected) / np.array([1, 1, t, t**0.5])[:, None])
        worst = np.maximum(worst, error.max((0, 2)) / np.array([1, 1, t, t**0.5]))
    return worst


@pytest.mark.parametrize(("n", "draws"), [(700, 1), (4097, 2), (1300, 3)])
def test_sums_are_those_of_double_precision(n, draws):
    from remanifold.measures.profile.fused_sweep import FusedSweep

    half, projection = panel(3, n, draws)
    state = FusedSweep(half, projection, 1e-7)
    for run in runs(lattice(0.02, 500.0)):
        assert (errors(half, projection, state.along(run), run) < [4e-6, 1e-5, 2e-5, 2e-5]).all()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (400.0, -4000.0),  # a logit of 1e4 and as curved as that: it overflows beside any straight line
        (100.0, -600.0),  # at u = 4 better by e^800 than the nearest point, at u = 8 worse: the nearest must come back
    ],
)
def test_what_single_precision_does_not_hold_is_summed_level_by_level(monkeypatch, a, b):
    from remanifold.measures.profile import fused_sweep

    half = torch.tensor([[1.0, 1.0 + a, 40.0]], dtype=torch.float64)
    projection = torch.tensor([[[0.0, b, 0.3]]], dtype=torch.float64)
    run = lattice(1 / 7.9**2, 1 / 16.0)[::-1][:16]
    assert len(runs(run[::-1])) == 1

    def difference():
        return float(errors(half, projection, fused_sweep.FusedSweep(half, projection, 1e-7).along(run), run)[0])

    assert difference() < 4e-6
    trusted = fused_sweep.run_sums_of_all

    def uncounted(*args):  # planted: nobody counts these
        trusted(*args)
        args[-1][:] = 0

    monkeypatch.setattr(fused_sweep, "run_sums_of_all", uncounted)
    with np.errstate(all="ignore"):
        assert not difference() < 1


@pytest.mark.parametrize(("a", "b"), [(7.0, -41.75), (6.0, -35.5), (5.0, -31.25)])
def test_weights_whose_squares_leave_single_precision_are_noticed(a, b):
    """At the first level e^55, e^46 and e^45 beside the chord of the column that is best in the middle."""
    from remanifold.measures.profile.fused_sweep import FusedSweep

    half = torch.tensor([[1.0, 1.0 + a, 40.0]], dtype=torch.float64)
    projection = torch.tensor([[[0.0, b, 0.3]]], dtype=torch.float64)
    run = lattice(1 / 7.9**2, 1 / 16.0)[::-1][:16]
    assert (
        errors(half, projection, FusedSweep(half, projection, 1e-7).along(run), run) < [4e-6, 1e-5, 2e-5, 2e-5]
    ).all()


def competing(q, n, first, last, seed):
    """A and B of one draw whose logits cross in the run u = ``first`` to ``last``, or just outside, steep or flat."""
    rng = np.random.default_rng(seed)
    a = 10 ** rng.uniform(-3, 3.5, (q, n))
    b = rng.choice([-1, 1], (q, n)) * a * rng.uniform(0.3 * first, 1.6 * last, (q, n))
    loose = rng.random((q, n)) < 0.3
    b[loose] = (rng.choice([-1, 1], (q, n)) * 10 ** rng.uniform(-3, 3.5, (q, n)))[loose]
    a[:, 0], b[:, 0] = 0, 0  # the nearest point
    return torch.from_numpy(a + 1), torch.from_numpy(b[:, None])


@pytest.mark.parametrize("n", [2, 4, 40])
@pytest.mark.parametrize(("low", "count"), [(4.0, 3), (4.0, 7), (4.0, 16), (1.0, 16)])
def test_weights_that_rise_from_nothing_or_bend_are_summed_or_given_up(low, count, n):
    """Of steep columns single precision holds logits of 2e5 to some .01 nat; a weight lost on the way costs more."""
    from remanifold.measures.profile.fused_sweep import FusedSweep

    run = lattice(1 / (2 * low - 0.1) ** 2, 1 / low**2)[::-1][:count]
    half, projection = competing(600, n, low, 1 / np.sqrt(run[-1]), count)
    found = FusedSweep(half, projection, 1e-7).along(run)
    assert len(runs(run[::-1])) == 1
    for k, t in enumerate(run):
        expected = exact(half, projection, t)[:, 0]
        assert (np.abs(found[k, :, 0] - expected) < 5e-3 * np.maximum(1, np.abs(expected))).all()


def test_a_weight_that_falls_by_e_62_in_one_step_and_still_counts():
    """From e^60 beside the nearest point to e^-2: its ratio is 0 in single precision, its weight is not."""
    from remanifold.measures.profile.fused_sweep import FusedSweep

    half = torch.tensor([[1.0, 63.0]], dtype=torch.float64)
    projection = torch.tensor([[[0.0, -263.0]]], dtype=torch.float64)
    run = np.array([4.0, 4.25, 4.5]) ** -2
    assert [len(piece) for piece in runs(run[::-1])] == [3]
    assert errors(half, projection, FusedSweep(half, projection, 1e-7).along(run), run)[0] < 1e-4


def test_a_query_does_not_notice_its_batch():
    half, projection = panel(6, 5000, 2, seed=3, dim=20)
    levels = level_grid(1e-2, 100.0, [0.5, 3.0])
    together = sweep_queries(half, projection, levels)
    for query in (0, 4):
        alone = sweep_queries(half[query : query + 1], projection[query : query + 1], levels)[0]
        for name, values in vars(alone).items():
            assert np.array_equal(getattr(together[query], name), values)


def test_without_numba_the_numbers_are_the_same(without_numba):
    half, projection = panel(4, 5000, 2, seed=2, dim=20)
    levels = level_grid(1e-2, 100.0, [0.5, 3.0])
    compiled = sweep_queries(half, projection, levels)
    without_numba()
    plain = sweep_queries(half, projection, levels)
    for mine, theirs in zip(compiled, plain, strict=True):
        assert np.array_equal(mine.t, theirs.t)
        for name in ("log_sum", "log_square_sum", "half_squared", "projection"):
            np.testing.assert_allclose(getattr(mine, name), getattr(theirs, name), rtol=2e-5, atol=2e-5)


def test_levels_that_are_not_uniform_are_summed_one_by_one():
    assert [len(run) for run in runs(np.geomspace(1e-3, 10, 30))] == [1] * 30
    nearly = 4 + (np.arange(16) + 1e-5 * np.arange(16) ** 2) / 16  # of u
    assert [len(run) for run in runs(1 / nearly[::-1] ** 2)] == [1] * 16
    grid = level_grid(1e-2, 100.0, [0.5])
    pieces = runs(grid)
    assert np.array_equal(np.concatenate(pieces), grid[::-1])
    assert sum(len(run) > 2 for run in pieces) > 5
    assert max(map(len, pieces)) == 16
