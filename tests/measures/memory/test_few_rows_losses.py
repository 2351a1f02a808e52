"""Losses of the empirical score of few wide rows from distances of pairs, beside the score asked level by level."""

import numpy as np
import pytest

from remanifold import EmpiricalScore
from remanifold.data import open_points
from remanifold.measures.memory.denoising_loss import squared_errors
from remanifold.measures.memory.few_rows_losses import FewRowsLosses
from remanifold.sampling.means import LabelledMeans

_N = 5000
_LEVELS = np.geomspace(1e-3, 1e8, 12)


def explicit(rows: np.ndarray, clean: np.ndarray, noise: np.ndarray, levels: np.ndarray = _LEVELS) -> np.ndarray:
    """Weights and means from the differences of all pairs."""
    gap = rows - clean[:, None]
    half, along = (gap * gap).sum(axis=2) / 2, -(gap * noise[:, None]).sum(axis=2)
    out = []
    for t in levels:
        logits = -(half + np.sqrt(t) * along) / t
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        mean = np.einsum("ap,apn->an", weights / weights.sum(axis=1, keepdims=True), gap)
        out.append((mean * mean).mean(axis=1))
    return np.stack(out, axis=1)


@pytest.mark.parametrize("kind", ["normal", "far apart and near", "copies"])
def test_errors_are_those_of_explicit_differences(kind: str) -> None:
    random = np.random.default_rng(0)
    rows = random.standard_normal((40, _N))
    if kind == "far apart and near":
        rows[:20] = 1e3 * rows[:20] + 7.0
        rows[20:] = rows[:20] + 1e-3 * rows[20:]
    if kind == "copies":
        rows[20:] = rows[:20]
    clean = np.concatenate([rows[:7], rows[20:25], random.standard_normal((5, _N))])
    noise = random.standard_normal(clean.shape)
    truth = explicit(rows, clean, noise)
    found = FewRowsLosses(open_points(rows), 10**8)(clean, noise, _LEVELS)
    np.testing.assert_allclose(found, truth, rtol=1e-6 if kind == "far apart and near" else 1e-9, atol=1e-26)


def test_rows_stored_in_eight_bits_take_their_exact_products() -> None:
    """Of these the noise is rounded, by 3e-7 of its standard deviation."""
    random = np.random.default_rng(6)
    rows = random.integers(0, 256, (40, _N), dtype=np.uint8)
    held = random.integers(0, 256, (5, _N), dtype=np.uint8)
    clean = np.concatenate([rows[:7], held]).astype(np.float64)
    noise, levels = random.standard_normal(clean.shape), 1e4 * _LEVELS
    found = FewRowsLosses(open_points(rows), 10**8)(clean, noise, levels)
    np.testing.assert_allclose(found, explicit(rows.astype(np.float64), clean, noise, levels), rtol=1e-4, atol=1e-20)


def test_errors_are_those_of_the_score() -> None:
    random = np.random.default_rng(5)
    rows, clean, noise = random.standard_normal((3, 40, _N))
    points = open_points(rows)
    score = squared_errors(LabelledMeans(EmpiricalScore(rows), None, None), points.shape, clean, noise, _LEVELS)
    np.testing.assert_allclose(FewRowsLosses(points, 10**8)(clean, noise, _LEVELS), score, rtol=1e-6)


def test_a_training_row_that_has_all_weight_has_no_error() -> None:
    rows = np.random.default_rng(1).standard_normal((30, _N))
    noise = np.random.default_rng(2).standard_normal(rows.shape)
    assert FewRowsLosses(open_points(rows), 10**8)(rows, noise, np.array([1e-3])).max() < 1e-30


def test_memory_only_cuts_the_work() -> None:
    rows = np.random.default_rng(3).standard_normal((30, _N)).astype(np.float32)
    clean, noise = np.random.default_rng(4).standard_normal((2, 4, _N))
    points = open_points(rows)
    much, little = (FewRowsLosses(points, memory)(clean, noise, _LEVELS) for memory in (10**9, 10**6))
    np.testing.assert_allclose(little, much, rtol=1e-9)


def test_only_few_wide_rows_pay() -> None:
    wide, narrow = np.zeros((30, _N)), np.zeros((30, 100))
    assert FewRowsLosses.worth(open_points(wide), 10**8)
    assert not FewRowsLosses.worth(open_points(narrow), 10**8)
    assert not FewRowsLosses.worth(open_points(wide), 10**4)
