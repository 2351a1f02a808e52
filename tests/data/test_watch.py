"""Data that change while they are used are refused in one sentence, and never kill the process."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from remanifold import EmpiricalScore, audit, noise_profile
from remanifold._core.errors import InvalidInput
from remanifold.data import open_points, survey
from remanifold.data.watch import FileWatch

SENTENCE = r"the data must stay as they are while they are used, but got .*{}; start again when nothing writes to it"
ROWS = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)


@pytest.fixture
def path(tmp_path):
    np.save(tmp_path / "x.npy", ROWS)
    return tmp_path / "x.npy"


def cut(path):
    os.truncate(path, path.stat().st_size - 4000)


def change(path):
    before = path.stat().st_mtime_ns
    with path.open("r+b") as file:
        file.seek(-100, 2)
        file.write(b"1234")
    os.utime(path, ns=(before + 1, before + 1))  # the clock of the file system may be coarser than this test


FAULTS = [(cut, "cut from 7328 to 3328 bytes meanwhile"), (change, "which changed meanwhile")]


def at(stage_of, path, fault):
    """A progress callback that does ``fault`` to ``path`` once, as soon as the stage is reached."""
    done = []

    def progress(stage, *_):
        if stage == stage_of and not done:
            done.append(fault(path))

    return progress


@pytest.mark.parametrize(("fault", "words"), FAULTS)
def test_reading_rows_after_a_change_is_refused(path, fault, words):
    points = open_points(path)
    points.chunk(0, 10)
    fault(path)
    for read in (lambda: points.chunk(200, 300), lambda: points.take([299]), lambda: points.stored(0, 3)):
        with pytest.raises(InvalidInput, match=SENTENCE.format(words)):
            read()


def test_a_removed_file_is_refused(path):
    points = open_points(path)
    path.unlink()
    with pytest.raises(InvalidInput, match=SENTENCE.format("1 of whose 1 files are gone")):
        points.chunk(0, 10)


@pytest.mark.parametrize(("fault", "words"), FAULTS)
def test_long_work_ends_with_the_sentence(path, fault, words, tmp_path):
    for stage in ("reading the data", "summing"):
        with pytest.raises(InvalidInput, match=SENTENCE.format(words)):
            EmpiricalScore(path, memory="60kB", progress=at(stage, path, fault)).denoise(ROWS[:4], 100.0)
        np.save(path, ROWS)
    with pytest.raises(InvalidInput, match=SENTENCE.format(words)):
        noise_profile(open_points(path), max_queries=20, threads=1, progress=at("noise range", path, fault))
    np.save(path, ROWS)
    with pytest.raises(InvalidInput, match=SENTENCE.format(words)):
        audit(path, max_queries=20, threads=1, progress=at("exact copies", path, fault))
    assert list(tmp_path.iterdir()) == [path]


CUT_AND_READ = """
import os, sys
from remanifold.data import open_points
points = open_points(sys.argv[1])
rows = points.chunk(0, 10)
os.truncate(sys.argv[1], 4096)
try:
    for start in range(0, points.n_points, 1000):
        points.chunk(start, min(start + 1000, points.n_points))
except ValueError as error:
    print(error)
"""
UNWATCHED = CUT_AND_READ.replace(
    "points = open_points(sys.argv[1])", "points = open_points(sys.argv[1]).watching(None)"
)


def test_a_file_that_is_cut_short_does_not_kill_the_process(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((20000, 30)) + np.arange(30))
    found = subprocess.run(
        [sys.executable, "-c", CUT_AND_READ, tmp_path / "x.npy"], capture_output=True, text=True, check=True
    )
    assert "cut from 4800128 to 4096 bytes meanwhile" in found.stdout


def test_without_the_watch_it_would(tmp_path):
    """Planted: the map alone ends in a bus error."""
    np.save(tmp_path / "x.npy", np.zeros((20000, 30)) + np.arange(30))
    command = [sys.executable, "-c", UNWATCHED, tmp_path / "x.npy"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGBUS


def test_shards_are_watched_one_by_one(tmp_path):
    for name, rows in (("p0", ROWS[:150]), ("p1", ROWS[150:])):
        np.save(tmp_path / f"{name}.npy", rows)
    points = open_points(tmp_path, one_row_a_file=False)
    points.chunk(0, 300)
    os.truncate(tmp_path / "p1.npy", 1000)
    with pytest.raises(InvalidInput, match=SENTENCE.format("p1.npy, cut from 3728 to 1000 bytes meanwhile")):
        points.chunk(200, 210)


def test_a_lost_chunk_of_a_zarr_array_is_noticed_at_the_latest_with_the_last_row(tmp_path):
    zarr = pytest.importorskip("zarr")
    zarr.create_array(str(tmp_path / "x"), shape=ROWS.shape, chunks=(100, 6), dtype="float32")[:] = ROWS
    points = open_points(tmp_path / "x")
    points.chunk(0, 10)
    next(path for path in (tmp_path / "x").rglob("*") if path.is_file() and path.name == "0").unlink()
    with pytest.raises(InvalidInput, match=SENTENCE.format("1 of whose 4 files are gone")):
        points.chunk(250, 300)


def test_what_was_decoded_may_change(tmp_path):
    np.savetxt(tmp_path / "x.csv", ROWS[:20], delimiter=",")
    points = open_points(tmp_path / "x.csv")
    (tmp_path / "x.csv").unlink()
    assert survey(points).n_points == 20


def test_a_folder_is_looked_at_every_second(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"1")
    now = [100.0]
    monkeypatch.setattr("remanifold.data.watch.time.monotonic", lambda: now[0])
    watch = FileWatch(tmp_path, live=True)
    watch.require_unchanged()
    (tmp_path / "a").write_bytes(b"12")
    watch.require_unchanged()
    with pytest.raises(InvalidInput, match="which changed meanwhile"):
        watch.require_unchanged(now=True)
    now[0] += 1.1
    with pytest.raises(InvalidInput, match="which changed meanwhile"):
        watch.require_unchanged()
