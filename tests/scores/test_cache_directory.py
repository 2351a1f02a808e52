"""The cache folder: the variable, the convention, the home, or none."""

from pathlib import Path

import pytest

from remanifold.scores.index.cache import cache_directory


@pytest.mark.parametrize(
    ("own", "shared", "expected"),
    [
        ("/a/b", "/c", Path("/a/b")),
        ("", "/c", None),
        (" ", None, None),
        (None, "/c", Path("/c/remanifold")),
        (None, "relative", Path("/house/me/.cache/remanifold")),
        (None, "", Path("/house/me/.cache/remanifold")),
        (None, None, Path("/house/me/.cache/remanifold")),
    ],
)
def test_the_folder_follows_the_environment(monkeypatch, own, shared, expected):
    for name, value in (("REMANIFOLD_CACHE", own), ("XDG_CACHE_HOME", shared), ("HOME", "/house/me")):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert cache_directory() == expected


def test_without_a_home_nothing_is_kept(monkeypatch):
    def no_home():
        raise RuntimeError("no home")

    for name in ("REMANIFOLD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert cache_directory() is None
