"""Heavy-tailed rows, where few rows carry the loss gap of the exact score: no index, but tests and a verdict."""

import numpy as np

import remanifold as rm
from remanifold.audits import answers_of

SCALES = np.geomspace(0.5, 12, 6)


def drawn(n, seed):
    rng = np.random.default_rng(seed)
    part = rng.choice(6, n, p=SCALES**-1.5 / (SCALES**-1.5).sum())
    return rng.normal(size=(n, 6)) * SCALES[part, None] * np.linspace(0.05, 1, 6)


def posterior_mean(x, t):
    """The exact denoiser of the law of `drawn`."""
    total = (SCALES[:, None] * np.linspace(0.05, 1, 6)) ** 2 + t
    weights = SCALES**-1.5 * np.exp(-0.5 * (np.asarray(x)[:, None] ** 2 / total).sum(2)) / np.sqrt(total.prod(1))
    factor = np.einsum("ik,kn->in", weights / weights.sum(1, keepdims=True), 1 - t / total)
    return np.asarray(x) * factor


def audited(network, rows, holdout):
    task = rm.AuditedNetwork(network, "ideal", "exact", evaluations=20_000, cheap=True)
    return rm.audit(rows, holdout=holdout, model=task, max_queries=40, threads=1)


def test_without_an_index_the_tests_still_give_a_verdict():
    rows, holdout = drawn(300, 11), drawn(300, 12)
    honest = audited(posterior_mean, rows, holdout)
    assert honest.model.index is None and "3 errors" in honest.model.reason
    assert honest.model.p_value is not None and honest.model.tests and honest.verdict.state != "remembers"
    answer = next(item for item in answers_of(honest) if item.key == "memory")
    assert answer.answer.startswith("No memory was found") and "No memory index" in answer.detail
    assert "tests alone" in honest.to_html() and rm.AuditReport.from_json(honest.to_json()) == honest
    knowing = audited(rm.EmpiricalScore(rows), rows, holdout)
    assert knowing.verdict.state == "remembers"
