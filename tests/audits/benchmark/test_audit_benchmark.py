"""Detection rates: by construction the false-positive rate where there is no memory, one where all is memory."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.audits.benchmark.detection import (
    STATISTICS,
    _known,
    _values,
    benchmark_audits,
)  # rows swapped: no network has that
from remanifold.audits.benchmark.detection_rate import detection_rate
from remanifold.cli import main
from remanifold.networks import ground_truth, load_ground_truth
from remanifold.networks.known import fashion


@pytest.fixture(scope="module")
def known():
    return _known(load_ground_truth("digits-100-seed0"), 64, 0, 50)


def _rate(known, statistic, n_rows, cases):
    return detection_rate(*_values(known, statistic, n_rows, cases, 0), 0.05).value


def test_the_memorizer_of_100_digits_is_found_by_every_statistic(known):
    for one in STATISTICS:  # half of the training rows, 64 samples
        assert _rate(known, one, 50, 60) > (0.95 if one.of == "losses" else 0.3), one.name


@pytest.mark.parametrize("statistic", STATISTICS, ids=lambda one: one.name)
def test_without_memory_the_rate_is_the_false_positive_rate(known, statistic):
    """Hold-out rows in the place of training rows: 5 % of 1000 cases, given a threshold from 1000: +- 1 % each."""
    held = np.arange(known.n_training, len(known.losses))
    random = np.random.default_rng(1).permutation(held)
    rows = np.concatenate([random[:190], random[190:]])
    picked = replace(
        known,
        losses=known.losses[rows],
        above=known.above[rows],
        distances=known.distances[:, rows],
        between=known.between[np.ix_(rows, rows)],
        n_training=190,
    )
    few = 1000 if statistic.of == "losses" else 400
    rate = _rate(picked, statistic, 20, few)
    fixed_sides = 0.06  # which 190 rows are called training rows is drawn once
    assert abs(rate - 0.05) < 4.5 * np.sqrt(2 * 0.05 * 0.95 / few) + fixed_sides


FEW = ["--cases", "40", "--n-samples", "16", "--n-rows", "20"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_and_the_command(here, capsys):
    assert main(["benchmark-audits", "digits-100-seed0", *FEW, "--out", "r.csv"]) == 0
    out = capsys.readouterr().out
    assert "digits-100-seed0" in out and "AuthPct" in out and "memory test" in out
    head = next(line for line in out.splitlines() if line.startswith("  false-positive rate"))
    assert head.split()[2:] == ["5", "%", "1", "%", "0.1", "%"]
    assert out.count("too few cases") == 2 * len(STATISTICS)  # 40 cases: 1 % and .1 % are beyond them
    assert "Too few cases for 1 % and 0.1 %: pass --cases 1000 or more." in out
    table = benchmark_audits(["digits-100-seed0"], cases=40, n_samples=16, n_rows=20)
    assert table.to_csv() == Path("r.csv").read_text()
    assert set(table.columns["false_positive_rate"]) == {0.05, 0.01, 0.001}
    for rate, detected, error in zip(*(table.columns[k] for k in ("false_positive_rate", "detected", "stderr"))):
        assert (detected is None) == (error is None) == (rate < 0.05)


def test_rates_of_ones_own_and_json(here):
    words = ["benchmark-audits", "digits-100-seed0", *FEW, "--alpha", "0.2", "--alpha", "0.1", "--out", "r.json"]
    assert main(words) == 0
    table = json.loads(Path("r.json").read_text())
    assert table["parameters"]["alphas"] == [0.2, 0.1] and None not in table["columns"]["detected"]
    rates = np.array(table["columns"]["detected"]).reshape(len(STATISTICS), 2)
    assert (rates[:, 0] >= rates[:, 1]).all()  # more false positives, more found


def test_the_class_conditional_network_goes_through_its_classes():
    """Planted: with other classes it would know the rows less well, and draw samples of other classes."""
    truth = load_ground_truth("digits-200-classes-seed0")
    wrong = tuple((label + 1) % 10 for label in truth.card.training_classes)
    own, other = (
        _known(truth._replace(card=replace(truth.card, training_classes=classes)), 40, 0, 50)
        for classes in (truth.card.training_classes, wrong)
    )
    n = own.n_training
    assert own.above[:n].mean() < 0.8 * other.above[:n].mean()
    distinct = np.unique(truth.training.reshape(200, -1), axis=0, return_index=True)[1]
    drawn = np.array(truth.card.training_classes)[distinct][own.distances[:, :n].argmin(axis=1)]
    assert (drawn == np.resize(truth.card.training_classes, 40)).mean() > 0.8


def test_a_folder_of_ones_own_networks_is_found(here, capsys):
    models = Path(ground_truth.__file__).with_name("models")
    for name in ("digits-100-seed1", "latents-200-seed0"):
        for path in models.glob(f"{name}.*"):
            shutil.copy(path, here)
    assert main(["benchmark-audits", *FEW, "--models", "."]) == 0
    out = capsys.readouterr().out
    assert "digits-100-seed1" in out and "latents-200-seed0" in out and "seed2" not in out
    Path("empty").mkdir()
    assert main(["benchmark-audits", *FEW, "--models", "empty"]) == 2
    assert "the folder must hold networks" in capsys.readouterr().err


def test_networks_whose_data_are_not_here_are_left_out_and_named_ones_refused(here, monkeypatch, capsys):
    models = Path(ground_truth.__file__).with_name("models")
    for name in ("digits-100-seed0", "fashion-100-seed0"):
        for path in models.glob(f"{name}.*"):
            shutil.copy(path, here)
    monkeypatch.setattr(fashion, "FOLDER", here / "nowhere")
    fashion._read.cache_clear()  # what other tests read
    assert main(["benchmark-audits", *FEW, "--models", "."]) == 0
    out = capsys.readouterr().out
    assert "Left out: fashion-100-seed0; the rows of these models must be read from Fashion-MNIST" in out
    assert "install the package dataset-fashion-mnist" in out
    assert main(["benchmark-audits", "fashion-100-seed0", *FEW]) == 2
    assert "install the package dataset-fashion-mnist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("names", "options", "sentence"),
    [
        (["nope"], {}, "the model must be one of digits"),
        ([], {"alphas": [1.5]}, "`alpha` must be a number above 0 and below 1"),
        ([], {"alphas": []}, "there must be a false-positive rate"),
        ([], {"cases": 3}, "`cases` must be a whole number from 20 to"),
        (["digits-100-seed0"], {"n_rows": 150}, "`n_rows` must be at most 100 for digits-100-seed0"),
    ],
)
def test_bad_input_is_one_sentence(names, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        benchmark_audits(names, **options)


def test_another_ending_is_refused(capsys):
    assert main(["benchmark-audits", "--out", "rates.xlsx"]) == 2
    assert "--out must end in one of .csv, .json" in capsys.readouterr().err
