"""The number of threads holds for every library underneath, inside a call and no longer."""

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from remanifold import audit, noise_profile
from remanifold._core.errors import InvalidInput
from remanifold._core.read_ahead import ReadAhead
from remanifold._core.threads import at_most, held_to_threads, one_thread


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with threadpool_limits(2, user_api="blas"):
        yield
    torch.set_num_threads(before)


def most_threads() -> int:
    """Of torch and of every BLAS; not of the OpenMP of a library that another test has loaded, such as scikit-learn."""
    pools = (pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
    return max(torch.get_num_threads(), *pools)


@pytest.mark.parametrize("held", [one_thread, lambda: at_most(1)])
def test_libraries_are_held_and_let_go(held):
    with held():
        assert most_threads() == 1
    assert most_threads() == 2
    with pytest.raises(ZeroDivisionError), held():
        _ = 1 / 0
    assert most_threads() == 2


@pytest.mark.parametrize("threads", [None, 2, 64])
def test_no_library_gets_more_than_it_had(threads):
    with at_most(threads):
        assert most_threads() == 2
        with at_most(1):
            assert most_threads() == 1
        assert most_threads() == 2


def test_a_count_that_is_none_is_refused():
    with pytest.raises(InvalidInput, match="threads"):
        held_to_threads(lambda *, threads: threads)(threads=0)
    assert most_threads() == 2


@pytest.mark.parametrize("work", [audit, noise_profile])
def test_a_call_with_one_thread_uses_one(work):
    seen: list[int] = []
    work(
        np.random.default_rng(0).normal(size=(60, 3)),
        max_queries=20,
        threads=1,
        progress=lambda *_: seen.append(most_threads()),
    )
    assert set(seen) == {1}
    assert most_threads() == 2


def test_one_thread_reads_nothing_ahead():
    begun: list[int] = []

    def read(start: int, _: int) -> int:
        begun.append(start)
        return start

    with at_most(1):
        assert ReadAhead(read, 9)(0, 3) == 0
    assert begun == [0]
