"""The figures show the numbers they were given, in the phases they were given, and nothing else."""

import math

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from remanifold.plots import (
    crossing_figure,
    dimension_figure,
    distance_figure,
    exposure_figure,
    likelihood_figure,
    models_figure,
    order_figure,
    round_numbers,
    round_steps,
)
from remanifold.plots.palette import AMBER, BLUE, COLOUR_OF, GREEN, MUTED, PURPLE, VERMILION

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
    axes = FIGURES[name](MARKS).axes[0]
    assert axes.get_xscale() == "log"
    assert axes.get_xlabel() == "noise level σ (data units)"
    assert "(" in axes.get_ylabel()
    assert np.allclose(axes.get_xlim(), (0.1, 10.0))


def dashed(axes) -> dict[str, float]:
    """Where the marks' lines stand, by colour."""
    lines = [line for line in axes.get_lines() if line.get_linestyle() == "--" and len(set(line.get_xdata())) == 1]
    return {line.get_color(): line.get_xdata()[0] for line in lines}


def shaded(axes) -> list[tuple[str, float, float]]:
    """Colour and ends of what is shaded from bottom to top."""
    return [(to_hex(patch.get_facecolor()), patch.get_x(), patch.get_x() + patch.get_width()) for patch in axes.patches]


@pytest.mark.parametrize("name", FIGURES)
def test_marks_stand_at_their_sigma_with_their_intervals(name: str) -> None:
    axes = FIGURES[name](MARKS).axes[0]
    assert dashed(axes) == {COLOUR_OF[name]: mark[0] for name, mark in MARKS.items()}
    intervals = {(round(low, 9), round(high, 9)) for _, low, high in shaded(axes)}
    assert {(0.4, 0.6), (0.9, 1.1), (2.9, 3.1)} <= intervals
    assert sorted(note.xy[0] for note in axes.texts) == [0.5, 1.0, 3.0]


def test_the_phases_are_shaded_from_the_axis_to_collapse_and_from_there_to_the_onset() -> None:
    found = shaded(FIGURES["order"](MARKS).axes[0])
    assert (VERMILION, pytest.approx(0.1), pytest.approx(1.0)) in found
    assert (AMBER, pytest.approx(1.0), pytest.approx(3.0)) in found


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("missing", ["generalization", "collapse", "onset"])
def test_a_time_that_does_not_exist_is_not_drawn(name: str, missing: str) -> None:
    axes = FIGURES[name]({mark: ends for mark, ends in MARKS.items() if mark != missing}).axes[0]
    assert len(dashed(axes)) == 2 and len(axes.texts) == 2


def test_no_marks_at_all_still_draws_the_curves() -> None:
    for draw in FIGURES.values():
        axes = draw({}).axes[0]
        assert axes.get_lines() and axes.collections and not axes.texts


def test_marks_that_are_close_get_labels_on_different_lines() -> None:
    close = {"generalization": (0.95, 0.9, 1.0), "collapse": (1.0, 0.9, 1.1), "onset": (1.05, 1.0, 1.1)}
    heights = [note.xyann[1] for note in FIGURES["order"](close).axes[0].texts]
    assert len(set(heights)) == 3
    far = {"generalization": (0.2, 0.1, 0.3), "collapse": (1.0, 0.9, 1.1), "onset": (5.0, 4.0, 6.0)}
    assert len({note.xyann[1] for note in FIGURES["order"](far).axes[0].texts}) == 1


def curve(figure, name: str):
    """The line of that name, (n, 2)."""
    return next(line.get_xydata() for line in figure.axes[0].get_lines() if line.get_label() == name)


def band(figure, k: int = 0):
    """The k-th band at every x: (lower, upper)."""
    corners = figure.axes[0].collections[k].get_paths()[0].vertices
    places = sorted(set(corners[:, 0]))
    return np.array([[corners[corners[:, 0] == x, 1].min(), corners[corners[:, 0] == x, 1].max()] for x in places])


def test_bands_are_1_96_standard_errors_and_nan_errors_have_none() -> None:
    errors = (math.nan, *ERRORS[1:])
    figure = crossing_figure(T, (FALLING, errors), BAND, 5.0, MARKS)
    line = next(line for line in figure.axes[0].get_lines() if line.get_label() == "at noised points")
    assert np.allclose(line.get_xdata(), np.sqrt(T)) and np.allclose(line.get_ydata(), FALLING)
    ends = band(figure)
    assert ends[0] == pytest.approx(FALLING[0])
    assert np.allclose(ends[1:, 1] - ends[1:, 0], 2 * 1.96 * 0.1)


def test_own_surprisal_is_drawn_in_units_of_log_points() -> None:
    figure = order_figure(T, BAND, BAND, 5.0, MARKS)
    assert np.allclose(curve(figure, "own surprisal / log P")[:, 1], np.array(FALLING) / 5.0)
    assert np.allclose(curve(figure, "participation")[:, 1], FALLING)


def test_the_likelihood_axis_keeps_the_minimum_in_sight_however_steep_the_left_side() -> None:
    steep = [1e6 / t if t < 0.1 else math.log(t) for t in T]
    low, high = likelihood_figure(T, (steep, ERRORS), MARKS).axes[0].get_ylim()
    assert low < min(steep) < high < 1e3


def test_the_dimension_axis_ends_at_twice_the_largest_value_above_the_collapse() -> None:
    values = [1 / t for t in T]
    top = dimension_figure(T, (values, ERRORS), MARKS).axes[0].get_ylim()[1]
    assert top == pytest.approx(2 * max(value for t, value in zip(T, values) if t >= 1.0))


def test_exposure_is_drawn_in_the_given_order_with_its_intervals() -> None:
    figure = exposure_figure([1, 2, 3], [9.0, 4.0, 1.0], [(8.0, 10.0), (3.0, 5.0), (-1.0, 2.0)], 2.25)
    assert np.allclose(curve(figure, "row"), [[1, 3.0], [2, 2.0], [3, 1.0]])
    assert np.allclose(band(figure), [[math.sqrt(8), math.sqrt(10)], [math.sqrt(3), math.sqrt(5)], [0, math.sqrt(2)]])
    level = next(line for line in figure.axes[0].get_lines() if line.get_color() == COLOUR_OF["collapse"])
    assert level.get_ydata()[0] == 1.5
    low, high = figure.axes[0].get_ylim()
    assert low < 0 and high > math.sqrt(10)
    assert not exposure_figure([1], [9.0], [(9.0, 9.0)], None).axes[0].texts


def test_shares_of_distances_are_steps_and_models_stand_in_their_order() -> None:
    figure = distance_figure((1.0, 2.0, 4.0), (0.5, 0.75, 1.0), (), "grey levels")
    (line,) = figure.axes[0].get_lines()
    assert line.get_drawstyle() == "steps-post" and np.allclose(line.get_xydata(), [[1, 0.5], [2, 0.75], [4, 1]])
    assert figure.axes[0].get_xlabel() == "distance to the nearest training row (grey levels)"
    losses = {"training rows": ((3.0, 2.0), (0.1, 0.1)), "hold-out rows": ((3.0, 4.0), (0.1, 0.1))}
    models = models_figure(["10", "20"], losses, "training steps", "loss")
    assert np.allclose(curve(models, "hold-out rows"), [[0, 3], [1, 4]])
    assert [label.get_text() for label in models.axes[0].get_xticklabels()] == ["10", "20"]


def test_the_users_settings_do_not_change_a_figure_nor_a_figure_theirs() -> None:
    with matplotlib.rc_context({"axes.edgecolor": "red", "font.size": 40.0}):
        axes = FIGURES["order"](MARKS).axes[0]
        assert matplotlib.rcParams["font.size"] == 40.0
    assert to_hex(axes.spines["left"].get_edgecolor()) == MUTED and axes.xaxis.label.get_size() == 13.0


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
