"""A wrong adaptor is stopped and named; right ones pass, with the losses of the closed form."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from fake_networks import COVARIANCE, DIM, EXACT, KINDS, Fake, rows_of

from remanifold import EmpiricalScore, GaussianScore, InvalidInput
from remanifold.networks import CLOCKS, check_denoiser, from_callable

ROWS = rows_of(200)
NAMES = [*CLOCKS, "linear"]


def _named(denoiser, rows=ROWS, **options) -> str:
    with pytest.raises(InvalidInput) as caught:
        check_denoiser(denoiser, rows, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("clock", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_right_adaptors_pass(kind, clock):
    check_denoiser(from_callable(Fake(kind, clock), kind, clock), ROWS)


def test_losses_are_those_of_the_closed_form():
    levels = [0.01, 0.1, 1.0]
    found = check_denoiser(EXACT, ROWS, levels, n_rows=200)
    l = np.linalg.eigvalsh(COVARIANCE)
    for t, estimate, trivial in zip(found.levels, found.loss, found.trivial_loss):
        loss, error = estimate.value, estimate.stderr
        assert abs(loss - (l * t / (l + t)).mean()) < 5 * error
        v = ROWS.var(0).mean()
        assert trivial == pytest.approx(v * t / (v + t), rel=0.15)  # 200 rows of 6 numbers, 5 standard errors
    assert found.n_rows == 200
    assert found.levels == tuple(levels)


def test_the_empirical_score_of_the_rows_passes():
    found = check_denoiser(EmpiricalScore(ROWS), ROWS)
    assert all(loss.value < trivial for loss, trivial in zip(found.loss, found.trivial_loss))


def test_a_perfect_memorizer_has_no_loss_but_round_off_and_its_mistakes_are_named():
    rows = np.sign(np.random.default_rng(3).normal(size=(60, 40)))
    exact = EmpiricalScore(rows)
    assert min(loss.value for loss in check_denoiser(exact, rows).loss) < 1e-30  # round-off of single points
    told = from_callable(lambda x, sigma: exact(x, sigma**2), "velocity", "sigma")
    assert "with predicts='denoised'" in _named(told, rows)
    assert "rows of 0..255 brought to -1..1" in _named(exact, rows * 127.5 + 127.5)


@pytest.mark.parametrize("told", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_wrong_prediction_types_are_named(kind, told):
    if kind != told:
        sentence = _named(from_callable(Fake(kind, "vp"), told, "vp"))
        assert f"the likely cause is the prediction type: with predicts={kind!r}" in sentence


@pytest.mark.parametrize("told", NAMES)
@pytest.mark.parametrize("clock", NAMES)
def test_wrong_clocks_are_named(clock, told):
    if clock != told:
        sentence = _named(from_callable(Fake("noise", clock), "noise", told))
        assert f"the likely cause is the clock: with clock={clock!r} the loss is" in sentence


UNIT = (ROWS - ROWS.min()) / np.ptp(ROWS)  # in 0..1
BYTES, SIGNED = UNIT * 255, UNIT * 2 - 1


def _trained_on(kind: str, clock: str, low: float, high: float) -> Fake:
    """A network for the rows brought to low..high."""
    scale = np.ptp(ROWS) / (high - low)
    return Fake(kind, clock, (scale, float(ROWS.min()) - scale * low))


@pytest.mark.parametrize(
    ("clock", "rows", "low", "high", "words"),
    [
        ("sigma", BYTES, -1, 1, "rows of 0..255 brought to -1..1"),
        ("sigma", BYTES, 0, 1, "rows of 0..255 brought to 0..1"),
        ("sigma", UNIT, -1, 1, "rows of 0..1 brought to -1..1"),
        ("sigma", SIGNED, 0, 1, "rows of -1..1 brought to 0..1"),
        ("sigma", SIGNED, 0, 255, "rows of -1..1 brought to 0..255"),
        ("sigma", UNIT, 0, 255, "rows of 0..1 brought to 0..255"),
        ("linear", BYTES, -1, 1, "rows of 0..255 brought to -1..1"),
        ("linear", BYTES, 0, 1, "rows of 0..255 brought to 0..1"),
        ("linear", UNIT, -1, 1, "rows of 0..1 brought to -1..1"),
        ("linear", SIGNED, 0, 1, "rows of -1..1 brought to 0..1"),
    ],
)
def test_wrong_scales_are_named(clock, rows, low, high, words):
    denoiser = from_callable(_trained_on("noise", clock, low, high), "noise", clock)
    assert f"the likely cause is the scale of the data: with {words} the loss is" in _named(denoiser, rows)


def test_standardised_data_are_named():
    units = (float(ROWS.std()), float(ROWS.mean()))
    far = 1000 * ROWS + 7
    denoiser = from_callable(Fake("noise", "sigma", units), "noise")
    assert "rows brought to mean 0 and standard deviation 1" in _named(denoiser, far)


def test_two_mistakes_at_once_are_named():
    sentence = _named(from_callable(Fake("velocity", "flow"), "noise", "sigma"))
    assert "the prediction type and the clock" in sentence
    assert "predicts='velocity' (v_prediction in diffusers) and clock='flow'" in sentence
    sentence = _named(from_callable(_trained_on("noise", "vp", -1, 1), "denoised", "vp"), BYTES)
    assert "predicts='noise' (epsilon in diffusers) and rows of 0..255 brought to -1..1" in sentence


@pytest.mark.parametrize(
    ("denoiser", "words"),
    [
        (lambda x, t: EXACT(x, t**2), "the clock: with clock='sigma'"),
        (lambda x, t: (x - EXACT(x, t)) / np.sqrt(t), "the prediction type: with predicts='noise'"),
        (lambda x, t: (EXACT(x, t) - x) / t, "the prediction type: with predicts='score'"),
    ],
)
def test_other_denoisers_are_read_in_other_ways_too(denoiser, words):
    """A callable (x, t) that was not made here: one that wants sigma for t, or returns the noise or the score."""
    assert words in _named(denoiser)


def test_an_untrained_network_has_no_named_cause():
    torch.manual_seed(0)
    net = torch.nn.Linear(DIM, DIM)
    sentence = _named(from_callable(lambda y, c: net(y), "denoised", module=net))
    assert "no other prediction type, clock or scale works either, so check that the model is trained" in sentence


def test_class_labels_reach_the_network():
    """Two classes apart by 10: right only with the right labels."""
    labels = np.arange(200) % 2
    rows = ROWS + 10 * labels[:, None]

    def f(y, sigma, classes):
        far = 10.0 * classes[:, None]
        return Fake("denoised", "sigma")(y - far, sigma) + far

    denoiser = from_callable(f, "denoised")
    check_denoiser(denoiser, rows, class_labels=labels)
    assert "no other prediction type" in _named(denoiser, rows, class_labels=1 - labels)


def test_evaluations_are_told_and_results_repeat():
    denoiser = from_callable(Fake("noise", "sigma"), "noise")
    found = check_denoiser(denoiser, ROWS, n_rows=16)
    assert found.evaluations == denoiser.evaluations
    assert check_denoiser(denoiser, ROWS, n_rows=16).loss == found.loss
    assert check_denoiser(denoiser, ROWS, n_rows=16, seed=1).loss != found.loss


def test_levels_snap_and_those_outside_are_left_out():
    denoiser = from_callable(Fake("noise", "linear"), "noise", "linear")
    found = check_denoiser(denoiser, ROWS, [1e-9, 0.1, 0.5])
    assert found.levels == tuple(denoiser.snapped(t) for t in (0.1, 0.5))
    assert "must have t from" in _named(denoiser, ROWS, levels=[1e-9])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: check_denoiser(EXACT, ROWS, [0.0]), "levels must be positive noise variances"),
        (lambda: check_denoiser(EXACT, ROWS[:5]), "a check needs 8 training rows at least, but got 5"),
        (lambda: check_denoiser(EXACT, np.ones((20, DIM))), "the training rows must differ"),
        (lambda: check_denoiser(EXACT, ROWS, n_rows=2), "`n_rows` must be a whole number of at least 8, but got 2"),
        (lambda: check_denoiser(EXACT, ROWS, class_labels=[1]), "class_labels must be one a training row, 200"),
        (lambda: check_denoiser(from_callable(lambda y, c: y[:, :2], "noise"), ROWS), "return an array like its input"),
        (lambda: check_denoiser(from_callable(lambda y, c: y * np.nan, "noise"), ROWS), "output must be finite"),
    ],
)
def test_bad_input_is_one_sentence(wrong, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        wrong()


class Halves:
    """An encoder."""

    def encode(self, x):
        return x / 2


def test_data_given_to_a_latent_model_are_told_from_latents():
    latents = ROWS / 2
    exact = EmpiricalScore(latents)
    model = replace(from_callable(lambda y, sigma: exact(y, sigma.double() ** 2), "denoised"), encoder=Halves())
    check_denoiser(model, model.encode(ROWS))
    untrained = replace(from_callable(lambda y, sigma: 0 * y + 9.0, "denoised"), encoder=Halves())
    said = _named(untrained)
    assert "a latent model must be audited on its latents, but got rows of shape (6,)" in said
    assert "denoiser.encode(rows)" in said
    assert "its latents" in _named(replace(untrained, shape=(1, 2, 2)))  # the latents are of another shape


def test_a_budget_that_holds_a_few_rows_changes_no_number_and_no_sentence():
    """Rows come in pieces of two, their noise is drawn again for each question."""
    whole, small = (check_denoiser(EXACT, ROWS, n_rows=50, memory=memory) for memory in ("1GB", 2 * 2 * 8 * 8 * DIM))
    assert small.trivial_loss == pytest.approx(whole.trivial_loss, rel=1e-12)
    assert [loss.value for loss in small.loss] == pytest.approx([loss.value for loss in whole.loss], rel=1e-12)
    wrong = from_callable(Fake("noise", "vp"), "denoised", "vp")
    assert _named(wrong, memory=1000) == _named(wrong)


def test_wide_rows_stay_within_the_budget():
    rows = np.random.default_rng(0).normal(size=(40, 60_000)).astype(np.float32) * np.tile([1, 0.1], 30_000)

    def shrunk(x, t):
        variance = np.tile([1, 0.01], 30_000)
        return x * (variance / (variance + t))

    peaks = []
    for memory in (10_000_000, 10**9):
        tracemalloc.start()
        check_denoiser(shrunk, rows, memory=memory)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[0] < 1.1e7 < 1e8 < peaks[1]


def test_few_rows_that_cannot_tell_a_right_denoiser_from_shrinkage_are_said_to_be_few():
    """The law of 8 independent Gaussian numbers, 20 rows: no draw is told that no reading works."""
    spread = np.array([2, 1.5, 1, 1, 0.7, 0.5, 0.3, 0.2])
    law, told = GaussianScore(np.zeros(8), np.diag(spread**2)), []
    for seed in range(40):
        rows = np.random.default_rng(seed).normal(size=(20, 8)) * spread
        try:
            check_denoiser(law, rows)
        except InvalidInput as error:
            told.append(str(error))
    assert told and all("20 rows do not tell apart" in sentence and "pass more rows" in sentence for sentence in told)
    rows = np.random.default_rng(0).normal(size=(20, 8)) * spread
    with pytest.raises(InvalidInput, match="no other prediction type, clock or scale works"):
        check_denoiser(lambda x, t: 3 * x, rows)  # planted: worse than shrinkage beyond chance
