"""The page in real Chromium: nothing is fetched, plots stand, text is readable in light, dark, narrow and print."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser_waits import wait_for
from contrast import CONTRAST
from playwright.sync_api import Browser, Page

from remanifold import audit_copies
from remanifold.audits.report import AuditReport

pytestmark = pytest.mark.browser

SMALL_TEXT = "p, li span, td, th, caption, figcaption, a, summary, h3, dd, dt, button, .plot text"
LARGE_TEXT = "h1, h2, .headline, .pin span, .phase span, .ticks span"


@pytest.fixture(scope="module")
def file(sample: AuditReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's page as a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(sample.to_html(), encoding="utf-8")
    return path


def opened(browser: Browser, file: Path, width: int = 1180, scheme: str = "light") -> tuple[Page, list[str]]:
    """The page once its plots stand, and everything that went wrong or out on the way."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # pyright: ignore
    seen: list[str] = []
    page.on("console", lambda message: seen.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("request", lambda request: seen.append(f"request {request.url}"))
    page.goto(file.as_uri())
    wait_for(page, "document.querySelectorAll('.plot .main-svg').length >= 5")
    painted(page)
    return page, seen


def painted(page: Page) -> None:
    """Wait until what was asked for is on the screen: two frames."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_it_draws_every_plot_asks_nobody_and_complains_about_nothing(browser: Browser, file: Path) -> None:
    page, seen = opened(browser, file)
    assert seen == [f"request {file.as_uri()}"]
    for key, least in {"order": 4, "crossings": 4, "likelihood": 2, "dimension": 2, "exposure": 2}.items():
        assert page.locator(f"#plot-{key} .scatterlayer .trace").count() >= least
        box = page.locator(f"#plot-{key} .main-svg").first.bounding_box()
        assert box and box["width"] > 300 and box["height"] > 250
    page.close()


def test_the_listener_would_notice_a_request_and_the_policy_stops_it(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    planted = tmp_path / "planted.html"
    planted.write_text(
        file.read_text(encoding="utf-8").replace("</footer>", '<img src="other.png" alt=""></footer>'), encoding="utf-8"
    )
    page, seen = opened(browser, planted)
    assert any("other.png" in line and "Content Security Policy" in line for line in seen)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(browser: Browser, file: Path, scheme: str) -> None:
    page, _ = opened(browser, file, scheme=scheme)
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
    page, seen = opened(browser, tmp_path / "samples.html", width=400, scheme=scheme)
    assert page.locator("#copies img").count() >= 24 and len(seen) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    contrast = page.evaluate(CONTRAST, "#copies p, #copies td, #copies th, #copies li, #copies caption")
    assert len(contrast) > 100 and min(contrast) >= 4.5
    page.close()


def test_the_contrast_check_would_notice_grey_on_grey(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file)
    page.add_style_tag(content=".plot svg text { fill: #bbb !important }")
    assert min(page.evaluate(CONTRAST, SMALL_TEXT)) < 4.5
    page.close()


def test_it_fits_a_telephone_and_follows_a_change_of_width(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file, width=400)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    narrow = page.locator("#plot-order .main-svg").first.bounding_box()
    page.set_viewport_size({"width": 1180, "height": 900})
    wait_for(page, "document.querySelector('#plot-order .main-svg').getBoundingClientRect().width > 380")
    wide = page.locator("#plot-order .main-svg").first.bounding_box()
    assert narrow and wide and narrow["width"] < 380 < wide["width"]
    page.close()


def test_it_prints_with_plots_inside_the_paper_and_details_unfolded(browser: Browser, file: Path) -> None:
    page, _ = opened(browser, file, scheme="dark")
    pdf = page.pdf(print_background=True, prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and len(pdf) > 50_000
    before = page.locator("#plot-order .main-svg").first.bounding_box()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    painted(page)
    assert page.evaluate("[...document.querySelectorAll('details')].every((one) => one.open)")
    for box in page.locator(".plot .main-svg").all():
        assert (box.bounding_box() or {"width": 0})["width"] <= 640
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    width = "document.querySelector('#plot-order .main-svg').getBoundingClientRect().width"
    wait_for(page, f"{width} === {before and before['width']}")
    assert not page.evaluate("[...document.querySelectorAll('details')].some((one) => one.open)")
    after = page.locator("#plot-order .main-svg").first.bounding_box()
    assert before and after and (before["width"], before["height"]) == (after["width"], after["height"])
    page.close()


def test_the_json_in_the_page_and_the_one_it_saves_are_the_report(
    browser: Browser, file: Path, sample: AuditReport, tmp_path: Path
) -> None:
    page, seen = opened(browser, file)
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
    page = browser.new_page()
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.goto((tmp_path / "bare.html").as_uri())
    wait_for(page, "document.querySelectorAll('.plot .scatterlayer .trace').length >= 4")
    assert not seen
    page.close()
