"""Memory budgets in words."""

import pytest

from remanifold._core.errors import InvalidInput
from remanifold._core.memory import bytes_of


@pytest.mark.parametrize(
    ("budget", "size"),
    [
        ("4GB", 4 * 10**9),
        ("512 MiB", 512 * 2**20),
        ("1.5gib", 3 * 2**29),
        ("100kb", 10**5),
        ("7 B", 7),
        ("2TB", 2 * 10**12),
        (".5GB", 5 * 10**8),
        (123, 123),
        (2e9, 2 * 10**9),
        (1e16, 10**16),
        (" 3KiB ", 3072),
    ],
)
def test_sizes(budget, size):
    assert bytes_of(budget) == size


@pytest.mark.parametrize("budget", ["", "GB", "4 apples", "-1GB", "0", 0, -5, float("nan"), float("inf"), "4GB4", None])
def test_bad_budgets_are_one_sentence(budget):
    with pytest.raises(InvalidInput, match=r"a memory budget must be a positive size, but got .*; write it like 4GB"):
        bytes_of(budget)
