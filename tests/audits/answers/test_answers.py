"""Every question gets an answer in careful words, whatever is missing."""

import re
from dataclasses import replace

import pytest

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.all import LIMITS, answers_of
from remanifold.audits.answers.answer import Answer
from remanifold.audits.answers.numbers import number, with_error
from remanifold.audits.pages.level_tables import gaussian_table
from remanifold.audits.records.holdout import HoldoutCheck
from remanifold.audits.records.models import SamplesNeeded
from remanifold.audits.records.rows import ClassTimes, LevelRows
from remanifold.audits.report import AuditReport
from remanifold.noise import MeasuredLevel, NoiseLevel

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
    assert "the collapse" not in by_key(replace(sample, t_collapse=None))["generalization"].answer


def test_exposure_names_the_first_rows(sample: AuditReport, bare: AuditReport) -> None:
    answer = by_key(sample)["exposure"]
    for item in sample.exposure[:8]:
        assert str(item.row) in answer.answer
    assert "120 ranked images" in answer.answer
    assert by_key(bare)["exposure"].headline == "none ranked"


def test_duplicates_are_counted_and_alarm(sample: AuditReport, bare: AuditReport) -> None:
    answer = by_key(sample)["duplicates"]
    assert answer.concern and answer.headline == "5 images in 2 groups"
    assert "5 images of 400 (1.25 %)" in answer.answer and "13, 61 and 62" in answer.answer
    none = by_key(bare)["duplicates"]
    assert not none.concern and none.answer.startswith("None: no two of the 400 images lie within")


def test_samples_needed_takes_the_nearest_target_below_the_collapse(sample: AuditReport) -> None:
    measured = SamplesNeeded(NoiseLevel(9.5**2), 0.4, 160.0, (0.3, 0.5), False)
    answer = by_key(replace(sample, samples_needed=(measured, *sample.samples_needed[::-1])))["samples"]
    assert "About 2.58 times" in answer.answer and "Extrapolated" in answer.detail
    inside = replace(sample.samples_needed[0], extrapolated=False)
    assert "Integrated" in by_key(replace(sample, samples_needed=(inside,)))["samples"].detail


def test_a_target_above_the_collapse_is_already_reached(sample: AuditReport) -> None:
    goal = SamplesNeeded(NoiseLevel(9.5**2), 0.4, 160.0, (0.3, 0.5), False)
    answer = by_key(replace(sample, samples_needed=(goal,)))["samples"]
    assert answer.answer.startswith("It is already below: the collapse lies at σ = 7.326, the target at σ = 9.50")
    assert "A share of 40.0 % of the images, 160, would do." in answer.answer and not answer.concern
    assert "Integrated" in answer.detail and answer.headline == "already below σ = 9.50"
    assert "no target was computed" in by_key(replace(sample, samples_needed=()))["samples"].answer


def test_a_factor_beyond_every_test_gets_no_number(sample: AuditReport) -> None:
    goal = SamplesNeeded(NoiseLevel(1.0), 4e5, 1.6e8, (1e3, 1e9), True, 0.42, False)
    answer = by_key(replace(sample, samples_needed=(goal,)))["samples"]
    assert answer.answer.startswith("More than 30 times as many") and "4.00" not in answer.answer
    assert "up to 30 only" in answer.answer and answer.headline == "over × 30 for σ = 1.00"
    assert "differ by 42.0 % at the collapse" in answer.detail


def test_a_few_rows_are_whole_rows(sample: AuditReport) -> None:
    goal = replace(sample.samples_needed[0], n_points=4.0)
    answer = by_key(replace(sample, samples_needed=(goal,)))["samples"]
    assert "units: 4 instead of 397." in answer.answer


def test_levels_are_means_and_point_to_the_first_row(sample: AuditReport) -> None:
    assert sample.t_collapse is not None and sample.t_onset is not None
    rows = LevelRows(Estimate(0.4621, 0.0123, 0), 17, NoiseLevel(144.0))
    told = by_key(replace(sample, collapse_rows=rows, onset_rows=rows))
    for key, does in (("collapse", "collapses"), ("onset", "attracts")):
        assert "on average over images" in told[key].answer or "the average training image" in told[key].answer
        assert f"The first image, 17, {does} already at σ = 12.0." in told[key].answer
        assert "E[w_own] = 0.462 ± 0.012" in told[key].detail
    assert "Single images differ" in by_key(sample)["collapse"].answer


@pytest.mark.parametrize(
    ("second", "words"), [(0.99, "is not settled (log t differs by 0.1"), (0.5, "is settled (log t differs by 9.8")]
)
def test_the_order_of_the_first_two_is_tested(sample: AuditReport, second: float, words: str) -> None:
    first = sample.exposure[0]
    other = replace(first, row=99, t=MeasuredLevel(second * first.t, second * first.t.stderr))
    answer = by_key(replace(sample, exposure=(first, other)))["exposure"].answer
    assert f"The order against the next, image 99, {words} standard errors)." in answer
    one = ClassTimes("a", 50, NoiseLevel(2.0), MeasuredLevel(1.0, 0.05), NoiseLevel(0.1))
    classes = (replace(one, label="b", t_collapse=MeasuredLevel(second, 0.05 * second)), one)
    assert f"class b, {words}" in by_key(replace(sample, classes=classes))["classes"].answer
    alone = by_key(replace(sample, exposure=(first,), classes=(one,)))
    assert "order" not in alone["exposure"].answer + alone["classes"].answer
    unknown = by_key(
        replace(
            sample,
            classes=(replace(one, t_collapse=MeasuredLevel(1.0)), replace(one, t_collapse=MeasuredLevel(0.9, 0.05))),
        )
    )
    assert "is not settled: an error is unknown" in unknown["classes"].answer


@pytest.mark.parametrize(("ratio", "words"), [(0.4, "structure that"), (1.0, "Close to 1"), (1.6, "finite size")])
def test_the_ratio_to_the_gaussian_is_read_with_care(sample: AuditReport, ratio: float, words: str) -> None:
    assert sample.gaussian_reference is not None and sample.t_collapse is not None
    asymptotic = sample.t_collapse.value / ratio
    reason = "finite-size times need 3 to 10000 latent dimensions, but got 10001; use the asymptotic times."
    reference = replace(
        sample.gaussian_reference,
        t_collapse=NoiseLevel(asymptotic),
        finite_size=None,
        finite_size_reason=reason,
        exact=False,
    )
    answer = by_key(replace(sample, gaussian_reference=reference))["gaussian"]
    assert words in answer.answer and "random part of the images" in answer.detail
    assert "none for this size (finite-size times need 3 to 10000 latent dimensions, but got 10001; " in answer.detail


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0.7, "structure that"), (0.93, "Close to 1"), (1.04, "Close to 1"), (1.6, "Above 1: at large dimension no data")],
)
def test_the_ratio_is_to_the_gaussian_of_this_size_where_there_is_one(
    sample: AuditReport, ratio: float, words: str
) -> None:
    reference, time = sample.gaussian_reference, sample.t_collapse
    assert reference is not None and reference.finite_size is not None and time is not None
    t = time.value / ratio
    finite = replace(reference.finite_size, t_collapse=MeasuredLevel(t, 0.01 * t), collapse_ratio=ratio)
    other = replace(sample, gaussian_reference=replace(reference, finite_size=finite))
    answer = by_key(other)["gaussian"]
    assert words in answer.answer and answer.headline == f"t ratio {number(ratio)}"
    assert "exact for this number of images" in answer.detail
    error = ratio * ((time.stderr / time.value) ** 2 + 0.01**2) ** 0.5
    assert with_error(ratio, error) in answer.detail
    row = gaussian_table(other).rows[1]
    assert row[3].text == with_error(ratio, error) and row[2].text == with_error(t, 0.01 * t)
    assert row[4].text == number(reference.t_collapse, 4)
    missing = by_key(replace(other, t_collapse=None))["gaussian"]
    assert "was not measured" in missing.answer and missing.headline == "t ratio –"


def test_an_overlap_names_its_rows_and_alarms(sample: AuditReport) -> None:
    answer = by_key(sample)["holdout"]
    assert answer.concern and answer.answer.startswith("No: 3 of 150 hold-out images")
    assert "repeat by themselves" in answer.what_to_do
    assert "hold-out image 0 is training image 5." in answer.answer and answer.headline == "3 of 150 images overlap"


def test_no_overlap_has_the_upper_bound_three_over_n(sample: AuditReport) -> None:
    answer = with_holdout(sample, overlap=())
    assert answer.what_to_do.startswith("Use this hold-out as the negative control")
    assert not answer.concern and "0 of 150 images overlap (95 % upper bound 2.00 %" in answer.answer
    assert "agrees with leave-one-out" in answer.answer


@pytest.mark.parametrize(("share", "words"), [(0.7, "nearer to"), (0.3, "farther from")])
def test_a_closer_share_away_from_one_half_is_doubtful(sample: AuditReport, share: float, words: str) -> None:
    answer = with_holdout(sample, overlap=(), closer_share=Estimate(share, 0.026, 0))
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
