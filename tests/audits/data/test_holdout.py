"""The hold-out as a control: what is no control is flagged, what is one is not."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from remanifold import AuditReport, HiddenManifold, audit
from remanifold.audits import Answer, answers_of
from remanifold.audits.answers.verdict import of_data_alone

MANIFOLD = HiddenManifold(ambient_dim=24, latent_dim=8, n_points=400, seed=5)
POINTS = MANIFOLD.points()
HONEST = MANIFOLD.fresh(50)
NOISY_LEAK = POINTS[:50] + 0.1 * np.random.default_rng(0).normal(size=(50, 24))
pytestmark = pytest.mark.usefixtures("without_theory")


def about_holdout(report: AuditReport) -> Answer:
    return next(answer for answer in answers_of(report) if answer.key == "holdout")


def audited(holdout: NDArray[np.float64], data: NDArray[np.float64] = POINTS, queries: int = 150) -> AuditReport:
    return audit(data, holdout=holdout, max_queries=queries, threads=1)


@pytest.mark.parametrize(
    ("holdout", "side", "words"), [(NOISY_LEAK, 1, "nearer to"), (HONEST + 100, -1, "farther from")]
)
def test_a_leak_with_noise_and_a_shift_are_flagged(holdout: NDArray[np.float64], side: int, words: str) -> None:
    """No row overlaps, yet every row is nearer, or farther, than any training row is to another."""
    report = audited(holdout)
    check, answer = report.holdout, about_holdout(report)
    assert check is not None and check.overlap == ()
    assert side * check.closer_share.z(0.5) > 10
    assert report.scalars()["holdout_closer_share_z"] > 10
    assert answer.concern and answer.answer.startswith("Doubtful") and words in answer.answer
    assert "this hold-out is no control" in answer.what_to_do


def test_honest_holdouts_pass() -> None:
    """2000 such hold-outs: the share of closer rows flagged 0.45(15) %; 0.27 % were expected at 3 standard errors."""
    flagged = 0
    for seed in range(10):
        manifold = HiddenManifold(ambient_dim=24, latent_dim=8, n_points=300, seed=seed)
        report = audited(manifold.fresh(50), manifold.points(), queries=60)
        flagged += about_holdout(report).concern
        assert report.scalars()["holdout_closer_share_z"] >= 0
    assert flagged <= 1  # two of ten: a chance of some 1 in 200


def test_a_best_stop_that_cannot_be_measured_is_a_concern() -> None:
    shifted = audited(HONEST + 100)
    assert shifted.holdout is not None and shifted.holdout.t_generalization is None
    assert shifted.holdout.t_generalization_reason is not None
    assert "end of the levels" in about_holdout(shifted).answer
    assert "fewer than two of its rows" in about_holdout(audited(POINTS[:3])).answer
    unseparated = replace(shifted.holdout, closer_share=replace(shifted.holdout.closer_share, value=0.5))
    answer = about_holdout(replace(shifted, holdout=unseparated))
    assert answer.concern and "confirms nothing" in answer.what_to_do and "best stop not measured" in answer.headline


def test_distances_are_to_distinct_points_as_those_of_the_training_rows_are() -> None:
    """A copy of every row, moved a little towards the hold-out, may not make the hold-out nearer."""
    steps = HONEST - POINTS[:50]
    moved = POINTS[:50] + 1e-3 * steps / np.linalg.norm(steps, axis=1, keepdims=True)
    plain, copied = audited(HONEST), audited(HONEST, np.concatenate([POINTS, moved]))
    assert copied.data.n_groups == 400 < copied.data.n_points
    assert plain.holdout is not None and copied.holdout is not None
    assert copied.holdout.closer_share == plain.holdout.closer_share
    assert copied.holdout.median_distance == plain.holdout.median_distance
    leak = audited(moved, np.concatenate([POINTS, moved])).holdout
    assert leak is not None and [row for _, row, _ in leak.overlap] == list(range(400, 450))  # any member overlaps


def test_the_same_data_as_hold_out_are_told_in_the_headline() -> None:
    for twice in (POINTS, POINTS[np.random.default_rng(3).permutation(400)]):
        report = audited(twice)
        assert report.holdout_is_data
        assert "The hold-out checks nothing: every hold-out row is a training row" in of_data_alone(report)
        assert about_holdout(report).answer.startswith("No: each of the 400 hold-out rows is a training row")
    honest = audited(HONEST)
    assert not honest.holdout_is_data and "checks nothing" not in of_data_alone(honest)
