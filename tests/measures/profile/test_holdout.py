"""Fresh rows against the set: their likelihood, and the share that is closer than chance."""

import math

import numpy as np
import pytest
from montecarlo import sd_bounds
from point_sets import hard_sets
from scipy.special import logsumexp

from remanifold.data import open_points
from remanifold.measures import closer_share, holdout_profile, nearest_points, noise_profile

RNG = np.random.default_rng(0)


def brute_nll(data, fresh, t):
    energy = ((fresh[:, None] - data[None]) ** 2).sum(2) / (2 * t)
    dim = data.shape[1]
    return -logsumexp(-energy, axis=1) + math.log(len(data)) + dim / 2 * math.log(2 * math.pi * t)


def measured(data, fresh, rows=None, **options):
    rows = np.arange(len(data)) if rows is None else rows
    points = open_points(data)
    profile = noise_profile(points, rows=rows, max_queries=60, threads=1)
    fresh_rows = np.arange(len(fresh))
    return profile, holdout_profile(points, rows, profile, open_points(fresh), fresh_rows, threads=1, **options)


@pytest.mark.parametrize("name", ["plain", "large mean", "tight clusters", "far outlier"])
def test_cross_entropy_equals_all_pairs(name):
    data = hard_sets()[name]
    profile, check = measured(data[:80], data[80:])
    brute = np.stack([brute_nll(data[:80], data[80:], t) for t in profile.t])
    scale = np.maximum(1, np.abs(brute))
    assert (np.abs(check.nll.value - brute.mean(1)) / scale.mean(1)).max() < 1e-5
    stderr = brute.std(1, ddof=1) / math.sqrt(brute.shape[1])
    assert (np.abs(check.nll.stderr - stderr) / scale.mean(1)).max() < 1e-5


def test_rows_that_do_not_count_are_left_out():
    data = RNG.normal(size=(100, 3))
    rows = np.arange(0, 100, 2)
    profile, check = measured(data, data[1::2], rows)
    brute = brute_nll(data[rows], data[1::2], profile.t[5])
    assert check.nll.value[5] == pytest.approx(brute.mean(), abs=1e-5)
    gaps = np.linalg.norm(data[1::2][:, None] - data[rows][None], axis=2)
    assert check.nearest_distances == pytest.approx(gaps.min(1), rel=1e-9)
    assert check.nearest_rows.tolist() == rows[gaps.argmin(1)].tolist()


def test_the_best_level_is_the_least_of_all_pairs_and_agrees_with_leave_one_out():
    data, fresh = RNG.normal(size=(800, 4)), RNG.normal(size=(400, 4))
    profile, check = measured(data, fresh)
    best = check.t_generalization.value
    low, middle, high = (brute_nll(data, fresh, best * f).mean() for f in (0.97, 1.0, 1.03))
    assert middle < min(low, high)
    assert abs(check.t_generalization.log.value - profile.t_generalization.log.value) < 5 * math.hypot(
        check.t_generalization.log_stderr, profile.t_generalization.log_stderr
    )


def test_memory_and_threads_change_nothing():
    data, fresh = RNG.normal(size=(400, 4)), RNG.normal(size=(200, 4))
    _, a = measured(data, fresh)
    _, b = measured(data, fresh, memory="11MB")
    assert b.nll.value == pytest.approx(a.nll.value, rel=1e-6)


def shares(leak, repeats=200, dim=4):
    """closer_share over fresh sets; a share ``leak`` of the hold-out is near copies of training rows."""
    found = []
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        data, fresh = rng.normal(size=(250, dim)), rng.normal(size=(60, dim))
        copied = int(leak * 60)
        fresh[:copied] = data[:copied] + 0.01 * rng.normal(size=(copied, dim))
        points = open_points(data)
        rows = np.arange(250)
        own = nearest_points(points, rows, points, rows, same=True)[1]
        new = nearest_points(points, rows, open_points(fresh), np.arange(60), same=False)[1]
        found.append(closer_share(new, own))
    return np.array([e.value for e in found]), np.array([e.stderr for e in found])


def test_exchangeable_rows_are_closer_half_the_time():
    # 200 repeats; a fresh row meets 250 points, a training row 249 others: bias 1/(4 * 250) at most
    value, stderr = shares(0.0)
    z = (value - 0.5) / stderr
    assert abs(value.mean() - 0.5) < 5 * value.std(ddof=1) / math.sqrt(200) + 0.001
    low, high = sd_bounds(200)
    assert low * 0.9 < z.std(ddof=1) < high * 1.1  # distances to shared points are not quite independent: 10 %
    assert (np.abs(z) < 1.96).mean() > 0.88


def test_a_leak_of_a_fifth_is_seen():
    value, stderr = shares(0.2, repeats=40)
    assert ((value - 0.5) / stderr).mean() > 2
    assert value.mean() == pytest.approx(0.6, abs=0.02)  # a fifth always closer: .2 + .8 / 2


def test_ties_are_split_and_one_row_has_no_error():
    assert closer_share(np.array([1.0, 1.0]), np.array([1.0, 1.0])).value == 0.5
    assert closer_share(np.array([0.0, 1.0]), np.array([1.0, 2.0, 2.0])).value == pytest.approx((1 + 5 / 6) / 2)
    assert math.isnan(closer_share(np.array([1.0]), np.array([1.0, 2.0])).stderr)


def test_the_delong_error_is_the_bootstrap_error():
    fresh, training = RNG.normal(size=80), RNG.normal(0.4, 1.2, size=120)
    got = closer_share(fresh, training)
    draws = [closer_share(RNG.choice(fresh, 80), RNG.choice(training, 120)).value for _ in range(2000)]
    pairs = (fresh[:, None] < training[None]).mean()
    assert got.value == pytest.approx(pairs)
    assert got.stderr == pytest.approx(np.std(draws), rel=0.1)  # 2000 draws: 1.6 %; bootstrap bias n/(n-1)
