"""Progress where standard error is no terminal: one line a minute, with the time that is left."""

import time

import numpy as np
import pytest
from command import runner

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


def test_what_the_work_takes_is_said_before_it_begins(capsys):
    with progress_bar() as progress:
        progress.foretell("an audit of all 5000 rows of 64 numbers takes about 42 s")
    said = capsys.readouterr().err
    assert said == "remanifold: an audit of all 5000 rows of 64 numbers takes about 42 s\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("audit a.npy", "to measure all 40 rows of 3 numbers takes about"),
        (
            "copies --train a.npy --samples b.npy --holdout c.npy",
            "to find the nearest of 40 training rows for 80 others takes about",
        ),
        ("duplicates a.npy --nearest", "to find the nearest of 40 rows for each of 40 takes at most about"),
        (
            "simulate --data a.npy --n-samples 3 --stop-at 0.1 --out samples",
            "to sample, 600 evaluations of the score of 40 points, takes at most about",
        ),
    ],
)
def test_commands_say_what_they_take(command, said, tmp_path, monkeypatch, capsys):
    """On a machine that is told to be slow: the sentence comes before the first stage, with the sizes."""
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("abc"):
        np.save(f"{name}.npy", np.random.default_rng(seed).normal(size=(40, 3)))
    for room in ("audits.expected", "measures.neighbours.pairs", "sampling.recipe"):
        monkeypatch.setattr(f"remanifold.{room}.product_seconds", lambda: 1e-2)
    name, *words = command.split()
    code, _, errors = runner(name)(capsys, *words)
    assert code == 0
    assert f"remanifold: {said}" in errors


def test_what_is_told_counts_the_versions_of_a_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("abc"):
        np.save(f"{name}.npy", np.random.default_rng(seed).random((12, 6, 6)))
    seconds = {}
    monkeypatch.setattr("remanifold.audits.expected.product_seconds", lambda: 1e-2)
    told: list[float] = []
    monkeypatch.setattr("remanifold.audits.expected.foretell", lambda _progress, _what, time, **_: told.append(time))
    for kinds in ("", "flips", "crops"):
        words = ["--train", "a.npy", "--samples", "b.npy", "--holdout", "c.npy"]
        code, _, _ = runner("copies")(capsys, *words, *(["--invariances", kinds] if kinds else []))
        assert code == 0 and len(told) == 1
        seconds[kinds] = told.pop()
    flips, crops = (seconds[kinds] - seconds[""] for kinds in ("flips", "crops"))
    assert flips > 0 and crops == pytest.approx(139 * flips)
