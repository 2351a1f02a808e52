"""Distances of denoisers and ends of their flows: closed forms, agreement of the like and difference of the unlike."""

import numpy as np
import pytest
from montecarlo import SIGMAS
from network_cases import EXACT, HOLDOUT, MANIFOLD, POPULATION, TRAIN, Counted

from remanifold import EmpiricalScore, InvalidInput
from remanifold.measures import TrainingPoints
from remanifold.measures.memory.denoiser_distance import denoiser_distance
from remanifold.measures.trajectories.two_halves import flow_ends
from remanifold.sampling import log_grid

LEVELS, GRID = [0.1, 1.0, 10.0], log_grid(1000.0, 1e-3, 60)


def test_the_distance_by_hand():
    """m = x/(1+t) and m' = m + 0.3: 0.3 over sigma, without error."""
    found = denoiser_distance(Counted(), lambda x, t: x / (1 + t) + 0.3, HOLDOUT, LEVELS)
    assert found.value == pytest.approx(0.3 / np.sqrt(LEVELS)) and found.stderr == pytest.approx(0, abs=1e-9)
    same = denoiser_distance(Counted(), Counted(), HOLDOUT, LEVELS)
    assert np.all(same.value == 0) and np.all(same.stderr == 0)


def test_the_distance_to_the_population_score_in_closed_form():
    """m' = (1 - c) m moves a Gaussian's mean by c^2 E|m|^2 = c^2 sum_i l^2/(l + t)."""
    found = denoiser_distance(
        POPULATION, lambda x, t: 0.9 * POPULATION(x, t), MANIFOLD.fresh(2000), LEVELS, most_rows=2000
    )
    l, t = POPULATION.spectrum.numpy(), np.array(LEVELS)
    theory = 0.1 * np.sqrt((l[:, None] ** 2 / (l[:, None] + t)).sum(axis=0) / 12 / t)
    assert np.all(np.abs(found.value - theory) < SIGMAS * found.stderr)
    batches = denoiser_distance(Counted(), lambda x, t: x * 0, HOLDOUT, LEVELS, batch=7)
    assert np.array_equal(batches.value, denoiser_distance(Counted(), lambda x, t: x * 0, HOLDOUT, LEVELS).value)


def test_the_empirical_score_leaves_the_population_below_the_collapse():
    found = denoiser_distance(EXACT, POPULATION, HOLDOUT, [0.1, 1.0, 100.0])
    assert found.value[0] > 10 * found.value[2] and found.value[0] > 0.5


def test_budgets_are_kept():
    counted = Counted()
    found = denoiser_distance(counted, POPULATION, HOLDOUT, LEVELS, evaluations=100)
    assert counted.rows == found.evaluations <= 100
    for method in ("heun", "ode-euler"):
        first = Counted()
        ends = flow_ends(first, Counted(), GRID, shape=(12,), method=method, evaluations=5000)
        assert first.rows == ends.evaluations <= 5000


def test_halves_agree_under_the_population_and_differ_under_memory():
    halves = TRAIN[:40], TRAIN[40:]
    memory = flow_ends(*map(EmpiricalScore, halves), GRID, shape=(12,), training=TrainingPoints(TRAIN))
    alike = flow_ends(POPULATION, POPULATION, GRID, shape=(12,), training=TrainingPoints(TRAIN))
    assert alike.cosine.value == pytest.approx(1.0) and alike.distance.value == 0 and alike.same.value == 1
    assert memory.same.value == 0 and memory.cosine.value < 0.9 and memory.distance.z(0) > SIGMAS
    assert abs(alike.unpaired_cosine.z(0)) < SIGMAS
    noise = np.random.default_rng(0).normal(size=12)
    other = flow_ends(POPULATION, lambda x, t: POPULATION(x, t) * 0 + noise, GRID, shape=(12,))  # planted: one point
    assert other.distance.value > 0.5 and other.same is None


def test_the_exact_score_and_itself_end_at_the_same_points():
    found = flow_ends(EXACT, EmpiricalScore(TRAIN), GRID, shape=(12,), training=TrainingPoints(TRAIN), n_samples=30)
    assert found.same.value == 1 and found.same.n == 30


def test_what_was_cut_goes_on(tmp_path):
    plain = flow_ends(Counted(), POPULATION, GRID, shape=(12,), n_samples=20)
    with pytest.raises(KeyboardInterrupt):
        flow_ends(Counted(most=200), POPULATION, GRID, shape=(12,), n_samples=20, batch=8, checkpoint=tmp_path)
    again = Counted()
    found = flow_ends(again, POPULATION, GRID, shape=(12,), n_samples=20, batch=8, checkpoint=tmp_path)
    assert np.array_equal(found.first_ends, plain.first_ends) and again.rows < 20 * 120


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: denoiser_distance(EXACT, POPULATION, HOLDOUT, LEVELS, evaluations=9), "two rows take 14 network eval"),
        (
            lambda: denoiser_distance(EXACT, POPULATION, HOLDOUT[:, :3], LEVELS),
            "the queries must have shape (batch, 12",
        ),
        (
            lambda: flow_ends(EXACT, EXACT, GRID, shape=(12,), method="exponential"),
            "the probability flow is followed b",
        ),
        (
            lambda: flow_ends(EXACT, EXACT, GRID, shape=(12,), evaluations=9),
            "a comparison needs two pairs, 240 evaluat",
        ),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
