"""Pages of samples and of compared models in real Chromium: the look, limits and manners of the report."""

import re
from dataclasses import replace

import numpy as np
import pytest
from page_checks import open_page, serious

import remanifold as rm
from remanifold._core.estimate import Estimate
from remanifold.audits.pages.compared import compared_html
from remanifold.audits.pages.copies import copies_page
from remanifold.audits.records.compared import ComparedModel, ComparisonRecord
from remanifold.noise import MeasuredLevel

BOTH = [("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390)]


def rows(seed: int, count: int):
    return np.random.default_rng(seed).random((count, 6, 6)).astype(np.float32)


def model(step: int, index: float, loss: float) -> ComparedModel:
    told = Estimate(index, 0.02, 100), Estimate(0.6, 0.05, 100)
    losses = Estimate(loss, 0.01, 100), Estimate(1.1 * loss, 0.01, 100)
    change = None if step == 10 else Estimate(0.1, 0.01, 100)
    name = f"a-folder-with-a-long-name/checkpoint-{step}.safetensors"
    return ComparedModel(name, step, "as given", *told, 1e-3, 2e-3, index > 0.3, *losses, change, change, change)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    train = rows(0, 60)
    samples = np.concatenate([rows(1, 50), train[:10]])
    copies = rm.audit_copies(train, samples, rows(2, 60), threads=1)
    models = tuple(model(10**k, 0.2 * k, 1.0 / k) for k in range(1, 5))
    first, least = models[1].name, models[-1].name
    compared = ComparisonRecord(
        models, first, least, MeasuredLevel(1.0, 0.01), (0.5, 1.0), "train", "holdout", 100, 100, 1, 800, 0, 0.05
    )
    return {
        "copies": copies_page(copies, (rm.open_points(train), rm.open_points(samples))),
        "compare": compared_html(compared),
        "compare images": compared_html(replace(compared, shape=(6, 6))),
    }


@pytest.mark.browser
@pytest.mark.parametrize("name", ["copies", "compare"])
@pytest.mark.parametrize(("scheme", "width"), BOTH)
def test_they_fit_ask_nobody_and_axe_finds_nothing_serious(pages, browser, tmp_path, name, scheme, width):
    (tmp_path / "page.html").write_text(pages[name], encoding="utf-8")
    page, seen = open_page(browser, tmp_path / "page.html", width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen == [f"request {(tmp_path / 'page.html').as_uri()}"] and serious(page) == []
    slider = page.locator(".read input").first
    slider.focus()
    page.keyboard.press("End")
    assert len(page.locator(".read output").first.inner_text().split(" · ")) >= 2
    page.close()


@pytest.mark.parametrize("name", ["copies", "compare"])
def test_they_are_small_and_every_plot_has_its_table(pages, name):
    page = pages[name]
    assert len(re.sub(r"data:image[^\"]*", "", page).encode()) < 200_000
    assert page.count('<figure class="card drawn') == page.count("<summary>Values as a table") >= 1


def test_copies_stand_beside_their_images_on_the_first_screen(pages):
    top = pages["copies"][: pages["copies"].index('<section id="copies"')]
    assert 'class="verdict first remembers"' in top and top.count('alt="sample image') == 8
    assert pages["copies"].count("What to do.") == 1 and "10 exact copies" in pages["copies"]
    assert "What to do." in top and " row" not in re.sub(r"<[^>]*>", "", top[top.index("<header>") :])


def test_models_are_compared_on_images_where_rows_are_images(pages):
    unseen = r'<section id="words">.*?</section>|<(script|style).*?</\1>|<[^>]*>'  # the glossary is about any data
    images, rows = (re.sub(unseen, " ", pages[name], flags=re.DOTALL) for name in ("compare images", "compare"))
    assert "100 training images and 100 hold-out images" in images and not re.search(r"\brows?\b", images)
    assert "100 training rows and 100 hold-out rows" in rows and "image" not in rows


def test_models_that_differ_in_one_number_stand_at_their_steps(pages):
    steps = re.findall(r">(10+)</text>", pages["compare"])
    assert steps[:4] == ["10", "100", "1000", "10000"]


def test_the_verdict_on_models_is_one_word_and_a_sentence_with_its_numbers_in_the_details(pages):
    page = pages["compare"].replace("\u00a0", " ")
    top = page[page.index('id="verdict"') : page.index('id="picture"')]
    shown = re.sub(r"<details>.*?</details>", "", top, flags=re.DOTALL)
    assert re.search(r'class="state"><b>(Remembers|Not shown|Cannot tell)</b>', shown) and "What to do." in shown
    assert " ± " not in shown and "p = " not in shown and "p = " in top
    assert "<code>remanifold audit</code>" in page and "`" not in page[page.index("<body>") : page.index("<script")]
