"""Several reports on one page: verdicts side by side, each with its evidence and a way to the whole report."""

import numpy as np
import pytest
from page_checks import open_page, serious

import remanifold as rm
from remanifold.audits.pages.overview import overview_page
from remanifold.plots.page.table import table_of

ROWS, UNSEEN = (np.random.default_rng(seed).random((80, 6, 6)).astype(np.float32) for seed in (0, 2))
FRESH = np.random.default_rng(1).random((60, 6, 6)).astype(np.float32)


@pytest.fixture(scope="module")
def reports():
    copies = np.concatenate([FRESH[:40], ROWS[:12]])
    asked = {"holdout": UNSEEN, "max_queries": 20, "threads": 1}
    return {
        "it copies": (rm.audit(ROWS, samples=copies, **asked), "a/report.html"),
        "it does not": (rm.audit(ROWS, samples=FRESH, **asked), "b/report.html"),
        "the data": (rm.audit(ROWS, **asked), "c/report.html"),
    }


def test_verdicts_stand_side_by_side_before_the_data(reports):
    planted = table_of("Planted", ("", "found"), [("copies", "12")], lambda row: row)
    page = overview_page("Which copies?", "Two <sets>.", reports, [planted])
    assert "<h1>Which copies?</h1>" in page and "Two &lt;sets&gt;." in page
    order = [page.index(words) for words in (">it copies<", ">it does not<", "Side by side", ">the data<", "Planted")]
    assert order == sorted(order)
    assert [f'href="{link}"' in page for _, link in reports.values()] == [True] * 3
    copying = page[order[0] : order[1]]
    assert copying.count('alt="sample image') == 6 and "each beside the training image that it copies" in copying
    assert copying.count('class="reference"') == 1 and 'alt="hold-out image"' in copying
    assert "closest samples" in page[order[1] : order[2]]
    named = len(reports["it copies"][0].samples.flagged)
    assert f"<td>{named} of 52</td>" in page and "<td>0 of 60</td>" in page and named >= 12


def test_the_reference_is_a_usual_hold_out_row_and_its_nearest_training_row(reports):
    pictures = reports["it copies"][0].pictures
    row, nearest = (
        int(next(n for n in pictures if n.startswith(f"reference-{k}:")).split(":")[1]) for k in ("holdout", "train")
    )
    distances = np.linalg.norm(UNSEEN.reshape(80, 1, -1) - ROWS.reshape(1, 80, -1), axis=2)
    assert distances[row].argmin() == nearest
    assert distances.min(1)[row] == np.sort(distances.min(1))[40]


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 390)])
def test_the_page_fits_and_axe_finds_nothing_serious(reports, browser, tmp_path, scheme, width):
    (tmp_path / "index.html").write_text(overview_page("Which copies?", "Two sets.", reports), encoding="utf-8")
    page, seen = open_page(browser, tmp_path / "index.html", width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert serious(page) == [] and len(seen) == 1
    page.close()
