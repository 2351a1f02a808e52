"""Samples in another scale get no all-clear; honest ones are hardly ever doubted."""

import numpy as np
import pytest

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


def test_a_hold_out_of_another_scale_names_nobody():
    rng = np.random.default_rng(0)
    train, unseen = rng.normal(size=(2, 150, 6)) * 40 + 128
    report = audit_copies(train, train[:40] + rng.normal(size=(40, 6)), unseen / 255, threads=1)
    answer = copies_answer(report)
    assert report.verdict is not None and report.verdict.state == "cannot tell"
    assert report.flagged == () and answer.answer.startswith("It cannot be told")


@pytest.mark.parametrize(("change", "words"), [("x / 255", "x * 255 then reverse channels"), ("x", "reverse channels")])
def test_reversed_channels_are_found_in_every_scale(change, words):
    rng = np.random.default_rng(0)
    shift = np.array([30.0, 0.0, -30.0])[:, None, None]
    pictures = rng.normal(size=(200, 3, 6, 6)).cumsum(2).cumsum(3) * 6 + 128 + shift
    samples = pictures[:40, ::-1] + rng.normal(size=(40, 3, 6, 6))
    samples = samples / 255 if "/" in change else samples
    report = audit_copies(pictures[:100], samples, pictures[100:], threads=1)
    assert f"They fit by {words}: pass" in report.doubts[0]
