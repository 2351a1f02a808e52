"""Denoising losses against closed forms; rows, noise and budget are what they are said to be."""

import numpy as np
import pytest
import torch
from montecarlo import SIGMAS
from network_cases import EXACT, HOLDOUT, MANIFOLD, POPULATION, TRAIN, Counted

from remanifold import InvalidInput
from remanifold.measures.memory.denoising_loss import denoising_losses, noise_of_content

LEVELS = [0.3, 1.0, 3.0]


def test_the_population_score_has_the_loss_of_theory():
    """E|m - xi|^2 = sum_i l_i t/(l_i + t) for Gaussian data of eigenvalues l."""
    found = denoising_losses(POPULATION, TRAIN, HOLDOUT, LEVELS)
    l, t = POPULATION.spectrum.numpy(), np.array(LEVELS)
    theory = (l[:, None] * t / (l[:, None] + t)).sum(axis=0) / MANIFOLD.ambient_dim
    for series in (found.training_mean, found.holdout_mean):
        assert np.all(np.abs(series.value - theory) < SIGMAS * series.stderr)
    assert np.all(np.abs(found.gap.value) < SIGMAS * found.gap.stderr)
    slow = denoising_losses(lambda x, t: POPULATION(x, 5 * t), TRAIN, HOLDOUT, LEVELS)  # planted: another clock
    assert np.any(np.abs(slow.training_mean.value - theory) > SIGMAS * slow.training_mean.stderr)


def test_a_loss_by_hand():
    found = denoising_losses(Counted(), TRAIN, HOLDOUT, [0.5], draws=2, seed=4)
    for side, rows, values in (("training", TRAIN, found.training), ("holdout", HOLDOUT, found.holdout)):
        noise = np.stack([noise_of_content(4, f"losses/{side}/{draw}", rows) for draw in (0, 1)])
        means = (rows + np.sqrt(0.5) * noise) / 1.5
        assert values[:, 0] == pytest.approx(((means - rows) ** 2).mean(axis=2).mean(axis=0), rel=1e-12)


def test_losses_do_not_depend_on_the_batch_and_belong_to_rows():
    whole = denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS)
    pieces = denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS, batch=7)
    fewer = denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS, evaluations=500)
    assert np.array_equal(whole.training, pieces.training) and np.array_equal(whole.holdout, pieces.holdout)
    assert np.array_equal(fewer.training, whole.training[fewer.training_rows])
    assert np.array_equal(fewer.holdout, whole.holdout[fewer.holdout_rows])
    assert 0 < len(fewer.training) < 80


@pytest.mark.parametrize("evaluations", [60, 500, 1500, None])
def test_the_budget_is_kept_and_stated(evaluations):
    counted = Counted()
    found = denoising_losses(counted, TRAIN, HOLDOUT, LEVELS, evaluations=evaluations)
    assert counted.rows == found.evaluations
    assert evaluations is None or evaluations - 12 < found.evaluations <= evaluations
    assert evaluations != 1500 or len(found.holdout) == 60, "what a short side leaves goes to the other"


def test_rows_of_one_content_count_once():
    doubled = np.concatenate([TRAIN, TRAIN[:10]])
    found = denoising_losses(Counted(), doubled, HOLDOUT, LEVELS)
    assert np.array_equal(found.training_rows, np.arange(80))


def test_cut_and_gone_on(tmp_path):
    part = tmp_path / "losses.part"
    plain = denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS, batch=16)
    with pytest.raises(KeyboardInterrupt):
        denoising_losses(Counted(most=60), TRAIN, HOLDOUT, LEVELS, batch=16, part_file=part)
    again = Counted()
    resumed = denoising_losses(again, TRAIN, HOLDOUT, LEVELS, batch=16, part_file=part)
    assert np.array_equal(plain.training, resumed.training) and np.array_equal(plain.holdout, resumed.holdout)
    assert again.rows < plain.evaluations - 50 * 12 and not part.exists()


def test_what_is_kept_of_another_call_does_not_count(tmp_path):
    part = tmp_path / "losses.part"
    for other in ({"seed": 1}, {"levels": [0.3, 1.0, 2.0]}, {"training": TRAIN + 1.0}):
        with pytest.raises(KeyboardInterrupt):
            denoising_losses(Counted(most=60), TRAIN, HOLDOUT, LEVELS, batch=16, part_file=part)
        arguments = {"training": TRAIN, "levels": LEVELS} | other
        found = denoising_losses(Counted(), holdout=HOLDOUT, batch=16, part_file=part, **arguments)
        plain = denoising_losses(Counted(), holdout=HOLDOUT, batch=16, **arguments)
        assert np.array_equal(found.training, plain.training)


def test_torch_denoisers_get_tensors():
    found = denoising_losses(lambda x, t: torch.as_tensor(x) / (1 + t), TRAIN, HOLDOUT, LEVELS, device="cpu")
    assert found.training == pytest.approx(denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS).training)


def test_pictures_keep_their_shape():
    seen = []

    def denoiser(x, t):
        seen.append(x.shape[1:])
        return x / (1 + t)

    found = denoising_losses(denoiser, TRAIN.reshape(80, 3, 4), HOLDOUT.reshape(60, 3, 4), LEVELS)
    assert set(seen) == {(3, 4)}
    assert np.array_equal(found.training, denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS).training)


def _moody(x, t, rng=np.random.default_rng(0)):  # noqa: B008
    return x / (1 + t) + rng.normal(size=x.shape)


MISTAKES = [
    ({"holdout": None}, "memory shows against rows that the network was not trained on, but got no hold-out; pass"),
    ({"holdout": HOLDOUT[:, :5]}, "the hold-out must have rows of shape (12,), as the training data have, but got"),
    (
        {"holdout": HOLDOUT[[0, 0, 0]]},
        "a comparison needs at least 2 distinct rows a side, but got 80 training rows and 1 ",
    ),
    (
        {"holdout": np.concatenate([HOLDOUT, TRAIN[[7]]])},
        "a hold-out must hold no training row, but got 1 that are equal to one (hold-out row 60 is training row 7); ",
    ),
    ({"denoiser": lambda x, t: x[:, :3]}, "the denoiser must return shape (2, 12), but got (2, 3); return the mean"),
    ({"denoiser": lambda x, t: x * np.nan}, "the denoiser must return finite numbers, but got nan or inf at t = 0.3"),
    (
        {"denoiser": lambda x, t: torch.nn.Linear(5, 5)(torch.as_tensor(x).float())},
        "the denoiser must take (x, t) with x of shape (batch, 12), but got RuntimeError: mat1 and mat2 shapes cannot",
    ),
    ({"denoiser": _moody}, "the denoiser must answer the same question in one way, but got two answers at t = 0.3; "),
    ({"levels": []}, "there must be a noise level, but got none; pass"),
    ({"levels": [0.0, 1.0]}, "noise levels must be positive noise variances, but got [0.0, 1.0]; pass"),
    ({"draws": 0}, "`draws` must be a whole number of at least 1, but got 0; "),
    ({"evaluations": 30}, "two rows a side take 48 network evaluations, but got 22; raise `evaluations`, or"),
]


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES)
def test_a_mistake_is_one_sentence(arguments, sentence):
    call = {"denoiser": EXACT, "training": TRAIN, "holdout": HOLDOUT, "levels": LEVELS} | arguments
    with pytest.raises(InvalidInput) as caught:
        denoising_losses(**call)
    assert str(caught.value).startswith(sentence) and str(caught.value).endswith(".")


def test_a_budget_lets_wide_rows_in_a_few_at_a_time():
    """The same losses, of pieces of as many rows as it holds; one at least."""
    asked = []

    def counted(x, t):
        asked.append(len(x))
        return x / (1 + t)

    whole = denoising_losses(Counted(), TRAIN, HOLDOUT, LEVELS)
    for memory, most in ((2 * 8 * 8 * 12 * 5, 5), (1, 1)):
        asked.clear()
        within = denoising_losses(counted, TRAIN, HOLDOUT, LEVELS, memory=memory)
        assert max(asked) <= max(most, 2) and np.allclose(within.training, whole.training, rtol=1e-12)


def test_noise_belongs_to_the_content_of_a_row():
    """Not to its number: else the default seed would favour the same side on all data sets of one size."""
    losses = denoising_losses(Counted(), TRAIN, HOLDOUT, [0.5])
    order = np.random.default_rng(0).permutation(len(TRAIN))
    moved = denoising_losses(Counted(), TRAIN[order], HOLDOUT, [0.5])
    assert np.array_equal(moved.training, losses.training[order])
    noise = noise_of_content(0, "losses/training/0", TRAIN)
    assert abs(noise.mean()) < SIGMAS / np.sqrt(noise.size) and abs(noise.std() - 1) < SIGMAS / np.sqrt(2 * noise.size)
    other = noise_of_content(0, "losses/training/0", TRAIN + 1e-9)
    assert abs(np.corrcoef(noise.ravel(), other.ravel())[0, 1]) < SIGMAS / np.sqrt(noise.size)
