"""The top of a report: one word, one sentence, the axis, pictures brought back, pairs, and what to do."""

import re
from dataclasses import replace

import numpy as np

import remanifold as rm
from remanifold.audits.answers.all import answers_of
from remanifold.audits.pages.first_screen import first_screen
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
    told = replace(report, collapse_rows=far)
    words = "use the higher one where no sample may be traced, else the best stop."
    assert words in first_of(told).stops and words in told.to_html() and words in told.to_markdown()
    near = replace(report.collapse_rows, first_row_t=NoiseLevel(1.1 * report.t_generalization))
    bare = replace(report, collapse_rows=near, t_collapse=None, t_collapse_reason="none")
    assert first_of(bare).stops == "" and words not in bare.to_html()


def test_rows_that_are_no_pictures_and_never_collapse_have_words_alone():
    report = rm.audit(np.random.default_rng(0).normal(size=(40, 3)), max_queries=20, threads=1)
    assert first_of(report).row is None and first_of(report).returns == ()
    bare = rm.AuditReport.from_json(report.to_json())
    none = replace(bare, t_collapse=None, t_onset=None, t_generalization=None, t_collapse_reason="too few rows")
    assert first_of(none).strip is None and "too few rows" in first_of(none).sentence
    assert "No model and no samples were audited" in none.to_html()
