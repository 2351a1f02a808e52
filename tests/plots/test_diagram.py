"""Pictures of a phase diagram: they show the numbers of the table, and say where there are none."""

import gzip
import json
import math
import re
import struct
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from page_checks import open_page, serious
from PIL import Image
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits

from remanifold.plots.diagram import axis_ticks, heading_of, inner_values, panels_of, tick_text
from remanifold.plots.diagram_page import diagram_page, missing_sentence, panel_figure
from remanifold.plots.diagram_picture import diagram_picture
from remanifold.plots.diagram_plane import NUMBER, draw_plane, line_ink
from remanifold.plots.known_sets import KNOWN_SETS, your_place
from remanifold.theory import PhaseDiagram

LOADS, RATIOS = np.geomspace(0.05, 0.5, 8), np.geomspace(0.1, 1.0, 6)


FASHION = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")


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


def test_the_figure_is_logarithmic_and_leaves_empty_cells_empty():
    panel = panels_of(made_up(missing=True))[0]
    axes = panel_figure(panel).axes[0]
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == (panel.x_title, panel.y_title)
    cells = axes.collections[0].get_array().reshape(panel.values.shape)
    assert cells[3, 4] == pytest.approx(RATIOS[3] / LOADS[4]) and cells.mask.sum() == 6 and cells.mask[0, -1]
    lines = axes.collections[1].levels
    assert set(lines) <= set(panel.ticks) and len(lines) >= 2
    assert {text.get_text() for text in axes.texts} >= {tick_text(level) for level in lines[1:-1]}


@pytest.mark.parametrize("name", ["viridis", "cividis"])
def test_lines_and_their_numbers_stand_out_on_every_colour(name):
    colours = matplotlib.colormaps[name]
    for share in np.linspace(0, 1, 101):
        parts = np.array(colours(share)[:3])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        paper = linear @ [0.2126, 0.7152, 0.0722] + 0.05
        ink = 1.05 if line_ink(colours, share) == "#ffffff" else 0.05 + 1 / 255 / 12.92
        assert max(paper, ink) / min(paper, ink) >= 4.5


def test_data_sets_are_marked_where_their_numbers_put_them():
    mine = your_place(1000, 50, 20)
    assert mine.load == pytest.approx(math.log(1000) / 50) and mine.latent_ratio == 0.4
    for across in (True, False):
        panel = panels_of(made_up(), load_across=across)[0]
        axes = panel_figure(panel, (*KNOWN_SETS, mine)).axes[0]
        marks = [line.get_xydata()[0].tolist() for line in axes.get_lines() if line.get_marker() in ("o", "*")]
        places = [[mine.load, mine.latent_ratio][:: 1 if across else -1]]
        assert len(marks) == 2 and places[0] in marks
        names = {text.get_text() for text in axes.texts}
        assert {"digits", "you are here", "↙ MNIST, Fashion-MNIST, CIFAR-10"} <= names, "beyond the lower left corner"


def test_sets_that_lie_together_keep_their_marks_and_no_name_covers_another():
    wide = made_up(loads=np.geomspace(0.003, 0.5, 8), ratios=np.geomspace(0.008, 1, 6))
    figure = panel_figure(panels_of(wide)[0], KNOWN_SETS)
    axes = figure.axes[0]
    assert len([line for line in axes.get_lines() if line.get_marker() == "o"]) == len(KNOWN_SETS)
    figure.canvas.draw()
    names = {one.name for one in KNOWN_SETS}
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text() in names]
    assert len(boxes) == len(KNOWN_SETS)
    assert not any(one.overlaps(other) for k, one in enumerate(boxes) for other in boxes[:k])


def test_no_number_of_a_line_is_cut_or_covered_and_names_beyond_an_edge_are_told():
    wide, count = made_up(loads=np.geomspace(0.003, 0.5, 40), ratios=np.geomspace(0.008, 1, 40)), 0
    for panel in panels_of(wide):
        figure = panel_figure(panel, KNOWN_SETS)
        axes = figure.axes[0]
        figure.canvas.draw()
        numbers = [text.get_window_extent() for text in axes.texts if text.get_label() == NUMBER]
        count += len(numbers)
        assert all(axes.get_window_extent().containsx(x) for box in numbers for x in (box.x0, box.x1))
        assert not any(one.overlaps(other) for k, one in enumerate(numbers) for other in numbers[:k])
    assert count > 12
    for diagram, above in ((wide, False), (made_up(), True)):
        figure = Figure()
        assert draw_plane(figure, figure.subplots(), panels_of(diagram)[0], KNOWN_SETS) is above


def test_colours_end_a_million_times_below_the_highest_time():
    panel = panels_of(made_up(loads=np.geomspace(1e-9, 0.5, 40)))[0]
    assert panel.limits[0] == pytest.approx(panel.limits[1] / 1e6)


def latent_dim(rows: np.ndarray, queries: np.ndarray, k: int) -> tuple[float, float]:
    """Levina and Bickel's estimate from ``k`` nearest distances, averaged as by MacKay and Ghahramani; its error."""
    near = np.partition(cdist(rows[queries], rows), k, axis=1)[:, : k + 1]
    near.sort(axis=1)
    inverse = np.log(near[:, -1:] / near[:, 1:-1]).sum(1) / (k - 1)
    return 1 / inverse.mean(), inverse.std(ddof=1) / len(queries) ** 0.5 / inverse.mean() ** 2


def test_the_latent_dimension_of_the_digits_is_the_estimate_that_is_named():
    rows = load_digits(return_X_y=True)[0]
    found = {k: latent_dim(rows, np.arange(len(rows)), k) for k in (5, 20, 80)}
    digits = KNOWN_SETS[0]
    assert digits.latent_dim == round(found[20][0])
    told = f"{found[20][0]:.2f} ± {found[20][1]:.2f}; {found[5][0]:.1f} with 5, {found[80][0]:.1f} with 80"
    assert digits.source.endswith(told)


@pytest.mark.skipif(not FASHION.exists(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_latent_dimension_of_fashion_is_the_estimate_that_is_named():
    """100 of its 60000 rows as queries: the error is 0.7, of which 5 are allowed."""
    rows = np.frombuffer(gzip.decompress(FASHION.read_bytes()), np.uint8, offset=16).reshape(60_000, 784)
    queries = np.random.default_rng(1).choice(len(rows), 100, replace=False)
    found, error = latent_dim(rows.astype(np.float32), queries, 20)
    fashion = KNOWN_SETS[2]
    assert abs(found - fashion.latent_dim) < 5 * error and error < 1
    assert abs(found - 2 * fashion.latent_dim) > 5 * error, "a planted factor of 2 is seen"


def test_the_page_fetches_nothing_and_says_what_is_missing():
    page = diagram_page(made_up(missing=True), places=[your_place(1000, 50, 20)])
    assert "default-src 'none'" in page and "prefers-color-scheme: dark" in page
    assert not re.findall(r"<(?:link|img|script)[^>]*(?:src|href)=", page)
    assert "6 of 48 cells are empty, such as: never: &lt;too&gt; many points." in page
    data = re.search(r'<script type="application/json" id="planes-json">(.*?)</script>', page, re.DOTALL)[1]
    planes = json.loads(data, parse_constant=pytest.fail)
    assert list(planes["z"]) == [panel.key for panel in panels_of(made_up())]
    assert planes["z"]["t_onset"][3][4] == pytest.approx(RATIOS[3] / LOADS[4], rel=1e-3)
    assert planes["z"]["t_onset"][0][-1] is None and len(planes["x"]) == 8
    assert all(f'id="plot-{key}"' in page for key in planes["z"])
    assert "you are here" in page and "Levina and Bickel" in page
    assert missing_sentence(made_up()) == "" and len(page) < 700_000


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390)])
def test_the_page_shows_its_planes_and_every_cell_by_keyboard(tmp_path, browser, scheme, width):
    (tmp_path / "page.html").write_text(diagram_page(made_up(missing=True), places=[your_place(1000, 50, 20)]))
    page, seen = open_page(browser, tmp_path / "page.html", width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    kind = "wide" if width > 400 else "narrow"
    assert page.locator(f".plot .{kind} svg image").first.is_visible()
    said = page.locator(".place output")
    assert said.inner_text().startswith("load 0.134, latent ratio 0.398: to = 2.97"), "the cell of the reader's set"
    page.locator("#place-x").press("ArrowRight")
    assert said.inner_text().startswith("load 0.186, latent ratio 0.398: to = 2.14")
    page.locator("#place-y").press("End")
    assert said.inner_text().startswith("load 0.186, latent ratio 1.00: to = 5.37")
    page.locator("#place-x").press("End")
    page.locator("#place-y").press("Home")
    assert "to = none" in said.inner_text()
    page.locator(f"#plot-t_collapse .{kind} svg").hover(position={"x": 120, "y": 80})
    assert "none" not in said.inner_text()
    inks = page.locator(f"#plot-t_onset .{kind} text", has_text="you are here").evaluate(
        "one => getComputedStyle(one).fill"
    )
    assert inks == "rgb(1, 1, 1)", "on its white label, in the dark too"
    page.locator("#show-times").check()
    assert [box.is_visible() for box in page.locator(".figures > figure").all()] == [True] * 3 + [False] * 3
    page.locator("#show-t_collapse").check()
    assert sum(box.is_visible() for box in page.locator(".figures > figure").all()) == 1
    assert serious(page) == [] and seen == [f"request {(tmp_path / 'page.html').as_uri()}"]
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


def test_the_heading_names_the_exponent():
    power = PhaseDiagram(LOADS, RATIOS, *[np.ones((6, 8))] * 4, ((None,) * 8,) * 6, "linear", "power-law", 0.5)
    assert heading_of(power) == "Phases of hidden manifolds: activation linear, ensemble power-law 0.5"
