"""Files appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from remanifold._core.errors import InvalidInput
from remanifold._core.files import remove_if_empty, require_writable_directory, write_whole


def names(directory):
    return [entry.name for entry in directory.iterdir()]


@pytest.fixture
def refusing(monkeypatch):
    """Make the disk full (root may write anywhere, so rights alone would not do)."""

    def refuse(*args, **kwargs):
        raise OSError(28, "No space left on device")

    return lambda name: monkeypatch.setattr(name, refuse)


def test_text_and_bytes_and_missing_directories(tmp_path):
    path = tmp_path / "a" / "b" / "report.txt"
    assert write_whole(path, "grüße") == path
    assert path.read_bytes() == "grüße".encode()
    write_whole(str(path), b"\x00\x01")
    assert path.read_bytes() == b"\x00\x01"
    assert names(path.parent) == ["report.txt"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o000])
def test_rights_follow_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "x", "x")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666 & ~mask


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, refusing):
    write_whole(tmp_path / "x", "old")
    refusing("pathlib.Path.replace")
    with pytest.raises(
        InvalidInput, match=r"a file that can be written, but got .*x \(No space left on device\); name"
    ):
        write_whole(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text() == "old"
    assert names(tmp_path) == ["x"]


def test_an_interrupt_leaves_no_half_file(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x", "new")
    assert names(tmp_path) == []


def test_a_file_in_the_way_of_a_directory(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InvalidInput, match="the output must go to a file that can be written"):
        write_whole(tmp_path / "file" / "x", "new")
    with pytest.raises(InvalidInput, match="file is not a directory"):
        require_writable_directory(tmp_path / "file" / "deeper")
    with pytest.raises(InvalidInput, match="file is not a directory"):
        require_writable_directory(tmp_path / "file")


def test_a_directory_is_checked_without_being_made(tmp_path):
    wanted = tmp_path / "new" / "deeper"
    assert require_writable_directory(str(wanted)) == wanted
    assert names(tmp_path) == []
    assert require_writable_directory(tmp_path) == tmp_path


def test_a_relative_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert require_writable_directory("out") == Path("out")


def test_a_directory_that_takes_no_file(tmp_path, refusing):
    refusing("tempfile.TemporaryFile")
    with pytest.raises(InvalidInput, match=r"a directory that can be written, but got .* \(No space left on device\)"):
        require_writable_directory(tmp_path / "out")


def test_only_an_empty_folder_is_removed(tmp_path):
    """One that is not there any more, or that another process writes to, is no error."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    for name in ("empty", "full", "none"):
        remove_if_empty(tmp_path / name)
    assert names(tmp_path) == ["full"]
