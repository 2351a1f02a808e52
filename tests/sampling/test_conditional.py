"""Scores of classes: each label sees its own points only."""

import numpy as np
import pytest
import torch

from remanifold import EmpiricalScore, InvalidInput
from remanifold.sampling import ClassScores, log_grid, simulate

RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(90, 4)).astype(np.float32)
LABELS = RNG.integers(0, 3, 90)
SCORES = ClassScores(DATA, LABELS)


def test_each_query_is_answered_by_its_class():
    x, t = RNG.normal(size=(30, 4)), RNG.uniform(0.1, 2, 30)
    asked = RNG.integers(0, 3, 30)
    found = SCORES(x, t, asked)
    for k in range(3):
        members = np.flatnonzero(k == LABELS)
        alone = EmpiricalScore(DATA[members])
        assert found[asked == k] == pytest.approx(alone(x[asked == k], t[asked == k]), abs=1e-5)
        assert SCORES.given(k).fingerprint == alone.fingerprint
    tensor = SCORES(torch.tensor(x), torch.tensor(t), asked)
    assert isinstance(tensor, torch.Tensor) and tensor.numpy() == pytest.approx(found)


def test_samples_of_a_class_end_at_points_of_the_class():
    asked = np.arange(60) % 3
    done = simulate(SCORES, log_grid(2000, 1e-5, 120), n_samples=60, labels=asked, batch=25, final="posterior mean")
    gaps = ((done.samples[:, None] - DATA) ** 2).sum(-1)
    assert gaps.min(1).max() < 1e-6
    assert np.array_equal(LABELS[gaps.argmin(1)], asked)
    assert done.parameters["fingerprint"] == SCORES.fingerprint


def test_a_file_is_read_class_by_class(tmp_path):
    np.save(tmp_path / "x.npy", DATA)
    names = np.array(["cat", "dog", "owl"])[LABELS]
    np.save(tmp_path / "y.npy", names)
    scores = ClassScores(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))
    assert scores.labels.tolist() == ["cat", "dog", "owl"]
    assert scores.given("owl").fingerprint == SCORES.given(2).fingerprint


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ClassScores(DATA), "scores of classes need labels, but got none"),
        (
            lambda: ClassScores(DATA, np.r_[5, LABELS[1:]]),
            "every class must have at least 3 points, but got 1 in class 5",
        ),
        (lambda: SCORES(DATA, 1.0, [0]), "there must be 90 labels, one a query"),
        (lambda: SCORES(DATA[:1], 1.0, [7]), "labels must be classes of the data, but got [7]"),
        (lambda: SCORES(DATA[:1], 1.0, ["cat"]), "labels must be like those of the data (int64)"),
    ],
)
def test_a_mistake_is_one_sentence(call, sentence):
    with pytest.raises(InvalidInput) as caught:
        call()
    assert str(caught.value).startswith(sentence)
