"""The profile against a loop over all pairs, and its derivatives against differences."""

import numpy as np
import pytest
from brute_force import brute_profile
from point_sets import hard_sets

from remanifold.data import open_points
from remanifold.manifolds import HiddenManifold
from remanifold.measures import nearest_points, noise_profile
from remanifold.measures.estimates.series import mean_of
from remanifold.measures.profile.local_runner import LocalRunner

SETS = hard_sets()
TOLERANCE = 1e-5  # nats, or relative where a curve is larger than 1: float32 logits of size 30 carry 2e-6


def levels_around(data, n=9):
    points = open_points(data)
    rows = np.arange(points.n_points)
    _, distances = nearest_points(points, rows, points, rows, same=True)
    return np.median(distances) ** 2 * np.exp(np.linspace(-4, 4, n))


def worst(got, reference):
    return float((np.abs(got - reference) / np.maximum(1, np.abs(reference))).max())


def measured(data, t, **options):
    return noise_profile(open_points(data), levels=t, max_queries=20, seed=3, threads=1, **options)


def per_query(profile):
    """What the profile gives query by query, under the names of `BruteProfile`."""
    return {"gap": profile.query_gap, "trap": profile.query_trap}


@pytest.mark.parametrize("name", SETS)
def test_every_series_equals_the_loop_over_pairs(name):
    data = SETS[name]
    t = levels_around(data)
    profile = measured(data, t)
    brute = brute_profile(data, t, profile.queries, 2, 3)
    for field, values in per_query(profile).items():
        assert worst(values, getattr(brute, field)) < TOLERANCE, field
    for field in brute.__dataclass_fields__:
        draws = getattr(brute, field)
        assert worst(getattr(profile, field).value, mean_of(draws, profile.weights)) < TOLERANCE, field
        if profile.weights is None:  # errors of strata: test_strata.py
            missed = 3 / 1.96 / len(draws) if field == "own_surprisal" else 0.0  # states that no query met
            stderr = np.hypot(draws.std(0, ddof=1) / np.sqrt(len(draws)), missed)
            assert worst(getattr(profile, field).stderr, stderr) < TOLERANCE, field


def test_the_comparison_sees_a_planted_error_of_one_point():
    data = SETS["plain"]
    t = levels_around(data)
    profile = measured(data, t)
    brute = brute_profile(data, t, profile.queries, 2, 3, rows=np.arange(len(data) - 1))  # planted: a point left out
    assert worst(profile.gap.value, brute.gap.mean(0)) > 10 * TOLERANCE


def test_rows_leave_the_others_out():
    data = SETS["plain"]
    rows = np.arange(3, 100, 2)
    t = levels_around(data)
    profile = measured(data, t, rows=rows)
    assert set(profile.queries) <= set(rows)
    assert profile.n_points == len(rows)
    brute = brute_profile(data, t, profile.queries, 2, 3, rows=rows)
    assert worst(profile.query_gap, brute.gap) < TOLERANCE
    assert set(profile.nearest_rows) <= set(rows)


@pytest.mark.parametrize("n_draws", [2, 5])
def test_draws_and_seeds_are_those_asked_for(n_draws):
    data = SETS["plain"]
    t = levels_around(data)
    profile = noise_profile(open_points(data), levels=t, max_queries=4, n_draws=n_draws, seed=8, threads=1)
    brute = brute_profile(data, t, profile.queries, n_draws, 8)
    assert worst(profile.query_gap, brute.gap) < TOLERANCE


@pytest.mark.parametrize("name", ["plain", "large mean", "tight clusters", "heavy tails"])
def test_dimension_and_slopes_are_the_derivatives(name):
    # central differences of step h = 1e-3 in log t: error h^2/6 times third derivatives of order 10^2
    data = SETS[name]
    t = levels_around(data, 5)
    profile = measured(data, t)
    step = 1e-3
    up, down = (brute_profile(data, t * np.exp(s), profile.queries, 2, 3) for s in (step, -step))

    def slope(field):
        return (getattr(up, field) - getattr(down, field)) / (2 * step)

    assert worst(profile.query_dimension, -2 * slope("gap")) < 3e-4
    assert worst(profile.query_nll_slope, slope("nll")) < 3e-4
    assert worst(profile.local_dimension.value, -2 * mean_of(slope("information"), profile.weights)) < 3e-4
    planted = -2 * slope("gap") * 1.01
    assert worst(profile.query_dimension, planted) > 3e-3


def test_limits_of_the_noise():
    # no noise: every point alone; all noise: P points share, I -> 0, nll -> (N/2) log(2 pi t)
    data = SETS["plain"]
    n, dim = data.shape
    profile = measured(data, np.array([1e-6, 1e9]))
    assert profile.own_weight.value == pytest.approx([1, 1 / n], rel=1e-6)
    assert profile.participation.value == pytest.approx([1, 1 / n], rel=1e-4)
    assert profile.own_surprisal.value == pytest.approx([0, np.log(n)], abs=1e-4)
    assert profile.information.value[1] == pytest.approx(0, abs=1e-3)
    assert profile.local_dimension.value[1] == pytest.approx(0, abs=1e-3)
    assert profile.nll.value[1] == pytest.approx(dim / 2 * np.log(2 * np.pi * 1e9), rel=1e-8)


def test_times_are_zeros_of_the_loop_over_pairs():
    data = SETS["plain"]
    profile = noise_profile(open_points(data), max_queries=40, seed=1, threads=1)
    for time, field in ((profile.t_collapse, "gap"), (profile.t_onset, "trap")):
        around = time.value * np.exp([-1e-3, 1e-3])
        below, above = getattr(brute_profile(data, around, profile.queries, 2, 1), field).mean(0)
        assert below > 0 > above
    around = profile.t_generalization.value * np.exp([-0.02, 0.0, 0.02])
    nll = brute_profile(data, around, profile.queries, 2, 1).nll.mean(0)
    assert nll[1] < min(nll[0], nll[2])


def test_noise_scales_with_the_squared_unit():
    data = SETS["plain"]
    times = [
        noise_profile(open_points(scale * data), max_queries=40, seed=1, threads=1).t_collapse.value / scale**2
        for scale in (1.0, 1e-5, 1e5)
    ]
    assert times == pytest.approx([times[0]] * 3, rel=1e-3)  # the lattice of levels does not scale


def test_a_series_is_read_between_levels():
    profile = measured(SETS["plain"], np.array([0.1, 1.0, 10.0]))
    middle = profile.at(profile.gap, np.sqrt(0.1))
    assert middle == pytest.approx(profile.gap.value[:2].mean())
    assert profile.at(profile.gap, 1e9) == profile.gap.value[-1]
    assert len(profile.gap) == 3
    assert profile.gap[1].value == profile.gap.value[1]
    assert profile.gap[1].n == 20


def test_a_few_queries_choose_the_levels_where_a_sweep_is_dear(monkeypatch):
    """The profile of all queries is measured once, and ends where each query's would."""
    sweeps = []
    sweep = LocalRunner.sweep

    def counted(self, queries, levels, *rest):
        sweeps.append(len(queries))
        return sweep(self, queries, levels, *rest)

    monkeypatch.setattr(LocalRunner, "sweep", counted)
    points = open_points(HiddenManifold(ambient_dim=20, latent_dim=6, n_points=900, seed=3).points())
    plain = noise_profile(points, max_queries=400, threads=1)
    before = len(sweeps)
    monkeypatch.setattr("remanifold.measures.profile.measuring._DEAR", 1e3)  # else 20 million pairs are needed
    staged = noise_profile(points, max_queries=400, threads=1)
    assert sweeps[before:].count(25) >= 1
    assert sweeps[before:].count(400) <= sweeps[:before].count(400)
    for name in ("t_collapse", "t_onset"):
        mine, theirs = getattr(staged, name), getattr(plain, name)
        assert mine.value == pytest.approx(theirs.value, rel=0.01)
