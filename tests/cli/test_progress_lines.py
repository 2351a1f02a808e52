"""Progress where standard error is no terminal: one line a minute, with the time that is left."""

import time

import pytest

from remanifold.cli.progress import progress_bar


@pytest.fixture
def clock(monkeypatch):
    """Seconds that the test sets."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_line_a_minute(clock, capsys):
    with progress_bar() as progress:
        for k in range(1, 13):
            clock[0] = 20.0 * (k - 1)
            progress("noise levels", k, 100)
        clock[0] += 60
        progress("classes", 1, 2)
    assert capsys.readouterr().err.splitlines() == [
        "remanifold: noise levels: 2 of 100, about 33 minutes left",
        "remanifold: noise levels: 5 of 100, about 32 minutes left",
        "remanifold: noise levels: 8 of 100, about 31 minutes left",
        "remanifold: noise levels: 11 of 100, about 30 minutes left",
        "remanifold: classes: 1 of 2",
    ]


def test_short_work_says_nothing(clock, capsys):
    with progress_bar() as progress:
        for k in range(29):
            clock[0] = float(k)
            progress("noise levels", k, 29)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("total", "said"), [(29, 0), (100, 1)])
def test_long_work_says_at_first_what_it_will_take(clock, capsys, total, said):
    """After ten seconds, by what the first part took: 90 more are told, 19 are not."""
    with progress_bar() as progress:
        for k in range(12):
            clock[0] = float(k)
            progress("sampling", k, total)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["remanifold: sampling: 10 of 100, about 2 minutes left"][:said]
