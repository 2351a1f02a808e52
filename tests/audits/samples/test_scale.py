"""Samples in another scale get no all-clear; honest ones are hardly ever doubted."""

import numpy as np

from remanifold import audit_copies
from remanifold.audits.answers.samples import copies_answer

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (1000, 64)).astype(float)


def test_samples_in_another_scale_are_doubted_though_half_are_copies():
    train, holdout = PIXELS[:600], PIXELS[600:900]
    samples = np.concatenate([train[:50], PIXELS[900:950]]) / 255
    for report in (audit_copies(train, samples, holdout, threads=1), audit_copies(train, samples, threads=1)):
        assert "The scale of the samples is 0.0039" in report.doubts[0]
        assert report.warnings == report.doubts and "Careful: the scale" in copies_answer(report).answer
    answer = copies_answer(audit_copies(train, samples, holdout, threads=1)).answer
    assert answer.startswith("It cannot be told whether")


def test_honest_samples_are_hardly_ever_doubted():
    doubted = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sets = [rng.standard_normal((n, 10)) for n in (100, 60, 100)]
        doubted += bool(audit_copies(*sets, seed=seed, threads=1).doubts)
    assert doubted <= 4
