"""A device with less memory than the budget: smaller tiles, the same numbers, a note; at the end one sentence."""

import numpy as np
import pytest
import torch

from remanifold._core.errors import InvalidInput
from remanifold.scores import EmpiricalScore, empirical
from remanifold.scores.exhaustion import unless_exhausted
from remanifold.scores.index import cache as index_cache

DATA = np.random.default_rng(0).normal(size=(900, 12))
X = DATA[:50] + 2.0
CPU = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"
ERRORS = [torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"), RuntimeError(CPU), MemoryError()]


def limit_tiles(monkeypatch, most_points, error):
    """Let sums over more points or more than 8 queries at once fail."""
    solve, failed = empirical.StreamedSums.solve, []

    def limited(self, x, t, top, *, single):
        if self.budget.points > most_points or len(x) > 8:
            failed.append(len(x))
            raise error
        return solve(self, x, t, top, single=single)

    monkeypatch.setattr(empirical.StreamedSums, "solve", limited)
    return failed


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_the_work_goes_on_in_smaller_tiles(monkeypatch, error):
    whole = EmpiricalScore(DATA, expected_queries=1)
    expected = whole.denoise(X, 1.0)
    failed = limit_tiles(monkeypatch, 150, error)
    score = EmpiricalScore(DATA, expected_queries=1)
    np.testing.assert_allclose(score.denoise(X, 1.0), expected, rtol=1e-12, atol=1e-12)
    assert "the device ran out of memory, so 112 points and 6 queries at a time" in str(score.plan(1.0))
    assert whole.plan(1.0).note == ""
    assert failed
    failed.clear()
    score.denoise(X, 1.0)
    assert failed == [], "what was found out is not forgotten"


def test_no_room_at_all_is_one_sentence(monkeypatch):
    limit_tiles(monkeypatch, 1, ERRORS[0])
    score = EmpiricalScore(DATA, expected_queries=1)
    with pytest.raises(
        InvalidInput, match="the device must hold a few points of 12 numbers and one query, but got out"
    ):
        score.denoise(X, 1.0)


def test_other_errors_are_not_hidden(monkeypatch):
    limit_tiles(monkeypatch, 150, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        EmpiricalScore(DATA, expected_queries=1).denoise(X, 1.0)


@pytest.mark.parametrize("fits", ["keys", "none"])
def test_an_index_that_does_not_fit_gives_way_to_a_smaller_one(monkeypatch, fits):
    expected = EmpiricalScore(DATA).denoise(X, 0.1)
    build = index_cache.build_index

    def limited(data, chunk, *, rows, **options):
        if rows or fits == "none":
            raise ERRORS[0]
        return build(data, chunk, rows=rows, **options)

    monkeypatch.setattr(index_cache, "build_index", limited)
    score = EmpiricalScore(DATA)
    np.testing.assert_allclose(score.denoise(X, 0.1), expected, rtol=1e-6, atol=1e-6)
    plan = score.plan(0.1)
    assert plan.indexed == (fits == "keys") and f"ran out of memory for a larger index than '{fits}'" in plan.note


def test_the_failed_tensors_are_free_before_the_next_try():
    """Else the second, smaller try would fail too."""
    freed = []

    class Watched:
        def __del__(self):
            freed.append(True)

    def work():
        held = Watched()
        raise MemoryError(held)

    assert unless_exhausted(work, torch.device("cpu")) is None
    assert freed == [True]
