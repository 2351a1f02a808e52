"""Detection rates: by construction the false-positive rate where there is no memory, one where all is memory."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remanifold import InvalidInput
from remanifold.audits.network.detection import (
    STATISTICS,
    _known,
    _rate,
    benchmark_audits,
)  # rows swapped: no network has that
from remanifold.cli import main
from remanifold.networks import load_ground_truth


@pytest.fixture(scope="module")
def known():
    return _known(load_ground_truth("digits-100-seed0"), 64, 0)


def test_the_memorizer_of_100_digits_is_found_by_every_statistic(known):
    for one in STATISTICS:  # half of the training rows, 64 samples
        assert _rate(known, one, 50, 60, 0.05, 0) > (0.95 if one.of == "losses" else 0.3), one.name


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
    rate = _rate(picked, statistic, 20, few, 0.05, 0)
    fixed_sides = 0.06  # which 190 rows are called training rows is drawn once
    assert abs(rate - 0.05) < 4.5 * np.sqrt(2 * 0.05 * 0.95 / few) + fixed_sides


def test_the_table_and_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [
        "benchmark-audits",
        "digits-100-seed0",
        "--cases",
        "20",
        "--n-samples",
        "16",
        "--n-rows",
        "20",
        "--out",
        "r.csv",
    ]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "digits-100-seed0" in out and "AuthPct" in out and "memory test" in out
    table = benchmark_audits(["digits-100-seed0"], cases=20, n_samples=16, n_rows=20)
    assert table.to_csv() == Path("r.csv").read_text()


@pytest.mark.parametrize(
    ("names", "options", "sentence"),
    [
        (["nope"], {}, "the model must be one of digits"),
        ([], {"alpha": 1.5}, "`alpha` must be a number above 0 and below 1"),
        ([], {"cases": 3}, "`cases` must be a whole number of at least 20"),
        (["digits-100-seed0"], {"n_rows": 150}, "`n_rows` must be at most 100 for digits-100-seed0"),
    ],
)
def test_bad_input_is_one_sentence(names, options, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        benchmark_audits(names, **options)


def test_another_ending_is_refused(capsys):
    assert main(["benchmark-audits", "--out", "rates.xlsx"]) == 2
    assert "--out must end in one of .csv, .json" in capsys.readouterr().err
