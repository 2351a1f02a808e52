"""Pictures of a phase diagram: they show the numbers of the table, and say where there are none."""

import json
import math
import re
import struct
import sys

import numpy as np
import pytest
from browser_waits import wait_for
from PIL import Image

from remanifold import InvalidInput
from remanifold.plots.diagram import axis_ticks, heading_of, inner_values, panels_of, tick_text
from remanifold.plots.diagram_page import diagram_page, missing_sentence, panel_figure
from remanifold.plots.diagram_picture import diagram_picture
from remanifold.theory import PhaseDiagram

LOADS, RATIOS = np.geomspace(0.05, 0.5, 8), np.geomspace(0.1, 1.0, 6)


def made_up(missing=False, loads=LOADS, ratios=RATIOS, factor=1.0):
    """A diagram with closed forms: t_o = ratio/load, t_c half, t_g a tenth of the square."""
    onset = factor * ratios[:, None] / loads
    collapse, generalization = onset / 2, onset**2 / 10
    reasons = [[None] * len(loads) for _ in ratios]
    if missing:
        onset[:2, -3:] = collapse[:2, -3:] = generalization[:2, -3:] = math.nan
        for row in reasons[:2]:
            row[-3:] = ["never: <too> many points"] * 3
    rows = tuple(map(tuple, reasons))
    return PhaseDiagram(loads, ratios, onset, collapse, generalization, collapse, rows, "sign", "gaussian")


def test_panels_hold_times_and_ratios_on_ascending_axes():
    panels = {panel.key: panel for panel in panels_of(made_up(loads=LOADS[::-1], ratios=RATIOS[::-1]))}
    assert len(panels) == 6
    onset = panels["t_onset"]
    assert np.array_equal(onset.x, LOADS) and np.array_equal(onset.y, RATIOS)
    assert np.allclose(onset.values, RATIOS[:, None] / LOADS)
    assert np.allclose(panels["collapse_over_onset"].values, 0.5)
    assert np.allclose(panels["generalization_over_collapse"].values, RATIOS[:, None] / LOADS / 5)
    for panel in panels.values():
        assert panel.limits[0] < panel.limits[1] and "(" in panel.unit and "(" in panel.x_title and "(" in panel.y_title
        assert len(panel.ticks) <= 7


def test_the_load_can_run_upwards():
    panel = panels_of(made_up(), load_across=False)[0]
    assert np.array_equal(panel.x, RATIOS) and np.array_equal(panel.y, LOADS)
    assert np.allclose(panel.values, RATIOS / LOADS[:, None])
    assert (panel.x_title[:6], panel.y_title[:4]) == ("latent", "load")


@pytest.mark.parametrize(
    ("ends", "ticks"),
    [
        ((0.05, 0.5), [0.05, 0.1, 0.2, 0.5]),
        ((0.1, 1.0), [0.1, 0.2, 0.5, 1.0]),
        ((0.2, 0.2), [0.2]),
        ((0.3, 0.5), [0.3, 0.4, 0.5]),
        ((1e-6, 1.0), [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]),
    ],
)
def test_axis_ticks_are_few_and_round(ends, ticks):
    assert axis_ticks(np.geomspace(*ends, 40) if ends[0] < ends[1] else np.array(ends[:1])) == pytest.approx(ticks)


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.5"), (1e-3, "0.001"), (1e-7, "1e-7"), (20.0, "20"), (1e5, "1e5")])
def test_tick_text_is_short(value, text):
    assert tick_text(value) == text


def test_lines_of_equal_value_keep_away_from_empty_cells():
    values = np.ones((5, 5))
    values[4, 4] = np.nan
    expected = np.ones((5, 5))
    expected[3:, 3:] = np.nan
    assert np.array_equal(inner_values(values), expected, equal_nan=True)


def test_the_figure_shows_logarithms_and_leaves_empty_cells_empty():
    panel = panels_of(made_up(missing=True))[0]
    figure = panel_figure(panel)
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (panel.x_title, panel.y_title)
    heat = json.loads(figure.to_json(), parse_constant=pytest.fail)["data"][0]
    assert heat["z"][0][0] == pytest.approx(math.log10(RATIOS[0] / LOADS[0])) and heat["z"][0][-1] is None
    assert heat["customdata"][3][4] == pytest.approx(RATIOS[3] / LOADS[4])
    levels = [trace.contours.start for trace in figure.data[1:]]
    assert levels == pytest.approx([math.log10(tick) for tick in panel.ticks])


def test_the_page_fetches_nothing_and_says_what_is_missing():
    page = diagram_page(made_up(missing=True))
    assert "default-src 'none'" in page and "prefers-color-scheme: dark" in page
    assert not re.findall(r"<(?:link|img|script)[^>]*(?:src|href)=", page)
    assert "6 of 48 cells are empty, such as: never: &lt;too&gt; many points." in page
    data = re.search(r'<script type="application/json" id="figures-json">(.*?)</script>', page, re.DOTALL)[1]
    figures = json.loads(data, parse_constant=pytest.fail)
    assert list(figures) == [panel.key for panel in panels_of(made_up())]
    assert all(f'id="plot-{key}"' in page for key in figures)
    assert missing_sentence(made_up()) == ""


@pytest.mark.browser
def test_the_page_draws_all_six_planes_without_a_word_on_the_console(tmp_path, browser):
    (tmp_path / "page.html").write_text(diagram_page(made_up(missing=True)))
    for scheme, width in (("light", 1320), ("dark", 390)):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        said, asked = [], []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto((tmp_path / "page.html").as_uri())
        wait_for(page, "document.querySelectorAll('.plot .heatmaplayer image').length === 6")
        assert said == [] and len([url for url in asked if not url.startswith("data:")]) == 1
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.close()


@pytest.mark.parametrize("missing", [False, True])
def test_pictures_are_the_same_bytes_each_time(missing, tmp_path):
    png = diagram_picture(made_up(missing), "png")
    assert png[:4] == b"\x89PNG" and struct.unpack(">II", png[16:24]) == (2200, 1320)
    svg = diagram_picture(made_up(missing), "svg")
    assert svg == diagram_picture(made_up(missing), "svg") and png == diagram_picture(made_up(missing), "png")
    text = svg.decode()
    for words in ("activation sign", "noise variance t (data²)", "load log(P)/N (nats)", "latent ratio D/N (no unit)"):
        assert words in text
    assert ("no time" in text) is missing


def test_the_picture_is_in_colour_where_there_are_numbers_and_grey_where_not(tmp_path):
    (tmp_path / "x.png").write_bytes(diagram_picture(made_up(missing=True), "png"))
    pixels = np.asarray(Image.open(tmp_path / "x.png").convert("RGB")).reshape(-1, 3).tolist()
    counted = {tuple(pixel) for pixel in pixels}
    assert (0xEC, 0xEE, 0xF1) in counted and (68, 1, 84) in counted  # paper, and viridis' dark end


@pytest.mark.parametrize(
    "diagram",
    [
        made_up(loads=np.array([0.2]), ratios=np.array([0.3])),
        made_up(loads=LOADS, ratios=np.array([0.3])),
        made_up(factor=1e-100),
        PhaseDiagram(LOADS, RATIOS, *[np.full((6, 8), np.nan)] * 4, (("never",) * 8,) * 6, "sign", "gaussian"),
    ],
    ids=["one cell", "one row", "tiny", "empty"],
)
def test_degenerate_diagrams_are_drawn(diagram):
    assert len(diagram_picture(diagram, "svg")) > 1000
    assert "</html>" in diagram_page(diagram)


def test_without_matplotlib_there_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InvalidInput, match=r"needs matplotlib, but got .* without it; install remanifold\[figures\]\."):
        diagram_picture(made_up(), "svg")


def test_the_heading_names_the_exponent():
    power = PhaseDiagram(LOADS, RATIOS, *[np.ones((6, 8))] * 4, ((None,) * 8,) * 6, "linear", "power-law", 0.5)
    assert heading_of(power) == "Phases of hidden manifolds: activation linear, ensemble power-law 0.5"
