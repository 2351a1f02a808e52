"""The verdict: an ideal network that learned a few rows by heart is not called clean, an honest one is not accused."""

import json

import numpy as np
import pytest

import remanifold as rm
from remanifold.audits.answers.verdict import verdict_of

VARIANCES = np.linspace(0.05, 2, 8) ** 2


class Partial:
    """The exact denoiser of (1 - share) population + share of a few rows, each with an equal part."""

    def __init__(self, rows, share):
        self.rows, self.share = rows, share

    def __call__(self, x, t):
        x = np.asarray(x, dtype=float)
        population = x * (VARIANCES / (VARIANCES + t))
        if self.share == 0:
            return population
        total = VARIANCES + t
        law = np.log1p(-self.share) - 0.5 * (x * x / total).sum(1) - 0.5 * np.log(total).sum()
        near = -0.5 * ((x[:, None] - self.rows) ** 2).sum(2) / t - 0.5 * x.shape[1] * np.log(t)
        near += np.log(self.share / len(self.rows))
        top = np.maximum(law, near.max(1))
        own, others = np.exp(law - top), np.exp(near - top[:, None])
        return (own[:, None] * population + others @ self.rows) / (own + others.sum(1))[:, None]


def drawn(n, seed):
    return np.random.default_rng(seed).normal(size=(n, len(VARIANCES))) * np.sqrt(VARIANCES)


def audited(data, network, holdout, **options):
    task = rm.AuditedNetwork(network, "ideal", "exact", evaluations=30_000, cheap=True)
    return rm.audit(data, holdout=holdout, model=task, max_queries=60, threads=1, **options)


def test_a_network_that_learned_ten_repeated_rows_remembers_them():
    rows = drawn(700, 0)
    data = np.concatenate([rows, np.repeat(rows[:10], 20, axis=0)])
    report = audited(data, Partial(rows[:10], 0.1), drawn(300, 1))
    assert report.verdict.state == "remembers"
    assert report.verdict.reasons[0].name == "duplicates"
    assert report.verdict.reasons[0].adjusted < 1e-4
    assert report.scalars()["model_evidence_duplicates"] > 4
    assert report.to_markdown().index("Verdict: remembers") < 200
    tree = json.loads(report.to_json())["verdict"]
    assert tree.keys() == {"state", "headline", "reasons", "detectable", "next", "short"}
    assert rm.AuditReport.from_json(report.to_json()) == report


def test_the_same_rows_without_copies_are_found_when_they_are_named_and_no_all_clear_is_given_else():
    rows, holdout = drawn(700, 0), drawn(300, 1)
    named = audited(rows, Partial(rows[:10], 0.1), holdout, rows=np.arange(10))
    assert named.verdict.state == "remembers"
    assert named.verdict.reasons[0].name == "named rows"
    unnamed = audited(rows, Partial(rows[:5], 0.1), holdout)
    assert unnamed.verdict.state != "no sign"
    assert set(unnamed.model.outstanding) >= set(range(5))


def test_an_honest_network_is_given_no_sign_with_what_would_have_been_found():
    data = drawn(700, 0)
    verdict = audited(np.concatenate([data, data[:10]]), Partial(data[:1], 0), drawn(300, 5)).verdict
    assert verdict.state == "no sign"
    assert 0 < verdict.detectable["rows"] <= 0.05
    assert "80 % power" in verdict.headline


def test_without_network_and_samples_there_is_no_verdict():
    report = rm.audit(drawn(60, 0), max_queries=20, threads=1)
    assert report.verdict is None
    assert verdict_of(report) is None


def test_rows_must_be_numbers_of_rows_and_come_with_a_model():
    data = drawn(60, 0)
    with pytest.raises(rm.InvalidInput, match="with a model"):
        rm.audit(data, rows=[1, 2])
    with pytest.raises(rm.InvalidInput, match="0 to 59"):
        audited(data, Partial(data, 0), drawn(30, 1), rows=[60])


@pytest.mark.parametrize("share", [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0])
def test_rows_of_near_pairs_are_named_as_single_rows_are(share):
    """Planted at ten distances, in shares of the median nearest distance: the fit reaches none of them."""
    rows, holdout = drawn(500, 0), drawn(300, 1)
    near = np.linalg.norm(rows[:, None] - rows, axis=2)
    np.fill_diagonal(near, np.inf)
    way = drawn(20, 2)
    beside = rows[:20] + share * np.median(near.min(axis=1)) * way / np.linalg.norm(way, axis=1, keepdims=True)
    data, single = np.concatenate([rows, beside]), rows[20:40]
    known = np.concatenate([rows[:20], beside, single])
    model = audited(data, Partial(known, 0.3), holdout, duplicate_distance=0).model
    named = {item.row for item in model.remembered}
    pairs, alone = set(range(20)) | set(range(500, 520)), set(range(20, 40))
    assert len(named & pairs) >= 38 and len(named & alone) >= 19 and len(named - pairs - alone) <= 12
    groups = {group.members for group in model.near_copies}
    if share <= 0.2:
        assert sum((k, 500 + k) in groups for k in range(20)) >= 18
        assert all(group.gap > 0.2 for group in model.near_copies if group.members[-1] >= 500)


def test_of_wide_rows_memory_of_five_per_cent_would_have_been_found_and_is():
    """A fit of the controls that begins with least squares is drawn by the remembered rows: it stated 18 to 73 %."""
    scale = np.linspace(0.1, 1.5, 200)
    rows, holdout = (np.random.default_rng(seed).normal(size=(300, 200)) * scale for seed in (0, 1))

    def honest(x, t):
        return np.asarray(x) * (scale**2 / (scale**2 + t))

    assert audited(rows, honest, holdout).model.detectable["rows"] <= 0.05

    def knowing(x, t):  # what the empirical score of fifteen rows gives, where it is sure
        x = np.asarray(x)
        near = ((x[:, None] - rows[:15]) ** 2).sum(2)
        sure = near.min(axis=1) < 200 * (t + 0.05)
        return np.where(sure[:, None], rows[near.argmin(axis=1)], honest(x, t))

    report = audited(rows, knowing, holdout)
    assert report.verdict.state == "remembers" and report.verdict.reasons[0].name == "a few rows"


def test_without_a_hold_out_the_reader_is_told_how_to_make_one_and_what_it_adds():
    rows = drawn(100, 0)
    for holdout, why in ((None, "without rows that it was not trained on"), (rows, "every hold-out row is a training")):
        verdict = audited(rows, Partial(rows[:10], 0.1), holdout).verdict
        assert verdict.state == "cannot tell" and why in verdict.headline
        assert "as --holdout: a test split or newer rows" in verdict.next and "They add the loss gap" in verdict.next
