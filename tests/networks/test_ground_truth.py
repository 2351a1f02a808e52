"""The shipped models: whole, their rows the ones on the card, and they remember what their cards say."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold._core.estimate import Estimate
from remanifold.networks import ground_truth
from remanifold.networks.ground_truth import ground_truth_models, load_ground_truth
from remanifold.networks.known import sklearn_data
from remanifold.networks.known.plans import PLANS
from remanifold.networks.residual_mlp import ResidualMLP
from remanifold.networks.row_losses import loss_ratio, row_losses

SHIPPED = tuple(name for name in ground_truth_models() if name.startswith("digits"))
FOLDER = Path(ground_truth.__file__).with_name("models")


def _distinct(truth):
    return truth.training[: truth.card.facts["n_distinct"]]


def _ratio(denoiser, truth, sigma, n):
    """From other noise than that of the card, on the last ``n`` distinct training rows and ``n`` hold-out rows."""
    parts = (_distinct(truth)[-n:], truth.held_out[-n:])
    return loss_ratio(*(row_losses(denoiser, rows, sigma=sigma, draws=2, seed=77) for rows in parts))


def _off(measured: Estimate, card: dict) -> float:
    """Standard errors between the logarithms of a ratio and of the one on the card."""
    spread = np.hypot(measured.stderr / measured.value, card["stderr"] / card["ratio"])
    return abs(np.log(measured.value / card["ratio"])) / spread


def test_every_kind_of_model_is_shipped_within_six_megabytes():
    assert {"digits-100-seed0", "digits-400-seed0", "digits-1400-seed0", "digits-1400-duplicates-seed0"} <= set(SHIPPED)
    assert set(SHIPPED) <= {plan.name for plan in PLANS}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 6e6
    assert SHIPPED[0] == "digits-100-seed0" and SHIPPED[-1].startswith("digits-1400-seed")  # by size, then by name


@pytest.mark.parametrize("name", SHIPPED)
def test_rows_are_those_of_the_plan_and_held_out_ones_were_never_seen(name):
    denoiser, training, held_out, card = load_ground_truth(name)
    plan = next(plan for plan in PLANS if plan.name == name)
    assert (card.training_rows, card.held_out_rows) == (plan.training, plan.held_out)
    assert card.duplicated_rows == plan.duplicated and not set(card.training_rows) & set(card.held_out_rows)
    assert training.shape == (len(plan.training), 8, 8) and held_out.shape == (397, 8, 8)
    assert denoiser.record is not None
    assert denoiser.record.training_fingerprint == card.facts["training_fingerprint"]
    assert denoiser.config.sigma_data == pytest.approx(training.astype(float).std(axis=0).__pow__(2).mean() ** 0.5)
    times = np.bincount(card.training_rows, minlength=1797)
    assert set(times[list(card.duplicated_rows)]) == ({10} if card.duplicated_rows else set())
    assert times.max() == (10 if card.duplicated_rows else 1)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_model_gives_the_losses_on_its_card(name):
    truth = load_ground_truth(name)
    draws, seed = truth.card.measured["draws"], truth.card.measured["noise_seed"]
    loss = row_losses(truth.denoiser, truth.held_out, sigma=0.4, draws=draws, seed=seed).mean()
    # The same noise: what is left is the rounding of float32.
    assert loss == pytest.approx(truth.card.measured["losses"]["0.4"]["held_out"], rel=1e-4)
    for sigma, card in truth.card.measured["losses"].items():
        assert _off(_ratio(truth.denoiser, truth, float(sigma), 80), card) < 5


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
    losses = row_losses(truth.denoiser, _distinct(truth)[:400], sigma=0.4, draws=2)
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
    with pytest.raises(InvalidInput, match=r"the model must be one of digits-100-seed0, .*, but got 'mnist'"):
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


def test_a_shipped_model_is_a_denoiser_of_any_batch():
    denoiser, training, _, _ = load_ground_truth("digits-400-seed0")
    assert isinstance(denoiser, ResidualMLP) and denoiser.shape == (8, 8)
    assert np.abs(denoiser(training[:3], 0.0) - training[:3]).max() < 1e-6  # round-off of float32
    far = 1000 * np.random.default_rng(0).standard_normal((50, 8, 8))
    mean = training.astype(float).mean(axis=0)
    # Of data in [-1, 1] at sigma = 1000 the posterior mean is the mean to 1e-3; a network knows it about.
    assert np.abs(denoiser(far, 1e6) - mean).mean() < 0.1
