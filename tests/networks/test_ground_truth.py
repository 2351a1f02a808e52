"""The shipped models: whole, their rows the ones on the card, and they remember what their cards say."""

import json
import shutil
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold._core.estimate import Estimate
from remanifold.data import open_points, survey
from remanifold.networks import ground_truth
from remanifold.networks.ground_truth import ground_truth_models, load_ground_truth, missing_data
from remanifold.networks.known import fashion, sklearn_data
from remanifold.networks.known.plans import PLANS
from remanifold.networks.known.sklearn_data import DIGITS
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.row_losses import loss_ratio, row_losses

SHIPPED = ground_truth_models()
FOLDER = Path(ground_truth.__file__).with_name("models")


def _loaded(name):
    """A model; the test is skipped where its data are not on this machine."""
    missing = missing_data(name)
    if missing is not None:
        pytest.skip(missing)
    return load_ground_truth(name)


def _sides(truth):
    """(rows, classes or None) of the distinct training rows, in the order of training, and of the hold-out."""
    card, n = truth.card, truth.card.facts["n_distinct"]
    training, held_out = card.training_classes, card.held_out_classes
    if not truth.denoiser.n_classes:
        return (truth.training[:n], None), (truth.held_out, None)
    return (truth.training[:n], np.array(training[:n])), (truth.held_out, np.array(held_out))


def _row_losses(denoiser, side, sigma, draws, seed):
    rows, classes = side
    asked = denoiser if classes is None else lambda x, t: denoiser(x, t, np.repeat(classes, draws))
    return row_losses(asked, rows, sigma=sigma, draws=draws, seed=seed)


def _ratio(denoiser, truth, sigma, n):
    """From other noise than that of the card, on the last ``n`` distinct training rows and ``n`` hold-out rows."""
    last = [(rows[-n:], classes if classes is None else classes[-n:]) for rows, classes in _sides(truth)]
    return loss_ratio(*(_row_losses(denoiser, side, sigma, 2, 77) for side in last))


def _off(measured: Estimate, card: dict) -> float:
    """Standard errors between the logarithms of a ratio and of the one on the card."""
    spread = np.hypot(measured.stderr / measured.value, card["stderr"] / card["ratio"])
    return abs(np.log(measured.value / card["ratio"])) / spread


def test_every_model_is_shipped_within_the_wheel():
    assert set(SHIPPED) == {plan.name for plan in PLANS}
    assert all(path.stat().st_size < 1e6 for path in FOLDER.iterdir())
    packed = sum(len(zlib.compress(path.read_bytes())) for name in SHIPPED for path in FOLDER.glob(f"{name}.*[ns]"))
    assert packed < 6.8e6  # with the code, a wheel below 8 MB (.ci/wheel)
    digits = [name for name in SHIPPED if name.startswith("digits")]
    assert SHIPPED[: len(digits)] == tuple(digits)  # by data, then by size, then by name
    assert digits[0] == "digits-100-augmented-seed0" and digits[-1] == "digits-1400-seed2"


@pytest.mark.parametrize("name", SHIPPED)
def test_rows_are_those_of_the_plan_and_held_out_ones_were_never_seen(name):
    plan = next(plan for plan in PLANS if plan.name == name)
    denoiser, training, held_out, card = _loaded(name)
    assert (card.training_rows, card.held_out_rows) == (plan.training, plan.held_out)
    assert card.duplicated_rows == plan.duplicated and not set(card.training_rows) & set(card.held_out_rows)
    source = plan.source
    assert training.shape == (len(plan.training), *source.shape)
    assert held_out.shape == (len(plan.held_out), *source.shape) and len(held_out) >= 397
    assert denoiser.record is not None
    seen = source.rows_at(plan.versions or plan.training)
    assert denoiser.record.training_fingerprint == survey(open_points(seen)).fingerprint
    assert plan.versions or denoiser.record.training_fingerprint == card.facts["training_fingerprint"]
    assert denoiser.config.sigma_data == pytest.approx(seen.astype(float).std(axis=0).__pow__(2).mean() ** 0.5)
    times = {row: plan.training.count(row) for row in card.duplicated_rows}
    repeated = {"digits-1400-duplicates": 10, "digits-1400-duplicates-only": 60}.get(name.rpartition("-seed")[0], 1)
    assert set(times.values()) <= {repeated} and len(plan.distinct) == card.facts["n_distinct"]
    apart = np.unique(training.reshape(len(training), -1), axis=0)
    by_chance = 19 if plan.data == "near-digits" else 0  # near copies that equal another of the same digit
    assert len(apart) == len(plan.distinct) - by_chance


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_gives_the_losses_on_its_card(name):
    truth = _loaded(name)
    draws, seed = truth.card.measured["draws"], truth.card.measured["noise_seed"]
    loss = _row_losses(truth.denoiser, _sides(truth)[1], 0.4, draws, seed).mean()
    # The same noise: what is left is the rounding of float32.
    assert loss == pytest.approx(truth.card.measured["losses"]["0.4"]["held_out"], rel=1e-4)
    for sigma, card in truth.card.measured["losses"].items():
        if not card.get("repeated"):  # there the last rows are not like the others
            assert _off(_ratio(truth.denoiser, truth, float(sigma), 80), card) < 5


def _measured(name):
    return json.loads((FOLDER / f"{name}-seed0.json").read_text())["measured"]


def _index(name, which="all"):
    return _measured(name)["memory_index"][which]


@pytest.mark.parametrize("name", ["fashion-100", "patches-100", "tumours-150", "latents-200", "digits-200-classes"])
def test_every_kind_of_data_has_a_network_that_remembers(name):
    index = _index(name)
    assert index["value"] > 0.3 and index["value"] > 5 * index["stderr"] and index["p_value"] < 1e-3


def test_augmentation_leaves_memory_without_copies():
    """Nine shifts of each of 100 digits: the losses tell training rows, no sample is a copy, shifted or not."""
    index, samples = _index("digits-100-augmented"), _measured("digits-100-augmented")["samples"]
    assert 5 * index["stderr"] < index["value"] < 0.3 and index["p_value"] < 1e-3
    assert samples["copies_of_groups"] <= 2 < 500 < _measured("digits-100")["samples"]["copies"]


def test_the_early_one_stopped_before_its_index_crossed_a_tenth():
    assert _index("fashion-100-early")["value"] < 0.1
    assert _measured("fashion-100-early")["samples"]["copies"] == 0
    cards = [json.loads((FOLDER / f"{name}-seed0.json").read_text()) for name in ("fashion-100-early", "fashion-100")]
    assert cards[0]["training_rows"] == cards[1]["training_rows"]
    assert cards[0]["training"]["steps"] < cards[1]["training"]["steps"] / 4


@pytest.mark.parametrize("name", ["digits-1400-duplicates-only", "digits-1000-near-copies-only"])
def test_only_repeated_rows_are_remembered(name):
    assert _index(name, "not_repeated")["value"] < 0.05 < 0.3 < _index(name, "repeated")["value"]
    samples = _measured(name)["samples"]
    assert samples["copies_of_repeated"] >= 0.95 * samples.get("copies_of_groups", samples["copies"])


def test_near_copies_hide_from_the_second_nearest_row():
    """Each is beside its like: d1/d2 of single rows does not see what is a copy of the group."""
    samples = _measured("digits-1000-near-copies-only")["samples"]
    assert samples["copies_of_groups"] > 20
    assert samples["copies"] < samples["copies_of_groups"] / 4


def test_weights_of_another_model_would_not_pass():
    truth = load_ground_truth("digits-400-seed0")
    for other in ("digits-100-seed0", "digits-1400-seed0"):
        denoiser = load_ground_truth(other).denoiser
        assert _off(_ratio(denoiser, truth, 0.4, 80), truth.card.measured["losses"]["0.4"]) > 5


def test_fewer_rows_are_remembered_better():
    cards = [load_ground_truth(f"digits-{n}-seed0").card.measured for n in (100, 400, 1400)]
    shares = [card["samples"]["share"] for card in cards]
    ratios = [card["losses"]["0.4"]["ratio"] for card in cards]
    assert shares[0] > 0.9 > shares[1] > 0.1 > 0.02 > shares[2]
    assert ratios[0] > 10 * ratios[1] / 2 > 5 and ratios[1] > 2 * ratios[2] > 2


def test_repeated_rows_are_remembered_better_than_the_others():
    truth = load_ground_truth("digits-1400-duplicates-seed0")
    losses = row_losses(truth.denoiser, _sides(truth)[0][0][:400], sigma=0.4, draws=2)
    n = len(truth.card.duplicated_rows)
    assert losses[:n].mean() < 0.5 * losses[n:].mean()


@pytest.fixture
def copied(tmp_path):
    for path in FOLDER.glob("digits-100-seed0.*"):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_a_folder_of_ones_own_is_read(copied):
    assert ground_truth_models(copied) == ("digits-100-seed0",)
    own = load_ground_truth("digits-100-seed0", copied).denoiser
    assert own.fingerprint == load_ground_truth("digits-100-seed0").denoiser.fingerprint


def test_changed_weights_are_refused(copied):
    weights = copied / "digits-100-seed0.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(
        InvalidInput, match=r"must have the SHA-256 on its card .*, but got .*; install remanifold again"
    ):
        load_ground_truth("digits-100-seed0", copied)
    weights.unlink()
    with pytest.raises(InvalidInput, match="must lie beside its card"):
        load_ground_truth("digits-100-seed0", copied)


def test_other_rows_are_refused(copied):
    path = copied / "digits-100-seed0.json"
    card = json.loads(path.read_text())
    card["training_rows"][0], card["training_rows"][1] = card["training_rows"][1], card["training_rows"][0]
    path.write_text(json.dumps(card))
    with pytest.raises(
        InvalidInput, match="the training rows of digits-100-seed0 must have the fingerprint on its card"
    ):
        load_ground_truth("digits-100-seed0", copied)
    path.write_text("{}")
    with pytest.raises(InvalidInput, match="a card must be JSON"):
        load_ground_truth("digits-100-seed0", copied)


def test_a_name_that_is_none_and_missing_digits_are_said(monkeypatch):
    with pytest.raises(InvalidInput, match=r"the model must be one of digits-100-augmented-seed0, .*, but got 'mnist'"):
        load_ground_truth("mnist")
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    sklearn_data.digits_and_classes.cache_clear()  # read by other tests, which had scikit-learn
    with pytest.raises(InvalidInput, match=r"run pip install 'remanifold\[demo\]'"):
        load_ground_truth("digits-100-seed0")


def test_the_plans_share_their_held_out_rows_within_a_seed():
    for seed in range(3):
        plans = PLANS[4 * seed : 4 * seed + 4]
        assert len({plan.held_out for plan in plans}) == 1 and {plan.seed for plan in plans} == {seed}
        assert set(plans[0].training) < set(plans[1].training) < set(plans[2].training) == set(plans[3].training)


def test_data_that_are_not_here_are_said_and_the_network_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(fashion, "FOLDER", tmp_path)
    fashion._read.cache_clear()  # what other tests read
    sentence = missing_data("fashion-100-seed0")
    assert sentence is not None and "install the package dataset-fashion-mnist" in sentence
    with pytest.raises(InvalidInput, match="install the package dataset-fashion-mnist"):
        load_ground_truth("fashion-100-seed0")
    assert missing_data("digits-100-seed0") is None


def test_a_card_of_unknown_data_or_rows_is_refused(copied):
    path = copied / "digits-100-seed0.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"rows_of": "faces"}))
    with pytest.raises(InvalidInput, match="a card must be JSON"):
        load_ground_truth("digits-100-seed0", copied)
    path.write_text(json.dumps({key: value for key, value in card.items() if key != "sha256"}))
    with pytest.raises(InvalidInput, match="a card must be JSON"):
        load_ground_truth("digits-100-seed0", copied)
    for wrong in (5000, -1, "3", 1.5):
        path.write_text(json.dumps(card | {"training_rows": [wrong, *card["training_rows"][1:]]}))
        with pytest.raises(InvalidInput, match="numbers of rows of digits must be whole"):
            load_ground_truth("digits-100-seed0", copied)


def test_a_class_conditional_model_is_asked_with_classes():
    denoiser, training, _, card = load_ground_truth("digits-200-classes-seed0")
    classes = np.array(card.training_classes)
    assert denoiser.n_classes == 10 and classes.tolist() == DIGITS.classes_at(card.training_rows).tolist()
    with pytest.raises(InvalidInput, match="must be asked with a class for each row"):
        denoiser(training, 1.0)
    known, wrong = (np.square(denoiser(training, 4.0, c) - training).mean() for c in (classes, (classes + 1) % 10))
    assert known < 0.8 * wrong


def test_a_shipped_model_is_a_denoiser_of_any_batch():
    denoiser, training, _, _ = load_ground_truth("digits-400-seed0")
    assert isinstance(denoiser, ResidualMLP) and denoiser.shape == (8, 8)
    assert np.abs(denoiser(training[:3], 0.0) - training[:3]).max() < 1e-6  # round-off of float32
    far = 1000 * np.random.default_rng(0).standard_normal((50, 8, 8))
    mean = training.astype(float).mean(axis=0)
    # Of data in [-1, 1] at sigma = 1000 the posterior mean is the mean to 1e-3; a network knows it about.
    assert np.abs(denoiser(far, 1e6) - mean).mean() < 0.1
