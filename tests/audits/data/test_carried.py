"""A report names the few rows that carry its noise levels: in a note, in the answers, in the tables and in JSON."""

import json

import numpy as np
import pytest

from remanifold import AuditReport, audit
from remanifold.audits import answers_of

TIMES = ("t_onset", "t_collapse", "t_generalization")


@pytest.fixture(scope="module")
def heavy() -> AuditReport:
    random = np.random.default_rng(0)
    rows = random.standard_normal((200, 6))
    rows[:12] *= np.linspace(200, 20, 12)[:, None]
    return audit(rows, max_queries=100, threads=1)


def test_the_rows_and_the_levels_without_them_are_told_everywhere(heavy: AuditReport) -> None:
    carried = heavy.carried
    assert carried is not None and set(carried.rows) == set(range(12))
    words = heavy.notes[1]
    assert words.startswith("12 of 200 distinct rows carry the mean noise levels") and "and 2 more" in words
    assert carried.t_collapse is not None and f"{carried.t_collapse.sigma:.4g}" in words
    for answer in answers_of(heavy)[:3]:
        assert "12 rows carry this mean (" in answer.answer and "without them, σ = " in answer.answer
    assert "without the rows that carry the mean" in heavy.to_html()
    assert "without the rows that carry the mean" in heavy._repr_html_()
    assert "carry the mean noise levels" in heavy.to_markdown()


def test_the_json_has_them_and_is_read_back(heavy: AuditReport) -> None:
    tree = json.loads(heavy.to_json())["carried"]
    assert sorted(tree["rows"]) == list(range(12))
    for name in TIMES:
        assert {"value", "stderr", "interval", "clocks", "n_queries"} <= tree[name].keys()
        assert tree[name]["value"] < json.loads(heavy.to_json())[name]["value"]
    assert AuditReport.from_json(heavy.to_json()) == heavy


def test_one_row_is_told_as_one_and_regular_data_say_nothing() -> None:
    rows = np.random.default_rng(1).standard_normal((150, 8))
    plain = audit(rows, threads=1)
    assert plain.carried is None and plain.notes == () and "carr" not in answers_of(plain)[0].answer
    rows[30] *= 100
    report = audit(rows, threads=1)
    assert report.notes[0].startswith("One row carries the mean noise levels, far from all others: 30. Without it ")
    assert "One row carries this mean (30): without it, σ = " in answers_of(report)[0].answer
