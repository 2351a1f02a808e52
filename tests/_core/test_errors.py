"""The one sentence of bad input."""

import pytest

from remanifold._core.errors import InvalidInput, NotConverged, require
from remanifold._core.progress import silent


def test_the_sentence_says_need_got_and_do():
    with pytest.raises(InvalidInput) as caught:
        require(False, "the load must be a positive number", -1.0, "pass log(P)/N > 0")
    assert str(caught.value) == "the load must be a positive number, but got -1.0; pass log(P)/N > 0."


def test_nothing_happens_where_all_is_well():
    require(1, "anything", None, "nothing")


def test_the_kinds_of_errors():
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(NotConverged, RuntimeError)
    assert not issubclass(NotConverged, ValueError)


def test_the_silent_progress_is_silent(capsys):
    silent("stage", 1, 2)
    assert capsys.readouterr() == ("", "")
