"""The page in real Chromium: nothing is fetched, plots stand, text is readable in light, dark, narrow and print."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser_waits import wait_for
from contrast import CONTRAST
from page_checks import open_page, painted, serious
from playwright.sync_api import Browser

from remanifold import audit_copies
from remanifold.audits.report import AuditReport
from remanifold.plots.palette import VARIABLE_OF

pytestmark = pytest.mark.browser

SMALL_TEXT = "p, li span, td, th, caption, figcaption, a, summary, h3, dd, dt, button, .plot .wide text"
LARGE_TEXT = "h1, h2, .headline, .pin span, .phase span, .ticks span"


@pytest.fixture(scope="module")
def file(sample: AuditReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's page as a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(sample.to_html(), encoding="utf-8")
    return path


def test_it_draws_every_plot_asks_nobody_and_complains_about_nothing(browser: Browser, file: Path) -> None:
    page, seen = open_page(browser, file)
    assert seen == [f"request {file.as_uri()}"]
    for key in ("order", "crossings", "likelihood", "dimension", "exposure"):
        box = page.locator(f"#plot-{key} .wide svg").bounding_box()
        assert box and box["width"] > 300 and box["height"] > 250
        assert page.locator(f"#plot-{key} .wide svg path").count() > 10
    page.close()


def test_the_page_is_small_and_draws_in_the_colours_of_its_style(file: Path) -> None:
    html = file.read_text(encoding="utf-8")
    pictures = sum(map(len, re.findall(r"data:image[^\"]*", html)))
    assert len(html.encode()) - pictures < 700_000
    drawings = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert set(re.findall(r"(?:fill|stroke):(#\w+)", drawings)) == set(), "a colour that no scheme can change"
    style = file.read_text(encoding="utf-8").split("</style>")[0]
    for colour, variable in VARIABLE_OF.items():
        assert f"{variable}: {colour};" in style, "the figure in a notebook and the page in the light look alike"
        assert variable in ("--grey", "--amber", "--ink") or f"var({variable})" in drawings


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390)])
def test_nothing_is_cut_and_axe_finds_nothing_serious(browser: Browser, file: Path, scheme: str, width: int) -> None:
    page, _ = open_page(browser, file, width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen_kind, other = ("wide", "narrow") if width > 400 else ("narrow", "wide")
    assert page.locator(f"#plot-order .{seen_kind} svg").is_visible()
    assert not page.locator(f"#plot-order .{other} svg").is_visible()
    sizes = page.evaluate(
        "[...document.querySelectorAll('.plot svg text')].filter((one) => one.checkVisibility())"
        ".map((one) => one.getBoundingClientRect())"
        ".map((box) => [box.left, box.right, Math.min(box.width, box.height)])"
    )
    assert len(sizes) > 40 and all(left >= 0 and right <= width for left, right, _ in sizes)
    assert min(size for *_, size in sizes) > 6, "letters of a drawing keep their size"
    assert serious(page) == []
    page.add_style_tag(content="p { color: #999 !important; background: #aaa !important }")
    assert any(line.startswith("color-contrast") for line in serious(page)), "axe would notice"
    page.close()


def test_points_are_read_by_keyboard_and_by_pointer(browser: Browser, file: Path, sample: AuditReport) -> None:
    page, _ = open_page(browser, file)
    figure = page.locator("#plot-crossings")
    slider, said = figure.locator("input"), figure.locator("output")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    sigma, gap = math.sqrt(sample.profile.t[3]), sample.profile.gap.value[3]
    assert said.inner_text().startswith(f"σ {sigma:.4g} · at noised points {gap:.4g}\u00a0±")
    assert said.evaluate("one => one.role || one.tagName") == "OUTPUT", "which browsers announce politely"
    assert slider.get_attribute("aria-valuetext") == f"σ {sigma:.4g}"
    box, dots = figure.locator(".wide svg").bounding_box(), figure.locator(".wide .cursor circle")
    assert box and dots.count() == 2 and dots.first.is_visible()
    page.keyboard.press("End")
    at = dots.first.bounding_box()
    assert at and box["x"] + 0.9 * box["width"] < at["x"] < box["x"] + box["width"]
    figure.locator(".wide svg").hover()
    middle = float(said.inner_text().split()[1])
    assert math.sqrt(sample.profile.t[10]) < middle < math.sqrt(sample.profile.t[30])
    page.close()


def test_every_value_stands_in_the_table_under_its_plot(browser: Browser, file: Path, sample: AuditReport) -> None:
    page, _ = open_page(browser, file)
    details = page.locator("#plot-likelihood .numbers")
    details.locator("summary").press("Enter")
    rows = details.locator("tbody tr")
    assert rows.count() == len(sample.profile.t)
    assert rows.nth(5).inner_text().split() == [
        f"{math.sqrt(sample.profile.t[5]):.4g}",
        f"{sample.profile.nll.value[5]:.4g}",
        "±",
        f"{sample.profile.nll.stderr[5]:.2g}",
    ]
    page.close()


def test_the_listener_would_notice_a_request_and_the_policy_stops_it(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    planted = tmp_path / "planted.html"
    planted.write_text(
        file.read_text(encoding="utf-8").replace("</footer>", '<img src="other.png" alt=""></footer>'), encoding="utf-8"
    )
    page, seen = open_page(browser, planted)
    assert any("other.png" in line and "Content Security Policy" in line for line in seen)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(browser: Browser, file: Path, scheme: str) -> None:
    page, _ = open_page(browser, file, scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) < 100) == (scheme == "dark")
    small, large = page.evaluate(CONTRAST, SMALL_TEXT), page.evaluate(CONTRAST, LARGE_TEXT)
    assert len(small) > 300 and min(small) >= 4.5
    assert len(large) > 20 and min(large) >= 3.0
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_samples_on_the_page_are_readable_and_fit_a_telephone(
    browser: Browser, sample: AuditReport, tmp_path: Path, scheme: str
) -> None:
    rng = np.random.default_rng(0)
    samples = audit_copies(*(rng.random((n, 8, 8)) for n in (60, 40, 80)), threads=1)
    pictures = {f"sample:{one.sample}": next(iter(sample.pictures.values())) for one in samples.closest}
    (tmp_path / "samples.html").write_text(
        replace(sample, samples=samples, pictures=sample.pictures | pictures).to_html(), encoding="utf-8"
    )
    page, seen = open_page(browser, tmp_path / "samples.html", 400, scheme)
    assert page.locator("#copies img").count() >= 24 and len(seen) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    contrast = page.evaluate(CONTRAST, "#copies p, #copies td, #copies th, #copies li, #copies caption")
    assert len(contrast) > 100 and min(contrast) >= 4.5
    page.close()


def test_the_contrast_check_would_notice_grey_on_grey(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file)
    page.add_style_tag(content=".plot svg text { fill: #bbb !important }")
    assert min(page.evaluate(CONTRAST, SMALL_TEXT)) < 4.5
    page.close()


def test_it_follows_a_change_of_width(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file, 400)
    narrow = page.locator("#plot-order .narrow svg").bounding_box()
    page.set_viewport_size({"width": 1180, "height": 900})
    wait_for(page, "document.querySelector('#plot-order .wide svg').getBoundingClientRect().width > 380")
    wide = page.locator("#plot-order .wide svg").bounding_box()
    assert narrow and wide and narrow["width"] < 380 < wide["width"]
    page.close()


def test_it_prints_with_plots_inside_the_paper_and_details_unfolded(browser: Browser, file: Path) -> None:
    page, _ = open_page(browser, file, scheme="dark")
    pdf = page.pdf(print_background=True, prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and len(pdf) > 50_000
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    painted(page)
    assert page.evaluate("[...document.querySelectorAll('details:not(.numbers)')].every((one) => one.open)")
    assert not page.locator("#plot-order .numbers").is_visible() and not page.locator("#plot-order .read").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    ink = page.locator("#plot-order .wide text").first.evaluate("one => getComputedStyle(one).fill")
    assert ink == "rgb(17, 17, 17)", "drawings follow the paper"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    wait_for(page, "![...document.querySelectorAll('details')].some((one) => one.open)")
    page.close()


def test_the_json_in_the_page_and_the_one_it_saves_are_the_report(
    browser: Browser, file: Path, sample: AuditReport, tmp_path: Path
) -> None:
    page, seen = open_page(browser, file)
    tree = json.loads(page.evaluate("document.getElementById('report-json').textContent"))
    assert tree == json.loads(sample.to_json())
    with page.expect_download() as download:
        page.click("#save-json")
    download.value.save_as(tmp_path / "saved.json")
    assert AuditReport.from_json(tmp_path / "saved.json") == sample
    assert not [line for line in seen if line.startswith(("console", "error"))]
    page.close()


def test_a_page_where_nothing_exists_draws_its_four_plots_in_silence(
    browser: Browser, bare: AuditReport, tmp_path: Path
) -> None:
    (tmp_path / "bare.html").write_text(bare.to_html(), encoding="utf-8")
    page, seen = open_page(browser, tmp_path / "bare.html")
    assert page.locator(".plot .wide svg").count() == 4 and len(seen) == 1
    page.close()
