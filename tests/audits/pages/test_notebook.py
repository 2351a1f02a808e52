"""What a notebook shows of a report: headlines and a table, without script or network."""

from dataclasses import replace

import numpy as np

from remanifold import audit_copies
from remanifold.audits import answers_of
from remanifold.audits.answers.numbers import sigma
from remanifold.audits.pages.notebook import report_fragment
from remanifold.audits.report import AuditReport


def test_a_report_shows_its_headlines_and_three_levels(sample: AuditReport, bare: AuditReport) -> None:
    fragment = report_fragment(sample).replace("\u00a0", " ")
    assert all(answer.headline in fragment for answer in answers_of(sample))
    assert sample.t_collapse is not None
    assert fragment.count("<tr>") == 4 and len(fragment) < 6000
    assert sigma(sample.t_collapse) in fragment
    assert report_fragment(bare).count("does not exist") == 5  # three levels, rows needed, Gaussian
    for text in (fragment, report_fragment(bare)):
        assert not any(word in text for word in ("<script", "<style", "<html", "src=", "href=", "http"))


def test_what_the_user_named_cannot_break_out(sample: AuditReport) -> None:
    evil = replace(sample, data=replace(sample.data, source="<script>alert(1)</script>"))
    assert "<script" not in report_fragment(evil)


def test_a_report_on_copies_has_a_short_repr_and_a_fragment() -> None:
    rng = np.random.default_rng(0)
    report = audit_copies(*(rng.standard_normal((n, 4)) for n in (30, 20, 40)))
    assert repr(report) == (
        "CopiesReport(30 train, 20 samples, 40 holdout, 30 train_distinct, 40 holdout_distinct; 0 samples named)"
    )
    fragment = report._repr_html_()
    assert "closer_share" in fragment and "<script" not in fragment and "Are these samples copies" in fragment
