"""Samples within an audit: the same numbers as of `audit_copies`, on the same rows, in every form of the report."""

import json
from dataclasses import replace

import numpy as np
import pytest

from remanifold import AuditReport, InvalidInput, audit, audit_copies
from remanifold.audits import answers_of, known_scalars
from remanifold.audits.records.samples import OF_TABLES

RNG = np.random.default_rng(0)
TRAIN, SAMPLES, FRESH = (RNG.standard_normal((n, 6, 6)) for n in (150, 80, 200))
TRAIN[140:] = TRAIN[:10] + 1e-4  # near copies
MADE = SAMPLES.copy()
MADE[:12], MADE[12:15] = TRAIN[20:32] + 0.02 * RNG.standard_normal((12, 6, 6)), TRAIN[140:143]
LEAKY = np.concatenate([FRESH, TRAIN[50:53], TRAIN[60:61] + 1e-4])


@pytest.fixture(scope="module")
def found() -> AuditReport:
    return audit(TRAIN, holdout=LEAKY, samples=MADE, threads=1)


def test_the_numbers_are_those_of_copies_with_the_duplicates_and_overlaps_that_the_audit_found(found):
    distance = found.data.duplicate_distance
    alone = audit_copies(TRAIN, MADE, LEAKY, duplicate_distance=distance)
    assert found.samples.numbers == alone.numbers
    assert (found.samples.flagged, found.samples.closest) == (alone.flagged, alone.closest)
    assert found.samples.sizes == alone.sizes and found.samples.sizes["train_distinct"] == found.data.n_groups == 140
    assert "4 of 204 hold-out images" in found.samples.doubts[0] and len(found.holdout.overlap) == 4
    assert found.samples.fingerprints["samples"] == alone.fingerprints["samples"]
    assert found.samples.fingerprints["train"] == found.data.fingerprint
    assert found.samples.fingerprints["holdout"] == found.holdout.fingerprint


def test_the_rest_of_the_report_is_not_touched(found):
    plain = audit(TRAIN, holdout=LEAKY, threads=1)
    assert plain.samples is None and "samples" in plain.to_dict()
    said = tuple(text for text in found.data.reading if not text.startswith("the samples: "))
    assert len(said) == len(found.data.reading) - 1
    alone = replace(found, samples=None, verdict=None, pictures={}, data=replace(found.data, reading=said))
    assert alone == replace(plain, pictures={})
    assert plain.pictures.keys() < found.pictures.keys()
    older = {key: value for key, value in plain.to_dict().items() if key != "samples"}
    assert AuditReport.from_json(json.dumps(older)) == plain  # written before there were samples


def test_every_form_of_the_report_carries_the_samples(found):
    assert AuditReport.from_json(found.to_json()) == found
    page = found.to_html()
    assert AuditReport.from_json(page) == found
    assert 'id="copies"' in page and 'alt="picture of sample image 12"' in page and "samples fingerprint" in page
    assert page.index('alt="picture of sample image 12"') < page.index("Named samples beside") + 3000
    card = found.to_markdown()
    assert "<summary>Are these samples copies of training images?</summary>" in card and r"| closer\_share |" in card
    assert "4 of 204 hold-out images" in card
    assert json.loads(found.to_json())["samples"]["sizes"]["samples"] == 80


def test_scalars_have_names_of_their_own_in_the_known_order(found):
    scalars, known = found.scalars(), known_scalars(True, False, True)
    mine = {name: value for name, value in scalars.items() if name.startswith("samples_")}
    of_tables = {f"samples_{name}" for name in OF_TABLES}
    assert list(mine) == [name for name in known if name.startswith("samples_") and name not in of_tables]
    number = found.samples.number("closer_share")
    assert mine["samples_closer_share"] == number.value
    assert mine["samples_closer_share_excess"] == pytest.approx(number.value - number.null)
    assert (mine["samples_named"], mine["samples_exact_copies"]) == (
        found.samples.number("named_samples").value,
        3 / 80,
    )
    assert not [name for name in known_scalars(True, True) if name.startswith("samples_")]
    bare = [name for name in known_scalars(False, False, True) if name.startswith("samples_")]
    assert bare == [
        f"samples_{name}" for name in ("exact_copies", "certain_copies", "copied_rows", "third_rule", "auth_pct")
    ]


def test_the_answer_comes_first_and_names_rows(found):
    first = answers_of(found)[0]
    assert (first.key, first.concern) == ("copies", True)
    assert first.answer.startswith("Yes: 3 samples equal a training image.") and "p = " in first.answer
    assert "sample 12 (training image 140)" in first.answer and "80 % power" in first.answer
    assert "All tests together (Bonferroni)" in first.detail


def test_without_a_hold_out_the_answer_says_what_cannot_be_known():
    report = audit(TRAIN, samples=MADE, threads=1)
    first = answers_of(report)[0]
    assert first.headline == "3 exact copies, no test" and "cannot be known" in first.answer
    assert {flag.sample for flag in report.samples.flagged} == {12, 13, 14}
    assert AuditReport.from_json(report.to_json()) == report and "cannot be known" in report.to_html()
    clean = answers_of(audit(TRAIN, samples=SAMPLES, threads=1))[0]
    assert not clean.concern and clean.answer.startswith("No sample of 80 equals a training image.")


def test_a_hold_out_that_is_all_training_rows_is_a_leak_and_no_distances_are_compared():
    report = audit(TRAIN, holdout=TRAIN[50:60], samples=MADE, threads=1)
    assert report.samples.number("closer_share") is None
    assert report.samples.warnings[0].startswith("Leak: ") and "10 of 10 hold-out images" in report.samples.warnings[0]
    assert "Too few images that do not recur" in answers_of(report)[0].answer
    assert next(a.answer for a in answers_of(report) if a.key == "holdout").startswith(
        "No: each of the 10 hold-out images"
    )
    assert AuditReport.from_json(report.to_json()) == report and "Leak: " in report.to_html()


def test_few_held_out_rows_are_enough_for_a_report():
    few = np.concatenate([TRAIN[50:52], FRESH[:1], TRAIN[140:142] + 1e-5])
    report = audit(TRAIN, holdout=few, samples=SAMPLES, threads=1)
    assert (report.samples.sizes["holdout"], report.samples.sizes["holdout_distinct"]) == (5, 5)
    assert AuditReport.from_json(report.to_json()) == report


def test_honest_samples_and_unlike_ones_in_words(found):
    first = answers_of(audit(TRAIN, holdout=FRESH, samples=SAMPLES, threads=1))[0]
    assert first.answer.startswith("No copying was found.") and not first.concern
    assert "No single sample can be named." in first.answer
    numbers = tuple(replace(n, value=0.0) if n.name == "exact_copies" else n for n in found.samples.numbers)
    numbers = tuple(replace(n, p_value=1e-4) if n.name == "closer_share" else n for n in numbers)
    numbers = tuple(replace(n, p_value=1.0) if n.name == "outstanding_samples" else n for n in numbers)
    leaning = replace(found.samples, numbers=numbers, flagged=())
    near = answers_of(replace(found, samples=leaning))[0]
    assert "as a group the samples are closer to the training set than chance allows" in near.answer and near.concern
    assert "nearer to training, 38.7 % expected" in near.headline
    assert "None is named; the closest samples" in replace(found, samples=leaning).to_html()
    narrow = answers_of(audit(TRAIN, holdout=FRESH, samples=0.3 * SAMPLES, threads=1))[0]
    assert narrow.answer.startswith("It cannot be told") and narrow.concern
    assert narrow.headline == "C_T = −11.2, 0 expected"  # of the least p-value, not a share that no test rejects
    moved = answers_of(audit(TRAIN, holdout=FRESH + 1, samples=SAMPLES, threads=1))[0]
    assert "Careful: the hold-out seems to come from another distribution" in moved.answer


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"samples": MADE.reshape(-1, 36)},
            r"the samples must have rows of the data's shape \(6, 6\), but got \(36,\)",
        ),
        ({"samples": TRAIN}, "samples must be rows that a model made, but got the training set itself"),
        ({"samples": TRAIN[::-1]}, "samples must be rows that a model made, but got the training set itself"),
        ({"samples": FRESH, "holdout": FRESH}, "samples must be rows that a model made, but got the hold-out itself"),
        ({"samples": np.full((3, 6, 6), np.nan)}, "nan in row 0"),
        ({"samples": MADE.astype(complex)}, "complex"),
    ],
)
def test_mistakes_are_refused_before_the_long_work(given, sentence):
    def never(*_, **__):
        raise AssertionError("the profile was measured")

    with pytest.raises(InvalidInput, match=sentence):
        audit(TRAIN, **given, profiler=never)
