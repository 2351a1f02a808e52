"""A device with less memory than the budget says: the profile goes on in smaller blocks, to the same numbers."""

import numpy as np
import pytest
import torch

from remanifold import noise_profile, open_points
from remanifold._core.errors import InvalidInput
from remanifold.measures.profile.runner import QueryRunner

POINTS = np.random.default_rng(0).normal(size=(400, 5))
LEVELS = np.array([0.03, 0.3, 3.0])


def profile():
    return noise_profile(open_points(POINTS), max_queries=300, levels=LEVELS, memory="60MB", threads=1)


def limit(monkeypatch, queries):
    """Let blocks of more queries fail."""
    panel = QueryRunner._panel  # the processor's memory does not run out on demand

    def limited(self, block, source, progress):
        if len(block) > queries:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return panel(self, block, source, progress)

    monkeypatch.setattr(QueryRunner, "_panel", limited)  # planted


def test_the_profile_goes_on_in_smaller_blocks(monkeypatch):
    expected = profile()
    limit(monkeypatch, 200)
    with pytest.warns(RuntimeWarning, match="cpu ran out of memory, so the noise profile goes on with [0-9.]+ MB"):
        got = profile()
    for name in ("gap", "trap", "participation"):
        np.testing.assert_allclose(getattr(got, name).value, getattr(expected, name).value, rtol=1e-6, atol=1e-6)


def test_no_room_at_all_is_one_sentence(monkeypatch):
    limit(monkeypatch, 0)
    with (
        pytest.warns(RuntimeWarning, match="ran out of memory"),
        pytest.raises(InvalidInput, match="the device must hold the distances of a few queries to 400 points"),
    ):
        profile()
