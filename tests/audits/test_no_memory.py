"""The verdict as an assertion, and as a section of a model card that names no row."""

import numpy as np
import pytest

import remanifold as rm
from remanifold.audits import assert_no_memory, compare_models

RNG = np.random.default_rng(0)
ROWS, UNSEEN = RNG.normal(size=(100, 4)) * [2, 1, 0.5, 0.1], RNG.normal(size=(100, 4)) * [2, 1, 0.5, 0.1]
HONEST = rm.GaussianScore(np.zeros(4), np.diag(np.array([2, 1, 0.5, 0.1]) ** 2))


def copies(samples):
    return rm.audit_copies(ROWS, samples, UNSEEN, threads=1)


def test_copies_fail_and_an_open_question_fails_where_asked():
    honest = copies(RNG.normal(size=(20, 4)) * [2, 1, 0.5, 0.1])
    assert honest.verdict.state == "cannot tell"  # 20 samples are few
    assert_no_memory(honest)
    with pytest.raises(AssertionError, match="It cannot be told"):
        assert_no_memory(honest, strict=True)
    with pytest.raises(AssertionError, match=r"50 samples equal a training row"):
        assert_no_memory(copies(ROWS[:50]))


def test_of_a_network_of_data_alone_and_of_a_comparison():
    task = rm.AuditedNetwork(rm.EmpiricalScore(ROWS), "memorizer", "exact", evaluations=10_000, cheap=True)
    report = rm.audit(ROWS, holdout=UNSEEN, model=task, max_queries=30, threads=1)
    with pytest.raises(AssertionError, match="It remembers training rows"):
        assert_no_memory(report)
    with pytest.raises(rm.InvalidInput, match="a report with a verdict"):
        assert_no_memory(rm.audit(ROWS, max_queries=30, threads=1))
    models = {"a": HONEST, "b": rm.EmpiricalScore(ROWS)}
    with pytest.raises(AssertionError, match="b remembers"):
        assert_no_memory(compare_models(ROWS, models, UNSEEN, max_queries=30, threads=1))
    backwards = compare_models(ROWS, dict(reversed(models.items())), UNSEEN, max_queries=30, threads=1)
    assert_no_memory(backwards)
    with pytest.raises(AssertionError, match="no all-clear"):
        assert_no_memory(backwards, strict=True)
    card = report.to_model_card()
    assert card.startswith("## Memorization\n\n**Verdict: remembers.**") and "Memory index" in card
    assert len(card) < 1500 and "memorizer" not in card


def test_the_card_of_samples_names_no_file(tmp_path):
    np.save(tmp_path / "secret.npy", ROWS)
    card = rm.audit_copies(tmp_path / "secret.npy", ROWS[:50], UNSEEN, threads=1).to_model_card()
    assert "Samples named as copies: 50" in card and "secret" not in card
    assert "no verdict" in rm.audit(ROWS, max_queries=30, threads=1).to_model_card()
