"""The figures show the numbers they were given, in the phases they were given, and nothing else."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanifold.plots import (
    crossing_figure,
    dimension_figure,
    exposure_figure,
    likelihood_figure,
    order_figure,
    round_numbers,
    round_steps,
)
from remanifold.plots.palette import AMBER, BLUE, COLOUR_OF, GREEN, PURPLE, VERMILION, faded

T = tuple(np.geomspace(0.01, 100.0, 30).tolist())
FALLING = tuple(3.0 - math.log(t) for t in T)
ERRORS = (0.1,) * len(T)
MARKS = {"generalization": (0.5, 0.4, 0.6), "collapse": (1.0, 0.9, 1.1), "onset": (3.0, 2.9, 3.1)}
BAND = (FALLING, ERRORS)
FIGURES = {
    "order": lambda marks: order_figure(T, BAND, BAND, 5.0, marks),
    "crossings": lambda marks: crossing_figure(T, BAND, BAND, 5.0, marks),
    "likelihood": lambda marks: likelihood_figure(T, ([(math.log(t)) ** 2 for t in T], ERRORS), marks),
    "dimension": lambda marks: dimension_figure(T, ([1 / t for t in T], ERRORS), marks),
}


def luminance(colour: str) -> float:
    """Relative luminance by the definition of the Web Content Accessibility Guidelines."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [BLUE, VERMILION, GREEN, PURPLE, AMBER])
@pytest.mark.parametrize("paper", ["#ffffff", "#171c23"])
def test_every_line_colour_stands_out_on_light_and_dark_paper(colour: str, paper: str) -> None:
    light, dark = sorted((luminance(colour), luminance(paper)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3.0


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_titles_with_units_and_noise_is_logarithmic(name: str) -> None:
    layout = FIGURES[name](MARKS).layout
    assert layout.xaxis.type == "log"
    assert layout.xaxis.title.text == "noise level σ (data units)"
    assert "(" in layout.yaxis.title.text
    assert np.allclose(layout.xaxis.range, [math.log10(0.1), math.log10(10.0)])


@pytest.mark.parametrize("name", FIGURES)
def test_marks_stand_at_their_sigma_with_their_intervals(name: str) -> None:
    figure = FIGURES[name](MARKS)
    lines = [shape for shape in figure.layout.shapes if shape.type == "line" and shape.line.dash == "dash"]
    assert sorted(shape.x0 for shape in lines) == [0.5, 1.0, 3.0]
    assert [shape.line.color for shape in sorted(lines, key=lambda s: s.x0)] == [
        COLOUR_OF[mark] for mark in ("generalization", "collapse", "onset")
    ]
    intervals = {(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"}
    assert {(0.4, 0.6), (0.9, 1.1), (2.9, 3.1)} <= intervals
    assert np.allclose(sorted(note.x for note in figure.layout.annotations), np.log10([0.5, 1.0, 3.0]))


def test_the_phases_are_shaded_from_the_axis_to_collapse_and_from_there_to_the_onset() -> None:
    figure = FIGURES["order"](MARKS)
    shaded = {shape.fillcolor: (shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"}
    assert shaded[faded(VERMILION, 0.11)] == pytest.approx((0.1, 1.0))
    assert shaded[faded(AMBER, 0.11)] == pytest.approx((1.0, 3.0))


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("missing", ["generalization", "collapse", "onset"])
def test_a_time_that_does_not_exist_is_not_drawn(name: str, missing: str) -> None:
    figure = FIGURES[name]({mark: ends for mark, ends in MARKS.items() if mark != missing})
    dashed = [shape for shape in figure.layout.shapes if shape.type == "line" and shape.line.dash == "dash"]
    assert len(dashed) == 2 and len(figure.layout.annotations) == 2


def test_no_marks_at_all_still_draws_the_curves() -> None:
    for draw in FIGURES.values():
        figure = draw({})
        assert len(figure.data) >= 2 and not figure.layout.annotations


def test_marks_that_are_close_get_labels_on_different_lines() -> None:
    close = {"generalization": (0.95, 0.9, 1.0), "collapse": (1.0, 0.9, 1.1), "onset": (1.05, 1.0, 1.1)}
    shifts = [note.yshift for note in FIGURES["order"](close).layout.annotations]
    assert len(set(shifts)) == 3
    far = {"generalization": (0.2, 0.1, 0.3), "collapse": (1.0, 0.9, 1.1), "onset": (5.0, 4.0, 6.0)}
    assert len({note.yshift for note in FIGURES["order"](far).layout.annotations}) == 1


def test_bands_are_1_96_standard_errors_and_nan_errors_have_none() -> None:
    errors = (math.nan, *ERRORS[1:])
    band, line = crossing_figure(T, (FALLING, errors), BAND, 5.0, MARKS).data[:2]
    assert np.allclose(line.x, np.sqrt(T)) and np.allclose(line.y, FALLING)
    upper, lower = np.array(band.y[: len(T)]), np.array(band.y[len(T) :])[::-1]
    assert upper[0] == lower[0] == FALLING[0]
    assert np.allclose((upper - lower)[1:], 2 * 1.96 * 0.1)


def test_own_surprisal_is_drawn_in_units_of_log_points() -> None:
    curves = [trace for trace in order_figure(T, BAND, BAND, 5.0, MARKS).data if trace.name]
    assert np.allclose(curves[0].y, np.array(FALLING) / 5.0)
    assert np.allclose(curves[1].y, FALLING)


def test_the_likelihood_axis_keeps_the_minimum_in_sight_however_steep_the_left_side() -> None:
    steep = [1e6 / t if t < 0.1 else math.log(t) for t in T]
    low, high = likelihood_figure(T, (steep, ERRORS), MARKS).layout.yaxis.range
    assert low < min(steep) < high < 1e3


def test_the_dimension_axis_ends_at_twice_the_largest_value_above_the_collapse() -> None:
    values = [1 / t for t in T]
    top = dimension_figure(T, (values, ERRORS), MARKS).layout.yaxis.range[1]
    assert top == pytest.approx(2 * max(value for t, value in zip(T, values) if t >= 1.0))


def test_exposure_is_drawn_in_the_given_order_with_its_rows_and_intervals() -> None:
    figure = exposure_figure([7, 3, 5], [9.0, 4.0, 1.0], [(8.0, 10.0), (3.0, 5.0), (-1.0, 2.0)], 2.25)
    band, line = figure.data
    assert list(line.customdata) == [7, 3, 5]
    assert np.allclose(line.y, [3.0, 2.0, 1.0])
    assert np.allclose(band.y[3:], [0.0, math.sqrt(3), math.sqrt(8)])
    assert figure.layout.shapes[0].y0 == 1.5
    low, high = figure.layout.yaxis.range
    assert low < 0 and high > math.sqrt(10)
    assert not exposure_figure([7], [9.0], [(9.0, 9.0)], None).layout.shapes


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_strict_json_without_the_default_template(name: str) -> None:
    text = FIGURES[name](MARKS).to_json()
    json.loads(text, parse_constant=pytest.fail)
    assert len(text) < 30_000


@given(low=st.floats(1e-8, 1e8), ratio=st.floats(2.0, 1e12))
@settings(max_examples=100, deadline=None)
def test_ticks_are_few_ascending_and_on_the_axis(low: float, ratio: float) -> None:
    ticks = round_numbers(low, low * ratio)
    assert ticks == sorted(ticks) and all(low <= tick <= low * ratio for tick in ticks)
    assert 1 <= len(ticks) <= 12
    assert all(float(f"{tick:.1e}") == tick for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 0.822), (-0.03, 0.2), (3.0, 3.0), (0.0, 0.0), (1e-5, 2e-5), (0.1, 1e4)]
)
def test_even_steps_of_a_linear_axis_are_round_and_few(low, high):
    marks = round_steps(low, high)
    assert 2 <= len(marks) <= 7 and marks[0] <= low and marks[-1] >= high
    assert all(len(f"{mark:.3g}") <= 8 and float(f"{mark:.3g}") == mark for mark in marks)
    np.testing.assert_allclose(np.diff(marks), marks[1] - marks[0], rtol=1e-9)
