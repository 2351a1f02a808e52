"""Numbers are rounded as their error allows; scalars are flat, named in advance and complete."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.numbers import count, listed, number, share, sigma, with_error
from remanifold.audits.records.scalars import known_scalars, scalars_of
from remanifold.audits.report import AuditReport
from remanifold.noise import MeasuredLevel


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (1.23456, 0.0123, "1.235 ± 0.012"),
        (1.2, 0.5, "1.20 ± 0.50"),
        (12345.6, 78.0, "12,346 ± 78"),
        (1.2e-6, 3e-8, "(1.200 ± 0.030) × 10⁻⁶"),
        (-3.21, 0.04, "−3.210 ± 0.040"),
        (1.25, 1e-14, "1.250000 (relative error below 10⁻⁷)"),
        (123.4, 5e-5, "123.400000 ± 0.000050"),
        (0.0, 0.1, "0.00 ± 0.10"),
        (9.996, 0.0996, "10.00 ± 0.10"),
        (5.0, 0.0, "5.000"),
        (5.0, math.nan, "5.000"),
        (math.nan, 1.0, "–"),
        (math.inf, 1.0, "∞"),
    ],
)
def test_with_error(value: float, stderr: float, text: str) -> None:
    assert with_error(value, stderr) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.00012345, "0.000123"),
        (0.0000999, "9.99 × 10⁻⁵"),
        (999_999.9, "1.00 × 10⁶"),
        (99.96, "100"),
        (-0.5, "−0.500"),
        (12345.0, "12,345"),
        (-math.inf, "−∞"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


def test_words_around_numbers() -> None:
    assert count(1, "row") == "1 row" and count(1797, "row") == "1,797 rows" and count(0, "row") == "0 rows"
    assert listed([1]) == "1" and listed([1, 2, 3]) == "1, 2 and 3" and listed(range(10), 2) == "0, 1 and 8 more"
    assert share(0.023) == "2.30 %"
    assert sigma(MeasuredLevel(4.0, 0.4)) == "2.00 ± 0.10"


@given(st.floats(1e-12, 1e12), st.floats(1e-6, 1.0))
@settings(max_examples=200, deadline=None)
def test_what_is_shown_is_within_half_a_unit_of_the_errors_second_digit(value: float, relative: float) -> None:
    text = with_error(value, value * relative)
    power = 0
    if "×" in text:
        text, exponent = text.split(" × 10")
        power = int(exponent.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    shown, error = (float(part.strip("()").replace(",", "")) * 10.0**power for part in text.split(" ± "))
    assert abs(error - value * relative) <= 0.051 * value * relative
    assert abs(shown - value) <= 0.051 * value * relative + 1e-12 * value


def test_the_full_report_has_every_known_scalar_in_order(sample: AuditReport) -> None:
    assert tuple(scalars_of(sample)) == known_scalars(has_holdout=True)
    without = replace(sample, holdout=None)
    assert tuple(scalars_of(without)) == known_scalars(has_holdout=False)


def test_known_names_are_unique_and_those_that_the_command_line_documents() -> None:
    names = known_scalars(True)
    assert len(set(names)) == len(names)
    assert {
        "t_onset",
        "t_collapse",
        "t_generalization",
        "sigma_collapse",
        "sigma_collapse_stderr",
        "t_collapse_stderr",
        "n_points",
        "n_groups",
        "duplicate_rows",
        "duplicate_share",
        "collapse_ratio_to_gaussian",
        "holdout_overlap",
        "holdout_closer_share",
        "holdout_z",
    } <= set(names)
    assert not [name for name in known_scalars(False) if name.startswith("holdout")]


def test_the_values_are_those_of_the_report(sample: AuditReport) -> None:
    found = sample.scalars()
    assert sample.t_collapse is not None
    assert found["t_collapse"] == sample.t_collapse.value
    assert found["sigma_collapse"] == math.sqrt(sample.t_collapse.value)
    assert found["sigma_collapse_in_data_std"] == found["sigma_collapse"] / sample.data.std
    step = 1e-6 * found["t_collapse"]  # the error of sigma is that of t times d sqrt(t)/dt
    slope = (math.sqrt(found["t_collapse"] + step) - math.sqrt(found["t_collapse"] - step)) / (2 * step)
    assert found["sigma_collapse_stderr"] == pytest.approx(found["t_collapse_stderr"] * slope, rel=1e-6)
    assert (found["n_points"], found["n_groups"], found["duplicate_rows"], found["duplicate_groups"]) == (
        400,
        397,
        5,
        2,
    )
    assert found["duplicate_share"] == 5 / 400
    assert (found["holdout_overlap"], found["holdout_overlap_share"]) == (3, 3 / 150)
    assert found["holdout_closer_share_z"] == pytest.approx((0.5 - 0.493) / 0.026)


def test_numbers_that_do_not_exist_are_left_out(bare: AuditReport) -> None:
    assert set(scalars_of(bare)) == {"n_points", "n_groups", "duplicate_groups", "duplicate_rows", "duplicate_share"}


def test_a_hold_out_row_counts_once_however_many_rows_it_equals(sample: AuditReport) -> None:
    assert sample.holdout is not None
    twice = replace(sample, holdout=replace(sample.holdout, overlap=((0, 5, 0.0), (0, 6, 0.0))))
    assert scalars_of(twice)["holdout_overlap"] == 1


def test_without_a_spread_there_is_no_z(sample: AuditReport) -> None:
    assert sample.holdout is not None
    still = replace(
        sample, holdout=replace(sample.holdout, closer_share=Estimate(0.5, 0.0, 0), z=None, t_generalization=None)
    )
    assert not {"holdout_closer_share_z", "holdout_z", "holdout_t_generalization"} & set(scalars_of(still))
