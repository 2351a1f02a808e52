"""The exact method: the law of the reverse SDE however few the steps, and as the other methods at fine ones."""

import math

import numpy as np
import pytest
from montecarlo import SIGMAS, agrees
from trajectory_cases import TRAINING

from remanifold import EmpiricalScore, InvalidInput
from remanifold.measures import Reversal, capture_times, clones, cycles, u_turns
from remanifold.sampling import log_grid, noised, simulate
from remanifold.sampling.steps import exact, exponential

POINTS = np.random.default_rng(1).normal(size=(16, 3))
SCORE = EmpiricalScore(POINTS)
ONE_STEP = Reversal(method="exact", steps_per_e=1, batch=4000)


def loud(means, x, t, s, draw):
    """Bridges with 10 percent more variance of noise."""
    return exact(means, x, t, s, lambda: math.sqrt(1.1) * draw())


def test_one_step_ends_with_the_weights():
    turns = u_turns(TRAINING, [0.3, 1.0], n_trajectories=4000, reversal=ONE_STEP)
    pairs = clones(TRAINING, [0.3, 1.0], n_pairs=4000, reversal=ONE_STEP)
    rough = clones(TRAINING, [0.3, 1.0], n_pairs=4000, reversal=Reversal(steps_per_e=1, batch=4000))
    for k in range(2):
        assert abs(turns.excess[k].z(0)) < SIGMAS
        assert abs(pairs.excess[k].z(0)) < SIGMAS
        assert abs(rough.excess[k].z(0)) > SIGMAS, "planted: steps as long, towards the mean"
    rounds = cycles(TRAINING, [0.3], rounds=3, n_trajectories=4000, reversal=ONE_STEP)
    assert max(abs(rounds.excess[0][r].z(0)) for r in range(3)) < SIGMAS


@pytest.mark.parametrize("steps", [1, 30])
def test_states_on_the_way_have_the_law_of_the_noised_points(steps):
    """Second moments of coordinates at s = 0.5, from exact states at t = 5."""
    n, s = 40000, 0.5
    start = noised(POINTS[np.arange(n) % 16], 5.0, seed=2)

    def squares(method):
        x = simulate(SCORE, log_grid(5.0, s, steps), start=start, method=method, seed=2, batch=n).samples
        return (x**2).mean(axis=0), (x**2).std(axis=0) / math.sqrt(n)

    wanted = (POINTS**2).mean(axis=0) + s
    value, error = squares("exact")
    assert all(agrees(*one) for one in zip(value, error, wanted))
    value, error = squares(loud)
    assert not all(agrees(*one) for one in zip(value, error, wanted))


def forward_captures(points, levels, n, noise):
    """Mean and error of log capture times of noising paths read backward; ``noise``: their variance in units of t."""
    rng = np.random.default_rng(4)
    rising = levels[::-1]
    shares = np.sqrt(noise * np.diff(rising, prepend=0.0))
    own = rng.integers(len(points), size=n)
    x, settled = points[own].copy(), np.zeros(n, dtype=bool)
    times = np.full(n, levels[0])
    ends = None  # the nearest points at the lowest level
    for k, step in enumerate(shares):
        x += step * rng.normal(size=x.shape)
        nearest = ((x[:, None] - points) ** 2).sum(-1).argmin(1)
        ends = nearest if ends is None else ends
        left = ~settled & (nearest != ends)
        times[left] = math.sqrt(rising[k - 1] * rising[k])
        settled |= left
    logs = np.log(times)
    return logs.mean(), logs.std() / math.sqrt(n)


def test_capture_times_are_those_of_noising_paths_and_of_fine_steps_of_the_sde():
    n, points = 4000, TRAINING.rows(np.arange(TRAINING.n_points))

    def of(method):
        reversal = Reversal(method=method, steps_per_e=16, batch=n)
        found = capture_times(TRAINING, n_trajectories=n, start_at=30.0, stop_at=2e-3, reversal=reversal)
        logs = np.log(found.last_change)
        return logs.mean(), logs.std() / math.sqrt(n), found.levels

    value, error, levels = of("exact")
    mean, scatter = forward_captures(points, levels, n, 1.0)
    assert abs(value - mean) < SIGMAS * math.hypot(error, scatter)
    sde, its_error, _ = of("exponential")
    assert abs(value - sde) < SIGMAS * math.hypot(error, its_error) + 0.03, "16 steps per e move it by less"
    planted, its = forward_captures(points, levels, n, 1.2)
    assert abs(value - planted) > SIGMAS * math.hypot(error, its)


def test_a_sample_is_the_same_in_any_batch_and_any_part():
    levels, options = log_grid(40, 0.01, 12), {"method": "exact", "seed": 5}
    whole = simulate(SCORE, levels, n_samples=11, **options)
    cut = simulate(SCORE, levels, n_samples=11, batch=3, **options)
    part = simulate(SCORE, levels, n_samples=4, first=6, **options)
    assert cut.samples == pytest.approx(whole.samples)
    assert part.samples == pytest.approx(whole.samples[6:10])


def test_every_draw_of_a_step_has_numbers_of_its_own():
    seen = []

    def step(means, x, t, s, draw):
        seen.extend([draw(), draw()])
        return exponential(means, x, t, s, lambda: seen[-2])

    plain = simulate(SCORE, [2.0, 1.0, 0.5], n_samples=3, seed=1)
    ours = simulate(SCORE, [2.0, 1.0, 0.5], n_samples=3, seed=1, method=step)
    assert np.array_equal(plain.samples, ours.samples), "the first are those of all methods"
    assert len({one.tobytes() for one in seen}) == 4


@pytest.mark.parametrize(
    ("denoiser", "kind"),
    [(lambda x, t: x / (1 + t), "function"), (EmpiricalScore(POINTS, inverse_temperature=2.0), "EmpiricalScore")],
)
def test_another_denoiser_is_refused(denoiser, kind):
    with pytest.raises(InvalidInput, match=f"exact needs an EmpiricalScore without labels.*got {kind}"):
        simulate(denoiser, [2.0, 1.0], n_samples=2, shape=(3,), method="exact")
