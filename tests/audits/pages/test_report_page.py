"""The page's text: complete, escaped, cut where tables are long, readable back."""

import base64
import re
from dataclasses import replace
from itertools import pairwise, permutations

import pytest

from remanifold._core.estimate import Estimate
from remanifold.audits.answers.all import answers_of, limits_of
from remanifold.audits.answers.numbers import without_errors
from remanifold.audits.pages import level_tables, tables
from remanifold.audits.pages.figures import exposure_illustration, profile_illustrations
from remanifold.audits.pages.phase_strip import phase_strip
from remanifold.audits.records.rows import DuplicateGroup, LevelRows
from remanifold.audits.report import AuditReport
from remanifold.data.maps.scaling import Scaling
from remanifold.noise import MeasuredLevel, NoiseLevel
from remanifold.plots.page.table import MOST_ROWS, escaped

EVIL = "</script><script>alert(1)</script><b>&\"'`|*_"


@pytest.fixture(scope="module")
def page(sample: AuditReport) -> str:
    return sample.to_html()


def test_the_page_answers_every_question(page: str, sample: AuditReport) -> None:
    text = page.replace("\u00a0", " ").replace("&#39;", "'")
    text = re.sub(r'<span class="option">(.*?)</span>', r"\1", text)
    for answer in answers_of(sample):
        assert answer.question in text and answer.headline in text
        assert answer.answer in text and answer.detail in text and answer.what_to_do in text
    for limit in limits_of(sample):
        assert limit in text
    assert sample.data.fingerprint in text and "none: numbers taken as they are" in text


def test_the_page_points_nowhere_outside(page: str) -> None:
    assert not re.search(r"(?:src|href|action|data)\s*=\s*[\"']?(?!#|data:)[^\"'>\s]*//", page)
    assert "http:" not in page and "https:" not in page
    assert set(re.findall(r'src="(\w+):', page)) == {"data"}
    assert "default-src 'none'" in page


def test_the_page_is_accessible_in_its_markup(page: str) -> None:
    assert '<html lang="en">' in page and page.count("<h1") == 1 and "<title>Memorization audit of digits.npy" in page
    assert all('alt="picture of' in tag for tag in re.findall(r"<img[^>]*>", page))
    assert all("scope=" in tag for tag in re.findall(r"<th[ >][^>]*", page))
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    plots = re.findall(r'<div class="plot"[^>]*>', page)
    assert len(plots) == 5 == page.count("<summary>Values as a table") and all(
        'role="img"' in tag and "aria-label" in tag for tag in plots
    )
    names = re.findall(r'id="([^"]+)"', page)
    assert len(set(names)) == len(names)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(names)


def test_what_the_user_named_cannot_break_out_of_page_or_card(sample: AuditReport) -> None:
    evil = replace(
        sample,
        data=replace(sample.data, source=EVIL, preprocessing=EVIL),
        notes=(EVIL,),
        parameters={EVIL: EVIL},
        classes=(replace(sample.classes[0], label=EVIL),),
        exposure=(replace(sample.exposure[0], label=EVIL),),
    )
    html = evil.to_html()
    assert "<script>alert" not in html and "<b>&" not in html
    assert html.count("</script>") == sample.to_html().count("</script>")
    assert AuditReport.from_json(html) == evil
    card = evil.to_markdown(rows=True)
    assert "<script>" not in card.replace("\\<", "") and r"\|\*\_" in card


def test_a_page_where_nothing_exists_still_says_everything(bare: AuditReport) -> None:
    html = bare.to_html()
    assert "the gap curve never crosses zero" in html and "Not checked: no hold-out set was given." in html
    assert 'class="axis"' not in html and 'id="classes"' not in html and "<img" not in html
    assert AuditReport.from_json(html) == bare


def words_of(page: str) -> str:
    """What a reader meets: text, labels and the words of drawings; not the glossary's, which are about any data."""
    page = re.sub(r'<section id="words">.*?</section>', "", page, flags=re.DOTALL)
    labels = " ".join(re.findall(r'(?:alt|aria-label)="([^"]*)"', page))
    return f"{re.sub(r'<script.*?</script>|<style.*?</style>|<[^>]*>', ' ', page, flags=re.DOTALL)} {labels}"


def test_rows_of_pictures_are_called_images_on_page_and_card_and_others_rows(page: str, sample: AuditReport) -> None:
    assert "Exposed images" in page and 'scope="row"' in page
    assert not re.search(r"\brows?\b", words_of(page))
    card = sample.to_markdown(rows=True)
    assert not re.search(r"\brows?\b", card) and "400 images" in card
    assert "400 images" in sample.to_model_card()
    table = replace(sample, data=replace(sample.data, shape=(64,)), pictures={}, notes=())
    for text in (words_of(table.to_html()), table.to_markdown(), table.to_model_card()):
        assert not re.search(r"\bimages?\b", text) and "400 rows" in text


def test_long_tables_are_cut_and_say_so(sample: AuditReport, page: str) -> None:
    assert len(sample.exposure) == 120
    assert "70 more are in the JSON." in page
    groups = tuple(DuplicateGroup(tuple(range(12)), 0.5) for _ in range(60))
    table = tables.duplicates_table(replace(sample, duplicates=groups))
    assert len(table.rows) == MOST_ROWS and table.left_out == 10
    assert table.rows[0][2].text == "0, 1, 2, 3, 4, 5, 6, 7 and 4 more" and len(table.rows[0][2].pictures) == 8


def test_pictures_stand_beside_their_rows(page: str, sample: AuditReport) -> None:
    first = sample.exposure[0]
    for row in (first.row, first.nearest_row):
        uri = sample.pictures[f"train:{row}"]
        assert f'<img src="{uri}" alt="picture of training image {row}">' in page
        assert base64.b64decode(uri.split(",")[1]).startswith(b"\x89PNG")
    assert 'alt="picture of holdout image 0"' in page


def test_clocks_are_named_and_a_level_outside_a_grid_is_said(sample: AuditReport) -> None:
    table = level_tables.clock_table(sample)
    cells = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert table.columns == ("clock", "onset of traps", "collapse", "best stop")
    collapse = sample.t_collapse
    assert collapse is not None
    step, t = collapse.to_ddpm("linear")
    assert cells["DDPM step, linear schedule"][1] == f"{step} (t = {t:.2f})"
    beyond = level_tables.clock_table(replace(sample, t_onset=MeasuredLevel(1e9, 1.0)))
    assert {row[0].text: row[1].text for row in beyond.rows}["DDPM step, linear schedule"] == "out of its range"
    assert "variance-preserving time s, t = exp(2s) − 1" in cells
    missing = level_tables.clock_table(replace(sample, t_onset=None))
    assert missing.columns == ("clock", "collapse", "best stop")


def test_the_strip_keeps_order_and_fills_the_axis(sample: AuditReport, bare: AuditReport) -> None:
    strip = phase_strip(sample)
    assert strip is not None
    assert [pin.kind for pin in strip.pins] == ["generalization", "collapse", "onset"]
    assert sum(phase.width for phase in strip.phases) == pytest.approx(100)
    assert [phase.name for phase in strip.phases] == ["Memorizing", "Traps exist", "Few traps"]
    assert all(0 < pin.left < 100 for pin in strip.pins) and len(strip.ticks) >= 3
    assert phase_strip(bare) is None
    only = phase_strip(replace(bare, t_onset=sample.t_onset))
    assert only is not None and [phase.name for phase in only.phases] == ["Traps exist", "Few traps"]


def test_the_strip_marks_both_stops_and_the_end_of_the_sampler(sample: AuditReport) -> None:
    assert sample.t_collapse is not None
    rows = LevelRows(Estimate(0.5, 0.01, 9), 3, NoiseLevel(4 * sample.t_collapse.value))
    wide = replace(sample.data, std=3 * sample.t_collapse.sigma)
    told = replace(sample, collapse_rows=rows, data=wide, parameters={**sample.parameters, "sampler_sigma": 0.1})
    strip = phase_strip(told)
    assert strip is not None and {pin.kind for pin in strip.pins} >= {"generalization", "untraceable", "sampler"}
    assert all(0 < pin.left < 100 for pin in strip.pins) and strip.pins[0].kind == "sampler"
    answer = next(item for item in answers_of(told) if item.key == "generalization")
    assert "traced to no training image better than by a coin: stop above" in answer.answer and answer.concern
    assert "lies below the best stop and below the collapse of the first image" in answer.answer


@pytest.mark.parametrize("factors", [(1, 1.2, 1.4), (1, 3, 30), (1, 1.1, 50), (1, 40, 44)])
def test_no_line_of_the_strip_crosses_a_label(sample: AuditReport, factors: tuple[float, ...]) -> None:
    """Labels of marks near to each other, near to either end and far apart; the first row collapses among them."""
    best, collapse, onset = (MeasuredLevel(0.01 * factor**2, 1e-6) for factor in factors)
    rows = LevelRows(Estimate(0.5, 0.01, 9), 3, NoiseLevel(1.3 * collapse.value))
    told = replace(sample, t_generalization=best, t_collapse=collapse, t_onset=onset, collapse_rows=rows)
    strip = phase_strip(told)
    assert strip is not None and len({pin.level for pin in strip.pins}) == len(strip.pins) == 4
    for pin, other in permutations(strip.pins, 2):
        reach = (-1 if pin.leftwards else 1) * 0.7 * len(f"{pin.name} {pin.index} = {pin.value}")
        assert not (min(0, reach) < other.left - pin.left < max(0, reach) and other.level > pin.level)


def test_every_figure_has_words(sample: AuditReport, bare: AuditReport) -> None:
    drawn = (*profile_illustrations(sample), exposure_illustration(sample))
    assert [item.key for item in drawn if item] == ["order", "crossings", "likelihood", "dimension", "exposure"]
    assert all(item and item.title and item.caption.endswith(".") and item.alt.endswith(".") for item in drawn)
    assert exposure_illustration(bare) is None and len(profile_illustrations(bare)) == 4


def test_the_card_is_a_screen_long_and_complete(sample: AuditReport, bare: AuditReport) -> None:
    card = sample.to_markdown()
    seen = re.sub(r"<details>.*?</details>", "", card, flags=re.DOTALL)
    for answer in answers_of(sample.without_rows()):
        assert f"<summary>{answer.question}</summary>" in card
        assert f"{escaped(answer.question)} **{escaped(without_errors(answer.headline))}**" in seen
        assert not answer.detail or escaped(answer.detail) not in seen
    assert len(seen) < 2_500 and seen.count("\n") < 40 and "| --- |" not in seen, "a screen"
    assert len(re.findall(r"^\| --- ", card, re.MULTILINE)) == 2 and "110 more in the JSON." in card
    assert card.count("<details>") == card.count("</details>") == len(answers_of(sample)) + 2
    assert all(line.strip() == "" for line in re.findall(r"</summary>\n(.*)\n", card)), "else Markdown is shown as text"
    assert "What this does not say" in card and sample.data.fingerprint in seen
    assert len(card) < 12_000 and "| --- |" not in bare.to_markdown()


def test_figures_name_the_unit_of_scaled_columns(sample: AuditReport) -> None:
    scaled = replace(sample, data=replace(sample.data, standardize=Scaling("sd", ("a",), (0.0,), (1.0,))))
    for report, unit in ((sample, "data units"), (scaled, "standard deviations of a column")):
        for item in profile_illustrations(report):
            assert item.figure.axes[0].get_xlabel() == f"noise level σ ({unit})"
