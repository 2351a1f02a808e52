"""What the sweep drops never matters, and what it adds brackets every collapse."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from point_sets import hard_sets
from scipy.special import logsumexp

from remanifold.measures.profile.sweep import batch_size, sweep_queries

SETS = hard_sets()


def energies(data, n_queries=6, draws=2, seed=0):
    """A and B of the first queries by explicit differences, own column left out."""
    x = np.asarray(data, dtype=np.float64)
    noise = np.random.default_rng(seed).normal(size=(n_queries, draws, x.shape[1]))
    gaps = np.stack([x[q] - np.delete(x, q, axis=0) for q in range(n_queries)])
    return (gaps**2).sum(2) / 2, np.einsum("qdn,qmn->qdm", noise, gaps)


def swept(half, projection, levels, **options):
    return sweep_queries(torch.from_numpy(half), torch.from_numpy(projection), levels, **options)


def exact(half, projection, t):
    """log S and its log sum of squares of one query: branches w = 0, then +- each draw, in float64."""
    branches = [half / t] + [half / t + sign * b / math.sqrt(t) for b in projection for sign in (1, -1)]
    return np.array([logsumexp(-e) for e in branches]), np.array([logsumexp(-2 * e) for e in branches])


def wide_levels(half):
    return np.median(half.min(1)) * np.exp(np.arange(-24, 13) / 3)


def worst_error(half, projection, found):
    errors = []
    for q, sums in enumerate(found):
        for k, t in enumerate(sums.t):
            log_sum, log_squares = exact(half[q], projection[q], t)
            scale = np.maximum(1, np.abs(log_sum))
            errors.append(np.abs(sums.log_sum[k] - log_sum) / scale)
            errors.append(np.abs(sums.log_square_sum[k] - log_squares) / np.maximum(1, np.abs(log_squares)))
    return float(np.max(errors))


@pytest.mark.parametrize("name", SETS)
def test_dropping_changes_nothing(name):
    half, projection = energies(SETS[name])
    levels = wide_levels(half)
    kept = swept(half, projection, levels, tolerance=1e-300, bracket=False)  # a cut of 700 nats: nothing that counts
    dropped = swept(half, projection, levels, bracket=False)
    assert worst_error(half, projection, kept) < 5e-6
    assert worst_error(half, projection, dropped) < 5e-6
    for a, b in zip(kept, dropped, strict=True):
        per_level = a.t[:, None]
        energy, scale = a.half_squared / per_level, np.maximum(1, a.half_squared / per_level)  # as they enter d_eff
        assert (np.abs(b.half_squared / per_level - energy) / scale).max() < 1e-5
        assert (np.abs(b.projection - a.projection) / np.sqrt(per_level) / scale).max() < 1e-5


@given(st.integers(0, 10**6), st.floats(0.3, 4), st.floats(0, 3), st.integers(1, 8), st.integers(1, 4))
@settings(max_examples=12)
def test_dropping_is_certified_for_any_points(seed, tail, spread, dim, draws):
    # power-law and log-normal distances: the dropped weight is at most the tolerance times that of the nearest point
    rng = np.random.default_rng(seed)
    x = rng.standard_t(tail, size=(60, dim)) * np.exp(spread * rng.normal(size=(60, 1)))
    half, projection = energies(x, 3, draws, seed)
    levels = wide_levels(half)
    loose = swept(half, projection, levels, tolerance=1e-2, bracket=False)
    for q, sums in enumerate(loose):
        for k, t in enumerate(levels):
            error = exact(half[q], projection[q], t)[0] - sums.log_sum[k]
            assert (error < math.log1p(1e-2) + 1e-5 * np.maximum(1, np.abs(sums.log_sum[k]))).all()
            assert (error > -1e-5 * np.maximum(1, np.abs(sums.log_sum[k]))).all()


def test_a_wrong_certificate_would_be_seen(monkeypatch):
    # planted: the projection is left out of the rise, so columns that the noise favours are lost
    half, projection = energies(SETS["plain"])
    projection = 3 * projection
    levels = wide_levels(half)
    module = "remanifold.measures.profile.sweep.TorchSweep.drop"

    def wrong(self, t):
        keep = (self.stack[:, 0] / t <= self.cut).any(0)
        self.stack = self.stack[:, :, keep]

    assert worst_error(half, projection, swept(half, projection, levels, bracket=False)) < 5e-6
    monkeypatch.setattr(module, wrong)
    assert worst_error(half, projection, swept(half, projection, levels, bracket=False)) > 1e-4


@pytest.mark.parametrize("levels", [[1e-9, 2e-9], [1e9, 2e9], [0.1, 0.2]])
def test_every_collapse_is_bracketed(levels):
    half, projection = energies(SETS["heavy tails"])
    for sums in swept(half, projection, np.array(levels)):
        gap = sums.gap()
        assert (np.diff(sums.t) > 0).all()
        assert gap[0] > 0 > gap[-1]
        assert set(levels) <= set(sums.t)


def test_a_batch_gives_what_each_query_alone_gives():
    half, projection = energies(SETS["tight clusters"])
    levels = wide_levels(half)
    together = swept(half, projection, levels)
    for q, sums in enumerate(together):
        alone = swept(half[q : q + 1], projection[q : q + 1], levels)[0]
        k = np.isin(sums.t, alone.t)
        assert np.array_equal(sums.t[k], alone.t)
        assert np.abs(sums.log_sum[k] - alone.log_sum).max() < 1e-5 * max(1, np.abs(alone.log_sum).max())


def test_a_column_far_beyond_all_others_adds_nothing_to_the_means():
    # weights are floored before they are dropped: a floor of e^-60 times A = 1e29 would be 800
    half = np.array([[1.0, 1.5, 2.0, 1e29]])
    projection = np.array([[[0.1, -0.2, 0.3, 1e14]]])
    sums = swept(half, projection, np.array([0.5, 1.0, 2.0]), bracket=False)[0]
    near = swept(half[:, :3], projection[:, :, :3], np.array([0.5, 1.0, 2.0]), bracket=False)[0]
    assert np.abs(sums.half_squared - near.half_squared).max() < 1e-6
    assert np.abs(sums.projection - near.projection).max() < 1e-6


def test_batches_fit_the_cache():
    assert batch_size(10) == 6553
    assert batch_size(65536) == 1
    assert batch_size(10**9) == 1
