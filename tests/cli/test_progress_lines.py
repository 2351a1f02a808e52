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
            clock[0] = 20.0 * k
            progress("noise levels", k, 100)
        clock[0] += 60
        progress("classes", 1, 2)
    assert capsys.readouterr().err.splitlines() == [
        "remanifold: noise levels: 3 of 100, about 32 minutes left",
        "remanifold: noise levels: 6 of 100, about 31 minutes left",
        "remanifold: noise levels: 9 of 100, about 30 minutes left",
        "remanifold: noise levels: 12 of 100, about 29 minutes left",
        "remanifold: classes: 1 of 2",
    ]


def test_short_work_says_nothing(clock, capsys):
    with progress_bar() as progress:
        for k in range(59):
            clock[0] = float(k)
            progress("noise levels", k, 59)
    assert capsys.readouterr().err == ""
