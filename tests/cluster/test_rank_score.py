"""The score over two ranks of torch.distributed (gloo) against the score of one process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from remanifold import EmpiricalScore
from remanifold._core.errors import InvalidInput
from remanifold.cluster import RankScore, all_merged
from remanifold.scores import SoftmaxSums

PROGRAM = Path(__file__).with_name("rank_program.py")


@pytest.fixture(scope="module")
def ranks(tmp_path_factory, data):
    """(queries, what rank 0 found, what rank 1 found, path of the data)."""
    folder = tmp_path_factory.mktemp("ranks")
    np.save(folder / "data.npy", data)
    x = torch.tensor(data[::80] + 0.3 * np.random.default_rng(2).normal(size=(5, 8)))
    torch.save(x, folder / "x.pt")
    programs = [subprocess.Popen([sys.executable, PROGRAM, str(rank), folder]) for rank in range(2)]
    try:
        assert [program.wait(timeout=120) for program in programs] == [0, 0]
    finally:
        for program in programs:
            program.kill()
            program.wait()
    return x, *(torch.load(folder / f"{rank}.pt") for rank in range(2)), folder / "data.npy"


@pytest.mark.parametrize("t", [1e-3, 0.3, 30.0])
def test_both_ranks_have_the_sums_of_one_process(ranks, data, t):
    x, *found, _ = ranks
    expected = EmpiricalScore(data, tolerance=1e-12).sums(x, t, top=3)
    for sums, _ in found:
        got = SoftmaxSums(**sums[t])
        for name in ("mean", "log_sum", "mean_energy", "participation", "top_weights"):
            torch.testing.assert_close(getattr(got, name), getattr(expected, name), rtol=1e-9, atol=1e-9)
        assert torch.equal(got.top_indices, expected.top_indices)


def test_nothing_is_neutral(ranks):
    for sums, _ in ranks[1:3]:
        got = SoftmaxSums(**sums["merged with nothing"])
        expected = np.log(np.exp([0, -2]) + np.exp([-1, -3]))
        np.testing.assert_allclose(got.log_sum, expected, rtol=1e-15)
        assert got.top_indices.tolist() == [[0], [0]]


def test_what_one_rank_refuses_all_do(ranks):
    for _, said in ranks[1:3]:
        assert said[0].startswith("all ranks must ask for the same queries, but got [")
        assert "the data must stay as they are while they are used, but got " in said[1]


def test_without_a_group_the_sentence_says_what_to_do():
    for call in (lambda: RankScore("data.npy"), lambda: all_merged(SoftmaxSums.empty(1, 1))):
        with pytest.raises(InvalidInput, match=r"needs torch.distributed to be initialised, but got no process group;"):
            call()
