"""Copies that only the precision of storage tells from their rows are copies; rows that are merely near are not."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from remanifold import InvalidInput, audit, audit_copies
from remanifold.audits.answers.samples import copies_answer

DIGITS = load_digits().data[np.random.default_rng(0).permutation(1797)]


def six_digits(rows):
    return np.array([[float(f"{number:.6g}") for number in row] for row in rows])


def through_float32(rows):
    """Standardised and brought back in single precision."""
    mean, std = np.float32(rows.mean()), np.float32(rows.std())
    return (rows.astype(np.float32) - mean) / std * std + mean


STORED = {
    "float32": lambda rows: rows.astype(np.float32),
    "float32 after operations": through_float32,
    "six digits": six_digits,
    "float16": lambda rows: rows.astype(np.float16),
}
LAWS = {
    "digits": lambda rng, n: DIGITS[rng.permutation(1797)[:n]] / 7 - 1.1,
    "gauss": lambda rng, n: rng.standard_normal((n, 10)),
    "lognormal": lambda rng, n: rng.lognormal(0, 1, (n, 30)),
}


def sets_of(law, seed=0):
    rows = LAWS[law](np.random.default_rng(seed), 500)
    return rows[:200], rows[200:450], np.concatenate([rows[:50], rows[450:]])


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("with_holdout", [True, False])
def test_copies_in_another_precision_are_copies(law, stored, with_holdout):
    train, holdout, samples = sets_of(law)
    report = audit_copies(train, STORED[stored](samples), holdout if with_holdout else None, threads=1)
    assert report.verdict.state == "remembers" and report.number("exact_copies").value == 0.5
    assert report.number("copied_rows").value == 50 == report.number("certain_copies").value
    assert {(pair.sample, pair.train) for pair in report.copied} == {(i, i) for i in range(50)}
    assert 0 < max(pair.distance for pair in report.copied) <= report.parameters["rounding"]
    assert 0 < report.difference < 0.05
    words = f"equal a training row up to rounding (largest difference {report.difference:.2g})"
    assert (
        f"Yes: 50 samples of 100 {words}" in (text := copies_answer(report).answer)
        or f"Yes: 50 samples {words}" in text
    )
    assert words in report.verdict.headline and any("50 do so up to rounding" in note for note in report.notes)


def test_the_same_pictures_from_two_loaders_are_copies():
    pixels = (DIGITS / 16 * 255).round().astype(np.uint8)
    train = (pixels[:600].astype(np.float32) / 255 - 0.5) / 0.5
    samples = pixels[np.r_[:50, 1000:1050]] / 127.5 - 1
    for holdout in (None, pixels[600:1000] / 127.5 - 1):
        report = audit_copies(train, samples, holdout, threads=1)
        assert report.number("certain_copies").value == 50 and 0 < report.difference < 1e-6


def test_equal_numbers_are_equal_without_a_word_of_rounding():
    train, holdout, samples = sets_of("gauss")
    report = audit_copies(train, samples, holdout, threads=1)
    assert report.difference == 0 and "rounding" not in report.to_markdown()
    assert all(pair.distance == 0 for pair in report.copied) and len(report.copied) == 50


def test_honest_samples_are_no_copies_whatever_their_precision():
    for name, law in LAWS.items():
        for seed in range(5):
            rows = law(np.random.default_rng([seed, 2]), 600)
            samples = rows[400:].astype(np.float16)
            for holdout in (None, rows[200:400]):
                report = audit_copies(rows[:200], samples, holdout, threads=1)
                assert report.number("exact_copies").value == 0 == len(report.copied), (name, seed)


def test_where_chance_brings_rows_as_near_as_rounding_only_equal_rows_are_copies():
    rng = np.random.default_rng(0)
    line, plane = rng.standard_normal((400, 1)), rng.standard_normal((400, 2))
    assert audit_copies(line[:200], line[200:], threads=1).parameters["rounding"] == 0
    report = audit_copies(plane[:200], plane[200:], threads=1)
    assert report.parameters["rounding"] < 1e-4 and report.number("exact_copies").value == 0
    twins = rng.standard_normal((100, 10))
    twins = np.concatenate([twins, twins + 1e-8 * rng.standard_normal(twins.shape)])
    report = audit_copies(twins, twins[:50] + 1e-8, threads=1)
    assert report.parameters["rounding"] == 0 == report.number("exact_copies").value


def test_a_picture_with_one_other_grey_level_is_no_copy_up_to_rounding():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 255, (400, 64)).astype(float)
    samples = rows[:50].copy()
    samples[np.arange(50), rng.integers(0, 64, 50)] += 1
    report = audit_copies(rows[:200], samples, rows[200:], threads=1)
    assert report.parameters["rounding"] > 1 and report.number("exact_copies").value == 0 == len(report.copied)
    assert report.verdict.state == "remembers"  # as near copies


def test_rows_that_recur_in_another_precision_recur_on_both_sides():
    """Blank rows in float16: as many in the hold-out as among samples, so that none is a copy."""
    called = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        sets = [rng.standard_normal((300, 10)) for _ in range(3)]
        for rows in sets:
            rows[:6] = 0.123456789
        train, samples, holdout = sets[0], sets[1].astype(np.float16), sets[2].astype(np.float16)
        report = audit_copies(train, samples, holdout, threads=1)
        assert report.number("exact_copies").value == 0.02 and report.number("copies_beyond_recurrence").null == 0
        assert report.number("certain_copies").value == 0
        called += report.verdict.state == "remembers"
    assert called <= 3  # 5 % of draws; more in 1.6 %


def test_blank_samples_with_noise_of_rounding_are_no_certain_copies():
    rng = np.random.default_rng(0)
    train, samples = rng.standard_normal((200, 10)), rng.standard_normal((100, 10))
    train[0], samples[0] = 0.5, 0.5 + 1e-8 * rng.standard_normal(10)
    assert audit_copies(train, samples, threads=1).number("certain_copies").value == 0


def test_a_hold_out_that_holds_training_rows_in_another_precision_is_a_leak():
    train, _, samples = sets_of("gauss")
    holdout = np.concatenate([train[50:90], np.random.default_rng(9).standard_normal((200, 10))]).astype(np.float32)
    assert audit_copies(train, samples[50:], holdout, threads=1).doubts[0].startswith("Leak: ")


def test_the_training_set_itself_is_refused_in_another_precision_too():
    train = sets_of("gauss")[0]
    for samples in (train[::-1].copy(), train.astype(np.float32)[::-1].copy()):
        with pytest.raises(InvalidInput, match="got the training set itself"):
            audit_copies(train, samples, threads=1)


def test_copies_of_rows_repeated_in_the_training_data_count_their_repeats():
    rng = np.random.default_rng(5)
    rows, samples, holdout = (rng.standard_normal((n, 8)) for n in (300, 100, 200))
    samples[:3] = rows[:3]
    train = np.concatenate([rows, np.repeat(rows[:3], 20, axis=0)])
    report = audit_copies(train, samples.astype(np.float32), holdout, threads=1)
    assert report.verdict.state == "remembers" and report.number("certain_copies").value == 3


def test_a_table_of_six_digits_beside_its_numbers_and_an_audit(tmp_path):
    train, holdout, samples = sets_of("lognormal")
    np.savetxt(tmp_path / "samples.csv", samples, fmt="%.6g", delimiter=",")
    report = audit(train, holdout=holdout, samples=tmp_path / "samples.csv", threads=1, max_queries=30)
    assert report.verdict.state == "remembers" and report.samples.number("certain_copies").value == 50
    assert "up to rounding" in report.verdict.headline and "up to rounding" in report.to_html()
    assert type(report).from_json(report.to_json()) == report
