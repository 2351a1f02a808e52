"""Rows that recur by chance are no copies; a planted copy beside them is; a leak is told from rows that recur."""

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact

from remanifold import audit_copies
from remanifold.audits.answers.reasons import _SAMPLES  # the two lists are kept in two rooms
from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.records.samples import VERDICT_TESTS
from remanifold.measures.copies.recurrence import is_leak
from remanifold.measures.estimates.proportions import more_often


def blanks(rng, n=300):
    rows = rng.standard_normal((n, 10))
    rows[: n // 50] = 0
    return rows


def binary(rng, n=400):
    return (rng.random((n, 10)) < 0.5).astype(float)


@pytest.mark.parametrize("draw", [blanks, binary])
def test_honest_samples_that_equal_training_rows_are_no_copies(draw):
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        report = audit_copies(draw(rng), draw(rng), draw(rng), seed=seed, threads=1)
        found.append(copies_answer(report).concern)
        assert report.number("exact_copies").value > 0 and report.notes[0].startswith("Rows that recur")
    assert sum(found) <= 3  # 5 % of draws; more than 3 of 20 in 1.6 %


def test_one_copy_beside_blank_rows_is_named_and_the_blank_rows_are_not():
    rng = np.random.default_rng(3)
    train, samples, holdout = (blanks(rng) for _ in range(3))
    samples[100] = train[50]
    report = audit_copies(train, samples, holdout, threads=1)
    assert [(pair.sample, pair.train) for pair in report.flagged] == [(100, 50)]
    answer = copies_answer(report).answer
    assert answer.startswith("Yes: 1 sample equals a training row.")
    assert "6 samples equal a training row, which may be chance or copying" not in answer
    equal = report.number("copies_beyond_recurrence")
    assert (equal.value, equal.null) == (1 / 300, 0) and 0.4 < equal.p_value < 0.6


def test_discrete_samples_that_are_mostly_copies_are_found_beyond_recurrence():
    rng = np.random.default_rng(0)
    train, samples, holdout = binary(rng, 300), binary(rng, 200), binary(rng, 200)
    samples[:120] = train[:120]
    report = audit_copies(train, samples, holdout, threads=1)
    assert report.number("copies_beyond_recurrence").p_value < 1e-6
    assert copies_answer(report).answer.startswith("Yes: ")


def test_without_a_hold_out_equal_rows_are_copies_only_where_chance_cannot_make_them():
    rng = np.random.default_rng(0)
    report = audit_copies(binary(rng), binary(rng), threads=1)
    assert report.flagged == () and copies_answer(report).answer.startswith("It cannot be told")
    report = audit_copies(blanks(rng), blanks(rng), threads=1)
    assert report.flagged == () and "6 samples equal" in report.notes[0]


def test_small_tables_may_have_the_training_rows_values():
    rng = np.random.default_rng(0)
    train, samples, holdout = ((rng.random((200, 3)) < 0.4).astype(float) for _ in range(3))
    report = audit_copies(train, samples, holdout, threads=1)
    assert report.number("closer_share") is None and report.number("evidence") is not None
    assert not copies_answer(report).concern


def test_rows_that_recur_are_told_from_a_leak():
    assert is_leak(30, 300, 0, 300) and not is_leak(6, 300, 6, 300) and not is_leak(1, 300, 0, 300)
    rng = np.random.default_rng(1)
    train, samples, holdout = (rng.standard_normal((300, 10)) for _ in range(3))
    holdout[:30] = train[:30]
    assert audit_copies(train, samples, holdout, threads=1).warnings[0].startswith("Leak: ")


def test_the_test_of_two_shares_is_the_hypergeometric_tail():
    assert more_often(0, 10, 0, 10) == 1
    assert more_often(1, 10, 0, 10) == pytest.approx(0.5)
    assert more_often(2, 2, 0, 2) == pytest.approx(1 / 6)


def test_copies_of_rows_that_are_repeated_in_the_training_data_are_copies_where_the_hold_out_lacks_them():
    rng = np.random.default_rng(5)
    rows, samples, holdout = (rng.standard_normal((n, 8)) for n in (300, 100, 200))
    samples[:3] = rows[:3]
    often = audit_copies(np.concatenate([rows, np.repeat(rows[:3], 20, axis=0)]), samples, holdout, threads=1)
    assert often.verdict.state == "remembers" and often.number("certain_copies").value == 3
    twice = audit_copies(np.concatenate([rows, rows[:3]]), samples, holdout, threads=1)
    assert twice.number("certain_copies").value == 0  # rows of the source that recur might look so
    assert twice.verdict.state == "cannot tell" and "3 samples equal a training row" in twice.verdict.headline


@pytest.mark.parametrize("draw", [lambda rng, n: rng.integers(0, 2, (n, 10)), lambda rng, n: rng.normal(size=(n, 10))])
def test_the_verdict_on_honest_samples_is_false_in_five_per_cent_at_most(draw):
    states = []
    for seed in range(40):
        rng = np.random.default_rng([seed, 3])
        states.append(audit_copies(*(draw(rng, 300) for _ in range(3)), threads=1).verdict.state)
    assert binom.sf(states.count("remembers") - 1, 40, 0.05) > 0.01, states


def templates(rng, n=300, kinds=20, part=0.05):
    """Gaussian rows, a part of which are one of a few contents: forms, logos, test pages."""
    fixed = np.random.default_rng(9).normal(size=(kinds, 10))
    rows, on = rng.normal(size=(n, 10)), rng.uniform(size=n) < part
    rows[on] = fixed[rng.integers(0, kinds, on.sum())]
    return rows


def blank_law(rng, n=300, part=0.02):
    rows = rng.normal(size=(n, 10))
    rows[rng.uniform(size=n) < part] = 0
    return rows


@pytest.mark.parametrize("case", ["templates", "more blanks", "blanks, cleaned hold-out", "cleaned binary"])
def test_what_recurs_in_honest_data_is_not_called_memory(case):
    """At 20 draws each: at most 3 alarms, where tests without these guards gave 10 to 20."""
    alarms = 0
    for seed in range(20):
        rng = np.random.default_rng([seed, 4])
        if case == "templates":
            train, samples, holdout = (templates(rng) for _ in range(3))
        elif case == "more blanks":
            train, samples, holdout = blank_law(rng), blank_law(rng, part=0.1), blank_law(rng)
        elif case == "blanks, cleaned hold-out":
            train, samples, holdout = (blank_law(rng, part=0.05) for _ in range(3))
        else:
            train, samples, holdout = binary(rng, 300), binary(rng, 300), binary(rng, 900)
        if "cleaned" in case:
            known = {tuple(row) for row in train.tolist()}
            holdout = np.array([row for row in holdout.tolist() if tuple(row) not in known])[:300]
        alarms += audit_copies(train, samples, holdout, threads=1).verdict.state == "remembers"
    assert alarms <= 3, alarms


def test_more_often_is_the_exact_test_of_two_shares():
    for table in ((3, 20, 1, 30), (0, 5, 4, 9), (7, 7, 2, 40)):
        hits, of, others, of_others = table
        expected = fisher_exact([[hits, of - hits], [others, of_others - others]], alternative="greater").pvalue
        assert more_often(*table) == pytest.approx(expected)
        assert more_often(others, of_others, hits, of) != pytest.approx(expected)  # sides exchanged


def test_the_tests_of_a_verdict_are_those_whose_level_is_divided():
    assert set(VERDICT_TESTS) == set(_SAMPLES)
