"""The top of a report: one word, one sentence, the axis, pictures brought back, pairs, and what to do."""

import re
from dataclasses import replace

import numpy as np
import pytest
from page_checks import open_page, painted

import remanifold as rm
from remanifold.audits.answers.all import answers_of
from remanifold.audits.answers.numbers import number, without_errors
from remanifold.audits.answers.verdict import combined
from remanifold.audits.pages.first_screen import first_screen
from remanifold.networks import load_ground_truth
from remanifold.noise import NoiseLevel

ROWS = np.random.default_rng(0).random((80, 6, 6)).astype(np.float32)


def first_of(report):
    return first_screen(report, {answer.key: answer for answer in answers_of(report)})


def test_data_alone_have_their_collapse_and_a_row_brought_back():
    report = rm.audit(ROWS, max_queries=20, threads=1)
    first = first_of(report)
    assert first.state == "data alone" and f"{report.t_collapse.sigma:.3g}" in first.sentence
    assert first.row is not None and first.row[1] == f"clean:{first.row[0]}" and first.pairs == ()
    assert {one.level for one in first.returns} == {"onset", "collapse", "generalization"}
    sigmas = [float(one.sigma) for one in first.returns]
    assert sigmas == sorted(sigmas, reverse=True)
    page = report.to_html()
    top = page[page.index('<section id="verdict"') : page.index('<section id="answers"')]
    assert top.count("<img") == 1 + 2 * len(first.returns) and "What to do." in top and "Data alone" in top
    assert top.count('class="pin ') == len(first.strip.pins) <= 5


def test_samples_that_are_copies_stand_beside_their_rows():
    samples = np.concatenate([np.random.default_rng(1).random((30, 6, 6)), ROWS[:12]]).astype(np.float32)
    report = rm.audit(ROWS, holdout=np.random.default_rng(2).random((60, 6, 6)), samples=samples, max_queries=20)
    first = first_of(report)
    assert first.state == report.verdict.state == "remembers" and first.sentence == report.verdict.short
    assert (
        first.sentence
        == "It remembers training images: 28.6 % of the samples equal a training image, and 1 more reason."
    )
    assert first.exact == report.verdict.headline and "12 samples equal a training image (images 0, 1" in first.exact
    assert len(first.pairs) == 8 and first.pairs[0] == ("sample:30", "train:0")
    page = report.to_html()
    assert re.search(r'<section id="verdict" class="verdict first remembers">', page)
    assert page.index('id="verdict"') < page.index("<nav")
    assert first.title == "the generated samples array in memory" and f"<h1>Audit of {first.title}</h1>" in page


def test_errors_and_p_values_of_the_verdict_wait_in_the_details():
    report = rm.audit(ROWS, holdout=np.random.default_rng(2).random((60, 6, 6)), samples=ROWS + 1e-3, max_queries=20)
    first, page = first_of(report), report.to_html().replace("\u00a0", " ")
    assert first.sentence == report.verdict.short and first.exact == report.verdict.headline
    top = page[page.index('id="verdict"') : page.index("<nav")]
    shown = re.sub(r"<details>.*?</details>", "", top, flags=re.DOTALL)
    assert first.sentence in shown and first.exact not in shown and first.exact in page
    assert "p = " not in shown and " ± " not in shown


def test_where_its_two_stops_lie_far_apart_one_sentence_says_why_and_which_to_use():
    report = rm.audit(ROWS, max_queries=20, threads=1)
    far = replace(report.collapse_rows, first_row_t=NoiseLevel(100 * report.t_collapse))
    told = replace(report, collapse_rows=far, data=replace(report.data, std=30 * report.t_collapse.sigma))
    words = "Use the higher one where no sample may be traced, else the best stop."
    assert words in first_of(told).stops and words in told.to_html() and words in told.to_markdown()
    near = replace(report.collapse_rows, first_row_t=NoiseLevel(1.1 * report.t_generalization))
    bare = replace(report, collapse_rows=near, t_collapse=None, t_collapse_reason="none")
    assert first_of(bare).stops == "" and words not in bare.to_html()


def test_a_stop_above_the_spread_of_the_data_is_called_none():
    report = rm.audit(ROWS, max_queries=20, threads=1)
    rows, narrow = replace(report.collapse_rows, first_row_t=NoiseLevel.from_sigma(0.5)), replace(report.data, std=0.3)
    told = replace(report, collapse_rows=rows, t_collapse=None, t_collapse_reason="none", data=narrow)
    directions = report.gaussian_reference.effective_dimension
    spread = 0.3 * (ROWS[0].size / directions) ** 0.5
    told = replace(told, collapse_rows=replace(rows, first_row_t=NoiseLevel.from_sigma(1.1 * spread)))
    words = f"above the data's spread along their main directions, {number(spread)}."
    assert words in first_of(told).what_to_do and "stop sampling above" not in first_of(told).what_to_do
    assert "Use the higher one" not in told.to_html()


def test_rows_that_are_no_pictures_and_never_collapse_have_words_alone():
    report = rm.audit(np.random.default_rng(0).normal(size=(40, 3)), max_queries=20, threads=1)
    assert first_of(report).row is None and first_of(report).returns == ()
    bare = rm.AuditReport.from_json(report.to_json())
    none = replace(bare, t_collapse=None, t_onset=None, t_generalization=None, t_collapse_reason="too few rows")
    assert first_of(none).strip is None and "too few rows" in first_of(none).sentence
    assert "No model and no samples were audited" in none.to_html()


@pytest.fixture(scope="module")
def of_a_network():
    """A network, its samples, some of which are copies, and the sampler's end: as much as a first screen can show."""
    network, train, held_out, _ = load_ground_truth("digits-100-seed0")
    samples = np.concatenate([train[:20], held_out[:80]])
    model = rm.AuditedNetwork(network, "ground-truth:digits-100-seed0", "a small U-net", evaluations=10_000)
    asked = {"max_queries": 60, "sampler_sigma": 0.02, "threads": 1}
    return rm.audit(train, holdout=held_out[100:], samples=samples, model=model, **asked)


def test_a_networks_memory_stands_over_the_noise_axis(of_a_network):
    strip, levels = first_of(of_a_network).strip, of_a_network.model.levels
    memory = strip.memory
    places = [tuple(map(float, point.split(","))) for point in memory.curve.split()]
    known = [level.index.value for level in levels if level.index is not None]
    assert len(places) == len(known) and all(0 <= left <= 100 and 0 <= top <= 100 for left, top in places)
    heights = [memory.none + (memory.all - memory.none) * value for value in known]
    assert [top for _, top in places] == pytest.approx(heights, abs=0.02)
    assert len(memory.band.split()) == 2 * len(places)
    page = of_a_network.to_html()
    assert 'href="#plot-memory"' in page and page.count('id="plot-memory"') == 1
    assert first_of(replace(of_a_network, model=None)).strip.memory is None


def sentences(text):
    """Numbers of words of each sentence, and the sentence."""
    for one in re.split(r"(?<=[.?])\s+", text):
        yield len([word for word in one.split() if re.search(r"\w", word)]), one


def test_no_sentence_of_a_card_is_longer_than_25_words(of_a_network, sample):
    for report in (of_a_network, replace(of_a_network, model=None), sample):
        answers = answers_of(report)
        texts = [text for one in answers for text in (one.question, one.headline, one.answer, one.what_to_do)]
        first = first_of(report)
        counted = [told for text in (*texts, first.sentence, first.what_to_do, first.stops) for told in sentences(text)]
        assert len(counted) > 40 and max(counted)[0] <= 25, max(counted)


OF_TESTS = re.compile(r"\bp = | ± |\bn = |adjusted")


def seen(text):
    """What stands in ``text`` before anything is opened."""
    return re.sub(r"<details>.*?</details>", "", text.replace("\u00a0", " "), flags=re.DOTALL)


def test_errors_p_values_and_n_of_every_kind_of_report_wait_in_the_details(of_a_network):
    near = np.random.default_rng(3).normal(size=of_a_network.data.shape) * 1e-3
    train, held_out = load_ground_truth("digits-100-seed0")[1:3]
    samples = np.concatenate([train[:20] + near, held_out[:80]])
    copies = rm.audit_copies(train, samples, held_out[100:], threads=1)
    network = replace(of_a_network, samples=None, verdict=combined(of_a_network.model, None, [], "image"))
    data = replace(of_a_network, samples=None, model=None, verdict=None)
    for report in (of_a_network, network, data, copies):
        card = seen(report.to_markdown())
        assert not OF_TESTS.search(card), card
        top = card if report.verdict is None else seen(report._repr_html_()).partition("<table")[0]
        assert not OF_TESTS.search(top), top
        if report.verdict is not None:
            assert report.verdict.short in seen(report.to_model_card()).partition("\n- ")[0]
    for report in (network, copies):
        assert OF_TESTS.search(report.verdict.headline) and "adjusted for all tests" in report.to_markdown()
        assert "adjusted for all tests" in report._repr_html_() and "adjusted for all tests" in report.to_model_card()
    assert not any(OF_TESTS.search(seen(part.to_html()).partition("<nav")[0]) for part in (of_a_network, network, data))


def test_an_older_report_without_a_short_sentence_has_that_of_this_version(of_a_network):
    old = replace(of_a_network, verdict=replace(of_a_network.verdict, short=""))
    assert of_a_network.verdict.short in seen(old.to_markdown()) and of_a_network.verdict.short in old.to_model_card()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("σ = 0.7930 ± 0.0035 data units", "σ = 0.793 data units"),
        ("class 9: σ = 1,043.21 ± 0.12; × 5.07", "class 9: σ = 1,043; × 5.07"),
        ("gain −0.071 ± 0.012 against (1.200 ± 0.030) × 10⁻⁵ nats", "gain −0.0710 against 1.20 × 10⁻⁵ nats"),
        ("(−2.30 ± 0.10) × 10⁻⁷", "−2.30 × 10⁻⁷"),
        ("1.234568 (relative error below 10⁻⁷)", "1.23"),
        ("24 images in 12 groups (3.0)", "24 images in 12 groups (3.0)"),
    ],
)
def test_numbers_lose_their_errors_for_a_first_screen(told, shown):
    assert without_errors(told) == shown


PARTS = {"data": ("model", "samples", "verdict"), "network": ("samples",), "network and samples": ()}


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("left_out", PARTS.values(), ids=PARTS)
def test_what_to_do_begins_on_the_first_screen(of_a_network, browser, tmp_path, left_out, width):
    report = replace(of_a_network, **dict.fromkeys(left_out))
    (tmp_path / "report.html").write_text(report.to_html(), encoding="utf-8")
    page, _ = open_page(browser, tmp_path / "report.html", width)
    top = "[...document.querySelectorAll('#verdict > p > b')].at(-1).getBoundingClientRect().top"
    assert page.locator("#verdict > p > b").last.inner_text() == "What to do."
    assert page.evaluate(top) < (900 if width == 1200 else 2 * 844)
    if width == 1200:
        page.add_style_tag(content="#verdict .returns img { height: 400px !important }")
        painted(page)
        assert page.evaluate(top) > 900, "it would notice"
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_noise_level_has_one_colour_on_the_axis_and_in_every_figure(of_a_network, browser, tmp_path, scheme):
    (tmp_path / "report.html").write_text(of_a_network.to_html(), encoding="utf-8")
    page, _ = open_page(browser, tmp_path / "report.html", scheme=scheme)
    colour = "(one) => getComputedStyle(one).color"
    for kind, letter in (("generalization", "g"), ("collapse", "c"), ("onset", "o")):
        pin = page.locator(f"#verdict .pin.{kind}").evaluate(colour)
        labels = page.locator(".plot .wide text").filter(has_text=re.compile(rf"^\s*σ\s*{letter}\s*$"))
        filled = labels.evaluate_all(
            "(all) => all.map((one) => getComputedStyle(one.querySelector('tspan') ?? one).fill)"
        )
        assert len(filled) >= 5 and set(filled) == {pin}
    page.close()
