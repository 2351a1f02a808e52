"""U-turns, capture, clones and cycles against what Bayes' rule says of their ends."""

from dataclasses import replace

import numpy as np
import pytest
from montecarlo import SIGMAS
from trajectory_cases import FINE, LOUD, TRAINING, largest_z

from remanifold import InvalidInput
from remanifold.measures import Reversal, TrainingPoints, capture_times, clones, cycles, u_turns
from remanifold.measures.trajectories.capture import last_waiting
from remanifold.measures.trajectories.rounds import typical

T = [0.1, 0.3, 1.0]


def weights(x, t):
    logits = -((x[:, None] - TRAINING.points.rows) ** 2).sum(-1) / (2 * t)
    w = np.exp(logits - logits.max(1, keepdims=True))
    return w / w.sum(1, keepdims=True)


def test_training_points_by_brute_force():
    rng = np.random.default_rng(1)
    x, rows = rng.normal(size=(30, 4)), rng.integers(0, 40, 30)
    gaps = ((x[:, None] - TRAINING.points.rows) ** 2).sum(-1)
    assert np.array_equal(TRAINING.nearest(x), gaps.argmin(1))
    assert TRAINING.own_weight(x, 0.4, rows) == pytest.approx(weights(x, 0.4)[np.arange(30), rows], rel=1e-5)
    data = TRAINING.points.rows
    others = ((data[:, None] - data) ** 2).sum(-1) + np.diag(np.full(40, np.inf))
    assert TRAINING.rest() == pytest.approx(others.min() / 200)
    assert sorted(TRAINING.choose(80, 3)) == sorted([*range(40)] * 2)


@pytest.mark.parametrize("method", ["exponential", "euler-maruyama"])
def test_the_share_that_returns_is_the_own_weight(method):
    found = u_turns(TRAINING, T, n_trajectories=1000, reversal=Reversal(batch=2000, method=method))
    assert largest_z(found.excess) < SIGMAS
    assert np.all(np.diff(found.own_weight.value) < 0) and found.own_weight.value[0] > 0.7
    assert found.excess.value == pytest.approx(found.returned.value - found.own_weight.value)


def test_u_turns_of_a_loud_sampler_are_noticed():
    assert largest_z(u_turns(TRAINING, [0.3], n_trajectories=1000, reversal=LOUD).excess) > SIGMAS


def test_u_turns_do_not_depend_on_the_batch():
    one = u_turns(TRAINING, [0.3], n_trajectories=60, reversal=Reversal(batch=7))
    two = u_turns(TRAINING, [0.3], n_trajectories=60, reversal=Reversal(batch=60))
    assert one.returned.value == two.returned.value


def test_another_denoiser_is_judged_by_the_same_points():
    """The population score of unit Gaussian data brings nobody home more often than chance allows."""
    population = Reversal(denoiser=lambda x, t: x / (1 + t), batch=1000)
    found = u_turns(TRAINING, [1.0], n_trajectories=1000, reversal=population)
    exact = u_turns(TRAINING, [1.0], n_trajectories=1000, reversal=FINE)
    assert found.own_weight.value == exact.own_weight.value
    turned = clones(TRAINING, [0.3], n_pairs=1000, reversal=population)
    assert turned.together.value[0] < turned.participation.value[0] - SIGMAS * turned.excess.stderr[0]


def test_clones_stay_together_with_the_sum_of_squared_weights():
    found = clones(TRAINING, T, n_pairs=500, reversal=FINE)
    assert largest_z(found.excess) < SIGMAS
    assert largest_z(clones(TRAINING, [0.3], n_pairs=500, reversal=LOUD).excess) > SIGMAS
    run_down = clones(TRAINING, [0.3], n_pairs=400, start_at=20.0, reversal=FINE)
    assert largest_z(run_down.excess) < SIGMAS
    gap = run_down.participation.value[0] - found.participation.value[1]
    assert abs(gap) < SIGMAS * np.hypot(run_down.participation.stderr[0], found.participation.stderr[1])


def test_a_trajectory_keeps_its_nearest_point_with_the_largest_weight():
    found = capture_times(TRAINING, n_trajectories=500, reversal=FINE)
    assert largest_z(found.excess) < SIGMAS
    assert largest_z(capture_times(TRAINING, n_trajectories=500, reversal=LOUD).excess) > SIGMAS


def test_capture_is_the_last_change_of_the_nearest_point():
    found = capture_times(TRAINING, n_trajectories=300, reversal=FINE)
    for t in (1.0, 0.3, 0.1):
        k = int(np.flatnonzero(found.levels <= t)[0])
        captured = found.captured(float(found.levels[k]))
        assert captured.value <= found.kept.value[k], "a trajectory may leave and return"
    assert np.all(found.half_weight <= found.levels[0]) and np.all(found.half_weight > 0)
    middle, low, high = found.quantile(0.5)
    assert low < middle < high
    assert found.captured(middle).value == pytest.approx(0.5, abs=0.05)
    assert found.quantile(0.1)[0] > middle > found.quantile(0.9)[0]


def test_the_last_step_of_waiting_by_brute_force():
    levels, rng = np.array([8.0, 4.0, 2.0, 1.0]), np.random.default_rng(2)
    waiting = rng.random((200, 4)) < 0.4
    for row, found in zip(waiting, last_waiting(levels, waiting, 8.0)):
        wanted = 8.0
        for k in range(4):
            if row[k]:
                wanted = 0.0 if k == 3 else (levels[k] * levels[k + 1]) ** 0.5
        assert found == pytest.approx(wanted)


def test_the_interval_of_a_quantile_covers():
    """95 percent of 50 parts of 80 trajectories cover the median of all 4000: fewer than 40 of 50 have chance 1e-4."""
    all_times = capture_times(TRAINING, n_trajectories=4000, reversal=Reversal(steps_per_e=6, batch=4000))
    median = all_times.quantile(0.5)[0]
    rng = np.random.default_rng(0)
    spread = all_times.last_change * np.exp(rng.normal(size=4000) * 1e-3)  # no ties
    covered = 0
    for part in spread[rng.permutation(4000)].reshape(50, 80):
        _, low, high = replace(all_times, last_change=part).quantile(0.5)
        covered += low <= median <= high
    assert covered >= 40


def test_cycles_leave_home_round_by_round():
    found = cycles(TRAINING, [0.1, 0.4], rounds=3, n_trajectories=800, reversal=FINE)
    for stayed, excess, home, captured in zip(found.stayed, found.excess, found.home, found.captured):
        assert largest_z(excess) < SIGMAS
        assert np.all(np.diff(home.value) < 0) and home.value[0] == stayed.value[0]
        assert np.all(captured.value > 0.99), "the exact score leads to training points only: .999 by definition"
    loud = cycles(TRAINING, [0.4], rounds=1, n_trajectories=2000, reversal=LOUD)
    assert largest_z(loud.excess[0]) > SIGMAS


def test_cycles_of_fresh_points_under_the_population_score_capture_few():
    fresh = np.random.default_rng(5).normal(size=(200, 4))
    population = Reversal(denoiser=lambda x, t: x / (1 + t))
    found = cycles(TRAINING, [0.5], rounds=2, start=fresh, reversal=population)
    assert np.all(found.captured[0].value < 0.2)
    memory = cycles(TRAINING, [0.5], rounds=1, start=fresh).captured[0].value
    assert np.all(memory > 0.999 - SIGMAS * (0.999 * 0.001 / 200) ** 0.5)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: u_turns(TRAINING, [1e-9]), "noise levels must lie above the 0.00107 where trajectories stop, but got"),
        (lambda: u_turns(TRAINING, [1.0], stop_at=0), "trajectories must stop at a positive noise variance, but got 0"),
        (lambda: u_turns(TRAINING, [1.0], n_trajectories=1), "the number of trajectories must be a whole number of at"),
        (lambda: cycles(TRAINING, [1.0], rounds=0), "`rounds` must be a whole number of at least 1, but got 0"),
        (lambda: cycles(TRAINING, [1.0], start=np.zeros((5, 3))), "the start must be states of shape (n, (4,)), but"),
        (
            lambda: capture_times(TRAINING, n_trajectories=2).quantile(1.0),
            "a share must be a number above 0 and below 1, but got",
        ),
        (lambda: TrainingPoints(np.eye(4)[[0, 1, 2, 2]]).rest(), "training points must be distinct, but got two that"),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)


def test_noised_training_points_count_as_captured_and_fresh_ones_do_not():
    """999 of 1000 noised copies are, in any dimension."""

    rng = np.random.default_rng(1)
    for dim in (3, 40):
        training = TrainingPoints(rng.normal(size=(50, dim)))
        rows = rng.integers(50, size=20000)
        x = training.rows(rows) + 0.01 * rng.normal(size=(20000, dim))
        share = typical(training, x, rows, 1e-4).mean()
        assert abs(share - 0.999) < SIGMAS * (0.001 / 20000) ** 0.5
        assert typical(training, x, rows, 0.5e-4).mean() < 0.99  # planted: half of the noise
        far = rng.normal(size=(200, dim))
        assert not typical(training, far, training.nearest(far), 1e-4).any()


def test_capture_does_not_change_with_coordinates_that_never_vary():
    quick = Reversal(steps_per_e=4)
    narrow = capture_times(TRAINING, n_trajectories=100, reversal=quick)
    wide = TrainingPoints(np.hstack([TRAINING.rows(np.arange(TRAINING.n_points)), np.zeros((TRAINING.n_points, 60))]))
    padded = capture_times(wide, n_trajectories=100, reversal=quick)
    assert padded.levels == pytest.approx(narrow.levels)
    assert narrow.largest_weight.value[0] < 0.1 and padded.largest_weight.value[0] < 0.1
    medians = [np.log(found.last_change) for found in (narrow, padded)]
    error = np.hypot(*(one.std(ddof=1) / 10 for one in medians))
    assert abs(medians[0].mean() - medians[1].mean()) < SIGMAS * error
