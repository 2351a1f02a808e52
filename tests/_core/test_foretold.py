"""What long work takes is told before it begins, to whoever can hear it."""

import pytest

from remanifold._core.foretold import duration, foretell, product_seconds
from remanifold._core.progress import silent


class _Listener:
    def __init__(self):
        self.heard = []

    def foretell(self, sentence):
        self.heard.append(sentence)

    def __call__(self, stage, done, total):
        raise AssertionError


def test_long_work_is_told_in_one_sentence_and_short_work_is_not():
    listener = _Listener()
    foretell(listener, "an audit of 5 rows", 9.9)
    foretell(listener, "an audit of 5 rows", 42.0)
    foretell(listener, "to sample", 7300.0, at_most=True)
    assert listener.heard == ["an audit of 5 rows takes about 42 s", "to sample takes at most about 2 hours"]
    foretell(silent, "an audit of 5 rows", 42.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(12.4, "12 s"), (130, "2 minutes"), (5999, "100 minutes"), (9000, "2 hours")]
)
def test_durations_in_words(seconds, words):
    assert duration(seconds) == words


def test_the_speed_of_the_machine_is_of_the_order_of_a_processor():
    assert 1e-13 < product_seconds() < 1e-7
    assert product_seconds() == product_seconds()
