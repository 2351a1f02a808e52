"""Figures as elements of a page: text, colours by name, few bytes, ids of their own, the same each time."""

import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from remanifold.plots import crossing_figure, distance_figure, loss_figure
from remanifold.plots.page.illustration import Illustration, curve_table
from remanifold.plots.palette import VARIABLE_OF
from remanifold.plots.svg import drawing_of, page_svg

T = tuple(np.geomspace(0.01, 100.0, 30).tolist())
BAND = (tuple(np.linspace(3, -3, 30).tolist()), (0.1,) * 30)
MARKS = {"generalization": (0.5, 0.4, 0.6), "collapse": (1.0, 0.9, 1.1), "onset": (3.0, 2.9, 3.1)}


def crossings():
    return crossing_figure(T, BAND, BAND, 5.0, MARKS)


def test_the_same_figure_gives_the_same_text_and_other_keys_other_ids():
    one, again, other = (drawing_of(crossings(), key, (480, 360)).svg for key in ("a", "a", "b"))
    assert one == again != other
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (one, other)]
    assert ids[0] and not ids[0] & ids[1] and all(name.startswith("a-") for name in ids[0])
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', one)) == ids[0]
    ElementTree.fromstring(one)
    assert len(one) < 15_000 and not re.search(r"metadata|<style|DejaVu|\d{4}-\d\d-\d\d|http", one)


def test_colours_are_variables_and_text_is_text():
    svg = drawing_of(crossings(), "a", (480, 360)).svg
    assert not re.search(r"#[0-9a-f]{6}", svg)
    assert {"--vermilion", "--blue", "--collapse", "--grid"} <= set(re.findall(r"var\((--\w+)\)", svg))
    assert set(re.findall(r"var\((--\w+)\)", svg)) <= set(VARIABLE_OF.values())
    for words in ("noise level σ (data units)", "at noised points", "own point against all others (nats)"):
        assert f">{words}</text>" in svg


def test_points_lie_on_the_curves():
    figure, drawing = crossings(), drawing_of(crossings(), "a", (480, 360))
    assert [len(curve) for curve in drawing.points] == [30, 30]
    line = re.search(
        r'<path d="M([^"]*)" [^>]*style="fill:none;stroke:var\(--vermilion\);stroke-width:2.5', drawing.svg
    )
    assert line is not None
    drawn = np.array(line[1].split(), dtype=float).reshape(-1, 2)
    for place in drawn[1:-1]:  # the ends are cut at the frame
        assert np.abs(np.array(drawing.points[0]) - place).max(1).min() < 0.3
    assert figure.axes[0].get_lines()


def test_a_telephone_gets_its_own_drawing_with_letters_of_the_same_size():
    losses = {f"{who} of {rows} rows": BAND for who in ("network", "exact score") for rows in ("training", "hold-out")}
    table = curve_table("Values", "σ", T, losses)
    item = Illustration("loss", "Loss", "Caption.", "Alt.", loss_figure(T, losses, MARKS), table)
    assert 'viewBox="0 0 480 360"' in item.wide and 'viewBox="0 0 344 310"' in item.narrow
    for svg in (item.wide, item.narrow):
        assert not re.search(r"font-size:[0-9](?:\.\d+)?px", svg)
        places = [float(x) for x in re.findall(r'<text[^>]* x="([\d.]+)"', svg)]
        assert min(places) > 0 and max(places) < float(svg.split('viewBox="0 0 ')[1].split()[0])
    columns = {float(x) for x in re.findall(r'<text[^>]* x="([\d.]+)"[^>]*>(?:network|exact)', item.narrow)}
    assert len(columns) == 1, "one column of names where two are too wide"
    assert len(table.rows) == 30 and table.rows[0][1].text == "3 ± 0.1" and "± error" in table.columns[1]


def test_labels_that_would_touch_are_left_out():
    figure = Figure(figsize=(3, 3), dpi=72, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 20], [0, 1])
    axes.set_xticks(range(21), [f"1000{k}" for k in range(21)])
    shown = re.findall(r">(1000\d+)<", drawing_of(figure, "a", (240, 240)).svg)
    assert 2 <= len(shown) <= 6 and shown[0] == "10000"


@pytest.mark.parametrize("size", [9.0, 13.0])
def test_letters_of_a_formula_keep_their_places(size):
    with matplotlib.rc_context({"svg.fonttype": "none", "font.size": size}):
        figure = Figure(figsize=(2, 1), dpi=72)
        figure.text(0.1, 0.5, r"$t_{o}$, limit $10^{-3}$")
        svg = drawing_of(figure, "a", (144, 72)).svg
    for places, letters in re.findall(r'<tspan x="([^"]*)" y="[^"]*"[^>]*>([^<]*)<', svg):
        assert len(places.split()) in (1, len(letters)), "a place for each letter, or one for a whole word"
    letters = "".join(re.findall(r">([^<]*)</tspan>", svg)).replace(" ", "")
    assert sorted(letters) == sorted("to,limit10−3")


def test_colours_can_be_given_and_repeated_looks_are_written_once():
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        figure = Figure(figsize=(3, 3), dpi=72)
        figure.subplots().plot(range(50), range(50), "o", color="#123456")
        text = drawing_of(figure, "a", (216, 216)).svg
    assert text.count("#123456") == 3 and text.count("<use") >= 50, "shape, and all 50 places together"
    line = '<path d="M 0 0 L 1.25 2" style="stroke: #123456"/>'
    plain = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{line}</svg>'
    assert "stroke:named123456" in page_svg(plain, "a", lambda colour: f"named{colour[1:]}")
    assert 'd="M0 0 1.2 2"' in page_svg(plain, "a")


def test_a_title_too_long_for_the_drawing_has_its_unit_on_a_line_of_its_own():
    figure = distance_figure((0.0, 1.0), (0.5, 1.0), (), "standard deviations of a column", "image")
    wide, narrow = (drawing_of(figure, "a", size).svg for size in ((960, 360), (344, 310)))
    assert ">distance to the nearest training image (standard deviations of a column)</text>" in wide
    assert ">distance to the nearest training image</text>" in narrow
    assert ">(standard deviations of a column)</text>" in narrow
