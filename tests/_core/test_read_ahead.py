"""The next range is on its way while the caller works; errors, other orders and interrupts lose nothing."""

import pickle
import threading
import time

import pytest
from polling import until

from remanifold._core.read_ahead import ReadAhead


class Source:
    """Records what is read, and by which thread."""

    def __init__(self, fail_at=None):
        self.read, self.fail_at = [], fail_at

    def __call__(self, start, stop):
        self.read.append((start, stop, threading.current_thread() is threading.main_thread()))
        if start == self.fail_at:
            raise ValueError(f"bad row {start}")
        return list(range(start, stop))


def test_ranges_come_in_order_and_all_but_the_first_are_read_in_a_thread():
    source = Source()
    ahead = ReadAhead(source, 10)
    assert [row for k in range(0, 10, 3) for row in ahead(k, min(k + 3, 10))] == list(range(10))
    assert source.read == [(0, 3, True), (3, 6, False), (6, 9, False), (9, 10, False)]


def test_the_next_range_is_read_while_the_caller_works():
    second, let_go = threading.Event(), threading.Event()

    def read(start, stop):
        if start == 1:
            second.set()
            let_go.wait(10)
        return start

    ahead = ReadAhead(read, 2)
    assert ahead(0, 1) == 0
    assert second.wait(10), "the second range must begin without being asked for"
    let_go.set()
    assert ahead(1, 2) == 1


def test_an_error_is_raised_where_its_range_is_asked_for():
    ahead = ReadAhead(Source(fail_at=2), 6)
    assert ahead(0, 2) == [0, 1]
    with pytest.raises(ValueError, match="bad row 2"):
        ahead(2, 4)
    assert ahead(4, 6) == [4, 5]


def test_another_order_is_served_and_an_error_nobody_asked_for_is_forgotten():
    ahead = ReadAhead(Source(fail_at=2), 6)
    assert ahead(0, 2) == [0, 1]
    assert ahead(0, 3) == [0, 1, 2]
    assert ahead(5, 6) == [5]
    assert ahead(0, 1) == [0]


def test_threads_that_share_it_do_not_meet():
    def slow(start, stop):
        time.sleep(0.001)  # the work itself: a read that lasts, so that others ask meanwhile
        return (start, stop)

    ahead, found = ReadAhead(slow, 40), {}

    def walk(step):
        found[step] = [ahead(k, min(k + step, 40)) for k in range(0, 40, step)]

    threads = [threading.Thread(target=walk, args=(step,)) for step in (1, 2, 3, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(rows == [(k, min(k + step, 40)) for k in range(0, 40, step)] for step, rows in found.items())


def test_no_thread_is_left_after_an_interrupt():
    before = threading.active_count()
    ahead = ReadAhead(Source(), 10)
    with pytest.raises(KeyboardInterrupt):
        for k in range(0, 10, 2):
            ahead(k, k + 2)
            if k == 4:
                raise KeyboardInterrupt
    until(lambda: threading.active_count() <= before)
    assert threading.active_count() == before


def test_it_pickles_without_what_is_in_flight():
    ahead = ReadAhead(Source(), 4)
    ahead(0, 2)
    assert pickle.loads(pickle.dumps(ahead))(2, 4) == [2, 3]
