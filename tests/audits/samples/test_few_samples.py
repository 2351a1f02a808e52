"""One or two samples can be asked about; what needs more of them says so."""

import numpy as np
import pytest

import remanifold as rm
from remanifold import InvalidInput
from remanifold.measures import row_pairs

RNG = np.random.default_rng(0)
TRAIN, HOLDOUT, FRESH = RNG.normal(size=(100, 8)), RNG.normal(size=(80, 8)), RNG.normal(size=(2, 8))
GRID = np.round(RNG.random((140, 8)) * 4)


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("holdout", [None, HOLDOUT])
def test_copies_are_named_and_no_all_clear_is_given(n, holdout):
    copied = rm.audit_copies(TRAIN, TRAIN[5 : 5 + n].copy(), holdout, threads=1)
    assert copied.number("exact_copies").value == 1
    assert [(pair.sample, pair.train) for pair in copied.flagged] == [(i, 5 + i) for i in range(n)]
    assert copied.verdict.state == "remembers"
    fresh = rm.audit_copies(TRAIN, FRESH[:n], holdout, threads=1)
    assert fresh.number("exact_copies").value == 0
    assert fresh.verdict.state == "cannot tell"
    assert not fresh.doubts
    for report in (copied, fresh):
        assert any("needs more of them" in note for note in report.notes)
        assert report.to_json() and report.to_markdown()


@pytest.mark.parametrize("n", [1, 2])
def test_rows_that_recur_by_themselves_prove_nothing(n):
    report = rm.audit_copies(GRID[:60], GRID[:n].copy(), threads=1)
    assert report.number("exact_copies").value == 1
    assert report.verdict.state == "cannot tell"


def test_a_sample_far_away_is_doubted():
    report = rm.audit_copies(TRAIN, FRESH[:1] * 100 + 700, HOLDOUT, threads=1)
    assert len(report.doubts) == 1 and "times as far from the training rows" in report.doubts[0]


@pytest.mark.parametrize("options", [{"features": lambda x: x[:, :3]}, {"samples_map": "x * 1"}])
def test_features_and_maps_of_one_sample(options):
    assert rm.audit_copies(TRAIN, TRAIN[:1].copy(), HOLDOUT, threads=1, **options).number("exact_copies").value == 1


def test_groups_beside_one_sample():
    groups = {"groups": np.arange(100) // 2, "holdout_groups": 1000 + np.arange(80) // 2}
    assert rm.audit_copies(TRAIN, TRAIN[:1].copy(), HOLDOUT, threads=1, **groups).verdict.state == "remembers"


def test_an_audit_beside_one_sample():
    report = rm.audit(TRAIN, samples=TRAIN[3:4].copy(), holdout=HOLDOUT, max_queries=20, threads=1)
    assert report.verdict.state == "remembers"
    assert [(pair.sample, pair.train) for pair in report.samples.flagged] == [(0, 3)]


@pytest.mark.parametrize("nearest", [True, False])
def test_pairs_of_one_row_with_a_set(nearest):
    pairs = row_pairs(TRAIN[7:8], TRAIN, nearest=nearest)
    assert (pairs.rows_a.tolist(), pairs.rows_b.tolist(), pairs.distances.tolist()) == ([0], [7], [0.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rm.audit_copies(TRAIN[:2], TRAIN[:1].copy(), threads=1), "at least 3 points, but got 2"),
        (lambda: rm.audit_copies(TRAIN, TRAIN[:1].copy(), HOLDOUT[:2], threads=1), "at least 3 points, but got 2"),
        (lambda: rm.audit_copies(TRAIN, TRAIN[:0], threads=1), "at least 1 point, but got 0"),
        (lambda: row_pairs(TRAIN[:1], nearest=True), "at least 3 points, but got 1"),
        (lambda: row_pairs(TRAIN[:0], TRAIN), "at least 1 point, but got 0"),
    ],
)
def test_a_training_set_and_a_holdout_need_three(call, words):
    with pytest.raises(InvalidInput, match=words):
        call()
