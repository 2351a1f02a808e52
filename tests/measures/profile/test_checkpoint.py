"""A profile that was interrupted or killed goes on where it was, bit for bit, and never with the sums of other work."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from remanifold._core.errors import InvalidInput
from remanifold.data import open_points
from remanifold.measures import SweepParts, noise_profile
from remanifold.measures.profile import checkpoint, runner
from remanifold.measures.profile.checkpoint import parts_of

LEVELS = [0.3, 1.0, 3.0]
OPTIONS = {"max_queries": 150, "seed": 3, "threads": 1, "memory": "33MB", "levels": LEVELS}  # two blocks, three batches
FIELDS = ("t", "log_sum", "log_square_sum", "half_squared", "projection")


@pytest.fixture(autouse=True)
def every_batch_at_once(monkeypatch):
    monkeypatch.setattr(checkpoint, "_PAUSE", -1.0)  # else a profile of a second keeps nothing


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "points.npy"
    rng = np.random.default_rng(0)
    np.save(path, (rng.normal(size=(1200, 6)) @ rng.normal(size=(6, 12))).astype(np.float32))
    return path


@pytest.fixture(scope="module")
def whole(path):
    return noise_profile(open_points(path), **OPTIONS)


@pytest.fixture
def visits(monkeypatch):
    """First queries of the batches worked on."""
    done, visit = [], runner.QueryRunner._visit  # progress also tells of batches that were kept

    def counted(self, panel, start, work):
        done.append(start)
        return visit(self, panel, start, work)

    monkeypatch.setattr(runner.QueryRunner, "_visit", counted)  # it only counts
    return done


def stopper(at):
    """A progress callback that interrupts at the ``at``-th report of swept queries."""
    seen = []

    def progress(stage, done, total):
        if stage == "noise levels":
            seen.append(done)
            if len(seen) == at:
                raise KeyboardInterrupt

    return progress


def assert_same_bits(got, want):
    assert np.array_equal(got.t, want.t) and np.array_equal(got.nearest_rows, want.nearest_rows)
    assert np.array_equal(got.nearest_distances, want.nearest_distances)
    for one, other in zip(got.sums, want.sums, strict=True):
        for name in FIELDS:
            assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("gap", "local_dimension", "participation"):
        assert np.array_equal(getattr(got, name).stderr, getattr(want, name).stderr), name


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_interrupted_profile_goes_on(path, whole, tmp_path, visits, at):
    part = tmp_path / "x.part"
    with pytest.raises(KeyboardInterrupt):
        noise_profile(open_points(path), part_file=part, progress=stopper(at), **OPTIONS)
    assert part.exists()
    visits.clear()
    assert_same_bits(noise_profile(open_points(path), part_file=part, **OPTIONS), whole)
    assert not part.exists()
    again = len(visits)
    visits.clear()
    noise_profile(open_points(path), **OPTIONS)
    assert again == len(visits) - at, "what was finished is not done again"


KILLED = """
import os, signal, sys
from remanifold.data import open_points
from remanifold.measures import noise_profile
from remanifold.measures.profile import checkpoint
checkpoint._PAUSE = -1.0
def progress(stage, done, total):
    if stage == "noise levels" and done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
noise_profile(open_points(sys.argv[1]), part_file=sys.argv[2], progress=progress, **{options})
"""


def test_a_killed_profile_goes_on(path, whole, tmp_path, visits):
    part = tmp_path / "x.part"
    program = KILLED.replace("{options}", repr(OPTIONS))
    ended = subprocess.run([sys.executable, "-c", program, path, part], env=os.environ, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert_same_bits(noise_profile(open_points(path), part_file=part, **OPTIONS), whole)
    again = len(visits)
    noise_profile(open_points(path), **OPTIONS)
    assert 0 < again < len(visits) - again


def test_the_kept_sums_are_what_goes_into_the_profile(path, whole, tmp_path, monkeypatch):
    """Planted: were the file not used, a changed one would change nothing."""
    part = tmp_path / "x.part"
    with pytest.raises(KeyboardInterrupt):
        noise_profile(open_points(path), part_file=part, progress=stopper(2), **OPTIONS)
    unpacked = checkpoint._visit_of  # stands for another file that carries the right digests
    # planted
    monkeypatch.setattr(checkpoint, "_visit_of", lambda kept: unpacked([kept[0], 2 * kept[1], *kept[2:]]))
    found = noise_profile(open_points(path), part_file=part, **OPTIONS)
    doubled = found.nearest_distances != whole.nearest_distances
    assert 0 < doubled.sum() < len(doubled)


@pytest.mark.parametrize(
    "changed", [{"seed": 4}, {"max_queries": 149}, {"n_draws": 3, "memory": "60MB"}, {"memory": "60MB"}]
)
def test_other_arguments_share_nothing(path, tmp_path, visits, changed):
    part, options = tmp_path / "x.part", OPTIONS | changed
    points = open_points(path)
    with pytest.raises(KeyboardInterrupt):
        noise_profile(points, part_file=part, progress=stopper(2), **OPTIONS)
    visits.clear()
    resumed = noise_profile(points, part_file=part, **options)
    n = len(visits)
    assert_same_bits(resumed, noise_profile(points, **options))
    assert len(visits) == 2 * n


def test_other_data_share_nothing(path, tmp_path):
    part = tmp_path / "x.part"
    with pytest.raises(KeyboardInterrupt):
        noise_profile(open_points(path), part_file=part, progress=stopper(2), **OPTIONS)
    other = open_points(np.load(path) * np.float32(1.5))
    assert_same_bits(noise_profile(other, part_file=part, **OPTIONS), noise_profile(other, **OPTIONS))
    rows = np.arange(1200)
    assert parts_of(part, open_points(path), rows).file.pieces == {}


def test_parts_of_the_caller_stay(path, whole, tmp_path, visits):
    parts = SweepParts(tmp_path / "x.part", {"data": "mine"})
    noise_profile(open_points(path), part_file=parts, **OPTIONS)
    visits.clear()
    again = SweepParts(tmp_path / "x.part", {"data": "mine"})
    assert_same_bits(noise_profile(open_points(path), part_file=again, **OPTIONS), whole)
    assert visits == []
    again.remove()
    assert list(tmp_path.iterdir()) == []


def test_levels_that_are_chosen_are_chosen_again(path, tmp_path, visits):
    part, options = tmp_path / "x.part", OPTIONS | {"levels": None, "max_queries": 60, "memory": "40MB"}
    whole = noise_profile(open_points(path), **options)
    n = len(visits)
    with pytest.raises(KeyboardInterrupt):
        noise_profile(open_points(path), part_file=part, progress=stopper(2), **options)
    visits.clear()
    assert_same_bits(noise_profile(open_points(path), part_file=part, **options), whole)
    assert len(visits) == n - 2


def test_a_part_file_that_cannot_be_written_is_one_sentence(path, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="the output must go to a file that can be written, but got"):
        noise_profile(open_points(path), part_file=tmp_path / "file" / "x.part", **OPTIONS)


def test_a_full_disk_is_one_sentence_and_what_was_finished_is_not_lost(path, whole, tmp_path, monkeypatch):
    part, fsync, count = tmp_path / "x.part", os.fsync, []

    def full(handle):
        count.append(handle)
        if len(count) == 2:
            raise OSError(28, "No space left on device")
        fsync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(InvalidInput, match="No space left on device"):
            noise_profile(open_points(path), part_file=part, **OPTIONS)
    assert_same_bits(noise_profile(open_points(path), part_file=part, **OPTIONS), whole)
