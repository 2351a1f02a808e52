"""An audit of samples: planted copies are found and paired, fresh samples pass, bad input is one sentence."""

import html
import json

import numpy as np
import pytest

from remanifold import audit_copies
from remanifold._core.errors import InvalidInput
from remanifold.audits.answers.samples import copies_answer
from remanifold.audits.pages.copies import copies_page
from remanifold.audits.records.samples import WITH_HOLDOUT, WITHOUT_HOLDOUT
from remanifold.data import open_points

RNG = np.random.default_rng(0)
TRAIN, SAMPLES, HOLDOUT = (RNG.standard_normal((n, 10)) for n in (300, 200, 1000))
COPIED = SAMPLES.copy()
COPIED[:40] = TRAIN[:40] + 0.01 * RNG.standard_normal((40, 10))
DOUBLED = np.concatenate([TRAIN, TRAIN[:40]])


def by_name(report):
    return {number.name: number for number in report.numbers}


def test_planted_copies_are_named_with_their_rows_though_these_are_duplicated():
    report = audit_copies(DOUBLED, COPIED, HOLDOUT)
    pairs = {flag.sample: flag.train for flag in report.flagged}
    assert {i: pairs.get(i) for i in range(40)} == {i: i for i in range(40)}
    assert len(pairs) <= 46  # false discoveries: 5 % on average
    assert (report.sizes["train"], report.sizes["train_distinct"]) == (340, 300)
    numbers = by_name(report)
    assert set(numbers) == {*WITHOUT_HOLDOUT, *WITH_HOLDOUT}
    assert numbers["closer_share"].null == pytest.approx(300 / 1300)
    assert numbers["closer_share"].p_value < 0.01
    assert numbers["ratio_below_threshold"].p_value < 0.01
    assert numbers["third_rule"].value == pytest.approx(0.2)


def test_fresh_samples_pass_and_the_report_says_what_it_would_miss():
    report = audit_copies(TRAIN, SAMPLES, HOLDOUT)
    assert (report.flagged, report.warnings) == ((), ())
    numbers = by_name(report)
    assert min(numbers[name].p_value for name in ("closer_share", "ratio_below_threshold", "c_t_corrected")) > 0.01
    assert 0 < report.detectable["ratio"] < 0.1
    assert numbers["exact_copies"].interval[1] == pytest.approx(1 - 0.025 ** (1 / 200))
    assert "80 % power" in report.to_markdown()
    assert json.loads(report.to_json())["schema_version"] == "1"
    assert report == audit_copies(TRAIN, SAMPLES, HOLDOUT)


def test_without_hold_out_only_exact_copies_are_named():
    samples = SAMPLES.copy()
    samples[7] = TRAIN[9]
    report = audit_copies(TRAIN, samples)
    assert [(flag.sample, flag.train, flag.rate) for flag in report.flagged] == [(7, 9, None)]
    assert set(by_name(report)) == set(WITHOUT_HOLDOUT)
    assert "cannot be known" in report.notes[0]


def test_features_are_a_function_or_saved_arrays(tmp_path):
    arrays = {"train": TRAIN[:, :4], "samples": COPIED[:, :4], "holdout": HOLDOUT[:, :4]}
    np.savez(tmp_path / "f.npz", **arrays)
    made = [audit_copies(TRAIN, COPIED, HOLDOUT, f) for f in (lambda x: x[:, :4], arrays, str(tmp_path / "f.npz"))]
    assert made[0].numbers == made[1].numbers == made[2].numbers
    prints = [report.parameters["feature_fingerprints"] for report in made]
    assert prints[0] == prints[1] == prints[2] and set(prints[0]) == {"train", "samples", "holdout"}
    assert made[0].fingerprints == audit_copies(TRAIN, COPIED, HOLDOUT).fingerprints != prints[0]
    with pytest.raises(InvalidInput, match="none named holdout"):
        audit_copies(TRAIN, COPIED, HOLDOUT, {"train": TRAIN, "samples": COPIED})
    with pytest.raises(InvalidInput, match="must be an"):
        audit_copies(TRAIN, COPIED, features=str(tmp_path / "gone.npz"))


def test_a_hold_out_from_elsewhere_is_told():
    moved, honest = (audit_copies(TRAIN, SAMPLES, rows) for rows in (HOLDOUT + 1, HOLDOUT))
    assert "another distribution" in moved.warnings[0]
    shares = [by_name(report)["holdout_closer_share"] for report in (moved, honest)]
    assert shares[0].interval[1] < 0.5 and shares[0].p_value < 1e-3
    assert shares[1].interval[0] < 0.5 < shares[1].interval[1] and shares[1].p_value > 0.05


def test_samples_of_another_scale_are_told():
    report = audit_copies(TRAIN, 127.5 * (COPIED + 1), HOLDOUT)
    assert "were all sets prepared alike" in report.warnings[0]
    assert "Careful: the scale of the samples" in copies_answer(report).answer


def test_every_form_begins_with_the_answer():
    report = audit_copies(TRAIN, COPIED, HOLDOUT)
    said = copies_answer(report).answer
    assert "can be named" in said
    assert said in report.to_markdown()
    page = copies_page(report, (open_points(TRAIN), open_points(COPIED)))
    assert said in html.unescape(page).replace("\u00a0", " ")


def test_near_copies_in_the_training_set_hide_copies_until_they_count_as_one_row():
    train = np.concatenate([TRAIN, TRAIN[:40] + 1e-3])
    samples = SAMPLES.copy()
    samples[:10], samples[10:20] = TRAIN[:10] - 1e-3, train[300:310]  # near the first rows, equal to the later ones
    apart, merged = (audit_copies(train, samples, HOLDOUT, duplicate_distance=d) for d in (0.0, 0.1))
    assert by_name(apart)["third_rule"].value < 0.07 and by_name(merged)["third_rule"].value == pytest.approx(0.1)
    assert (apart.sizes["train_distinct"], merged.sizes["train_distinct"]) == (340, 300)
    for report in (apart, merged):  # a copy of a row that stands for no group is a copy
        assert by_name(report)["exact_copies"].value == pytest.approx(0.05)
        assert by_name(report)["copied_rows"].value == 10
    pairs = {flag.sample: (flag.train, flag.distance) for flag in merged.flagged}
    assert [pairs[i] for i in range(10, 20)] == [(290 + i, 0.0) for i in range(10, 20)]
    assert set(range(20)) <= set(pairs)
    overlapping = audit_copies(train, samples, np.concatenate([HOLDOUT, TRAIN[50:51] + 0.01]), duplicate_distance=0.1)
    assert "1 of 1001 hold-out rows" in overlapping.doubts[0]
    assert {pair.sample for pair in overlapping.flagged} >= set(range(20))


def test_too_small_hold_outs_are_said_and_leave_their_numbers_out():
    report = audit_copies(TRAIN, SAMPLES, HOLDOUT[:18])
    assert "takes 19 distinct hold-out rows, and there are 18" in report.notes[2]
    assert "ratio_below_threshold" not in by_name(report) and "2 tests together" in by_name(report)["evidence"].meaning
    report = audit_copies(TRAIN, SAMPLES, HOLDOUT[:4])
    assert "C_T is left out: no cell holds 5 samples and 5 hold-out rows" in report.notes[-1]
    assert "c_t" not in by_name(report) and "individual copies cannot be named" in report.notes[-2]
    assert "ratio_below_threshold" in by_name(audit_copies(TRAIN, SAMPLES, HOLDOUT[:19]))


def test_all_tests_together_are_bounded_by_bonferroni():
    numbers = by_name(audit_copies(TRAIN, COPIED, HOLDOUT))
    tests = [numbers[name].p_value for name in ("closer_share", "ratio_below_threshold", "c_t_corrected")]
    assert numbers["evidence"].p_value == pytest.approx(3 * min(tests))
    assert numbers["evidence"].value == pytest.approx(-np.log10(3 * min(tests)))


def test_the_closest_pairs_are_listed_though_none_is_named_and_threads_change_nothing():
    report = audit_copies(TRAIN, SAMPLES)
    gaps = np.sort(np.linalg.norm(SAMPLES[:, None] - TRAIN, axis=2), axis=1)
    order = np.argsort(gaps[:, 0] / gaps[:, 1], kind="stable")[:24]
    assert [pair.sample for pair in report.closest] == order.tolist()
    assert report == audit_copies(TRAIN, SAMPLES, threads=2, memory="1GB")


@pytest.mark.parametrize(
    ("sets", "sentence"),
    [
        ((TRAIN, TRAIN[::-1].astype(np.float64)), "samples must be rows that a model made, but got the training set"),
        ((TRAIN, HOLDOUT.copy(), HOLDOUT), "samples must be rows that a model made, but got the hold-out itself"),
        ((TRAIN, SAMPLES[:, :9]), "samples must have 10 numbers a row, as train has, but got 9"),
        ((TRAIN, np.where(SAMPLES[4, 2] == SAMPLES, np.nan, SAMPLES)), "nan"),
        ((TRAIN[[0, 1, 0]], SAMPLES), "at least 3 distinct rows"),
    ],
)
def test_bad_input_is_one_sentence(sets, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        audit_copies(*sets)
