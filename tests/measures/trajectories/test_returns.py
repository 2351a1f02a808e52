"""U-turns, basins and rounds under exact scores: Bayes' rule for the empirical one, no memory for the other."""

from dataclasses import replace

import numpy as np
import pytest
from montecarlo import SIGMAS
from network_cases import EXACT, HOLDOUT, POPULATION, TRAIN, Counted

from remanifold import InvalidInput
from remanifold.measures import Reversal, TrainingPoints, exposure, noise_profile
from remanifold.measures.trajectories.basins import basins, return_basin
from remanifold.measures.trajectories.returns import returns
from remanifold.measures.trajectories.rounds import capture_rounds

TRAINING = TrainingPoints(TRAIN)
MEMORY = Reversal(denoiser=EXACT, steps_per_e=12, batch=2000)
NO_MEMORY = Reversal(denoiser=POPULATION, steps_per_e=8, batch=2000)
T = [0.3, 1.0]


def agree(one, two, allowance):
    return np.all(np.abs(one.value - two.value) < SIGMAS * np.hypot(one.stderr, two.stderr) + allowance)


def test_under_the_exact_score_training_rows_return_with_their_weight():
    found = returns(TRAINING, HOLDOUT, T, reversal=MEMORY, repeats=4)
    assert agree(found.training, found.training_weight, 0.03)  # 0.03: of the steps, see docs/howto/sampling.md
    assert found.difference(0).z(0) > SIGMAS and found.holdout.value[0] < 0.15
    gap = found.holdout_weight.value - found.training_weight.value
    error = np.hypot(found.holdout_weight.stderr, found.training_weight.stderr)
    assert np.all(np.abs(gap) < 4 * error), "a hold-out row would return as often if it were a training point"
    assert found.training_back.shape == (80, 2) and found.holdout_back.shape == (60, 2)
    assert set(np.unique(4 * found.training_back)) <= set(range(5))


def test_rows_that_collapse_first_return_most_often():
    ranking = exposure(noise_profile(TRAINING.points, seed=1))
    found = returns(TRAINING, HOLDOUT, [1.0], reversal=replace(MEMORY, steps_per_e=6), repeats=4)
    assert found.agreement(0, ranking).interval[0] > 0.3 and found.agreement(0, ranking).n == len(ranking)
    shuffled = [replace(one, row=(one.row * 7) % 80) for one in ranking]
    low, high = found.agreement(0, shuffled).interval
    assert low < 0 < high


def test_the_weight_of_a_held_out_row_is_that_of_one_point_more():
    coarse = replace(NO_MEMORY, steps_per_e=2)  # weights are those of the starts
    found = returns(TRAINING, HOLDOUT, [0.5], reversal=coarse, repeats=2)
    joined = TrainingPoints(np.concatenate([HOLDOUT[[7]], TRAIN]))
    again = returns(joined, HOLDOUT[8:], [0.5], reversal=coarse, repeats=20)
    first = returns(
        TRAINING, HOLDOUT[[7, 7, 7]] + np.array([[0.0], [1e-9], [2e-9]]), [0.5], reversal=coarse, repeats=40
    )
    assert 0 < found.holdout_weight.value[0] < 1
    gap = again.training_weight.value[0] - found.training_weight.value[0]
    assert abs(gap) < 0.1 and first.holdout_weight.value[0] == pytest.approx(_one_more(HOLDOUT[7]), abs=0.1)


def _one_more(row, t=0.5, draws=4000):
    x = row + np.sqrt(t) * np.random.default_rng(0).normal(size=(draws, 12))
    logits = -((x[:, None] - np.concatenate([row[None], TRAIN])) ** 2).sum(-1) / (2 * t)
    w = np.exp(logits - logits.max(1, keepdims=True))
    return (w[:, 0] / w.sum(1)).mean()


def test_under_the_population_score_both_sides_return_alike():
    found = returns(TRAINING, HOLDOUT, T, reversal=NO_MEMORY, repeats=4)
    assert all(abs(found.difference(k).z(0)) < SIGMAS for k in (0, 1))
    assert found.training.value[0] < found.training_weight.value[0] - 3 * found.training.stderr[0]


def test_the_basin_of_the_exact_score_is_that_of_its_weights():
    delta = [0.2, 0.6, 1.2, 2.4, 5.0]
    found = return_basin(TRAINING, 0.5, delta, reversal=MEMORY)
    assert found.basin is not None and found.exact_basin is not None and found.static_basin is not None
    gap = found.basin.log.value - found.exact_basin.log.value
    assert abs(gap) < SIGMAS * np.hypot(found.basin.log_stderr, found.exact_basin.log_stderr)
    none = return_basin(TRAINING, 0.5, delta, reversal=NO_MEMORY)
    assert none.static_basin == found.static_basin
    assert (found.returned.value - none.returned.value)[:2].mean() > 0.05
    whole = basins(TRAINING, 0.5, delta, n_trajectories=80, reversal=replace(MEMORY, steps_per_e=2))
    assert whole.static_basin is not None
    assert found.static_basin.value == pytest.approx(whole.static_basin.value, rel=0.2)


def test_rounds_capture_under_the_exact_score_and_not_under_the_population_score():
    found = capture_rounds(TRAINING, HOLDOUT, [0.5, 2.0], reversal=MEMORY, rounds=2)
    none = capture_rounds(TRAINING, HOLDOUT, [0.5, 2.0], reversal=NO_MEMORY, rounds=2)
    for memory, free in zip(found.captured, none.captured):
        assert memory.value[0] == free.value[0] < 0.05, "hold-out rows are no copies"
        assert np.all(memory.value[1:] > 0.97) and np.all(free.value[1:] < 0.1)
    assert found.kept[0].value[1] > found.kept[1].value[1] and found.nearest.shape == (2, 60, 3)


MEASURES = {
    "returns": lambda r, **o: returns(TRAINING, HOLDOUT, T, reversal=r, repeats=2, **o),
    "basin": lambda r, **o: return_basin(TRAINING, 0.5, [0.2, 1.0], reversal=r, **o),
    "rounds": lambda r, **o: capture_rounds(TRAINING, HOLDOUT, [0.5], reversal=r, rounds=2, **o),
}


def numbers(found):
    flat = [found.returned] if hasattr(found, "returned") else found.captured if hasattr(found, "captured") else ()
    flat = flat or [found.training, found.holdout, found.training_weight, found.holdout_weight]
    return np.concatenate([one.value for one in flat])


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("method", ["exponential", "heun"])
def test_the_budget_is_kept_and_stated(name, method):
    for evaluations in (None, 12000):
        counted = Counted()
        found = MEASURES[name](Reversal(denoiser=counted, steps_per_e=8, method=method), evaluations=evaluations)
        assert counted.rows == found.evaluations <= (evaluations or np.inf)


@pytest.mark.parametrize("name", MEASURES)
def test_batches_do_not_matter_and_what_was_cut_goes_on(name, tmp_path):
    quick = {"steps_per_e": 4}
    plain = MEASURES[name](Reversal(denoiser=Counted(), **quick))
    assert np.array_equal(numbers(plain), numbers(MEASURES[name](Reversal(denoiser=Counted(), batch=7, **quick))))
    with pytest.raises(KeyboardInterrupt):
        MEASURES[name](Reversal(denoiser=Counted(most=60), batch=16, checkpoint=tmp_path, **quick))
    again = Counted()
    found = MEASURES[name](Reversal(denoiser=again, batch=16, checkpoint=tmp_path, **quick))
    assert np.array_equal(numbers(plain), numbers(found)) and again.rows < found.evaluations


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: returns(TRAINING, HOLDOUT[:, :3], T, reversal=MEMORY), "the hold-out must have rows of shape (12,), "),
        (lambda: returns(TRAINING, HOLDOUT, T, reversal=MEMORY, repeats=0), "`repeats` must be a whole number of at l"),
        (lambda: returns(TRAINING, HOLDOUT, T, reversal=MEMORY, evaluations=50), "two rows take "),
        (lambda: return_basin(TRAINING, 0.5, [0.1], reversal=MEMORY), "`delta` must be at least two positive noise va"),
        (
            lambda: capture_rounds(TRAINING, HOLDOUT, T, reversal=MEMORY, ratio=2.0),
            "`ratio` must be a number above 0 and below 1,",
        ),
        (lambda: capture_rounds(TRAINING, HOLDOUT, T, reversal=MEMORY, rounds=0), "`rounds` must be a whole number of"),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)


def test_random_numbers_belong_to_these_rows_and_not_to_their_places():
    """Else the default seed would favour the same side on all data sets of one size."""
    one, again, other = (
        returns(rows, HOLDOUT, [1.0], reversal=NO_MEMORY, repeats=2).training_back
        for rows in (TRAIN, TRAIN, TRAIN + 1e-9)
    )
    assert np.array_equal(one, again) and not np.array_equal(one, other)
