"""Every question gets an answer in careful words, whatever is missing."""

import re
from dataclasses import replace

import pytest

from remanifold.audits.answer import Answer
from remanifold.audits.answers import LIMITS, answers_of
from remanifold.audits.report import AuditReport, HoldoutCheck, SamplesNeeded

ORDER = ("collapse", "onset", "generalization", "exposure", "duplicates", "samples", "gaussian", "holdout", "classes")


def by_key(report: AuditReport) -> dict[str, Answer]:
    """The answers by their key."""
    return {answer.key: answer for answer in answers_of(report)}


def with_holdout(sample: AuditReport, **changes) -> Answer:
    """The answer about a hold-out with these changes."""
    assert isinstance(sample.holdout, HoldoutCheck)
    return by_key(replace(sample, holdout=replace(sample.holdout, **changes)))["holdout"]


def test_the_questions_stand_in_order_and_classes_only_where_there_are_labels(
    sample: AuditReport, bare: AuditReport
) -> None:
    assert tuple(by_key(sample)) == ORDER
    assert tuple(by_key(bare)) == ORDER[:-1]


def test_every_answer_is_one_to_three_sentences_and_complete(sample: AuditReport, bare: AuditReport) -> None:
    for answer in (*answers_of(sample), *answers_of(bare)):
        assert answer.question.endswith("?")
        for text in (answer.answer, answer.detail, answer.what_to_do):
            assert text.endswith(".") and "  " not in text and ".." not in text and "None" not in text.split()
            assert "nan" not in text and "–" not in text
        assert len(re.findall(r"\.(?= |$)", answer.answer)) <= 3
        assert answer.headline


def test_measured_levels_carry_unit_direction_error_and_n(sample: AuditReport) -> None:
    for key in ("collapse", "onset", "generalization"):
        answer = by_key(sample)[key]
        assert "±" in answer.answer and "data units" in answer.answer
        assert "n = 397" in answer.detail and "95 % interval" in answer.detail and "better" in answer.detail
    for key in ("duplicates", "gaussian", "holdout"):
        assert "null value" in by_key(sample)[key].detail


def test_the_word_risk_is_not_used_and_exposure_says_under_which_score(sample: AuditReport, bare: AuditReport) -> None:
    words = " ".join(
        f"{answer.question} {answer.answer} {answer.detail} {answer.what_to_do} {answer.headline}"
        for answer in (*answers_of(sample), *answers_of(bare))
    )
    assert not re.search(r"\brisk", words + " ".join(LIMITS), re.IGNORECASE)
    assert "xposure under the empirical score" in by_key(sample)["exposure"].detail
    assert any("not a certificate of privacy" in limit for limit in LIMITS)
    assert any("worst case" in limit and "trained network" in limit for limit in LIMITS)


def test_a_time_that_does_not_exist_is_answered_with_its_reason(bare: AuditReport) -> None:
    found = by_key(bare)
    assert found["onset"].answer == "No onset of traps was found: the trap curve never crosses zero."
    assert found["collapse"].answer == "No collapse was found: the gap curve never crosses zero."
    assert found["generalization"].answer == "No best stop was found: the profile does not say why."
    assert "the gap curve never crosses zero" in found["samples"].answer
    assert "the covariance is zero" in found["gaussian"].answer
    assert found["collapse"].headline == "does not exist"


def test_the_best_stop_is_told_on_its_side_of_the_collapse(sample: AuditReport) -> None:
    assert "below the collapse" in by_key(sample)["generalization"].answer
    assert sample.t_onset is not None
    above = by_key(replace(sample, t_generalization=sample.t_onset))["generalization"].answer
    assert "above the collapse" in above
    assert "collapse" not in by_key(replace(sample, t_collapse=None))["generalization"].answer


def test_exposure_names_the_first_rows(sample: AuditReport, bare: AuditReport) -> None:
    answer = by_key(sample)["exposure"]
    for item in sample.exposure[:8]:
        assert str(item.row) in answer.answer
    assert "120 ranked rows" in answer.answer
    assert by_key(bare)["exposure"].headline == "none ranked"


def test_duplicates_are_counted_and_alarm(sample: AuditReport, bare: AuditReport) -> None:
    answer = by_key(sample)["duplicates"]
    assert answer.concern and answer.headline == "5 rows in 2 groups"
    assert "5 rows of 400 (1.25 %)" in answer.answer and "13, 61 and 62" in answer.answer
    none = by_key(bare)["duplicates"]
    assert not none.concern and none.answer.startswith("None: no two of the 400 rows lie within")


def test_samples_needed_takes_the_nearest_target_below_the_collapse(sample: AuditReport) -> None:
    measured = SamplesNeeded(90.0, 9.5, 0.4, 160.0, (0.3, 0.5), False)
    answer = by_key(replace(sample, samples_needed=(measured, *sample.samples_needed[::-1])))["samples"]
    assert "About 2.58 times" in answer.answer and "Extrapolated" in answer.detail
    inside = replace(sample.samples_needed[0], extrapolated=False)
    assert "Integrated" in by_key(replace(sample, samples_needed=(inside,)))["samples"].detail
    assert "no target below" in by_key(replace(sample, samples_needed=(measured,)))["samples"].answer


@pytest.mark.parametrize(("ratio", "words"), [(0.4, "structure that"), (1.0, "Close to 1"), (1.6, "finite size")])
def test_the_ratio_to_the_gaussian_is_read_with_care(sample: AuditReport, ratio: float, words: str) -> None:
    assert sample.gaussian_reference is not None
    reference = replace(sample.gaussian_reference, collapse_ratio=ratio, exact=False)
    answer = by_key(replace(sample, gaussian_reference=reference))["gaussian"]
    assert words in answer.answer and "random part of the rows" in answer.detail


def test_an_overlap_names_its_rows_and_alarms(sample: AuditReport) -> None:
    answer = by_key(sample)["holdout"]
    assert answer.concern and answer.answer.startswith("No: 3 of 150 hold-out rows")
    assert "hold-out row 0 is training row 5" in answer.answer and answer.headline == "3 of 150 rows overlap"


def test_no_overlap_has_the_upper_bound_three_over_n(sample: AuditReport) -> None:
    answer = with_holdout(sample, overlap=())
    assert answer.what_to_do.startswith("Use this hold-out as the negative control")
    assert not answer.concern and "0 of 150 rows overlap (95 % upper bound 2.00 %" in answer.answer
    assert "agrees with leave-one-out" in answer.answer


@pytest.mark.parametrize(("share", "words"), [(0.7, "nearer to"), (0.3, "farther from")])
def test_a_closer_share_away_from_one_half_is_doubtful(sample: AuditReport, share: float, words: str) -> None:
    answer = with_holdout(sample, overlap=(), closer_share=share)
    assert answer.concern and answer.answer.startswith("Doubtful") and words in answer.answer
    assert "shuffle before splitting" in answer.what_to_do and answer.headline.endswith("overlap, but shifted")


def test_a_best_stop_that_differs_or_is_missing_is_said(sample: AuditReport, bare: AuditReport) -> None:
    assert "differs from leave-one-out (z = −5.0)" in with_holdout(sample, z=-5.0).answer
    assert with_holdout(sample, z=-5.0, overlap=()).concern and not with_holdout(sample, z=2.9, overlap=()).concern
    assert "could not be measured" in with_holdout(sample, t_generalization=None, z=None).answer
    assert by_key(bare)["holdout"].answer == "Not checked: no hold-out set was given."


def test_the_first_class_is_named_and_classes_without_times_too(sample: AuditReport) -> None:
    answer = by_key(sample)["classes"]
    assert answer.headline.startswith("class 0: σ = 9.22") and "9 of 10 classes" in answer.detail
    assert "σ = 9.592" in answer.detail
    untimed = by_key(replace(sample, classes=sample.classes[-1:], class_shift_prediction=None))["classes"]
    assert "fewer than 3 distinct points" in untimed.answer
