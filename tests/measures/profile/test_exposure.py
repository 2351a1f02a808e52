"""Each row's own collapse: its value, its error, its order."""

import math

import numpy as np
import pytest
from brute_force import brute_profile
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import spearmanr

from remanifold.data import open_points
from remanifold.measures import exposure, first_trap, nearest_points, noise_profile

SPECTRUM = np.array([4.0, 2.0, 1.0, 1.0, 0.5, 0.25])


def gaussian(n, seed=0, spectrum=SPECTRUM):
    return np.random.default_rng(seed).normal(size=(n, len(spectrum))) * np.sqrt(spectrum)


def test_every_row_crosses_where_its_loop_over_pairs_does():
    data = gaussian(300)
    profile = noise_profile(open_points(data), max_queries=25, seed=6, threads=1)
    rows = exposure(profile)
    assert len(rows) == 25
    for row in rows:
        around = row.time.value * np.exp([-2e-3, 2e-3])
        below, above = brute_profile(data, around, [row.row], 2, 6).gap[0]
        assert below > 0 > above


def test_the_first_to_collapse_comes_first_with_its_neighbour():
    data = gaussian(300)
    points = open_points(data)
    rows = exposure(noise_profile(points, max_queries=300, threads=1))
    times = [row.time.value for row in rows]
    assert times == sorted(times, reverse=True)
    assert sorted(row.row for row in rows) == list(range(300))
    everything = np.arange(300)
    nearest, distances = nearest_points(points, everything, points, everything, same=True)
    for row in rows:
        assert row.nearest_row == nearest[row.row]
        assert row.nearest_distance == pytest.approx(distances[row.row], rel=1e-7)
        assert row.time.n == 2


def test_the_first_trap_is_the_highest_of_all_rows():
    # -R(xi) of each row by explicit pairs on a fine grid, above a planted outlier too
    data = np.concatenate([gaussian(200), [[60.0, 0, 0, 0, 0, 0]]])
    profile = noise_profile(open_points(data), max_queries=201, threads=1)
    row, t = first_trap(profile)
    assert row == 200 and t > 50 * profile.t_onset.value
    squared = ((data[:, None] - data[None]) ** 2).sum(2)
    np.fill_diagonal(squared, np.inf)

    def attracted(level):
        return -logsumexp(-squared / (2 * level), axis=1) > 0

    assert attracted(0.999 * t).tolist() == [False] * 200 + [True]
    assert not attracted(1.001 * t).any()
    highest_collapse = exposure(profile)[0]
    assert highest_collapse.row == 200


def predicted(x, spectrum, n_points):
    """log t at log(P-1) = (1/2) sum_i [log(1 + l_i/t) + (x_i^2 - l_i) / (l_i + t)]."""

    def gap(log_t):
        t = math.exp(log_t)
        return (np.log1p(spectrum / t) + (x**2 - spectrum) / (spectrum + t)).sum() / 2 - math.log(n_points - 1)

    return brentq(gap, -15, 10)


def test_the_order_is_that_of_the_gaussian_formula():
    # large Mahalanobis norms first; 16 draws leave a rank correlation of .96 (.90 with 4, .98 with 30)
    spectrum = 1 / np.sqrt(np.arange(1, 21))
    data = gaussian(4000, seed=1, spectrum=spectrum)
    levels = np.exp(np.arange(-12, 2) / 3)
    rows = exposure(noise_profile(open_points(data), levels=levels, max_queries=100, n_draws=16, threads=1))
    measured = [math.log(row.time.value) for row in rows]
    points = data[[row.row for row in rows]]
    theory = [predicted(x, spectrum, len(data)) for x in points]
    assert spearmanr(measured, theory).statistic > 0.9
    assert abs(np.mean(measured) - np.mean(theory)) < 0.4  # finite size: some 7/N in log t
    small_norms = np.sqrt(np.maximum(0, 2 * spectrum - points**2))  # planted: the sign of the norm
    planted = [predicted(x, spectrum, len(data)) for x in small_norms]
    assert spearmanr(measured, planted).statistic < 0


@pytest.fixture(scope="module")
def scores():
    """z of every row's log t over 30 seeds, against the row's own mean over the seeds: (seeds, rows)."""
    points, levels = open_points(gaussian(100, seed=2)), np.exp(np.arange(-12, 9) / 4)
    logs, errors = np.empty((30, 100)), np.empty((30, 100))
    for seed in range(30):
        profile = noise_profile(points, levels=levels, max_queries=100, n_draws=3, seed=seed, threads=1)
        for row in exposure(profile):
            logs[seed, row.row], errors[seed, row.row] = math.log(row.time.value), row.time.log_stderr
    return (logs - logs.mean(axis=0)) * math.sqrt(30 / 29) / errors


def test_errors_of_rows_are_calibrated(scores):
    spread = float(np.sqrt((scores**2).mean()))
    print(spread, (np.abs(scores) < 1.96).mean(), np.quantile(np.sqrt((scores**2).mean(0)), [0.02, 0.5, 0.98]))
    assert 0.75 < spread < 1.3
    within = float((np.abs(scores) < 1.96).mean())
    assert 0.9 < within < 0.99
    assert float((np.abs(2 * scores) < 1.96).mean()) < 0.9  # planted: half the error


def test_a_row_with_an_exact_copy_never_collapses():
    data = gaussian(60)
    data[1] = data[0]
    profile = noise_profile(open_points(data), levels=np.exp(np.arange(-9, 5) / 2), threads=1)
    found = {row.row for row in exposure(profile)}
    assert not found & {0, 1}
    assert len(found) == 58
