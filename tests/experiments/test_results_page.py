"""The committed page of results: small, readable in light and dark, wide and narrow, and as this version writes it."""

from pathlib import Path

import pytest
from page_checks import open_page, serious

from remanifold.experiments import NAMES
from remanifold.experiments.page import page as results_page
from remanifold.experiments.results import read_result

RESULTS = Path(__file__).parents[2] / "docs" / "results"


def test_it_is_the_page_of_the_tables_and_figures_beside_it_and_below_720_kb():
    """If this fails: run `remanifold reproduce --out docs/results`, which draws finished results anew."""
    text = (RESULTS / "index.html").read_text(encoding="utf-8")
    results = {name: result for name in NAMES if (result := read_result(RESULTS, name)) is not None}
    assert len(results) == len(NAMES) and text == results_page(results)
    assert len(text.encode()) < 720_000


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390)])
def test_it_fits_asks_nobody_and_axe_finds_nothing_serious(browser, scheme, width):
    page, seen = open_page(browser, RESULTS / "index.html", width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen == [f"request {(RESULTS / 'index.html').as_uri()}"] and serious(page) == []
    ink = page.locator(".drawing text").first.evaluate("one => getComputedStyle(one).fill")
    assert (sum(map(int, ink[4:-1].split(","))) > 400) == (scheme == "dark")
    page.locator("details.all summary").first.press("Enter")
    assert page.locator("details.all table").first.is_visible()
    page.close()
