"""What work may use: read once, refused at once."""

import dataclasses

import pytest
import torch

from remanifold._core.compute import Compute
from remanifold._core.errors import InvalidInput
from remanifold._core.progress import silent


def test_words_become_numbers():
    compute = Compute(memory="2MB", threads=3, device="cpu", batch=7)
    assert (compute.memory_bytes, compute.n_threads, compute.torch_device) == (2_000_000, 3, torch.device("cpu"))


def test_nothing_said_is_all_cores_and_silence():
    compute = Compute()
    assert compute.n_threads >= 1
    assert (compute.progress, compute.keep) == (silent, None)


def test_a_changed_copy_is_checked_too():
    with pytest.raises(InvalidInput, match="`batch` must be a whole number of at least 1, but got 0;"):
        dataclasses.replace(Compute(), batch=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"memory": "lots"}, "a memory budget must be a positive size, but got 'lots';"),
        ({"threads": 0}, "`threads` must be a "),
        ({"threads": 1.5}, "`threads` must be a "),
        ({"device": "abacus"}, "`device` must be one that this machine has and torch can use, but got abacus;"),
        ({"batch": 2.0}, "`batch` must be a whole number of at least 1, but got 2.0; pass e.g. 256."),
    ],
)
def test_what_is_refused_and_how(wrong, message):
    with pytest.raises(InvalidInput) as caught:
        Compute(**wrong)
    assert message in str(caught.value)
