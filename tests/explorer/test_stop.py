"""Part 1's question, where to stop: the page waits, its words are true, and the marks come after the answer."""

import re
from math import log

import pytest
from browser_waits import wait_for

pytestmark = pytest.mark.browser
READY = "explorer.fall.run() !== null && explorer.fall.levels() !== null"
HIDDEN = re.compile("σ[gco]|best stop σ|collapse σ")
PHASES = re.compile(
    "Generalizing|Traps open|Memorizing|Noise$|new points|hold particles|belongs to|hides|\\d\\s*%", re.M
)
TOLD = "document.querySelectorAll('#fall-axis .pin').length"


def at(sigma: float) -> float:
    """The step of the slider at this noise."""
    return round(100 * log(sigma / 1.6) / log(0.02 / 1.6))


def test_the_page_waits_for_the_reader(opened):
    page, _ = opened("part=fall")
    wait_for(page, READY)
    page.wait_for_timeout(300)
    assert page.evaluate("explorer.settings.at") == 0
    page.locator("#play").click()
    wait_for(page, "explorer.settings.at > 1")


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (390, 844)])
def test_the_question_the_slider_and_the_answer_are_on_the_first_screen(opened, width, height):
    page, _ = opened("part=fall", width)
    wait_for(page, READY)
    for place in (".asked h2", "#fall-axis input", "#play", "#stop-here", "#show-marks"):
        box = page.locator(place).bounding_box()
        assert box["y"] + box["height"] <= height


@pytest.mark.parametrize(
    ("sigma", "word"),
    [(1.6, "Noise"), (0.9, "Noise"), (0.4, "Noise"), (0.3, "Generalizing"), (0.16, "Traps open"), (0.1, "Memorizing")],
)
def test_above_half_the_standard_deviation_of_the_data_it_says_noise(opened, sigma, word):
    """Two moons of 30: standard deviation 0.73, onset 0.174, collapse 0.126."""
    page, _ = opened(f"part=fall&marks=1&at={at(sigma)}")
    wait_for(page, READY)
    wait_for(page, f"document.getElementById('phase-word').textContent === '{word}'")
    if word == "Noise":
        assert "0.731" in page.locator("#phase-sentence").inner_text()


def test_nothing_gives_the_levels_away_before_the_answer(opened):
    page, _ = opened("part=fall&at=90")
    wait_for(page, READY)
    page.locator("#part-fall details.numbers").evaluate("one => { one.open = true; }")
    assert page.evaluate(TOLD) == 0 and page.locator("#fall-axis .phase").count() == 0
    whole = page.locator("#part-fall").evaluate("part => part.textContent")
    assert not HIDDEN.search(whole)
    assert page.locator("#fall-numbers table").count() == 0
    page.locator("#stop-here").click()
    assert "Too late" in page.locator("#stop-answer").inner_text()
    assert page.locator("#stop-answer sub").all_inner_texts() == ["g", "c"]
    assert page.evaluate(TOLD) == 3 and page.locator("#fall-axis .phase").count() == 3
    assert HIDDEN.search(page.locator("#part-fall").evaluate("part => part.textContent")), "it would have been seen"
    assert page.locator("#fall-numbers tbody tr").count() == 3
    wait_for(page, "location.hash.includes('marks=1')")


@pytest.mark.parametrize("sigma", [1.6, 0.3, 0.16, 0.1, 0.02])
@pytest.mark.parametrize("dismissed", ["stop-here", "show-marks"])
def test_no_word_colour_or_share_tells_the_phase_before_the_answer(opened, sigma, dismissed):
    """The five stops lie in all phases; the page says the same at each of them."""
    page, _ = opened(f"part=fall&at={at(sigma)}")
    wait_for(page, READY)
    wait_for(page, "document.getElementById('phase-word').textContent === 'Your guess first'")
    wait_for(page, "document.getElementById('spoken').textContent.includes('Noise level')")
    status, spoken = page.locator("#status"), page.locator("#spoken")
    assert not PHASES.search(status.inner_text()) and not PHASES.search(spoken.inner_text())
    assert (
        status.get_attribute("data-phase") == ""
        and page.locator("#copies-bar").evaluate("one => one.style.width") == "0%"
    )
    page.locator(f"#{dismissed}").click()
    wait_for(page, "document.getElementById('phase-word').textContent !== 'Your guess first'")
    assert PHASES.search(status.inner_text()), "it would have been seen"
    assert status.get_attribute("data-phase") in ("no-traps", "traps", "memorizing")
    wait_for(page, "document.getElementById('spoken').textContent.includes('copies of training points')")


def test_an_answer_goes_with_the_marks_and_with_the_points_it_was_about(opened):
    page, _ = opened("part=fall&at=60")
    wait_for(page, READY)
    for leave in (lambda: page.locator("#show-marks").click(), lambda: page.select_option("#set-data", "ring")):
        page.locator("#stop-here").click()
        assert "σg" in page.locator("#stop-answer").inner_text().replace("\n", "")
        leave()
        wait_for(page, "document.getElementById('stop-answer').textContent === ''")


def test_scores_that_know_no_single_point_have_nothing_to_guess(opened):
    page, _ = opened("part=fall&at=90&score=gaussian")
    wait_for(page, READY)
    wait_for(page, "document.getElementById('phase-word').textContent === 'Gaussian score'")
    assert re.fullmatch(r"\d+\s%", page.locator("#copies-now").inner_text())


def test_the_marks_are_shown_and_hidden_by_key_and_by_link(opened):
    page, _ = opened("part=fall&at=90&marks=1")
    wait_for(page, READY)
    wait_for(page, f"{TOLD} === 3")
    button = page.locator("#show-marks")
    assert button.inner_text() == "Hide the marks" and button.get_attribute("aria-pressed") is None
    button.focus()
    page.keyboard.press("Enter")
    wait_for(page, f"{TOLD} === 0")
    assert button.inner_text() == "Show the marks"
    page.locator("#part-fall select").first.select_option("ring")
    page.wait_for_timeout(300)
    assert page.evaluate(TOLD) == 0
    button.focus()
    page.keyboard.press("Space")
    wait_for(page, f"{TOLD} === 3")


def test_the_model_that_particles_follow_is_explained(opened):
    page, _ = opened("part=fall")
    said = set()
    for kind in ("exact", "smoothed", "gaussian"):
        page.select_option("#set-score", kind)
        said.add(page.locator("#score-note").inner_text())
    assert len(said) == 3 and all("score" in one for one in said)
