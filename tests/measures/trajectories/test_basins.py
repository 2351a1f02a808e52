"""Basins in three ways, gradient flow and sections of the potential."""

import numpy as np
import pytest
from montecarlo import SIGMAS
from trajectory_cases import FINE, LOUD, TRAINING, largest_z

from remanifold import EmpiricalScore, GaussianScore, InvalidInput, NotConverged
from remanifold.measures import Reversal, TrainingPoints, basins, mean_shift, sections

DELTA = [0.05, 0.2, 0.5, 1.0, 2.0]


def test_log_odds_by_brute_force():
    import sys

    module = sys.modules["remanifold.measures.trajectories.basins"]
    rng = np.random.default_rng(2)
    rows, noise, delta = np.array([3, 17, 3, 39]), rng.normal(size=(4, 4)), np.array([0.01, 0.5, 3.0])
    found = module.log_odds(TRAINING, rows, noise, 0.3, delta)
    data = TRAINING.points.rows
    for i, row in enumerate(rows):
        for k, d in enumerate(delta):
            terms = np.exp(-((data[row] + np.sqrt(d) * noise[i] - data) ** 2).sum(1) / 0.6)
            assert found[i, k] == pytest.approx(np.log(terms[row] / np.delete(terms, row).sum()))


def test_reverse_diffusion_ends_at_home_with_the_own_weight_at_the_start():
    found = basins(TRAINING, 0.3, [0.05, 0.5, 2.0], n_trajectories=800, reversal=FINE)
    assert largest_z(found.excess) < SIGMAS
    assert np.all(np.diff(found.gap.value) < 0) and np.all(np.diff(found.flow.value) < 0)
    assert largest_z(basins(TRAINING, 0.3, [0.2, 0.5], n_trajectories=800, reversal=LOUD).excess) > SIGMAS


def test_all_three_ways_meet_at_low_noise_in_the_voronoi_cell():
    """At t -> 0 the basin is the cell of nearest points: shares agree with that of starts nearest to home."""
    t = 2 * TRAINING.rest()
    found = basins(TRAINING, t, DELTA, n_trajectories=500, reversal=FINE)
    error = np.sqrt(0.25 / 500)
    assert np.abs(found.flow.value - found.reverse.value).max() < 0.5 * error, "the same starts"
    times = found.static_basin, found.flow_basin, found.reverse_basin
    assert all(one is not None for one in times)
    assert abs(np.log(found.flow_basin.value / found.reverse_basin.value)) < found.flow_basin.log_stderr


def test_traps_exist_before_the_collapse_but_typical_trajectories_miss_them():
    """N = 12, P = 403 unit Gaussians, t = 0.9 between t_c and t_o: near starts stay, starts at delta = t do not."""
    training = TrainingPoints(np.random.default_rng(0).normal(size=(403, 12)))
    found = basins(training, 0.9, [0.1, 0.9], n_trajectories=200, reversal=Reversal(batch=200))
    assert found.reverse.value[0] > 0.6 and found.reverse.value[1] < 0.45
    assert found.static_basin is not None and 0.1 < found.static_basin.value < 0.9


def test_mean_shift_of_two_points_ends_on_their_side():
    points = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 1e3]])
    x = np.random.default_rng(0).normal(size=(200, 2))
    ends = mean_shift(EmpiricalScore(points), x, 0.05)
    assert ends == pytest.approx(np.where(x[:, :1] < 0, points[0], points[1]), abs=1e-3)
    with pytest.raises(NotConverged, match="of 200 mean shifts still moved"):
        mean_shift(EmpiricalScore(points), x, 0.05, most_steps=1)


def test_a_section_is_the_integral_of_its_pull():
    offsets = np.linspace(-2, 2, 401)
    found = sections(TRAINING.score, TRAINING.points.rows[:5], 0.4, offsets, seed=1)
    steps = (found.pull[:, 1:] + found.pull[:, :-1]) / 2 * np.diff(offsets)
    walked = np.concatenate([np.zeros((5, 1)), steps.cumsum(1)], axis=1)
    walked -= walked[:, [200]]
    assert found.rise == pytest.approx(walked, abs=1e-4), "the trapezoid's own error, 0.01^2 times a second derivative"
    assert found.rise[:, 200] == pytest.approx(0, abs=1e-12)
    assert not np.allclose(found.rise * 2, walked, atol=1e-4)


def test_the_section_of_a_gaussian_is_a_parabola():
    centres = np.random.default_rng(3).normal(size=(4000, 3))
    found = sections(GaussianScore(np.zeros(3), 2 * np.eye(3)), centres, 0.5, [-1.0, 0.0, 2.0])
    # V = t |x|^2 / 2(l + t) and a uniform direction: the mean rise is s^2 t / 2(l + t)
    expected = np.array([1.0, 0.0, 4.0]) * 0.5 / 5
    error = np.maximum(found.mean_rise.stderr, 1e-12)
    assert np.all(np.abs(found.mean_rise.value - expected) < SIGMAS * error)
    assert not np.all(np.abs(found.mean_rise.value - 2 * expected) < SIGMAS * error)


def test_training_points_lie_in_wells_below_the_onset_and_fresh_points_do_not():
    training = TrainingPoints(np.random.default_rng(0).normal(size=(403, 12)))
    fresh = np.random.default_rng(1).normal(size=(200, 12))
    offsets = [-1.0, 0.0, 1.0]
    wells = sections(training.score, training.rows(np.arange(200)), 0.3, offsets)
    slopes = sections(training.score, fresh, 0.3, offsets)
    assert wells.trapping[0].value > 0.99
    assert slopes.trapping[0].value < 0.6


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: basins(TRAINING, 1e-9, DELTA), "the noise variance t must lie above the 0.00107 where it ends"),
        (lambda: basins(TRAINING, 1.0, [0.0, 1.0]), "`delta` must be at least two positive noise variances"),
        (lambda: sections(TRAINING.score, np.zeros((2, 4)), 1.0, [0, 1, 2]), "`offsets` must be at least 3 ascending"),
        (
            lambda: sections(TRAINING.score, np.zeros((2, 4)), 1.0, [-1, 0, 1], directions=np.zeros((2, 4))),
            "directions must have a length, but got a zero vector",
        ),
        (
            lambda: sections(TRAINING.score, np.zeros((2, 4)), 1.0, [-1, 0, 1], directions=np.zeros((3, 4))),
            "directions must have shape (2, 4), but got (3, 4)",
        ),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
